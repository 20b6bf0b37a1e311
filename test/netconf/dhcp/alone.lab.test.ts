/**
 * Clients that outlive the command or daemon which started them: their hook does, by itself, what there is to be done, and
 * finds the next one.
 */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { variableOf } from "../../../src/config/keys.ts";
import { lockName } from "../../../src/console/interfaces/control.ts";
import { lockFile } from "../../../src/system/flock.ts";
import { binary } from "../../lab/console.ts";
import { type DhcpServer, startDhcpServer } from "../../lab/dhcp/server.ts";
import { temporaryFolder } from "../../lab/folder.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("DHCP without a daemon", ["dhclient"]);

describe.skipIf(!lab)("DHCP without a daemon", () => {
  const host = lab!.add("host", { ipv6: false });
  const router = lab!.add("router", { ipv6: false });
  lab!.veth(host, "dhw0", router, "srv0");
  router.ip("addr add 10.77.0.1/24 dev srv0");
  let server: DhcpServer;
  let folder = "";
  let resolvConf = "";
  let environment: Record<string, string> = {};
  const daemons: Bun.Subprocess[] = [];

  beforeEach(async () => {
    const pool = ["10.77.0.52", "10.77.0.53"];
    server = await startDhcpServer(router, { device: "srv0", address: "10.77.0.1", pool, lease: 120 });
    folder = temporaryFolder("whole");
    resolvConf = join(folder, "resolv.conf");
    mkdirSync(join(folder, "scripts"));
    writeFileSync(join(folder, "interfaces"), "auto dhw0\niface dhw0 inet dhcp\n");
    const settings = {
      ...{ state: join(folder, "state"), run: join(folder, "run"), "netconf.dhcp.client": "dhclient" },
      ...{ "netconf.interfaces": join(folder, "interfaces"), "netconf.scripts": join(folder, "scripts") },
      ...{ "netconf.ifstate": join(folder, "ifstate"), "netconf.policy": join(folder, "policy") },
      ...{ "netconf.dhcp.hooks": "" },
      ...{ "netconf.dns": "file", "netconf.resolvConf": resolvConf },
    };
    const variables = Object.entries(settings).map(([name, value]) => [variableOf(name), value]);
    environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", REEVE_HOME: folder, ...Object.fromEntries(variables) };
  });
  afterEach(async () => {
    await netconf("down", "dhw0");
    for (const daemon of daemons.splice(0)) {
      daemon.kill("SIGTERM");
      await daemon.exited;
    }
    server.close();
  });
  afterAll(() => lab!.remove());

  const netconf = (...words: string[]) => run(binary, "netconf", ...words);
  async function run(...words: string[]): Promise<{ code: number; lines: string[] }> {
    const child = Bun.spawn(host.inside(...words), {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, lines: `${stderr}${stdout}`.trimEnd().split("\n") };
  }
  async function daemon(): Promise<Bun.Subprocess> {
    const child = Bun.spawn(host.inside(binary, "netconf", "daemon"), {
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    daemons.push(child);
    const { value } = await child.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toContain("netconf.sock");
    return child;
  }
  const addresses = () =>
    host
      .json("-4 addr show dev dhw0")
      .flatMap(({ addr_info: list }) => (list as { local: string }[]).map(({ local }) => local));
  const gateways = () => host.json("-4 route show default").map(({ gateway, protocol }) => `${gateway} ${protocol}`);
  const until = async (holds: () => boolean) => {
    while (!holds()) await Bun.sleep(20);
  };

  test("no daemon at all: the hook applies what comes of the lease, to its end", async () => {
    server.lease = 60;
    server.renewal = 2;
    expect((await netconf("up", "dhw0")).code).toBe(0);
    expect(readFileSync(resolvConf, "utf8")).toContain("nameserver 10.77.0.1\n");
    const from = server.seen.length;
    server.options.set(6, Uint8Array.of(10, 77, 0, 9));
    await server.next("REQUEST", from);
    await until(() => readFileSync(resolvConf, "utf8").includes("nameserver 10.77.0.9\n"));
    expect(addresses()).toEqual(["10.77.0.52"]);
    server.lease = 6;
    await server.next("REQUEST");
    server.silent = true;
    await until(() => !existsSync(resolvConf));
    expect([addresses(), gateways()]).toEqual([[], []]);
    server.silent = false;
  }, 90_000);

  test("a daemon is killed while the client's script waits for it: the hook does it", async () => {
    environment[variableOf("netconf.dhcp.probe")] = "3000";
    const first = await daemon();
    const upping = netconf("up", "dhw0");
    await server.next("REQUEST", 0);
    const log = join(folder, "state/netconf/dhcp/dhclient-reeve-dhw0-4.log");
    await until(() => readFileSync(log, "utf8").includes("DHCPACK of 10.77.0.52"));
    expect(addresses()).toEqual([]);
    first.kill("SIGKILL");
    await first.exited;
    await upping;
    await until(() => addresses().length > 0);
    expect([addresses(), server.seen.map(({ type }) => type)]).toEqual([
      ["10.77.0.52"],
      expect.not.arrayContaining(["DECLINE"]),
    ]);
  }, 90_000);

  test("a daemon is killed, and another started: the client's script finds it, and runs no program for that", async () => {
    server.lease = 60;
    server.renewal = 3;
    const first = await daemon();
    expect((await netconf("up", "dhw0")).code).toBe(0);
    first.kill("SIGKILL");
    await first.exited;
    await daemon();
    const script = join(folder, "state/netconf/reeve-dhcp-hook");
    const ran = join(folder, "ran");
    const text = readFileSync(script, "utf8");
    writeFileSync(`${script}.new`, text.replace(/^.* netconf dhcp-hook$/m, `echo "$reason" >> "${ran}"`), {
      mode: 0o755,
    });
    renameSync(`${script}.new`, script);
    const from = server.seen.length;
    server.options.set(6, Uint8Array.of(10, 77, 0, 9));
    await server.next("REQUEST", from);
    await until(() => readFileSync(resolvConf, "utf8").includes("nameserver 10.77.0.9\n"));
    expect(existsSync(ran)).toBe(false);
  }, 90_000);

  test("its state folder may hold no programs: clients are given a link to this one", async () => {
    const state = join(folder, "state");
    mkdirSync(state);
    const words = [binary, "netconf", "up", "dhw0"];
    const { code } = await run("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o noexec t "$0" && "$@"', state, ...words);
    expect([code, addresses()]).toEqual([0, ["10.77.0.52"]]);
    expect(readlinkSync(join(folder, "run/netconf/reeve-dhcp-hook"))).toBe(binary);
  }, 60_000);

  test("a hook is at work when the daemon starts: it waits until that has ended", async () => {
    mkdirSync(join(folder, "run"), { recursive: true });
    const lock = lockFile(join(folder, "run", lockName));
    const started = daemon();
    let early = false;
    void started.then(() => {
      early = true;
    });
    await Bun.sleep(1500);
    expect(early).toBe(false);
    lock?.release();
    await started;
  }, 60_000);
});
