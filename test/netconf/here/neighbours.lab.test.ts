/** ARP over real packet sockets, between namespaces. */
import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../../src/clock.ts";
import { candidate } from "../../../src/netconf/dhcp/ipv4ll.ts";
import { neighboursHere } from "../../../src/netconf/here/neighbours.ts";
import type { Link } from "../../../src/netconf/kernel/state.ts";
import { within } from "../../lab/dhcp/daemon.ts";
import { slowNeighbour } from "../../lab/dhcp/slow-neighbour.ts";
import { type Namespace, namespacesOrSkip } from "../../lab/netns.ts";

const lab = await namespacesOrSkip("neighbours");

function linksOf(namespace: Namespace): ReadonlyMap<string, Link> {
  const links = namespace.json("link show").map(({ ifindex, ifname, address, link_type, flags }) => {
    const arp = !(flags as string[]).includes("NOARP");
    return { index: ifindex, name: ifname, address, type: link_type, arp } as Link;
  });
  return new Map(links.map((link) => [link.name, link]));
}

describe.skipIf(!lab)("neighbours", () => {
  const host = lab!.add("host", { ipv6: false });
  const other = lab!.add("other", { ipv6: false });
  lab!.veth(host, "eth0", other, "eth1");
  other.ip("addr add 192.0.2.7/24 dev eth1");
  const { signal } = new AbortController();
  // Faster by ten: the times of RFC 3927 are held by the test on a clock turned by hand.
  const clock = { ...systemClock, after: (time: number, then: () => void) => systemClock.after(time / 10, then) };
  const neighbours = (fast = false) => neighboursHere(() => linksOf(host), fast ? clock : systemClock);
  afterAll(() => lab!.remove());

  test("who has an address answers, whoever asks, and nobody else does", async () => {
    const ask = (address: string) => within(host, () => neighbours().answers("eth0", address, 300, signal));
    expect(await ask("192.0.2.7")).toBe(true);
    expect(await ask("192.0.2.8")).toBe(false);
    host.ip("addr add 192.0.2.9/24 dev eth0");
    expect(await ask("192.0.2.9")).toBe(false);
  });

  test("one that takes its time is heard by who listens for long, and a listener can be told to end", async () => {
    using _slow = slowNeighbour(other, "eth1", "192.0.2.20", 100);
    const asking = within(host, () => neighbours().answers("eth0", "192.0.2.20", 60_000, signal));
    expect(await asking).toBe(true);
    const enough = new AbortController();
    const asked = within(host, () => neighbours().answers("eth0", "192.0.2.21", 60_000, enough.signal));
    enough.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
  });

  test("no ARP, no answer; no device, no question", async () => {
    const ask = (iface: string) => within(host, () => neighbours().answers(iface, "192.0.2.7", 10, signal));
    expect(await ask("lo")).toBe(false);
    await expect(ask("eth9")).rejects.toMatchObject({ code: "not-found" });
    const over = AbortSignal.abort();
    const cancelled = within(host, () => neighbours().answers("eth0", "192.0.2.7", 10, over));
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  });

  test("an address of its own is claimed past one that another host has, kept against that one, and lost at last", async () => {
    const mac = linksOf(host).get("eth0")?.address ?? "";
    const taken = candidate(mac, 0);
    other.ip(`addr add ${taken}/16 dev eth1`);
    const claim = await within(host, () => neighbours(true).claim("eth0", { avoid: [] }, signal));
    expect(claim.address).toBe(candidate(mac, 1));
    // The other host takes it, too, and says so, as arping -U would: twice is insisting.
    other.sysctl("net.ipv4.conf.eth1.arp_notify", "1");
    other.ip(`addr add ${claim.address}/16 dev eth1`);
    const insist = setInterval(() => {
      other.ip("link set eth1 down");
      other.ip("link set eth1 up");
    }, 100);
    await claim.lost;
    clearInterval(insist);
  });

  test("a device that was down is heard again", async () => {
    other.ip("addr flush dev eth1");
    const claim = await within(host, () => neighbours(true).claim("eth0", { avoid: [] }, signal));
    host.ip("link set eth0 down");
    host.ip("link set eth0 up");
    other.ip(`addr add ${claim.address}/16 dev eth1`);
    const insist = setInterval(() => {
      other.ip("link set eth1 down");
      other.ip("link set eth1 up");
    }, 100);
    await within(host, () => claim.lost);
    clearInterval(insist);
  });
});
