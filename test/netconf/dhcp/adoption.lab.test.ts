/** Clients outlive us, and are found again; two of them never serve one interface. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dhclient } from "../../../src/netconf/dhcp/dhclient.ts";
import type { Client, ClientOptions, ClientRecord } from "../../../src/netconf/dhcp/supplier.ts";
import { adopt } from "../../../src/netconf/dhcp/suppliers.ts";
import { factsOf } from "../../../src/process/lasting.ts";
import { type FakeDaemon, fakeDaemon, within } from "../../lab/dhcp/daemon.ts";
import { type DhcpServer, startDhcpServer } from "../../lab/dhcp/server.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("adoption of DHCP clients", ["dhclient"]);

describe.skipIf(!lab)("a client that outlives us", () => {
  const host = lab!.add("host", { ipv6: false });
  const router = lab!.add("router", { ipv6: false });
  const device = `dha${process.pid % 100_000}`;
  lab!.veth(host, device, router, "srv0");
  router.ip("addr add 10.77.0.1/24 dev srv0");
  let server: DhcpServer;
  let daemon: FakeDaemon;
  let client: Client | undefined;

  beforeEach(async () => {
    server = await startDhcpServer(router, { device: "srv0", address: "10.77.0.1", pool: ["10.77.0.52"], lease: 120 });
    daemon = await fakeDaemon(host, device);
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await daemon.stop();
    server.close();
    host.ip(`addr flush dev ${device}`);
  });
  afterAll(() => lab!.remove());

  const options = (): ClientOptions => ({
    ...{ iface: device, family: 4, options: {}, timeout: 20 },
    ...{ folder: daemon.folder, script: daemon.script, socket: daemon.socket },
  });
  /** Started by another process, which is then killed. */
  async function orphan(): Promise<ClientRecord> {
    const starter = join(import.meta.dirname, "../../lab/dhcp/starter.ts");
    const words = [process.execPath, starter, "dhclient", JSON.stringify(options())];
    const child = Bun.spawn(host.inside(...words), { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    for await (const chunk of child.stdout) {
      text += new TextDecoder().decode(chunk);
      if (text.includes("\n")) break;
    }
    child.kill("SIGKILL");
    await child.exited;
    return JSON.parse(text);
  }
  const bound = async () => {
    await daemon.next("bound", 0);
    const log = join(daemon.folder, `dhclient-reeve-${device}-4.log`);
    while (!(await Bun.file(log).text()).includes("bound to")) await Bun.sleep(5);
  };

  test("its starter is killed: it goes on, its hook finds the next one, which adopts it by its record", async () => {
    const record = await orphan();
    await bound();
    expect(factsOf(record.pid)?.startTime).toBe(record.startTime);
    client = adopt(JSON.parse(JSON.stringify(record)));
    await within(host, async () => client?.renew());
    expect((await daemon.next("reboot", 0)).lease?.address).toBe("10.77.0.52");
    await client?.stop();
    expect(await client?.exited).toEqual({ status: null });
  });

  test("its death is seen though it is no child of ours", async () => {
    const record = await orphan();
    await bound();
    client = adopt(record);
    process.kill(record.pid, "SIGKILL");
    expect(await client?.exited).toEqual({ status: null });
    expect(adopt(record)).toBeUndefined();
  });

  test("not adopted: another start time, another lease file, another program under its number", async () => {
    const record = await orphan();
    await bound();
    expect(adopt({ ...record, startTime: record.startTime + 1 })).toBeUndefined();
    expect(adopt({ ...record, leaseFile: "/elsewhere" })).toBeUndefined();
    expect(adopt({ ...record, pid: process.pid })).toBeUndefined();
    client = adopt(record);
    expect(client?.record).toEqual(record);
  });

  test("one of ours that nobody knows any more is ended before another starts", async () => {
    const record = await orphan();
    await bound();
    client = await within(host, () => dhclient.start(options()));
    expect(factsOf(record.pid)).toBeUndefined();
    expect((await daemon.next("reboot", 0)).pid).toBe(client.record.pid);
  });

  test("two starts at a time: one client", async () => {
    const both = await within(host, () => Promise.allSettled([dhclient.start(options()), dhclient.start(options())]));
    const started = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const living = started.filter(({ record }) => factsOf(record.pid) !== undefined);
    expect(living).toHaveLength(1);
    client = living[0];
    await daemon.next("bound", 0);
  });

  describe("one that ifupdown has left", () => {
    const pidFile = `/run/dhclient.${device}.pid`;
    afterEach(() => rmSync(pidFile, { force: true }));

    async function ifupdowns(...more: string[]): Promise<{ pid: number }> {
      const files = ["-pf", pidFile, "-lf", join(daemon.folder, "theirs.leases")];
      const words = ["dhclient", "-4", "-i", ...files, ...more, device];
      const child = Bun.spawn(host.inside(...words), { stdio: ["ignore", "ignore", "ignore"] });
      await child.exited;
      // The one in the background writes it.
      for (;;) {
        const pid = existsSync(pidFile) ? Number(await Bun.file(pidFile).text()) : 0;
        if (pid > 0) return { pid };
        await Bun.sleep(5);
      }
    }

    test("is ended without a release, and ours asks for the lease that it had", async () => {
      const script = join(daemon.folder, "dhclient-script");
      writeFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
      const { pid } = await ifupdowns("-sf", script);
      client = await within(host, () => dhclient.start(options()));
      expect((await daemon.next("reboot", 0)).lease?.address).toBe("10.77.0.52");
      expect(factsOf(pid)).toBeUndefined();
      expect(server.seen.map(({ type }) => type)).not.toContain("RELEASE");
    });

    test("but serves somebody else: it is left alone, and ours does not start", async () => {
      const script = join(daemon.folder, "nm-dhcp-helper");
      writeFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
      const { pid } = await ifupdowns("-sf", script);
      await expect(within(host, () => dhclient.start(options()))).rejects.toMatchObject({ code: "conflict" });
      expect(factsOf(pid)?.name).toBe("dhclient");
      process.kill(pid, "SIGKILL");
      expect(existsSync(join(daemon.folder, `dhclient-reeve-${device}-4.pid`))).toBe(false);
    });
  });
});
