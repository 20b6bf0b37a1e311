/** The common steps' inverses, where nothing else can come or go with them. */

import { networkOf } from "./prefix.ts";
import { connected, inet6Routes, sameSubnet } from "./simulation/addresses.ts";
import type { Namespace } from "./simulation/namespace.ts";
import { sameRoute as identicalRoute } from "./simulation/routes.ts";
import { linkLocal } from "./simulation/updown.ts";
import { type Address, addressKey, type Link, type LinkData, type Route, ruleKey } from "./state.ts";
import type { LinkSettings, NewAddress, Step } from "./step.ts";

/** What an address is made with that is to be as this one is. */
export function asNew(address: Address): NewAddress {
  const settable = ["nodad", "noprefixroute", "mngtmpaddr", "home"] as const;
  return { ...address, flags: settable.filter((flag) => address.flags.includes(flag)) };
}

/** Undefined: it has to be tried out. */
export function simpleInverse(step: Step, space: Namespace): Step[] | undefined {
  switch (step.do) {
    case "link-add":
      if (space.links.has(step.name)) return [];
      return step.settings?.master ? undefined : [{ do: "link-delete", name: step.name }];
    case "link-set":
      return ofSettings(step.name, step.settings, space);
    case "link-data":
      return ofData(step, space.links.get(step.name)?.data);
    case "port-data":
      return ofData(step, space.links.get(step.name)?.port);
    case "address-add":
      return ofAddress(step.address, space);
    case "address-delete":
      return ofAddressDelete(step.address, space);
    case "route-add":
    case "route-delete":
      return ofRoute(step, space);
    case "rule-add":
    case "rule-delete": {
      const key = ruleKey(step.rule);
      const there = space.rules.some((rule) => ruleKey(rule) === key);
      if (there === (step.do === "rule-add")) return [];
      return [{ do: there ? "rule-add" : "rule-delete", rule: step.rule }];
    }
    case "vlan-add":
    case "vlan-delete":
      return ofVlan(step, space);
    case "sysctl":
      return ofSysctl(step.key, step.value, space);
    case "ethtool":
      return [];
    default:
      return undefined;
  }
}

/** Settings that concern nobody but the link itself. */
const ownSettings = ["alias", "arp", "multicast", "allmulticast", "promiscuous", "txQueueLength"] as const;

function ofSettings(name: string, settings: LinkSettings, space: Namespace): Step[] | undefined {
  const link = space.links.get(name);
  if (!link) return [];
  const { up, ...others } = settings;
  const own = Object.keys(others).every((key) => (ownSettings as readonly string[]).includes(key));
  const changes = up !== undefined && up !== link.up;
  if (!own || (changes && !(up ? quietUp(link, space) : quietDown(link, space)))) return undefined;
  const former = Object.fromEntries(
    Object.keys(settings)
      .filter((key) => settings[key as keyof LinkSettings] !== link[key as keyof Link])
      .map((key) => [key, link[key as keyof Link]]),
  );
  // A vlan takes the address of the link below when it comes up, unless it was given one of its own: nobody tells which.
  const takes = changes && link.kind === "vlan" && space.links.get(link.lower)?.address !== link.address;
  const back = takes ? { address: link.address, ...former } : former;
  return Object.keys(back).length === 0 ? [] : [{ do: "link-set", name, settings: back }];
}

/** Whether no address would go with it when it goes down again, and no link above follows it. */
function quietUp(link: Link, space: Namespace): boolean {
  return link.type !== "loopback" && space.addressesOf(link.name, 6).length === 0 && !isBelow(link, space);
}

/** Whether all that goes with it comes back by itself when it comes up again. */
function quietDown(link: Link, space: Namespace): boolean {
  const { name } = link;
  const own = space.routesAt(name).every(({ protocol }) => protocol === 2);
  const given = link.carrier ? linkLocal(link) : undefined;
  const inet6 = space.addressesOf(name, 6).every((one) => one.protocol === 3 && one.address === given);
  return (
    link.type !== "loopback" && own && inet6 && !isBelow(link, space) && hasAll(connected(space, link), link, space)
  );
}

function isBelow({ name }: Link, space: Namespace): boolean {
  return space.uppers(name).length > 0;
}

/** Whether these routes, that its addresses call for, are there: nobody took one away. */
function hasAll(routes: readonly Route[], { name }: Link, space: Namespace): boolean {
  const there = space.routesAt(name);
  return routes.every((route) => there.some((one) => identicalRoute(one, route)));
}

function ofData(step: Extract<Step, { do: "link-data" | "port-data" }>, former: LinkData | undefined): Step[] {
  // With its mode the kernel changes how a bond watches its ports.
  const more = step.kind === "bond" && "mode" in step.data ? ["miimon"] : [];
  const data = Object.fromEntries(
    Object.entries(former ?? {}).filter(
      ([key, value]) => more.includes(key) || (key in step.data && step.data[key] !== value),
    ),
  );
  return Object.keys(data).length === 0 ? [] : [{ ...step, data }];
}

function ofAddress(wanted: NewAddress, space: Namespace): Step[] | undefined {
  const { device, family, address, prefix } = wanted;
  const there = space.addressesOf(device, family);
  const peer = wanted.peer || address;
  const same = there.find(
    (one) => one.address === address && (family === 6 || (one.prefix === prefix && (one.peer || address) === peer)),
  );
  if (same) return [{ do: "address-add", address: asNew(same) }];
  // What was made along with it would stay (dropInet6).
  if (family === 6 && wanted.valid !== null) return undefined;
  // The last IPv4 address takes all routes of its link along, those to a prefix go with the last address of it.
  const routed = space.routesAt(device).some((route) => route.family === family);
  return routed && (family === 6 || there.length === 0) ? undefined : [{ do: "address-delete", address: wanted }];
}

function ofAddressDelete(wanted: Address | NewAddress, space: Namespace): Step[] | undefined {
  const { device, family, address } = wanted;
  const link = space.links.get(device);
  if (!link) return [];
  const there = space.addressesOf(device, family);
  const found = there.find((one) => addressKey(one) === addressKey(wanted));
  if (!found) return undefined;
  const back: Step[] = [{ do: "address-add", address: asNew(found) }];
  const sources = space.routes.filter((route) => route.source === address && route.protocol !== 2);
  if (sources.length > 0) return undefined;
  if (family === 6) return hasAll(inet6Routes(space, link, found), link, space) ? back : undefined;
  const alone = there.every((one) => one === found || !sameSubnet(one, found));
  const foreign = there.length === 1 && space.routesAt(device).some((one) => one.family === 4 && one.protocol !== 2);
  return alone && !foreign && hasAll(connected(space, link), link, space) ? back : undefined;
}

function ofRoute(
  { do: what, route }: Extract<Step, { do: "route-add" | "route-delete" }>,
  space: Namespace,
): Step[] | undefined {
  const destination = networkOf(route.destination, route.prefix, route.family);
  const metric = route.metric || (route.family === 6 ? 1024 : 0);
  const rivals = space.routes.filter(
    (one) =>
      one.family === route.family &&
      one.table === route.table &&
      one.metric === metric &&
      one.prefix === route.prefix &&
      one.destination === destination,
  );
  const [only, ...more] = rivals;
  // Of a vrf it becomes that of one of its ports.
  if (route.hops.some(({ gateway, device }) => gateway && space.links.get(device)?.kind === "vrf")) return undefined;
  if (what === "route-delete") {
    return only && more.length === 0 && identicalRoute(only, route) ? [{ do: "route-add", route: only }] : undefined;
  }
  if (rivals.some((one) => identicalRoute(one, route))) return [];
  return only ? undefined : [{ do: "route-delete", route }];
}

function ofVlan(step: Extract<Step, { do: "vlan-add" | "vlan-delete" }>, space: Namespace): Step[] {
  const { name, self } = step;
  const former = space.links.get(name)?.vlans ?? [];
  const number = step.do === "vlan-add" ? step.vlan.vlan : step.vlan;
  const same = former.find(({ vlan }) => vlan === number);
  if (step.do === "vlan-delete") return same ? [{ do: "vlan-add", name, self, vlan: same }] : [];
  const back: Step[] = [];
  if (!same) back.push({ do: "vlan-delete", name, self, vlan: number });
  else if (same.pvid !== step.vlan.pvid || same.untagged !== step.vlan.untagged) {
    back.push({ do: "vlan-add", name, self, vlan: same });
  }
  const deposed = step.vlan.pvid && former.find(({ pvid, vlan }) => pvid && vlan !== number);
  if (deposed) back.push({ do: "vlan-add", name, self, vlan: deposed });
  return back;
}

/** `all` of some is told to each link: then each has its own former value back. */
function ofSysctl(key: readonly string[], value: string, space: Namespace): Step[] | undefined {
  const path = key.join("/");
  const [family = "", conf, device, name = ""] =
    path === "ipv4/ip_forward" ? ["ipv4", "conf", "all", "forwarding"] : key;
  if (conf === "conf" && name === "disable_ipv6") return undefined;
  const former = space.sysctls.get(key);
  if (former === undefined) return [];
  const back: Step[] = former === value ? [] : [{ do: "sysctl", key, value: former }];
  if (conf !== "conf" || device !== "all" || name !== "forwarding") return back;
  return [...back, ...eachSysctl(space, family, name)];
}

function eachSysctl(space: Namespace, family: string, name: string): Step[] {
  return ["default", ...space.links.keys()].flatMap((device): Step[] => {
    const key = [family, "conf", device, name];
    const value = space.sysctls.get(key);
    return value === undefined ? [] : [{ do: "sysctl", key, value }];
  });
}
