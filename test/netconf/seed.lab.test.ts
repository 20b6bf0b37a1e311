/**
 * An interface with DHCP comes up as netconf's author told it in 2007, in eight steps: the request on the control socket,
 * its event, the DHCP provider, the client's PREINIT and the LINK event, the lease and the IFCFG event, and the way back up.
 * With the real clients, and a server of ours whose leases last seconds.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../src/process/program.ts";
import { binary } from "../lab/console.ts";
import { type DhcpServer, startDhcpServer } from "../lab/dhcp/server.ts";
import { slowNeighbour } from "../lab/dhcp/slow-neighbour.ts";
import { NetconfHost } from "../lab/netconf.ts";
import { type Namespace, namespacesOrSkip } from "../lab/netns.ts";

const lab = await namespacesOrSkip("DHCP through the daemon", ["dhclient", "dhcpcd"]);
const minute = 60_000;
const stanza = "auto eth0\niface eth0 inet dhcp\n";

/** That each is told, in this order; others may stand between them. */
function inOrder(lines: readonly string[], ...wanted: RegExp[]): void {
  let at = 0;
  for (const one of wanted) {
    const found = lines.findIndex((line, index) => index >= at && one.test(line));
    expect(found < 0 ? `${one} is not among\n${lines.slice(at).join("\n")}` : one).toEqual(one);
    at = found + 1;
  }
}

describe.skipIf(!lab)("DHCP through the daemon", () => {
  const hosts: NetconfHost[] = [];
  let number = 0;
  let server: DhcpServer;
  let outside: Namespace;

  async function host(client: string, settings: Record<string, string> = {}): Promise<NetconfHost> {
    number++;
    const inside = lab!.add(`h${number}`);
    outside = lab!.add(`s${number}`);
    lab!.veth(inside, "eth0", outside, "swp0");
    outside.ip("addr add 10.77.0.1/24 dev swp0");
    server = await startDhcpServer(outside, {
      ...{ device: "swp0", address: "10.77.0.1", pool: ["10.77.0.50", "10.77.0.51", "10.77.0.52"], lease: 120 },
    });
    const made = new NetconfHost(inside, stanza, {
      REEVE_NETCONF_DHCP_CLIENT: client,
      REEVE_NETCONF_DHCP_TIMEOUT: "20",
      ...settings,
    });
    hosts.push(made);
    await made.start();
    return made;
  }

  beforeAll(() => {
    for (const program of ["dhclient", "dhcpcd"]) if (!findProgram(program)) throw new Error(`${program} is gone`);
  });
  afterEach(async () => {
    for (const one of hosts.splice(0)) await one.stop("SIGKILL");
    server.close();
  });
  afterAll(() => lab!.remove());

  for (const client of ["dhclient", "dhcpcd"]) {
    test(
      `${client}: the eight steps, their lines in order; release on the way down`,
      async () => {
        const made = await host(client);
        const { lines, result } = await made.told("up", { names: ["eth0"] });
        expect(result.interfaces).toEqual([{ name: "eth0", logical: "eth0", outcome: "done", reason: "" }]);
        inOrder(
          lines,
          /^CTLSOCK_IFUP eth0: requested by root$/, // 1 to 3
          new RegExp(`^DHCP eth0: ${client} started$`), // 4
          /^LEASE eth0: PREINIT/, // 5
          /^LINK eth0 up: done$/,
          /^LEASE eth0: BOUND 10\.77\.0\.5\d\/24 by 10\.77\.0\.1 for 120 s$/, // 6
          /^IFCFG eth0 10\.77\.0\.5\d\/24: done$/, // 7
          /^ROUTE eth0 .*default via 10\.77\.0\.1/,
          /^LEASE eth0: done$/,
          /^DHCP eth0: done/, // 8
          /^CTLSOCK_IFUP eth0: done$/,
        );
        const [address] = made.addresses("eth0");
        expect(address).toMatch(/^10\.77\.0\.5\d\/24$/);
        expect(readFileSync(join(made.folder, "resolv.conf"), "utf8")).toContain("nameserver");
        const { leases } = await made.ask("leases", {});
        expect(leases).toEqual([
          expect.objectContaining({ name: "eth0", client, state: "bound", address, server: "10.77.0.1" }),
        ]);
        const { lines: down } = await made.told("down", { names: ["eth0"] });
        inOrder(down, /^LEASE eth0: RELEASE|^DHCP eth0: .* gave the lease back/, /^CTLSOCK_IFDOWN eth0: done/);
        expect(made.addresses("eth0")).toEqual([]);
        await server.next("RELEASE", 0);
      },
      minute,
    );
  }

  test(
    "a lease of seconds is renewed, and when nobody answers any more it expires, and only what it brought goes",
    async () => {
      const made = await host("dhclient");
      server.lease = 60;
      server.renewal = 2;
      await made.ask("up", { names: ["eth0"] });
      const [address = ""] = made.addresses("eth0");
      made.namespace.ip("addr add 203.0.113.9/32 dev eth0");
      await made.until(/^LEASE eth0: RENEW/, async () => undefined);
      expect(made.addresses("eth0")).toContain(address);
      server.lease = 6;
      await server.next("REQUEST");
      await made.until(/^LEASE eth0: EXPIRE/, async () => {
        server.silent = true;
      });
      await made.until(/^LEASE eth0: (FAIL|PREINIT)/, async () => undefined);
      expect((await made.ask("status", { names: ["eth0"] })).interfaces[0]?.setup).toBe("deferred");
      expect(made.addresses("eth0")).toEqual(["203.0.113.9/32"]);
    },
    2 * minute,
  );

  test(
    "an address that somebody else has is declined, and another one taken",
    async () => {
      // Who answers is believed at once; a busy machine may take its time to hear it.
      const made = await host("dhclient", { REEVE_NETCONF_DHCP_PROBE: "2000" });
      outside.ip("addr add 10.77.0.50/24 dev swp0");
      const { lines } = await made.told("up", { names: ["eth0"] });
      inOrder(lines, /BOUND 10\.77\.0\.50/, /conflict/, /BOUND 10\.77\.0\.5[12]/, /^CTLSOCK_IFUP eth0: done/);
      await server.next("DECLINE", 0);
      expect(made.addresses("eth0")[0]).toMatch(/10\.77\.0\.5[12]/);
    },
    minute,
  );

  test(
    "one who says only later that an address is its own: it was in use, is given up and declined, another one taken",
    async () => {
      const made = await host("dhclient", { REEVE_NETCONF_DHCP_PROBE: "1" });
      using _slow = slowNeighbour(outside, "swp0", "10.77.0.50", 100);
      const { lines } = await made.told("up", { names: ["eth0"] });
      inOrder(lines, /BOUND 10\.77\.0\.50/, /^CTLSOCK_IFUP eth0: done/);
      expect((await server.next("DECLINE", 0)).requested).toBe("10.77.0.50");
      expect(made.addresses("eth0")).not.toContain("10.77.0.50/24");
      await made.until(/^LEASE eth0: done/, () => server.next("REQUEST"));
      expect(made.addresses("eth0")).toEqual(["10.77.0.51/24"]);
      expect((await made.ask("status", { names: ["eth0"] })).interfaces[0]?.setup).toBe("configured");
    },
    minute,
  );

  test(
    "a host without a name takes the server's, in a UTS namespace of its own; hooks of dhclient's script hear of the lease",
    async () => {
      const made = await host("dhclient");
      await made.stop();
      const hooks = join(made.folder, "dhcp", "dhclient-exit-hooks.d");
      const told = join(made.folder, "told");
      mkdirSync(hooks, { recursive: true });
      for (const name of ["first", "second", "left.out"]) {
        writeFileSync(
          join(hooks, name),
          `echo "${name} $reason $new_ip_address" >> ${told}; make_resolv_conf; exit 3\n`,
        );
      }
      server.options.set(12, new TextEncoder().encode("web1.lab.test"));
      const word = [
        "-c",
        'echo localhost > /proc/sys/kernel/hostname && "$0" netconf up eth0 && cat /proc/sys/kernel/hostname',
      ];
      const child = Bun.spawn(made.namespace.inside("unshare", "--uts", "sh", ...word, binary), {
        stdio: ["ignore", "pipe", "inherit"],
        env: made.env,
      });
      expect(await new Response(child.stdout).text()).toEndWith("web1.lab.test\n");
      expect(readFileSync(told, "utf8")).toBe("first BOUND 10.77.0.50\nsecond BOUND 10.77.0.50\n");
      await made.start();
      await made.ask("down", { names: ["eth0"] });
    },
    minute,
  );

  test(
    "nobody answers: deferred within its time, and bound when somebody does",
    async () => {
      const made = await host("dhclient", { REEVE_NETCONF_DHCP_TIMEOUT: "3" });
      server.silent = true;
      const { result } = await made.told("up", { names: ["eth0"] });
      expect(result.interfaces[0]).toMatchObject({ outcome: "deferred" });
      await made.until(/^LEASE eth0: BOUND/, async () => {
        server.silent = false;
        await made.ask("renew", { name: "eth0" });
      });
    },
    minute,
  );

  test(
    "nobody answers, and the policy has an address of the host's own in place of a lease: until there is one",
    async () => {
      const made = await host("dhclient", { REEVE_NETCONF_DHCP_TIMEOUT: "3" });
      await made.stop();
      writeFileSync(join(made.folder, "policy"), "[cfg DHCP]\nFAIL,TIMEOUT LinkLocal\n");
      await made.start();
      server.silent = true;
      const { lines } = await made.told("up", { names: ["eth0"] });
      inOrder(lines, /^POLICY eth0: dhcp .* → LinkLocal$/, /IPV4LL 169\.254\./, /^CTLSOCK_IFUP eth0: done/);
      expect(made.addresses("eth0")).toEqual([]);
      server.silent = false;
      await made.ask("renew", { name: "eth0" });
      expect(made.addresses("eth0")).toEqual(["10.77.0.50/24"]);
      expect(made.namespace.ip("-4 addr show dev eth0")).not.toContain("169.254.");
    },
    minute,
  );

  test(
    "the daemon is killed: its client lives on, tells the next daemon; without any it applies its news by itself",
    async () => {
      const made = await host("dhclient");
      server.lease = 60;
      server.renewal = 3;
      await made.ask("up", { names: ["eth0"] });
      const [{ pid = 0 } = {}] = (await made.ask("leases", {})).leases;
      await made.stop("SIGKILL");
      const valid = () => {
        const [link] = made.namespace.json("addr show dev eth0");
        const all = (link?.addr_info ?? []) as { local: string; valid_life_time: number }[];
        return all.find(({ local }) => local.startsWith("10."))?.valid_life_time ?? 0;
      };
      // Nobody runs: the script itself gives the address the renewed lease's time.
      await server.next("REQUEST");
      for (let last = valid(); ; last = valid()) {
        await Bun.sleep(50);
        if (valid() > last) break;
      }
      await made.start();
      const [after] = (await made.ask("leases", {})).leases;
      expect(after).toMatchObject({ pid, state: "bound" });
      await made.until(/^LEASE eth0: RENEW/, async () => undefined);
    },
    minute,
  );
});
