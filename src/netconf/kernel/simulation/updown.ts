/** Links up and down, carrier, and what IPv4 and IPv6 do about it. */
import { addressText, ipv6Text } from "../../../address.ts";
import { isLinkLocal, numberOf } from "../prefix.ts";
import type { Link } from "../state.ts";
import {
  addAddress,
  addOnce,
  disabled,
  dropInet6,
  inet6Routes,
  kernelAddress,
  multicastRoute,
  reconcile,
} from "./addresses.ts";
import { newKinds } from "./kinds.ts";
import { leastInet6Mtu, type Namespace, Refusal } from "./namespace.ts";
import { dropRoutesOf } from "./routes.ts";

/** Links that have the carrier of the one below. */
export const stacked = ["vlan", "macvlan", "macvtap", "ipvlan"];

/** @throws Refusal `ENETDOWN`: a vlan on a link that is down. */
export function setUp(space: Namespace, name: string, up: boolean): void {
  const link = space.link(name);
  if (link.up === up) return;
  if (up && link.kind === "vlan" && !loose(link) && !space.link(link.lower).up) {
    throw new Refusal("ENETDOWN", "Network is down");
  }
  if (up && macInUse(space, link, link.address)) throw new Refusal("EADDRINUSE", "Address already in use");
  space.putLink({ ...link, ...(up && space.inheriting.has(name) ? lowerAddress(space, link) : {}), up });
  if (up) inetUp(space, space.link(name));
  else inetDown(space, space.link(name));
  // vlan_device_event: they follow the link below.
  for (const upper of space.uppers(name)) if (upper.kind === "vlan" && !loose(upper)) setUp(space, upper.name, up);
}

/** Of a macvlan: the link below or another one on it has that address. */
export function macInUse(space: Namespace, { name, kind, lower }: Link, address: string): boolean {
  if (kind !== "macvlan" && kind !== "macvtap") return false;
  const others = space.uppers(lower).filter((one) => one.name !== name && one.kind === kind && one.up);
  return [space.links.get(lower), ...others].some((one) => one?.address === address);
}

function loose({ data }: Link): boolean {
  return Array.isArray(data.flags) ? data.flags.includes("LOOSE_BINDING") : data.loose_binding === true;
}

export function lowerAddress(space: Namespace, link: Link): Partial<Link> {
  return { address: space.links.get(link.lower)?.address ?? link.address };
}

function inetUp(space: Namespace, link: Link): void {
  const loopback = link.type === "loopback";
  if (loopback && space.addressesOf(link.name, 4).length === 0) {
    addAddress(space, kernelAddress(link.name, "127.0.0.1", 8, 1));
  }
  reconcile(space, link, []);
  if (disabled(space, link.name) || link.mtu < leastInet6Mtu || isSlave(space, link)) return;
  if (loopback && space.addressesOf(link.name, 6).length === 0) {
    addAddress(space, kernelAddress(link.name, "::1", 128, 1));
  }
  // addrconf_permanent_addr: those with a lifetime get none.
  for (const one of space.addressesOf(link.name, 6).filter(({ valid }) => valid === null)) {
    for (const route of inet6Routes(space, link, one)) addOnce(space, route);
  }
}

/** Local routes of IPv4 stay, as do its addresses. */
function inetDown(space: Namespace, link: Link): void {
  dropRoutesOf(space, link.name, 4, ({ scope }) => scope !== "host");
  inet6Down(space, link, keepsInet6(space, link));
}

/** Whether its IPv6 addresses outlive its being down; link-local ones and those with a lifetime do not. */
export function keepsInet6(space: Namespace, { name }: Link): boolean {
  return ["all", name].some((of) => Number(space.sysctls.get(["ipv6", "conf", of, "keep_addr_on_down"])) > 0);
}

/** addrconf_ifdown: no IPv6 on this link any more. */
export function inet6Down(space: Namespace, link: Link, keep = false): void {
  space.ready.delete(link.name);
  for (const one of space.addressesOf(link.name, 6)) {
    if (keep && one.flags.includes("permanent") && !isLinkLocal(one.address)) continue;
    dropInet6(space, link, one);
  }
  dropRoutesOf(space, link.name, 6, () => true);
}

/** A link that IPv6 may use now: its link-local address, unless it is a slave of a bond or a vrf itself. */
export function inet6Ready(space: Namespace, link: Link): void {
  if (link.type === "loopback" || link.kind === "vrf" || isSlave(space, link)) return;
  if (disabled(space, link.name) || link.mtu < leastInet6Mtu) return;
  space.ready.add(link.name);
  multicastRoute(space, link);
  const own = linkLocal(link);
  if (own) addAddress(space, kernelAddress(link.name, own, 64, 3));
}

/** Of a bond: IPv6 leaves it alone. */
function isSlave(space: Namespace, { master }: Link): boolean {
  return space.links.get(master)?.kind === "bond";
}

/** Link-local address by the link's type (RFC 4291 appendix A, RFC 5214 §6.1, RFC 4213 §3.7); undefined: it has none. */
export function linkLocal({ addressGeneration, type, address, permanentAddress, index }: Link): string | undefined {
  if (addressGeneration === "none" || !address) return undefined;
  const derived = addressGeneration === "eui64" || addressGeneration === "";
  if (derived && type === "ether") return ofEther(address);
  const base = 0xfe80n << 112n;
  if (!derived) {
    return addressText(base | (0x5265_6576_0000_0000n + BigInt(index)), 6);
  }
  if (type === "sit") return addressText(base | numberOf(address), 6);
  if (type === "gre" || type === "ipip") return addressText(base | (0x5efen << 32n) | numberOf(address), 6);
  if (type === "gre6" || type === "tunnel6")
    return addressText(base | eui64(permanentAddress || "02:00:00:00:00:01"), 6);
  return undefined;
}

function ofEther(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  return ipv6Text([0xfe80, 0, 0, 0, ((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f]);
}

function eui64(mac: string): bigint {
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  return [a ^ 2, b, c, 0xff, 0xfe, d, e, f].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Carries carriers and operating states on until nothing changes, and gives IPv6 to links that became ready. */
export function settle(space: Namespace): void {
  const seen = new Set<string>();
  for (const name of space.touched) {
    space.touched.delete(name);
    for (const near of space.near(name)) {
      const link = space.links.get(near);
      if (!link) continue;
      seen.add(near);
      const carrier = link.up && carried(space, link);
      const operstate = operating(space, link, carrier);
      if (carrier !== link.carrier || operstate !== link.operstate) space.putLink({ ...link, carrier, operstate });
    }
  }
  for (const name of seen) {
    const link = space.links.get(name);
    if (link?.carrier && !space.ready.has(name)) inet6Ready(space, link);
  }
}

/** Whether it has a carrier, which some have while they are down: then those above it have one, too. */
function carried(space: Namespace, link: Link): boolean {
  const { name, kind, lower, up } = link;
  const below = space.links.get(lower);
  if (kind === "veth" && lower) return up && (below?.up ?? false);
  if (stacked.includes(kind) && below) return (kind !== "vlan" || up) && carried(space, below);
  if (kind === "bridge" && !space.judged.has(name)) return true;
  // A bond that watches nobody takes all its ports for good.
  const blind = kind === "bond" && Number(link.data.miimon ?? 0) === 0 && Number(link.data.arp_interval ?? 0) === 0;
  if (blind) return up && space.ports(name).length > 0;
  if (kind === "bridge" || kind === "bond") return up && space.ports(name).some(({ carrier }) => carrier);
  return (up || newKinds[kind] !== undefined) && (space.cables.get(name) ?? true);
}

function operating(space: Namespace, { name, kind, type, up, lower }: Link, carrier: boolean): string {
  if (!up) return "DOWN";
  const unwatched = newKinds[kind]?.unwatched || (kind === "bridge" && !space.judged.has(name));
  if (carrier) return type === "loopback" || unwatched ? "UNKNOWN" : "UP";
  return lower && (kind === "veth" || stacked.includes(kind)) ? "LOWERLAYERDOWN" : "DOWN";
}
