/** dhclient and dnsmasq, both as they are in the field: what an honest server's lease comes to. */
import { afterAll, describe, expect, test } from "bun:test";
import { dhclient } from "../../../src/netconf/dhcp/dhclient.ts";
import { wantedOfLease } from "../../../src/netconf/dhcp/lease-wanted.ts";
import type { Client } from "../../../src/netconf/dhcp/supplier.ts";
import { fakeDaemon, within } from "../../lab/dhcp/daemon.ts";
import { dnsmasqPresent, startDnsmasq } from "../../lab/dnsmasq.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";

const lab = dnsmasqPresent() ? await namespacesOrSkip("dnsmasq", ["dhclient"]) : undefined;

describe.skipIf(!lab)("a lease of dnsmasq", () => {
  const host = lab!.add("host");
  const router = lab!.add("router");
  for (const side of [host, router]) side.sysctl("net.ipv6.conf.default.dad_transmits", "0");
  lab!.veth(host, "dhd0", router, "srv0");
  const clients: Client[] = [];
  afterAll(async () => {
    for (const client of clients) await client.stop();
    await lab!.remove();
  });

  test("IPv4 and IPv6; NAK after it forgot; another server in its place; silence", async () => {
    const server = await startDnsmasq(router, { device: "srv0", prefix6: "fd77::" });
    const daemon = await fakeDaemon(host, "dhd0");
    const start = (family: 4 | 6) =>
      within(host, async () => {
        const paths = { folder: daemon.folder, script: daemon.script, socket: daemon.socket };
        const client = await dhclient.start({ iface: "dhd0", family, options: {}, timeout: 8, ...paths });
        clients.push(client);
        return client;
      });
    const settled = async (client: Client) => {
      while (!/^bound to/.test(client.lastWord())) await Bun.sleep(5);
    };

    const four = await start(4);
    const { lease } = await daemon.next("bound", 0);
    expect(lease).toMatchObject({
      ...{ mtu: 1400, domain: "lab.test", search: ["lab.test", "sub.lab.test"], ntp: ["10.77.0.9"], lifetime: 120 },
      ...{ dns: ["10.77.0.1", "10.77.0.2"], routers: ["10.77.0.1"], refused: {} },
    });
    const { routes } = wantedOfLease(lease!, { iface: "dhd0", now: Date.now() });
    expect(routes.map(({ is }) => `${is.destination}/${is.prefix} ${is.hops[0]?.gateway}`)).toEqual([
      ...["10.88.0.0/16 10.77.0.254", "0.0.0.0/0 10.77.0.1"],
    ]);
    expect(server.given()).toEqual([lease!.address]);
    await settled(four);

    // It moves to another network, and refuses what the former one gave.
    await server.replace({ network: "10.78.0" });
    let from = daemon.events.length;
    await within(host, () => four.renew());
    expect((await daemon.next("bound", from)).lease?.address).toMatch(/^10\.78\.0\./);
    await settled(four);

    await server.replace({ host: 3 });
    from = daemon.events.length;
    await within(host, () => four.renew());
    expect((await daemon.next("reboot", from)).lease?.server).toBe("10.78.0.3");
    await settled(four);

    server.silence();
    from = daemon.events.length;
    await within(host, () => four.renew());
    // The lease is not over: dhclient goes on with it, if we say that it is of this network.
    expect((await daemon.next("timeout", from)).lease?.server).toBe("10.78.0.3");
    server.speak();

    from = daemon.events.length;
    await start(6);
    const { lease: six } = await daemon.next(({ reason, family }) => reason === "bound" && family === 6, from);
    expect(six).toMatchObject({ family: 6, dns: ["fd77::1"], search: ["lab6.test"], lifetime: 120, refused: {} });
    expect(server.given()).toContain(six!.address);
    await daemon.stop();
    await server.stop();
  }, 60_000);
});
