/** The module's commands and pages on a real daemon, which configures a namespace. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Begun } from "../../../src/console/interfaces/answer.ts";
import { commands } from "../../../src/console/interfaces/commands.ts";
import type { ApplyResult, EventTree, NetconfStatus } from "../../../src/console/interfaces/control.ts";
import { interfaces } from "../../../src/console/interfaces/declaration.ts";
import { pages } from "../../../src/console/interfaces/pages.tsx";
import { logger } from "../../../src/log.ts";
import { run } from "../../../src/process/run.ts";
import { NetconfHost } from "../../lab/netconf.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { Rendered } from "../rendered.ts";

const lab = await namespacesOrSkip("the console on a network daemon");
const stanza = `auto br0
iface br0 inet static
  address 192.0.2.10/24
  bridge-ports eth0
  # there is no such neighbour yet
  route 198.51.100.0/24 via 192.0.2.1
`;

describe.skipIf(!lab)("Interfaces on a daemon", () => {
  let host: NetconfHost;
  beforeAll(async () => {
    const inside = lab!.add("host");
    lab!.veth(inside, "eth0", lab!.add("far"), "swp0");
    host = new NetconfHost(inside, stanza);
    await host.start("--auto");
    await host.ask("wait-online", { names: ["br0"], timeout: 30 });
  });
  afterAll(async () => {
    await host?.stop();
    await lab?.remove();
  });

  async function call<Result>(name: string, given: object = {}): Promise<Result> {
    const known = name as keyof typeof interfaces.commands;
    const context = {
      ...{ user: { name: "ada", administrator: true }, session: "", address: "127.0.0.1", locale: "en", run },
      ...{ flavor: undefined, signal: new AbortController().signal, progress: () => undefined, sockets: host.run },
      ...{ store: () => Promise.reject(new Error("no store")), log: logger("test") },
    };
    const options = interfaces.commands[known].options.parse(given);
    return (await commands[known](options as never, context)) as Result;
  }

  const rendered = new Rendered(interfaces, pages, (name, options) => call(name, options));

  /** Asks until it is so. */
  async function status(so: (status: NetconfStatus) => boolean): Promise<NetconfStatus> {
    for (const deadline = Date.now() + 30_000; ; await Bun.sleep(20)) {
      const now = await call<NetconfStatus>("status");
      if (so(now)) return now;
      if (Date.now() > deadline) throw new Error(`in vain: ${JSON.stringify(now)}`);
    }
  }

  test("what stands on what, addresses, routes, and why down to the line", async () => {
    const overview = await rendered.text("/interfaces");
    expect(overview).toMatch(
      /br0 bridge routable configured .*192\.0\.2\.10\/24 configured .*└ eth0 veth, port of br0/,
    );
    const page = await rendered.text("/interfaces/links/br0");
    expect(page).toMatch(/198\.51\.100\.0\/24 192\.0\.2\.1 main the configuration/);
    expect(page).toMatch(/iface br0 inet static .*interfaces:2:1 .*bridge-ports eth0/);
    const [first] = (await call<{ events: { id: number }[] }>("events", { name: "br0", kind: "CTLSOCK_IFUP" })).events;
    const event = await rendered.text(`/interfaces/events/${first!.id}`);
    expect(event).toMatch(/ip address replace 192\.0\.2\.10\/24 dev br0 .*interfaces:3:3/);
    expect(event).toMatch(/\+\d\.\d{3} CTLSOCK_IFUP br0: done/);
  });

  test("drift is seen, explained, and healed by an operation that is followed", async () => {
    host.namespace.ip("address del 192.0.2.10/24 dev br0");
    const gone = ({ address }: { address: string }) => address !== "192.0.2.10/24";
    await status(({ interfaces: all }) => all.find(({ name }) => name === "br0")?.addresses.every(gone) === true);
    expect(await rendered.text("/interfaces/check")).toMatch(/address 192\.0\.2\.10\/24 missing .*interfaces:3:3/);
    const { event } = await call<Begun>("up", { names: ["br0"], wait: false });
    for (;;) {
      const { outcome, by } = await call<EventTree>("event", { id: event });
      expect(by).toContain("ada by way of root");
      if (outcome !== null) break;
      await Bun.sleep(20);
    }
    expect(host.addresses("br0")).toEqual(["192.0.2.10/24"]);
    expect(await rendered.text("/interfaces/check")).not.toContain("192.0.2.10/24 missing");
  });

  test("an apply is compared, waits for its confirm on every page, is taken back, or stays", async () => {
    host.write(
      `${stanza.replace("192.0.2.10", "192.0.2.11")}auto bad0\niface bad0 inet static\n  address 192.0.2.300/24\n`,
    );
    const { differences, refused } = await call<ApplyResult>("preview");
    expect(differences.map(({ name }) => name)).toEqual(["br0"]);
    expect(refused.map(({ name }) => name)).toEqual(["bad0"]);
    const before = await rendered.text("/interfaces/apply");
    expect(before).toMatch(/bad0: .* br0 .*192\.0\.2\.11\/24/);
    await call("apply", { timeout: 3 });
    expect(host.addresses("br0")).toEqual(["192.0.2.11/24"]);
    expect(await rendered.text("/interfaces/leases")).toMatch(
      /rolled back in 0:0\d unless it is confirmed .*ada by way/,
    );
    await status(({ pending }) => pending === null);
    expect(host.addresses("br0")).toEqual(["192.0.2.10/24"]);
    expect(await rendered.text("/interfaces/events")).toContain("What was applied was rolled back");
    await call("apply", { names: ["br0"] });
    await call("confirm");
    expect(host.addresses("br0")).toEqual(["192.0.2.11/24"]);
    expect((await status(() => true)).rolledBack).toBeNull();
  });
});
