/** dhclient for IPv6, against a server that does as told. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { dhclient } from "../../../src/netconf/dhcp/dhclient.ts";
import type { LeaseReason } from "../../../src/netconf/dhcp/lease.ts";
import type { Client, ClientOptions } from "../../../src/netconf/dhcp/supplier.ts";
import { type FakeDaemon, fakeDaemon, within } from "../../lab/dhcp/daemon.ts";
import { type DhcpServer6, startDhcpServer6 } from "../../lab/dhcp/server6.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("dhclient for IPv6", ["dhclient"]);

describe.skipIf(!lab)("dhclient -6", () => {
  const host = lab!.add("host");
  const router = lab!.add("router");
  lab!.veth(host, "dhs0", router, "srv0");
  let server: DhcpServer6;
  let daemon: FakeDaemon;
  let client: Client | undefined;

  beforeEach(async () => {
    server = await startDhcpServer6(router, "srv0", "fd77::12c");
    daemon = await fakeDaemon(host, "dhs0");
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await daemon.stop();
    server.close();
    host.ip("-6 addr flush dev dhs0 scope global");
  });
  afterAll(() => lab!.remove());

  const start = (options: Partial<ClientOptions> = {}) =>
    within(host, async () => {
      const base = { iface: "dhs0", family: 6 as const, options: {}, timeout: 20 };
      const paths = { folder: daemon.folder, script: daemon.script, socket: daemon.socket };
      client = await dhclient.start({ ...base, ...paths, ...options });
      return client;
    });
  const reasons = () => daemon.events.map(({ said }) => said);
  const sees = (reason: LeaseReason, from = 0) => daemon.next(reason, from);

  test("PREINIT6, BOUND6, RELEASE6", async () => {
    const running = await start();
    const { lease, family, iface } = await sees("bound");
    expect([family, iface]).toEqual([6, "dhs0"]);
    expect(lease).toMatchObject({
      ...{ address: "fd77::12c", prefix: 128, lifetime: 120, preferred: 120, renewal: 60, rebinding: 105 },
      ...{ dns: ["fd77::1"], search: ["lab6.test"], refused: {} },
    });
    await server.next("REQUEST", 0);
    while (!(await Bun.file(running.record.leaseFile).text()).includes("fd77::12c")) await Bun.sleep(10);
    await within(host, () => running.release(8000));
    expect(server.seen).toContain("RELEASE");
    expect([reasons(), daemon.programs()]).toEqual([["PREINIT6", "BOUND6", "RELEASE6"], []]);
  }, 40_000);

  test("a link that is down: PREINIT6 raises it, and waits for its link-local address", async () => {
    host.ip("link set dhs0 down");
    await start();
    expect((await sees("bound")).lease?.address).toBe("fd77::12c");
  }, 40_000);

  test("RENEW6; REBIND6, DEPREF6 and EXPIRE6 as the server falls silent", async () => {
    server.renewal = 1;
    server.rebinding = 3;
    server.preferred = 6;
    server.valid = 9;
    await start();
    expect((await sees("renew")).old?.address).toBe("fd77::12c");
    server.ignores.add("RENEW");
    expect((await sees("rebind")).lease?.address).toBe("fd77::12c");
    server.silent = true;
    const deprecated = await sees("depref");
    expect([deprecated.lease?.address, deprecated.lease?.preferred]).toEqual(["fd77::12c", 0]);
    const expired = await sees("expire");
    expect([expired.said, expired.old?.address]).toEqual(["EXPIRE6", "fd77::12c"]);
  }, 60_000);

  test("STOP6, by somebody's `dhclient -x`", async () => {
    const { record, exited } = await start();
    await sees("bound");
    while (!(await Bun.file(record.leaseFile).text()).includes("fd77::12c")) await Bun.sleep(10);
    const [program = "", ...words] = record.argv;
    Bun.spawn(host.inside(program, "-x", ...words), { stdio: ["ignore", "ignore", "ignore"] });
    expect((await sees("stop")).said).toBe("STOP6");
    await exited;
  }, 40_000);

  test("a conflict is declined, and another address taken", async () => {
    daemon.answer = ({ event }) => (event.lease?.address === "fd77::12c" ? "conflict" : undefined);
    await start();
    await server.next("DECLINE", 0);
    const from = daemon.events.length;
    server.address = "fd77::12d";
    while (!daemon.events.slice(from).some(({ lease }) => lease?.address === "fd77::12d")) await Bun.sleep(20);
  }, 40_000);

  test("an address that cannot be is no lease", async () => {
    server.address = "ff02::5";
    await start();
    const { lease, unusable } = await sees("bound");
    expect([lease, unusable]).toEqual([undefined, expect.stringContaining("no address to use")]);
  }, 40_000);

  test("stateless: name servers only", async () => {
    await start({ options: { stateless: "1" } });
    await server.next("INFORMATION-REQUEST", 0);
    while (!daemon.events.some(({ lease }) => lease)) await Bun.sleep(20);
    const told = daemon.events.find(({ lease }) => lease);
    expect([told?.lease?.address, told?.lease?.dns, told?.lease?.search]).toEqual(["", ["fd77::1"], ["lab6.test"]]);
  }, 40_000);
});
