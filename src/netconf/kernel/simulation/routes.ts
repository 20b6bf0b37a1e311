/** Routes: what the kernel takes, what it says of the rest, and what goes when a link or an address goes. */
import { contains, isLinkLocal, networkOf } from "../prefix.ts";
import { type Family, type Hop, type Link, protocols, type Route } from "../state.ts";
import { leastInet6Mtu, type Namespace, Refusal } from "./namespace.ts";

export function kernelRoute(fields: Omit<Route, "protocol" | "hops" | "mtu" | "advmss"> & { device: string }): Route {
  const { device, ...route } = fields;
  const hops = [{ gateway: "", device, onlink: false, weight: 1 }];
  return { ...route, protocol: protocols.kernel, hops, mtu: 0, advmss: 0 };
}

export function sameRoute(one: Route, other: Route): boolean {
  return (
    one === other ||
    // Most of those that lead to one place differ in this.
    (one.hops[0]?.device === other.hops[0]?.device &&
      one.destination === other.destination &&
      one.prefix === other.prefix &&
      one.table === other.table &&
      one.metric === other.metric &&
      one.type === other.type &&
      one.family === other.family &&
      one.protocol === other.protocol &&
      one.scope === other.scope &&
      one.source === other.source &&
      one.mtu === other.mtu &&
      one.advmss === other.advmss &&
      sameHops(one.hops, other.hops))
  );
}

/** Those of a link that are like one of these. */
export function likeThese(space: Namespace, device: string, these: readonly Route[]): Route[] {
  return these.length === 0 ? [] : space.routesAt(device).filter((route) => these.some((one) => sameRoute(one, route)));
}

function sameHops(one: readonly Hop[], other: readonly Hop[]): boolean {
  return (
    one.length === other.length &&
    one.every((hop, at) => {
      const { gateway, device, onlink, weight } = other[at] as Hop;
      return hop.gateway === gateway && hop.device === device && hop.onlink === onlink && hop.weight === weight;
    })
  );
}

/** Types without a hop, with what a look-up that meets them says. */
const rejecting = ["blackhole", "unreachable", "prohibit", "throw"];

const scopes = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };

/**
 * Makes it. IPv4: beside those with the same destination, table and metric, or in the place of the first with the same destination, table and metric, whatever its way. IPv6: in the
 * place of the one with the same way; of others by gateways it becomes one more hop.
 */
export function addRoute(space: Namespace, wanted: Route, beside?: "before" | "behind"): void {
  for (const { device } of wanted.hops) if (device) space.link(device);
  const route = wanted.family === 4 ? checked4(space, wanted) : checked6(space, wanted);
  const rivals = space.routes.filter((one) => sameKey(one, route));
  const rival = route.family === 4 ? rivals[0] : rivals.find((one) => one.type === route.type && sameWay(one, route));
  if (rival && sameRoute(rival, route)) return;
  if (rivals.some((one) => sameRoute(one, route))) throw new Refusal("EEXIST", "File exists");
  if (route.family === 4 && rival && beside) {
    space.putRoute(route);
    // What was the first goes behind it.
    if (beside === "before") space.reorderRoutes([route, ...rivals]);
    return;
  }
  const siblings =
    route.family === 6 && viaGateways(route) ? rivals.find((one) => one !== rival && viaGateways(one)) : undefined;
  if (rival || !siblings) space.putRoute(route, rival);
  else {
    const more = route.hops.filter((hop) => !siblings.hops.some((one) => sameHop(one, hop)));
    if (more.length === 0) throw new Refusal("EEXIST", "File exists");
    space.putRoute({ ...siblings, hops: [...siblings.hops, ...more] }, siblings);
  }
}

/**
 * Whoever made it, by its destination, table, metric (0: any, of which the best), type and hops.
 * @throws Refusal `ESRCH`: there is none such.
 */
export function deleteRoute(space: Namespace, wanted: Route): void {
  for (const hop of wanted.hops) if (hop.device) space.link(hop.device);
  const { family, table, prefix, metric, hops } = wanted;
  const destination = networkOf(wanted.destination, prefix, family);
  const candidates = space.routes
    .filter(
      (one) =>
        one.family === family &&
        one.table === table &&
        one.destination === destination &&
        one.prefix === prefix &&
        (metric === 0 || one.metric === metric) &&
        (family === 6 ? rejecting.includes(one.type) === rejecting.includes(wanted.type) : one.type === wanted.type),
    )
    .sort((a, b) => a.metric - b.metric);
  const whole = candidates.find((one) => hopsMatch(hops, one.hops));
  if (whole) {
    space.dropRoutes([whole]);
    return;
  }
  const part =
    family === 6 && candidates.find((one) => hops.every((hop) => one.hops.some((other) => isHop(hop, other))));
  if (!part || hops.length === 0) throw new Refusal("ESRCH", "No such process");
  space.putRoute({ ...part, hops: part.hops.filter((other) => !hops.some((hop) => isHop(hop, other))) }, part);
}

/** Whether a deletion that names these hops means a route that has those. */
function hopsMatch(wanted: readonly Hop[], there: readonly Hop[]): boolean {
  if (wanted.length === 0) return true;
  return wanted.length === there.length && wanted.every((hop) => there.some((other) => isHop(hop, other)));
}

/** Whether a hop as somebody names it is that one. */
function isHop(named: Hop, hop: Hop): boolean {
  return (!named.gateway || named.gateway === hop.gateway) && (!named.device || named.device === hop.device);
}

function sameHop(one: Hop, other: Hop): boolean {
  return one.gateway === other.gateway && one.device === other.device;
}

function sameWay(one: Route, other: Route): boolean {
  return (
    one.hops.length === other.hops.length && one.hops.every((hop) => other.hops.some((each) => sameHop(hop, each)))
  );
}

/** Only such are taken together; what a router advertised stays by itself. */
function viaGateways({ hops, protocol }: Route): boolean {
  return hops.length > 0 && hops.every(({ gateway }) => gateway !== "") && protocol !== protocols.ra;
}

export function sameKey(one: Route, other: Route): boolean {
  return (
    one.family === other.family &&
    one.table === other.table &&
    one.destination === other.destination &&
    one.prefix === other.prefix &&
    one.metric === other.metric
  );
}

function viaGateway(route: Route): boolean {
  return route.hops.some(({ gateway }) => gateway !== "");
}

function checked4(space: Namespace, route: Route): Route {
  if (networkOf(route.destination, route.prefix, 4) !== route.destination) {
    throw new Refusal("EINVAL", "Invalid prefix for given prefix length.");
  }
  if (rejecting.includes(route.type)) {
    if (route.hops.length > 0) throw new Refusal("EINVAL", "Nexthop specification not allowed for this route type.");
    return route;
  }
  const least = { local: scopes.host, broadcast: scopes.link }[route.type as string] ?? 0;
  if (scopes[route.scope] < least) throw new Refusal("EINVAL", "Invalid scope.");
  if (route.hops.length === 0) throw new Refusal("ENODEV", "No such device");
  const hops = route.hops.map((hop) => checkedHop4(space, route, hop));
  const selfish = route.type === "local" && route.source === route.destination;
  if (route.source && !selfish && !isLocal(space, route.source, 4)) {
    throw new Refusal("EINVAL", "Invalid prefsrc address");
  }
  return { ...route, hops };
}

function checkedHop4(space: Namespace, route: Route, hop: Hop): Hop {
  const link = hop.device ? space.link(hop.device) : undefined;
  if (!hop.gateway) {
    if (!link) throw new Refusal("ENODEV", "No such device");
    if (!link.up && route.scope !== "host") throw new Refusal("ENETDOWN", "Device for nexthop is not up.");
    return hop;
  }
  if (scopes[route.scope] >= scopes.link) throw new Refusal("EINVAL", "Nexthop has invalid scope.");
  if (hop.onlink) {
    if (!link) throw new Refusal("ENODEV", "Nexthop device required for onlink.");
    if (!link.up) throw new Refusal("ENETDOWN", "Nexthop device is not up.");
    return hop;
  }
  // A vrf stands for all its ports.
  const way = lookUp4(space, route.table, hop.gateway, link?.kind === "vrf" ? undefined : link?.name, link);
  if (!way) throw new Refusal("ENETUNREACH", "Nexthop has invalid gateway.");
  if (way.type !== "unicast" && way.type !== "local") throw new Refusal("EINVAL", "Nexthop has invalid gateway.");
  const found = way.hops.find(({ device }) => device === link?.name) ?? way.hops[0];
  return { ...hop, device: found?.device ?? "" };
}

/** The most specific route of scope link or below to an address: its own table first, then as the first rules have it. */
function lookUp4(space: Namespace, table: number, address: string, device?: string, link?: Link): Route | undefined {
  const vrf = link && space.vrfTable(link);
  for (const one of [table, ...(vrf === undefined ? [] : [vrf]), 255, 254, 253]) {
    let best: Route | undefined;
    for (const route of device === undefined ? space.routes : space.routesAt(device)) {
      if (route.family !== 4 || route.table !== one || scopes[route.scope] < scopes.link) continue;
      if (best && best.prefix >= route.prefix) continue;
      if (contains(route.destination, route.prefix, address, 4)) best = route;
    }
    if (best) return best;
  }
  return undefined;
}

function checked6(space: Namespace, wanted: Route): Route {
  const route: Route = {
    ...wanted,
    destination: networkOf(wanted.destination, wanted.prefix, 6),
    metric: wanted.metric || 1024,
    scope: "global",
  };
  if (rejecting.includes(route.type)) return { ...route, hops: [] };
  if (route.hops.length === 0) throw new Refusal("ENODEV", "No such device");
  const hops = route.hops.map((hop) => checkedHop6(space, route, hop));
  if (route.source && !isLocal(space, route.source, 6)) throw new Refusal("EINVAL", "Invalid source address.");
  return { ...route, hops };
}

/** In the order of fib6_nh_init (net/ipv6/route.c). */
function checkedHop6(space: Namespace, route: Route, hop: Hop): Hop {
  const named = hop.device ? space.link(hop.device) : undefined;
  if (named && named.mtu < leastInet6Mtu) throw new Refusal("ENODEV", "No such device");
  if (hop.onlink && !named) throw new Refusal("EINVAL", "Nexthop device required for onlink.");
  if (hop.onlink && !named?.up) throw new Refusal("ENETDOWN", "Nexthop device is not up.");
  const device = hop.gateway ? gatewayDevice6(space, route, hop, named) : named?.name;
  const link = space.link(device ?? "");
  if (space.sysctls.get(["ipv6", "conf", link.name, "disable_ipv6"]) === "1") {
    throw new Refusal("EACCES", "IPv6 is disabled on nexthop device.");
  }
  if (!link.up) throw new Refusal("ENETDOWN", "Nexthop device is not up.");
  return { ...hop, device: link.name };
}

/** Where a gateway is. */
function gatewayDevice6(space: Namespace, route: Route, { gateway, onlink }: Hop, link?: Link): string | undefined {
  const local = isLinkLocal(gateway)
    ? link && space.addressesOf(link.name, 6).some(({ address }) => address === gateway)
    : isLocal(space, gateway, 6);
  if (local) throw new Refusal("EINVAL", "Gateway can not be a local address.");
  if (isLinkLocal(gateway) && !link) throw new Refusal("EINVAL", "Egress device not specified.");
  const vrf = link && space.vrfTable(link);
  if (onlink && link && !isLinkLocal(gateway) && elsewhere(space, vrf ?? 254, gateway, link)) {
    throw new Refusal("EINVAL", "Nexthop has invalid gateway or device mismatch");
  }
  if (isLinkLocal(gateway) || onlink) return link?.name;
  for (const table of [route.table, ...(vrf === undefined ? [] : [vrf]), 255, 254]) {
    const way = lookUp6(space, table, gateway, link?.name);
    if (way && !viaGateway(way) && !rejecting.includes(way.type)) return link?.name ?? way.hops[0]?.device;
  }
  throw new Refusal("EHOSTUNREACH", "No route to host");
}

/** Whether a route to it, other than the default, goes another way. */
function elsewhere(space: Namespace, table: number, address: string, { name }: Link): boolean {
  const way = lookUp6(space, table, address);
  if (!way || way.prefix === 0 || rejecting.includes(way.type)) return false;
  return way.type !== "unicast" || lookUp6(space, table, address, name)?.prefix !== way.prefix;
}

function lookUp6(space: Namespace, table: number, address: string, device?: string): Route | undefined {
  let best: Route | undefined;
  for (const route of device === undefined ? space.routes : space.routesAt(device)) {
    if (route.family !== 6 || route.table !== table || (best && best.prefix >= route.prefix)) continue;
    if (contains(route.destination, route.prefix, address, 6)) best = route;
  }
  return best;
}

function isLocal(space: Namespace, address: string, family: Family): boolean {
  return space.addresses.some((one) => one.family === family && one.address === address);
}

/** Routes through a link go; of several hops the last one that is alive takes the route with it. */
export function dropRoutesOf(space: Namespace, device: string, family: Family, which: (route: Route) => boolean): void {
  const dead = (hop: Hop) => hop.device === device || !space.links.get(hop.device)?.up;
  const gone = space
    .routesAt(device)
    .filter((route) => route.family === family && which(route) && route.hops.every(dead));
  space.dropRoutes(gone);
}

/** A link that is no more is no hop either. */
export function forgetHops(space: Namespace, device: string): void {
  for (const family of [4, 6] as const) dropRoutesOf(space, device, family, () => true);
  for (const route of space.routesAt(device)) {
    space.putRoute({ ...route, hops: route.hops.filter((hop) => hop.device !== device) }, route);
  }
}
