/** The real dhclient, the real hook, a server that does as told: every row of the contract with dhclient-script(8). */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { lockName } from "../../../src/console/interfaces/control.ts";
import { dhclient } from "../../../src/netconf/dhcp/dhclient.ts";
import type { LeaseEvent, LeaseReason } from "../../../src/netconf/dhcp/lease.ts";
import type { Client, ClientOptions } from "../../../src/netconf/dhcp/supplier.ts";
import { factsOf } from "../../../src/process/lasting.ts";
import { lockFile } from "../../../src/system/flock.ts";
import { type FakeDaemon, fakeDaemon, within } from "../../lab/dhcp/daemon.ts";
import { bytesOf, type DhcpServer, number, startDhcpServer } from "../../lab/dhcp/server.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("dhclient", ["dhclient"]);

describe.skipIf(!lab)("dhclient", () => {
  const host = lab!.add("host", { ipv6: false });
  const router = lab!.add("router", { ipv6: false });
  lab!.veth(host, "dhc0", router, "srv0");
  router.ip("addr add 10.77.0.1/24 dev srv0");
  let server: DhcpServer;
  let daemon: FakeDaemon;
  let client: Client | undefined;

  beforeEach(async () => {
    const pool = ["10.77.0.52", "10.77.0.53", "10.77.0.54"];
    server = await startDhcpServer(router, { device: "srv0", address: "10.77.0.1", pool, lease: 120 });
    daemon = await fakeDaemon(host, "dhc0");
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await daemon.stop();
    server.close();
    host.ip("addr flush dev dhc0");
  });
  afterAll(() => lab!.remove());

  const start = (options: Partial<ClientOptions> = {}) =>
    within(host, async () => {
      const base = { iface: "dhc0", family: 4 as const, options: {}, timeout: 20, declineWait: 0 };
      const paths = { folder: daemon.folder, script: daemon.script, socket: daemon.socket };
      client = await dhclient.start({ ...base, ...paths, ...options });
      return client;
    });
  const reasons = () => daemon.events.map(({ said }) => said);
  const sees = (wanted: LeaseReason | ((event: LeaseEvent) => boolean), from = 0) => daemon.next(wanted, from);
  /** It has heard our answer, and written the lease to its file. */
  const bound = async (from = 0) => {
    const event = await sees("bound", from);
    while (!client?.lastWord().startsWith("bound to")) await Bun.sleep(5);
    return event;
  };

  test("PREINIT, BOUND: a whole lease; in a session of its own", async () => {
    const { record } = await start();
    const { lease, iface, family, pid } = await sees("bound");
    expect([reasons(), daemon.programs()]).toEqual([["PREINIT", "BOUND"], []]);
    expect([iface, family, pid]).toEqual(["dhc0", 4, record.pid]);
    expect(lease).toMatchObject({
      ...{ address: "10.77.0.52", prefix: 24, broadcast: "10.77.0.255", server: "10.77.0.1", domain: "lab.test" },
      ...{ lifetime: 120, dns: ["10.77.0.1"], routes: [{ destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" }] },
      refused: {},
    });
    const stat = await Bun.file(`/proc/${record.pid}/stat`).text();
    expect(
      stat
        .replace(/^.*\) . \d+ /s, "")
        .split(" ")
        .slice(0, 2),
    ).toEqual([`${record.pid}`, `${record.pid}`]);
    expect(factsOf(record.pid)?.startTime).toBe(record.startTime);
  });

  test("options of the stanza reach the server", async () => {
    await start({ options: { hostname: "web1", client: "01:02:0a", vendor: "Reeve lab", leasehours: "2" } });
    const { options } = await server.next("REQUEST", 0);
    const text = (code: number) => new TextDecoder().decode(options.get(code));
    expect([text(12), text(60)]).toEqual(["web1", "Reeve lab"]);
    expect([...(options.get(61) ?? [])]).toEqual([1, 2, 10]);
    expect(options.get(51)).toEqual(number(7200));
    await expect(start({ script: "" })).rejects.toMatchObject({ code: "config" });
    await expect(start({ options: { hostname: "a;b" } })).rejects.toMatchObject({ code: "config" });
  });

  test("RENEW, from another server as well", async () => {
    server.lease = 60;
    server.renewal = 1;
    await start();
    const first = await sees("renew");
    expect([first.lease?.address, first.old?.address]).toEqual(["10.77.0.52", "10.77.0.52"]);
    server.options.set(54, bytesOf("10.77.0.9"));
    const { reason, old } = await sees(({ lease }) => lease?.server === "10.77.0.9");
    expect([reason, old?.server]).toEqual(["renew", "10.77.0.1"]);
  });

  test("a rebinding, by broadcast after the own server's silence: dhclient 4.4.3 calls it RENEW", async () => {
    server.lease = 60;
    server.renewal = 1;
    server.rebinding = 2;
    // What is meant for the server itself goes to an address that nobody has: it hears broadcasts alone.
    server.identifier = "10.77.0.9";
    await start();
    expect((await sees("renew")).lease?.address).toBe("10.77.0.52");
    expect(await Bun.file(client!.record.logFile).text()).toMatch(
      /bound to[\s\S]*REQUEST for \S+ on dhc0 to 255.255.255.255/,
    );
  }, 40_000);

  test("EXPIRE when nobody answers any more, then PREINIT and FAIL", async () => {
    server.lease = 4;
    await start({ timeout: 4 });
    await sees("bound");
    server.silent = true;
    const expired = await sees("expire");
    expect([expired.lease, expired.old?.address]).toEqual([undefined, "10.77.0.52"]);
    await sees("fail");
    expect(reasons().slice(reasons().lastIndexOf("EXPIRE"))).toEqual(["EXPIRE", "PREINIT", "FAIL"]);
    expect(host.json("-4 addr show dev dhc0")).toEqual([]);
  }, 40_000);

  test("renew(): it asks anew for what it has, REBOOT; the record is another, nothing has ended", async () => {
    const running = await start();
    const before = running.record;
    await bound();
    let ended = false;
    void running.exited.then(() => {
      ended = true;
    });
    await within(host, () => running.renew());
    const { lease } = await sees("reboot");
    expect(lease?.address).toBe("10.77.0.52");
    expect(running.record.pid).not.toBe(before.pid);
    expect([ended, factsOf(before.pid), factsOf(running.record.pid)?.name]).toEqual([false, undefined, "dhclient"]);
    await running.stop();
    expect(await running.exited).toEqual({ status: null });
  });

  test("NAK to what it had: it begins again", async () => {
    const running = await start();
    await bound();
    server.forget();
    server.pool = ["10.77.0.54"];
    const from = daemon.events.length;
    await within(host, () => running.renew());
    const { lease } = await sees("bound", from);
    expect(lease?.address).toBe("10.77.0.54");
  }, 30_000);

  test("RELEASE: the server hears of it, the hook too; then it is gone", async () => {
    const running = await start();
    await bound();
    const from = daemon.events.length;
    await within(host, () => running.release(5000));
    expect((await server.next("RELEASE", 0)).ciaddr).toBe("10.77.0.52");
    expect(reasons().slice(from)).toEqual(["RELEASE"]);
    expect(daemon.events.at(-1)?.old?.address).toBe("10.77.0.52");
    expect(factsOf(running.record.pid)).toBeUndefined();
  });

  test("a release that takes too long is none, and the client has ended all the same", async () => {
    const running = await start();
    await bound();
    daemon.answer = ({ event }) => (event.reason === "release" ? new Promise(() => undefined) : undefined);
    await within(host, () => running.release(500));
    expect(factsOf(running.record.pid)).toBeUndefined();
  });

  test("STOP, by somebody's `dhclient -x`", async () => {
    const { record, exited } = await start();
    await bound();
    const [program = "", ...words] = record.argv;
    Bun.spawn(host.inside(program, "-x", ...words), { stdio: ["ignore", "ignore", "ignore"] });
    expect((await sees("stop")).old?.address).toBe("10.77.0.52");
    await exited;
  });

  test("FAIL: nobody answers; it stays and tries anew", async () => {
    server.silent = true;
    const { record } = await start({ timeout: 2 });
    await sees("fail");
    expect(reasons()).toEqual(["PREINIT", "FAIL"]);
    expect(factsOf(record.pid)?.name).toBe("dhclient");
    expect(client?.lastWord()).toMatch(/No working leases|Sleeping|No DHCPOFFERS/);
  }, 20_000);

  test("a conflict is declined, and another address taken", async () => {
    daemon.answer = ({ event }) => (event.lease?.address === "10.77.0.52" ? "conflict" : undefined);
    await start();
    expect((await server.next("DECLINE", 0)).requested).toBe("10.77.0.52");
    const { lease } = await sees("bound", 2);
    expect(lease?.address).toBe("10.77.0.53");
  }, 30_000);

  test("TIMEOUT with a stored lease: used when it is of this network, else FAIL", async () => {
    const first = await start();
    await bound();
    await first.stop();
    server.silent = true;
    const from = daemon.events.length;
    const second = await start({ timeout: 2 });
    expect((await sees("timeout", from)).lease?.address).toBe("10.77.0.52");
    while (!second.lastWord().startsWith("bound: ")) await Bun.sleep(10);
    expect(reasons().slice(from)).toEqual(["PREINIT", "TIMEOUT"]);
    await second.stop();
    daemon.answer = ({ event }) => (event.reason === "timeout" ? "unusable" : undefined);
    await start({ timeout: 2 });
    await sees("fail");
    expect(reasons().slice(from)).toEqual(["PREINIT", "TIMEOUT", "PREINIT", "TIMEOUT", "FAIL"]);
    expect(server.seen.map(({ type }) => type)).not.toContain("DECLINE");
  }, 40_000);

  test("NBI: no interface to ask on", async () => {
    const empty = lab!.add("empty", { ipv6: false });
    const variables = [`REEVE_HOOK=${daemon.socket}`, "REEVE_CLIENT=dhclient", "REEVE_INTERFACE=eth9"];
    const files = ["-lf", join(daemon.folder, "leases"), "-pf", join(daemon.folder, "pid")];
    const words = ["dhclient", "-4", "-d", ...files, "-sf", daemon.script, ...variables.flatMap((one) => ["-e", one])];
    Bun.spawn(empty.inside(...words), { stdio: ["ignore", "ignore", "ignore"] });
    expect(await sees("nbi")).toMatchObject({ said: "NBI", iface: "eth9" });
  });

  test("a hostile server: what cannot be is left out field by field, an impossible address is no lease", async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const storm = Uint8Array.from(Array.from({ length: 100 }, (_, at) => [0, 10, 77, 0, at + 1]).flat());
    for (const [code, value] of [
      [15, text("$(reboot).test")],
      [12, text("a;b")],
      [26, Uint8Array.of(0, 68)],
      [6, bytesOf("224.0.0.1", "10.77.0.1", "0.0.0.0")],
      [121, storm],
      [28, bytesOf("10.78.0.255")],
    ] as const) {
      server.options.set(code, value);
    }
    await start();
    const { lease } = await sees("bound");
    expect(lease).toMatchObject({ domain: "", hostName: "", mtu: 0, dns: ["10.77.0.1"], broadcast: "10.77.0.255" });
    expect(lease?.routes).toHaveLength(4);
    for (const name of ["interface_mtu", "domain_name_servers", "broadcast_address"]) {
      expect(Object.keys(lease?.refused ?? {})).toContain(name);
    }
    await client?.stop();
    for (const address of ["127.0.0.5", "224.0.0.7"]) {
      const from = daemon.events.length;
      server.forget();
      server.pool = [address];
      await start({ folder: join(daemon.folder, address) });
      const bad = await sees("bound", from);
      expect(bad.lease).toBeUndefined();
      expect(bad.unusable).toContain("no address to use");
      await client?.stop();
    }
  }, 30_000);

  test("nobody there, and nothing known of how to work: nothing is declined, and the client's log says so", async () => {
    await daemon.stop();
    await start();
    await server.next("REQUEST", 0);
    while (!client?.lastWord().startsWith("bound to 10.77.0.52")) await Bun.sleep(10);
    expect(await Bun.file(client!.record.logFile).text()).toContain("reeve: BOUND: nothing is known");
    expect(server.seen.map(({ type }) => type)).not.toContain("DECLINE");
  });

  test("one that just starts holds the lock: the hook waits for its socket", async () => {
    await daemon.stop();
    const lock = lockFile(join(daemon.folder, lockName));
    await start();
    await server.next("REQUEST", 0);
    await Bun.sleep(200);
    await daemon.start();
    expect((await sees("bound")).lease?.address).toBe("10.77.0.52");
    lock?.release();
  });

  test("it dies while it works on a lease: the next one gets the call again", async () => {
    const lock = lockFile(join(daemon.folder, lockName));
    const begun = Promise.withResolvers<void>();
    let gone: AbortSignal | undefined;
    daemon.answer = ({ event, signal }) => {
      if (event.reason !== "bound") return undefined;
      gone = signal;
      begun.resolve();
      return new Promise(() => undefined);
    };
    await start();
    await begun.promise;
    await daemon.stop();
    expect(gone?.aborted).toBe(true);
    daemon.answer = () => undefined;
    const from = daemon.events.length;
    await daemon.start();
    expect((await sees("bound", from)).lease?.address).toBe("10.77.0.52");
    lock?.release();
  });

  test("it does not answer: the hook gives up before the client is ended, and declines nothing", async () => {
    daemon.answer = ({ event }) => (event.reason === "bound" ? new Promise(() => undefined) : undefined);
    await start({ hookTimeout: 1 });
    while (!client?.lastWord().startsWith("bound to")) await Bun.sleep(20);
    expect(server.seen.map(({ type }) => type)).not.toContain("DECLINE");
  });

  test("stop() ends the hook's process along with the client, and its call is aborted", async () => {
    const aborted = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    daemon.answer = ({ event, signal }) => {
      if (event.reason !== "bound") return undefined;
      signal.addEventListener("abort", () => aborted.resolve());
      begun.resolve();
      return new Promise(() => undefined);
    };
    await start();
    await begun.promise;
    await client?.stop();
    await aborted.promise;
  });
});
