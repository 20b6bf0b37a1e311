/** Hardware addresses and MTUs: set on one link, had by others from it. */
import type { Link } from "../state.ts";
import { newKinds } from "./kinds.ts";
import { leastInet6Mtu, type Namespace, Refusal } from "./namespace.ts";
import { inet6Down, lowerAddress, macInUse, stacked } from "./updown.ts";

/** By their numbers in `addr_gen_mode`. */
export const generations = ["eui64", "none", "stable_secret", "random"];

/** @throws Refusal `EOPNOTSUPP` (a tunnel, ifb), `EINVAL`, `EADDRNOTAVAIL` (no address of one device), `EADDRINUSE` */
export function setHardwareAddress(space: Namespace, name: string, wanted: string): void {
  const link = space.link(name);
  const address = wanted.toLowerCase();
  if (link.kind === "ifb") throw new Refusal("EOPNOTSUPP", "Operation not supported");
  checkHardwareAddress(link.type, address);
  if (link.address !== address && macInUse(space, link, address))
    throw new Refusal("EADDRINUSE", "Address already in use");
  space.given.add(`${name} address`);
  space.inheriting.delete(name);
  if (address === link.address) return;
  space.judged.add(name);
  space.putLink({ ...link, address });
  for (const upper of space.uppers(name)) {
    if (upper.up && space.inheriting.has(upper.name)) space.putLink({ ...upper, ...lowerAddress(space, upper) });
  }
  const master = space.links.get(link.master);
  if (master?.kind === "bridge") fitBridge(space, master.name);
  if (link.kind === "bond") for (const port of space.ports(name)) space.putLink({ ...port, address });
}

/** @throws Refusal `EOPNOTSUPP` (a tunnel), `EINVAL`, `EADDRNOTAVAIL` (no address of one device) */
export function checkHardwareAddress(type: string, address: string): void {
  if (type !== "ether") throw new Refusal("EOPNOTSUPP", "Operation not supported");
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address)) throw new Refusal("EINVAL", "Invalid argument");
  if (Number.parseInt(address.slice(0, 2), 16) & 1 || address === "00:00:00:00:00:00") {
    throw new Refusal("EADDRNOTAVAIL", "Cannot assign requested address");
  }
}

/** @param below MTU of the link below @throws Refusal `EINVAL`, of a vlan `ERANGE` */
export function checkMtu(
  { kind, type, mtu: former }: Pick<Link, "kind" | "type" | "mtu">,
  mtu: number,
  below?: number,
): void {
  if (mtu === former) return;
  const [least, most] = newKinds[kind]?.mtus ?? [type === "loopback" ? 0 : 68, 65536];
  if (mtu < least) throw new Refusal("EINVAL", "mtu less than device minimum");
  if (mtu > most) throw new Refusal("EINVAL", "mtu greater than device maximum");
  if (below !== undefined && mtu > below) {
    throw new Refusal(kind === "vlan" ? "ERANGE" : "EINVAL", "mtu above that of the link below");
  }
}

/** @throws Refusal as `checkMtu` */
export function setMtu(space: Namespace, name: string, mtu: number): void {
  const link = space.link(name);
  if (link.mtu === mtu) return;
  checkMtu(link, mtu, stacked.includes(link.kind) ? space.links.get(link.lower)?.mtu : undefined);
  space.given.add(`${name} mtu`);
  changeMtu(space, link, mtu);
}

/** With what has it from this one. */
export function changeMtu(space: Namespace, link: Link, mtu: number): void {
  if (link.mtu === mtu) return;
  space.putLink({ ...link, mtu });
  inet6Mtu(space, link, space.link(link.name));
  for (const upper of space.uppers(link.name)) {
    if (stacked.includes(upper.kind) && upper.mtu > mtu) changeMtu(space, upper, mtu);
  }
  if (link.kind === "bond") for (const port of space.ports(link.name)) changeMtu(space, port, mtu);
  const master = space.links.get(link.master);
  if (master?.kind === "bridge") fitBridge(space, master.name);
}

/** IPv6 goes from a link with too small an MTU, settings and all, and comes as new to one with enough. */
function inet6Mtu(space: Namespace, before: Link, after: Link): void {
  const [had, has] = [before.mtu >= leastInet6Mtu, after.mtu >= leastInet6Mtu];
  if (had === has) return;
  if (had) inet6Down(space, after);
  if (had) space.sysctls.deviceWent(after.name, "ipv6");
  else space.sysctls.deviceCame(after.name, "ipv6");
  const mode = Number(space.sysctls.get(["ipv6", "conf", "default", "addr_gen_mode"]));
  space.putLink({ ...after, addressGeneration: has ? (generations[mode] ?? "") : "" });
}

/**
 * A bridge has the smallest hardware address and the smallest MTU of its ports, unless somebody said otherwise; without
 * ports its address is zero, its MTU that of Ethernet. From its first port on its carrier is that of its ports.
 */
export function fitBridge(space: Namespace, name: string): void {
  space.judged.add(name);
  const bridge = space.link(name);
  const ports = space.ports(name);
  const [least = "00:00:00:00:00:00"] = ports.map(({ address }) => address).sort();
  const address = space.given.has(`${name} address`) ? bridge.address : least;
  if (address !== bridge.address) space.putLink({ ...bridge, address });
  const mtu = ports.length > 0 ? Math.min(...ports.map((port) => port.mtu)) : 1500;
  if (!space.given.has(`${name} mtu`)) changeMtu(space, space.link(name), mtu);
  space.touched.add(name);
}
