/** The real dhcpcd, configuring nothing itself, with the real hook. It waits and probes: each lease takes it seconds. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { dhcpcd } from "../../../src/netconf/dhcp/dhcpcd.ts";
import type { LeaseReason } from "../../../src/netconf/dhcp/lease.ts";
import type { Client, ClientOptions } from "../../../src/netconf/dhcp/supplier.ts";
import { adopt } from "../../../src/netconf/dhcp/suppliers.ts";
import { factsOf } from "../../../src/process/lasting.ts";
import { type FakeDaemon, fakeDaemon, within } from "../../lab/dhcp/daemon.ts";
import { type DhcpServer, startDhcpServer } from "../../lab/dhcp/server.ts";
import { type DhcpServer6, startDhcpServer6 } from "../../lab/dhcp/server6.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("dhcpcd", ["dhcpcd"]);

describe.skipIf(!lab)("dhcpcd", () => {
  const host = lab!.add("host");
  const router = lab!.add("router");
  for (const side of [host, router]) side.sysctl("net.ipv6.conf.default.dad_transmits", "0");
  // Its pid files, sockets and leases are the whole machine's, by the device's name.
  const device = `dhp${process.pid % 100_000}`;
  lab!.veth(host, device, router, "srv0");
  router.ip("addr add 10.77.0.1/24 dev srv0");
  let server: DhcpServer;
  let six: DhcpServer6;
  let daemon: FakeDaemon;
  let client: Client | undefined;

  beforeEach(async () => {
    const pool = ["10.77.0.52", "10.77.0.53"];
    server = await startDhcpServer(router, { device: "srv0", address: "10.77.0.1", pool, lease: 120 });
    six = await startDhcpServer6(router, "srv0", "fd77::12c");
    daemon = await fakeDaemon(host, device);
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await daemon.stop();
    server.close();
    six.close();
    host.ip(`addr flush dev ${device} scope global`);
    for (const ending of ["lease", "lease6"]) rmSync(`/var/lib/dhcpcd/${device}.${ending}`, { force: true });
  });
  afterAll(() => lab!.remove());

  const start = (options: Partial<ClientOptions> = {}) =>
    within(host, async () => {
      const base = { iface: device, family: 4 as const, options: {}, timeout: 20 };
      const paths = { folder: daemon.folder, script: daemon.script, socket: daemon.socket };
      client = await dhcpcd.start({ ...base, ...paths, ...options });
      return client;
    });
  const reasons = () => daemon.events.map(({ said }) => said);
  const sees = (reason: LeaseReason, from = 0) => daemon.next(reason, from);

  test("PREINIT, CARRIER, BOUND with options of the stanza; RENEW at our word; adopted; STOP", async () => {
    const { record } = await start({ options: { hostname: "web1", client: "01:02:0a", vendor: "Reeve lab" } });
    const { lease, iface, pid } = await sees("bound");
    expect([reasons(), daemon.programs()]).toEqual([["PREINIT", "CARRIER", "BOUND"], []]);
    expect([iface, pid]).toEqual([device, record.pid]);
    expect(lease).toMatchObject({
      address: "10.77.0.52",
      prefix: 24,
      server: "10.77.0.1",
      domain: "lab.test",
      refused: {},
    });
    const { options } = await server.next("REQUEST", 0);
    expect([12, 60].map((code) => new TextDecoder().decode(options.get(code)))).toEqual(["web1", "Reeve lab"]);
    expect([...(options.get(61) ?? [])]).toEqual([1, 2, 10]);

    const adopted = adopt(JSON.parse(JSON.stringify(record)));
    expect(adopt({ ...record, iface: "other0" })).toBeUndefined();
    const renewed = sees("renew");
    // A signal that comes while it waits for its script is lost.
    while (!reasons().includes("RENEW")) {
      await adopted?.renew();
      await Promise.race([renewed, Bun.sleep(300)]);
    }
    expect((await renewed).old?.address).toBe("10.77.0.52");
    expect(client?.lastWord()).not.toBe("");
    const from = daemon.events.length;
    await client?.stop();
    expect(reasons().slice(from)).toEqual(["STOP", "STOPPED"]);
    expect(daemon.events.at(from)?.old?.address).toBe("10.77.0.52");
    expect([factsOf(record.pid), await adopted?.exited]).toEqual([undefined, { status: null }]);
    await expect(adopted?.renew()).rejects.toMatchObject({ code: "not-running" });
  }, 60_000);

  test("a NAK; an expiry; the carrier lost and found", async () => {
    server.lease = 60;
    server.renewal = 2;
    await start();
    await sees("bound");
    server.refuses = true;
    expect((await sees("nak")).old?.address).toBe("10.77.0.52");
    const from = daemon.events.length;
    server.lease = 8;
    server.refuses = false;
    await sees("bound", from);
    server.silent = true;
    expect((await sees("expire", from)).old?.address).toBe("10.77.0.52");
    router.ip("link set srv0 down");
    await sees("no-carrier", from);
    router.ip("link set srv0 up");
    await sees("carrier", from + 1);
  }, 90_000);

  test("an address that another host has is declined by its own probes", async () => {
    router.ip("addr add 10.77.0.52/24 dev srv0");
    await start();
    const { lease } = await sees("bound");
    router.ip("addr del 10.77.0.52/24 dev srv0");
    expect(lease?.address).toBe("10.77.0.53");
    expect(server.seen.map(({ type }) => type)).toContain("DECLINE");
  }, 60_000);

  test("release: the server hears of it", async () => {
    const running = await start();
    await sees("bound");
    await within(host, () => running.release(8000));
    expect((await server.next("RELEASE", 0)).ciaddr).toBe("10.77.0.52");
    expect(factsOf(running.record.pid)).toBeUndefined();
  }, 60_000);

  test("DHCPv6: BOUND6, RELEASE6; router advertisements stay the kernel's", async () => {
    const running = await start({ family: 6 });
    const { lease } = await sees("bound");
    expect(lease).toMatchObject({ address: "fd77::12c", prefix: 128, lifetime: 120, dns: ["fd77::1"], refused: {} });
    expect(host.run("cat", `/proc/sys/net/ipv6/conf/${device}/accept_ra`).trim()).toBe("1");
    await within(host, () => running.release(8000));
    expect(six.seen).toContain("RELEASE");
    expect((await sees("release")).old?.address).toBe("fd77::12c");
  }, 60_000);
});
