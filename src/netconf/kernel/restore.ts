/** Steps that bring one namespace in memory back to what another one is, done to it as they are found. */

import { sameValue } from "./compare.ts";
import { attributesOf } from "./kinds.ts";
import { isLinkLocal } from "./prefix.ts";
import { asNew } from "./simple-inverse.ts";
import { newKinds } from "./simulation/kinds.ts";
import { type Namespace, Refusal } from "./simulation/namespace.ts";
import { sameRoute, sameKey as sameRouteKey } from "./simulation/routes.ts";
import { doStep } from "./simulation/steps.ts";
import { stacked } from "./simulation/updown.ts";
import { type Address, addressKey, type Link, type LinkData, type LinkValue, type Route, ruleKey } from "./state.ts";
import type { LinkSettings, NewAddress, Step } from "./step.ts";

/** A setting that is said in words somewhere in the plan. */
export interface Pinned {
  name: string;
  key: "mtu" | "address";
}

/**
 * @param undone the step whose effect is to be taken back
 * @param pinned will not come back by itself, for by then it was said in words
 * @returns steps, and what was refused of them now and may not be once more has been taken back
 */
export function restoring(
  after: Namespace,
  target: Namespace,
  undone: Step,
  pinned: readonly Pinned[],
): { steps: Step[]; owed: Step[] } {
  const now = after.copy();
  const steps: Step[] = [];
  const refused = new Set<Step>();
  const act = (step: Step) => {
    try {
      doStep(now, step);
      steps.push(step);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.add(step);
    }
  };
  if (undone.do === "link-set" && undone.settings.name !== undefined)
    renameBack(now, undone.name, undone.settings.name, act);
  // What one round puts back may take something else along; the next one finds it.
  for (let round = 0, count = 0; round < 2 || (round < 6 && count < steps.length); round++) {
    count = steps.length;
    restoreLinks(now, target, act, round);
    restoreSysctls(now, target, act);
    for (const { name } of target.links.values()) restoreAddresses(now, target, name, act);
    restoreRoutes(now, target, act);
    restoreRest(now, target, act);
  }
  for (const { name, key } of pinned) {
    const [was, is] = [target.links.get(name)?.[key], after.links.get(name)?.[key]];
    const said = steps.some((step) => step.do === "link-set" && step.name === name && step.settings[key] === was);
    if (!said && was !== undefined && is !== undefined && was !== is)
      act({ do: "link-set", name, settings: { [key]: was } });
  }
  const isOwed = (step: Step) =>
    (step.do === "address-add" && !now.addressesAt(step.address.device).some((one) => sameKey(one, step.address))) ||
    (step.do === "route-add" && !now.routes.some((one) => sameRoute(one, step.route)));
  return { steps, owed: [...refused].filter(isOwed) };
}

function sameKey(one: Address, other: NewAddress): boolean {
  return addressKey(one) === addressKey(other);
}

type Act = (step: Step) => void;

function renameBack(now: Namespace, former: string, name: string, act: Act): void {
  const link = now.links.get(name);
  if (!link || now.links.has(former)) return;
  if (link.up && !now.liveRename) act({ do: "link-set", name, settings: { up: false } });
  act({ do: "link-set", name, settings: { name: former } });
}

function restoreLinks(now: Namespace, target: Namespace, act: Act, round: number): void {
  for (const { name } of [...now.links.values()]) {
    if (!target.links.has(name) && now.links.has(name)) act({ do: "link-delete", name });
  }
  const links = [...target.links.values()];
  for (let count = -1; count !== now.links.size; ) {
    count = now.links.size;
    for (const link of links) if (!now.links.has(link.name)) remake(now, link, act);
  }
  const joining = new Set(links.filter((link) => link.master && now.links.get(link.name)?.master !== link.master));
  for (const link of links) if (now.links.get(link.name) !== link) restoreLink(now, link, act, round);
  for (const link of links) if (now.links.get(link.name) !== link) restorePort(now, link, joining.has(link), act);
  for (const { name, up } of links.sort((a, b) => depth(target, a) - depth(target, b))) {
    if (now.links.get(name)?.up !== up) act({ do: "link-set", name, settings: { up } });
  }
}

/** Links below it, and ports of it. */
function depth(space: Namespace, link: Link): number {
  const below = stacked.includes(link.kind) ? space.links.get(link.lower) : undefined;
  return below ? depth(space, below) + 1 : 0;
}

function remake(now: Namespace, link: Link, act: Act): void {
  const { name, kind, lower, data, address, type } = link;
  if (kind === "" || (lower && kind !== "veth" && !now.links.has(lower))) return;
  // Its MTU by itself afterwards: where that is refused, the link is there all the same.
  // A bridge that lost its last port has none, nor has what lies upon it: nobody can be given that.
  const settings = type === "ether" && address !== "00:00:00:00:00:00" ? { address } : {};
  const below = kind === "veth" ? { peer: lower } : lower ? { lower } : {};
  act({ do: "link-add", name, kind, data: unusual(kind, "data", settable(kind, "data", data)), ...below, settings });
}

const plain = [
  "address",
  "mtu",
  "alias",
  "arp",
  "multicast",
  "allmulticast",
  "promiscuous",
  "txQueueLength",
  "addressGeneration",
] as const satisfies (keyof LinkSettings)[];

function restoreLink(now: Namespace, link: Link, act: Act, round: number): void {
  const { name, kind, master } = link;
  const is = () => now.links.get(name);
  if (!is()) return;
  if (is()?.master !== master) {
    if (is()?.up && now.links.get(master)?.kind === "bond") act({ do: "link-set", name, settings: { up: false } });
    act({ do: "link-set", name, settings: { master } });
  }
  // What a bridge or a bond has from its ports comes back with them.
  const follows = round === 0 && (kind === "bridge" || kind === "bond");
  const wrong = plain.filter((key) => is()?.[key] !== link[key] && !(follows && (key === "address" || key === "mtu")));
  // One by one: what is refused keeps none of the others away.
  for (const key of wrong)
    if (link[key] !== "" || key === "alias") act({ do: "link-set", name, settings: { [key]: link[key] } });
  const data = settable(kind, "data", changed(kind, "data", is()?.data ?? {}, link.data), true);
  if (Object.keys(data).length > 0) act({ do: "link-data", name, kind, data });
}

/** @param joined it was none before: what that costs follows from its speed, and is said in any case */
function restorePort(now: Namespace, link: Link, joined: boolean, act: Act): void {
  const { name, master } = link;
  const is = now.links.get(name);
  if (!is || is.master !== master) return;
  const masterKind = now.links.get(master)?.kind ?? "";
  const { cost } = joined ? link.port : {};
  const wanted = { ...changed(masterKind, "port", is.port, link.port), ...(cost !== undefined && { cost }) };
  const port = settable(masterKind, "port", wanted, true);
  if (Object.keys(port).length > 0) act({ do: "port-data", name, kind: masterKind, data: port });
  const self = link.kind === "bridge";
  for (const { vlan } of is.vlans) {
    if (!link.vlans.some((one) => one.vlan === vlan)) act({ do: "vlan-delete", name, vlan, self });
  }
  for (const vlan of link.vlans) {
    if (!is.vlans.some((one) => JSON.stringify(one) === JSON.stringify(vlan)))
      act({ do: "vlan-add", name, vlan, self });
  }
}

/** What may be said of it: of a link that is there already, not what can be said only when it is made. */
function settable(kind: string, part: "data" | "port", data: LinkData, later = false): LinkData {
  const attributes = attributesOf(kind, part);
  const may = ([name]: [string, unknown]) => {
    const attribute = attributes[name];
    // A bridge decides on the state of its ports, a bond on which of its ports is in use.
    return (
      name !== "state" &&
      name !== "active_slave" &&
      attribute !== undefined &&
      !attribute.readOnly &&
      !(later && attribute.once)
    );
  };
  return Object.fromEntries(Object.entries(data).filter(may));
}

/** What is not told of the one that is there is as usual. */
function changed(kind: string, part: "data" | "port", is: LinkData, wanted: LinkData): LinkData {
  const pairs = Object.entries(wanted).filter(([key, value]) => JSON.stringify(is[key]) !== JSON.stringify(value));
  const [told, untold] = [true, false].map((known) =>
    Object.fromEntries(pairs.filter(([key]) => (is[key] !== undefined) === known)),
  ) as [LinkData, LinkData];
  return { ...told, ...unusual(kind, part, untold) };
}

/** Without what nobody needs say, and some kernels refuse to hear: they have not all that they tell of. */
function unusual(kind: string, part: "data" | "port", data: LinkData): LinkData {
  const all: LinkData = { ...newKinds[kind]?.[part], ...usual[kind]?.[part] };
  const isUsual = (name: string, value: LinkValue) =>
    // A bond's follows from its mode.
    name !== "miimon" && (sameValue(all[name], value) || (ticks[name] ?? []).includes(value));
  return Object.fromEntries(Object.entries(data).filter(([name, value]) => !isUsual(name, value)));
}

/** A quarter of 125 s in the kernel's ticks, and back in hundredths. */
const ticks: Readonly<Record<string, readonly LinkValue[]>> = { mcast_startup_query_intvl: [3124, 3125] };

/** What Linux says of a new link or port beside what the kernel in memory knows of. */
const usual: Readonly<Record<string, { data: LinkData; port: LinkData }>> = {
  bridge: {
    data: {
      group_addr: "01:80:c2:00:00:00",
      mcast_query_use_ifaddr: 0,
      mcast_hash_elasticity: 16,
      mcast_last_member_cnt: 2,
      mcast_startup_query_cnt: 2,
      mcast_last_member_intvl: 100,
      mcast_membership_intvl: 26000,
      mcast_querier_intvl: 25500,
      mcast_query_intvl: 12500,
      mcast_query_response_intvl: 1000,
      nf_call_iptables: 0,
      nf_call_ip6tables: 0,
      nf_call_arptables: 0,
      vlan_stats_enabled: 0,
      vlan_stats_per_port: 0,
      mcast_stats_enabled: 0,
      mcast_igmp_version: 2,
      mcast_mld_version: 1,
      no_linklocal_learn: 0,
      mcast_vlan_snooping: 0,
    },
    port: {
      proxy_arp: 0,
      proxy_arp_wifi: 0,
      multicast_router: 1,
      mcast_to_unicast: 0,
      vlan_tunnel: 0,
      group_fwd_mask: 0,
      neigh_suppress: 0,
      backup_port: "",
      locked: 0,
    },
  },
  bond: {
    data: {
      arp_validate: "none",
      arp_all_targets: "any",
      ad_actor_sys_prio: 65535,
      ad_user_port_key: 0,
      ad_actor_system: "00:00:00:00:00:00",
      ad_lacp_active: "on",
      tlb_dynamic_lb: 1,
      peer_notify_delay: 0,
      arp_missed_max: 2,
    },
    port: {},
  },
};

function restoreSysctls(now: Namespace, target: Namespace, act: Act): void {
  const keys = new Set([...now.sysctls.entries(), ...target.sysctls.entries()].map(([key]) => key));
  for (const link of target.links.values()) {
    if (now.links.get(link.name)?.index === link.index) continue;
    for (const key of target.sysctls.deviceKeys(link.name)) keys.add(key.join("/"));
  }
  for (const path of keys) {
    const key = path.split("/");
    const [value, is] = [target.sysctls.get(key), now.sysctls.get(key)];
    if (value !== undefined && is !== undefined && value !== is) act({ do: "sysctl", key, value });
  }
}

function restoreAddresses(now: Namespace, target: Namespace, device: string, act: Act): void {
  const wanted = target.addressesAt(device);
  if (now.addressesAt(device) === wanted) return;
  const identity = (one: Address) => `${one.address}/${one.prefix} ${one.peer} ${one.flags.includes("secondary")}`;
  const add = (one: Address) => act({ do: "address-add", address: asNew(one) });
  const names = new Set(wanted.map(identity));
  for (const one of now.addressesAt(device)) {
    if (!names.has(identity(one)) && now.addresses.includes(one) && !isOwn(one))
      act({ do: "address-delete", address: one });
  }
  for (const one of wanted) {
    const is = now.addressesOf(device).find((other) => identity(other) === identity(one));
    if (!is) add(one);
    else if (is !== one && JSON.stringify(asNew(is)) !== JSON.stringify(asNew(one))) {
      if (one.family === 4 && (is.broadcast !== one.broadcast || is.label !== one.label || is.scope !== one.scope)) {
        act({ do: "address-delete", address: is });
      }
      add(one);
    }
  }
}

const narrow = { nowhere: 0, host: 1, link: 2, site: 3, global: 4 };

function restoreRoutes(now: Namespace, target: Namespace, act: Act): void {
  if (now.routes === target.routes) return;
  const devices = ["", ...target.links.keys()].filter((device) => now.routesAt(device) !== target.routesAt(device));
  const routesOf = (space: Namespace) => new Set(devices.flatMap((device) => space.routesAt(device)));
  const [is, wanted] = [routesOf(now), routesOf(target)];
  const there = (routes: ReadonlySet<Route>, route: Route) =>
    routes.has(route) || [...routes].some((one) => sameRoute(one, route));
  const missing = [...wanted].filter((route) => !isKernels(route) && !there(is, route));
  const viaGateway = (route: Route) => Number(route.hops.some(({ gateway }) => gateway !== ""));
  const inOrder = (a: Route, b: Route) => narrow[a.scope] - narrow[b.scope] || viaGateway(a) - viaGateway(b);
  for (const route of missing.sort(inOrder)) {
    if (!there(routesOf(now), route)) act({ do: "route-add", route, ...besideOf(now, target, route) });
  }
  const extra = [...routesOf(now)].filter((one) => !isKernels(one) && !isLinkLocalRoute(one) && !there(wanted, one));
  for (const route of extra.sort((one, other) => inOrder(other, one))) {
    if (now.routes.includes(route)) act({ do: "route-delete", route });
  }
}

/** Of those with the same key some are there as they were, and not to be replaced: it comes before or behind them. */
function besideOf(now: Namespace, target: Namespace, route: Route): Pick<Extract<Step, { do: "route-add" }>, "beside"> {
  if (route.family === 6) return {};
  const wanted = target.routes.filter((one) => sameRouteKey(one, route));
  const kept = wanted.findIndex((one) => now.routes.some((other) => sameRoute(one, other)));
  if (kept < 0) return {};
  return { beside: wanted.findIndex((one) => sameRoute(one, route)) < kept ? "before" : "behind" };
}

/**
 * The kernel makes and takes away what is local, broadcast or multicast, as addresses come and go: made by hand it would
 * stay for ever.
 */
export function isKernels(route: Route): boolean {
  return route.type !== "unicast" && route.protocol === 2;
}

/** Link-local addresses that the kernel gives to every link that has found its other end: they stay. */
function isOwn({ protocol, address }: Address): boolean {
  return protocol === 3 && isLinkLocal(address);
}

function isLinkLocalRoute({ family, protocol, destination }: Route): boolean {
  return family === 6 && protocol === 2 && isLinkLocal(destination);
}

function restoreRest(now: Namespace, target: Namespace, act: Act): void {
  const keys = [now.rules, target.rules].map((rules) => new Set(rules.map(ruleKey)));
  for (const rule of now.rules) {
    // The kernel's own for vrfs stays for good once it is there.
    if (!keys[1]?.has(ruleKey(rule)) && !(rule.l3mdev && rule.protocol === 2)) act({ do: "rule-delete", rule });
  }
  for (const rule of target.rules) if (!keys[0]?.has(ruleKey(rule))) act({ do: "rule-add", rule });
  const text = JSON.stringify;
  const has = (space: Namespace, entry: object) => space.forwarding.some((one) => text(one) === text(entry));
  for (const entry of now.forwarding) if (!has(target, entry)) act({ do: "forwarding-delete", entry });
  for (const entry of target.forwarding) if (!has(now, entry)) act({ do: "forwarding-add", entry });
}
