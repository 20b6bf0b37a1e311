/** Addresses and what the kernel makes of them: connected, local and broadcast routes. */
import { broadcastOf, contains, isLinkLocal, networkOf } from "../prefix.ts";
import type { Address, Link, Route } from "../state.ts";
import type { NewAddress } from "../step.ts";
import { leastInet6Mtu, type Namespace, Refusal } from "./namespace.ts";
import { dropRoutesOf, kernelRoute, likeThese, sameRoute } from "./routes.ts";

/** In the order of their bits (IFA_F_*). */
const flagOrder = [
  "secondary",
  "temporary",
  "nodad",
  "optimistic",
  "dadfailed",
  "home",
  "deprecated",
  "tentative",
  "permanent",
  "mngtmpaddr",
  "noprefixroute",
];

function flagsOf(wanted: readonly string[], address: Pick<Address, "valid" | "preferred">): string[] {
  const flags = new Set(wanted.filter((flag) => flag !== "permanent" && flag !== "deprecated"));
  if (address.valid === null) flags.add("permanent");
  if (address.preferred === 0) flags.add("deprecated");
  return flagOrder.filter((flag) => flags.has(flag));
}

export function addAddress(space: Namespace, wanted: NewAddress): void {
  const link = space.link(wanted.device);
  const { valid, preferred, family, prefix } = wanted;
  if (prefix < 0 || prefix > (family === 4 ? 32 : 128)) throw new Refusal("EINVAL", "Invalid argument");
  if (valid === 0 || (valid !== null && (preferred === null || preferred > valid))) {
    throw new Refusal("EINVAL", "Invalid argument");
  }
  if (family === 4) addInet(space, link, wanted);
  else addInet6(space, link, wanted);
}

function addInet(space: Namespace, link: Link, wanted: NewAddress): void {
  const peer = wanted.peer || wanted.address;
  const there = space.addressesOf(link.name, 4);
  const same = there.find(
    (one) => one.address === wanted.address && one.prefix === wanted.prefix && (one.peer || one.address) === peer,
  );
  if (same) {
    renew(space, same, wanted);
    return;
  }
  const primary = there.find((one) => !one.flags.includes("secondary") && sameSubnet(one, wanted));
  if (primary?.address === wanted.address) throw new Refusal("EEXIST", "File exists");
  if (primary && primary.scope !== wanted.scope) throw new Refusal("EINVAL", "ipv4: Invalid scope value.");
  const before = connected(space, link);
  space.putAddress({
    ...wanted,
    device: link.name,
    peer: peer === wanted.address ? "" : peer,
    label: wanted.label === link.name ? "" : wanted.label,
    flags: flagsOf([...wanted.flags, ...(primary ? ["secondary"] : [])], wanted),
  });
  reconcile(space, link, before);
}

function addInet6(space: Namespace, link: Link, wanted: NewAddress): void {
  if (link.mtu < leastInet6Mtu) throw new Refusal("EINVAL", "Invalid argument");
  if (disabled(space, link.name)) throw new Refusal("EACCES", "ipv6: IPv6 is disabled on this device");
  if (contains("ff00::", 8, wanted.address, 6) || wanted.address === "::") {
    throw new Refusal("EADDRNOTAVAIL", "Cannot assign requested address");
  }
  const same = space.addressesOf(link.name, 6).find((one) => one.address === wanted.address);
  if (same) {
    renew(space, same, wanted);
    return;
  }
  const after: Address = {
    ...wanted,
    device: link.name,
    broadcast: "",
    label: "",
    scope: wanted.address === "::1" ? "host" : isLinkLocal(wanted.address) ? "link" : "global",
    flags: flagsOf(wanted.flags, wanted),
  };
  space.putAddress(after);
  multicastRoute(space, link);
  for (const route of inet6Routes(space, link, after)) addOnce(space, route);
}

/** Lifetimes and protocol of IPv4; of IPv6 the flags and the peer, too. What else was asked for is passed over. */
function renew(space: Namespace, same: Address, wanted: NewAddress): void {
  const { valid, preferred, protocol } = wanted;
  const stay = same.family === 4 ? same.flags : wanted.flags;
  const after = { ...same, valid, preferred, protocol, flags: flagsOf(stay, wanted) };
  if (JSON.stringify(after) === JSON.stringify(same)) return;
  space.putAddress(after, same);
  if (same.family === 4) return;
  const link = space.link(same.device);
  const prefixRoutes = inet6Routes(space, link, { ...same, flags: [] }).filter(({ type }) => type === "unicast");
  if (after.flags.includes("noprefixroute") && !same.flags.includes("noprefixroute")) {
    const kept = space.addressesOf(same.device, 6).flatMap((one) => inet6Routes(space, link, one));
    const gone = prefixRoutes.filter((route) => !kept.some((one) => sameRoute(one, route)));
    space.dropRoutes(likeThese(space, link.name, gone));
  }
  if (!after.flags.includes("noprefixroute")) for (const route of prefixRoutes) addOnce(space, route);
}

/**
 * @param expired by itself
 * @throws Refusal `EADDRNOTAVAIL`: there is none such
 */
export function deleteAddress(
  space: Namespace,
  wanted: Pick<Address, "device" | "address" | "prefix" | "peer">,
  expired = false,
): void {
  const link = space.link(wanted.device);
  const found = space
    .addressesOf(link.name)
    .find(
      (one) =>
        one.address === wanted.address &&
        one.prefix === wanted.prefix &&
        (one.family === 6 || contains(wanted.peer || wanted.address, one.prefix, one.peer || one.address, 4)),
    );
  if (!found) throw new Refusal("EADDRNOTAVAIL", "Cannot assign requested address");
  if (found.family === 6) dropInet6(space, link, found, expired);
  else dropInet(space, link, found);
}

function dropInet(space: Namespace, link: Link, found: Address): void {
  const before = connected(space, link);
  const gone = [found];
  if (!found.flags.includes("secondary")) {
    const secondaries = space
      .addressesOf(link.name, 4)
      .filter((one) => one !== found && one.flags.includes("secondary") && sameSubnet(one, found));
    const [first] = secondaries;
    if (first && promotes(space, link.name)) {
      space.putAddress({ ...first, flags: first.flags.filter((flag) => flag !== "secondary") }, first);
    } else gone.push(...secondaries);
  }
  for (const address of gone) space.dropAddress(address);
  reconcile(space, link, before);
  for (const { address } of gone) {
    if (space.addresses.some((one) => one.family === 4 && one.address === address)) continue;
    space.dropRoutes(space.routes.filter((route) => route.family === 4 && route.source === address));
  }
  if (space.addressesOf(link.name, 4).length === 0) dropRoutesOf(space, link.name, 4, () => true);
}

/** The route to the prefix of one with a lifetime has that lifetime, too, and stays until then (ipv6_del_addr). */
export function dropInet6(space: Namespace, link: Link, found: Address, expired = false): void {
  const stays = found.valid !== null && !expired;
  const routes = inet6Routes(space, link, found).filter(({ type }) => !stays || type === "local");
  space.dropAddress(found);
  const kept = space.addressesOf(link.name, 6).flatMap((one) => inet6Routes(space, link, one));
  const gone = routes.filter((route) => !kept.some((one) => sameRoute(one, route)));
  space.dropRoutes(likeThese(space, link.name, gone));
  if (space.addresses.some((one) => one.address === found.address)) return;
  for (const route of space.routes) {
    if (route.family === 6 && route.source === found.address) space.putRoute({ ...route, source: "" }, route);
  }
}

/** Of IPv4: one of them is primary, the others go with it. */
export function sameSubnet(one: Address | NewAddress, other: Address | NewAddress): boolean {
  return one.prefix === other.prefix && contains(one.peer || one.address, one.prefix, other.peer || other.address, 4);
}

function promotes(space: Namespace, device: string): boolean {
  return ["all", device].some((name) => Number(space.sysctls.get(["ipv4", "conf", name, "promote_secondaries"])) > 0);
}

export function disabled(space: Namespace, device: string): boolean {
  return space.sysctls.get(["ipv6", "conf", device, "disable_ipv6"]) === "1";
}

/** What the IPv4 addresses of a link call for, as fib_add_ifaddr has it (net/ipv4/fib_frontend.c). */
export function connected(space: Namespace, link: Link): Route[] {
  const addresses = space.addressesOf(link.name, 4);
  const vrf = space.vrfTable(link);
  const routes: Route[] = [];
  for (const one of addresses) {
    const secondary = one.flags.includes("secondary");
    const primary = secondary
      ? (addresses.find((other) => !other.flags.includes("secondary") && sameSubnet(other, one)) ?? one)
      : one;
    const make = (type: Route["type"], destination: string, prefix: number, scope: Route["scope"]) =>
      routes.push(
        kernelRoute({
          family: 4,
          type,
          destination,
          prefix,
          table: vrf ?? (type === "unicast" ? 254 : 255),
          scope,
          metric: 0,
          source: primary.address,
          device: link.name,
        }),
      );
    make("local", one.address, 32, "host");
    if (!link.up) continue;
    const [peer, prefix] = [one.peer || one.address, one.prefix];
    const network = networkOf(peer, prefix, 4);
    if (one.broadcast && one.broadcast !== "255.255.255.255") make("broadcast", one.broadcast, 32, "link");
    if (secondary || contains("0.0.0.0", 8, network, 4) || (network === one.address && prefix === 32)) continue;
    const loopback = link.type === "loopback";
    if (!one.flags.includes("noprefixroute")) {
      make(loopback ? "local" : "unicast", network, prefix, loopback ? "host" : "link");
    }
    if (prefix < 31) make("broadcast", broadcastOf(peer, prefix), 32, "link");
  }
  return routes;
}

/** Takes away what is no longer called for, adds what newly is; what somebody else took away meanwhile stays away. */
export function reconcile(space: Namespace, link: Link, before: readonly Route[]): void {
  const after = connected(space, space.link(link.name));
  const gone = before.filter((route) => !after.some((one) => sameRoute(one, route)));
  space.dropRoutes(likeThese(space, link.name, gone));
  for (const route of after) if (!before.some((one) => sameRoute(one, route))) addOnce(space, route);
}

export function addOnce(space: Namespace, route: Route): void {
  const device = route.hops[0]?.device ?? "";
  if (!space.routesAt(device).some((one) => sameRoute(one, route))) space.putRoute(route);
}

/** The local route of an IPv6 address, and the routes to its prefix and its peer while the link is up. */
export function inet6Routes(space: Namespace, link: Link, address: Address): Route[] {
  const vrf = space.vrfTable(link);
  const base = { family: 6, scope: "global", source: "", device: link.name } as const;
  const local = kernelRoute({
    ...base,
    type: "local",
    destination: address.address,
    prefix: 128,
    table: vrf ?? 255,
    metric: 0,
  });
  if (!link.up || address.address === "::1") return [local];
  const onLink = (to: string, prefix: number) =>
    kernelRoute({
      ...base,
      type: "unicast",
      destination: networkOf(to, prefix, 6),
      prefix,
      table: vrf ?? 254,
      metric: 256,
    });
  const routes = [local];
  if (!address.flags.includes("noprefixroute")) routes.push(onLink(address.address, address.prefix));
  if (address.peer) routes.push(onLink(address.peer, 128));
  return routes;
}

/** `ff00::/8`, of each link that is up and speaks IPv6. */
export function multicastRoute(space: Namespace, link: Link): void {
  if (!link.up || link.type === "loopback") return;
  addOnce(
    space,
    kernelRoute({
      family: 6,
      type: "multicast",
      destination: "ff00::",
      prefix: 8,
      table: space.vrfTable(link) ?? 255,
      scope: "global",
      metric: 256,
      source: "",
      device: link.name,
    }),
  );
}

/** The kernel's own: of the loopback, link-local ones (IFA_PROTO 1 and 3). */
export function kernelAddress(device: string, address: string, prefix: number, protocol: number): NewAddress {
  const family = address.includes(":") ? 6 : 4;
  return {
    device,
    family,
    address,
    prefix,
    peer: "",
    broadcast: "",
    label: "",
    scope: protocol === 1 ? "host" : "link",
    valid: null,
    preferred: null,
    protocol,
    flags: [],
  };
}
