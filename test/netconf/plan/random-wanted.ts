/** Random configurations over a few network cards: bridges, bonds, VLANs and the rest, each consistent in itself. */
import type { LinkData, Route, Rule } from "../../../src/netconf/kernel/state.ts";
import type { NewAddress } from "../../../src/netconf/kernel/step.ts";
import { nothing, type Wanted, type WantedPort } from "../../../src/netconf/plan/wanted.ts";

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** 0 ≤ number < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  one<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
  some<T>(all: readonly T[], probability: number): T[] {
    return all.filter(() => this.chance(probability));
  }
}

export const cards = ["eth0", "eth1", "eth2", "eth3"];
const from = "configuration";

export function newAddress(
  device: string,
  address: string,
  prefix: number,
  more: Partial<NewAddress> = {},
): NewAddress {
  const family = address.includes(":") ? 6 : 4;
  const rest = { peer: "", broadcast: "", label: "", scope: "global", valid: null, preferred: null } as const;
  return { device, family, address, prefix, ...rest, protocol: 0, flags: [], ...more };
}

export function newRoute(
  destination: string,
  prefix: number,
  gateway: string,
  device: string,
  more: Partial<Route> = {},
): Route {
  const family = destination.includes(":") ? 6 : 4;
  return {
    ...{ family, type: "unicast", destination, prefix, table: 254, protocol: 4, source: "", mtu: 0, advmss: 0 },
    scope: gateway || family === 6 ? "global" : "link",
    metric: family === 6 ? 1024 : 0,
    hops: [{ gateway, device, onlink: false, weight: 1 }],
    ...more,
  };
}

export function newRule(priority: number, table: number, more: Partial<Rule> = {}): Rule {
  const rest = { from: "", to: "", iif: "", oif: "", fwmark: 0, fwmask: 0, action: "lookup" } as const;
  return { family: 4, priority, ...rest, table, l3mdev: false, invert: false, protocol: 0, ...more };
}

export function newPort(name: string, more: Partial<WantedPort> = {}): WantedPort {
  return { name, own: false, joins: false, settings: { up: true }, data: {}, vlans: [], vlansOnly: false, ...more };
}

/** An interface that is up, with a link of that kind or the device that is there. */
export function up(name: string, kind = "", link: { lower?: string; peer?: string; data?: object } = {}): Wanted {
  const { lower = "", peer = "", data = {} } = link;
  return {
    ...nothing(name),
    ...(kind && { link: { is: { kind, lower, peer, data: { ...data } }, from } }),
    settings: { is: { up: true }, from },
    requires: lower ? [lower] : [],
  };
}

/** By name. Whatever stands on another requires it. */
export function randomConfiguration(dice: Dice): Map<string, Wanted> {
  const all = new Map<string, Wanted>();
  const put = (wanted: Wanted) => all.set(wanted.name, wanted).get(wanted.name) as Wanted;
  const free = new Set(cards);
  const take = (count: number) => {
    const taken = dice.some([...free], 0.4).slice(0, count);
    for (const name of taken) free.delete(name);
    return taken;
  };
  const routable: Wanted[] = [];

  if (dice.chance(0.3)) put(up("vrf0", "vrf", { data: { table: 100 } }));
  if (dice.chance(0.5)) {
    const mode = dice.one(["active-backup", "balance-rr", "802.3ad"]);
    const bond = put(up("bond0", "bond", { data: { mode, miimon: dice.one([0, 100]) } }));
    for (const name of take(2)) addPort(bond, name, dice);
    if (dice.chance(0.3)) bond.settings = { is: { up: true, mtu: 1400 }, from };
    routable.push(bond);
  }
  if (dice.chance(0.3)) routable.push(put(up("dummy0", "dummy")));
  if (dice.chance(0.3)) put(up("veth0", "veth", { peer: "veth1" }));
  for (const lower of [...(free.has("eth3") ? ["eth3"] : []), ...(all.has("bond0") ? ["bond0"] : [])]) {
    if (!dice.chance(0.4)) continue;
    const id = dice.one([5, 6]);
    routable.push(put(up(`${lower}.v`, "vlan", { lower, data: { id, protocol: "802.1Q" } })));
    if (lower === "eth3") free.delete("eth3");
    if (lower === "eth3" && !all.has(lower)) routable.push(put(up(lower)));
  }
  for (const [name, kind] of [
    ["br0", "bridge"],
    ["br1", "bridge"],
  ] as const) {
    if (!dice.chance(0.45)) continue;
    const bridge = put(up(name, kind, { data: dice.chance(0.5) ? { forward_delay: dice.one([200, 400]) } : {} }));
    for (const port of take(2)) addPort(bridge, port, dice);
    const bond = all.get("bond0");
    const at = bond ? routable.indexOf(bond) : -1;
    if (bond && at >= 0 && dice.chance(0.3) && !all.has("bond0.v")) {
      bridge.ports.push({ is: newPort("bond0", { own: true, settings: {} }), from });
      routable.splice(at, 1);
    }
    if (dice.chance(0.2)) bridge.settings = { is: { up: true, mtu: 1300 }, from };
    if (dice.chance(0.3)) {
      bridge.vlansOnly = dice.chance(0.5);
      const vlan = { vlan: 7, pvid: false, untagged: false, self: true };
      bridge.vlans = [{ is: vlan, from }];
      const upper = put(up(`${name}.v`, "vlan", { lower: name, data: { id: 7, protocol: "802.1Q" } }));
      routable.push(upper);
    }
    routable.push(bridge);
  }
  for (const name of [...free].filter((card) => !all.has(card))) {
    if (!dice.chance(0.6)) continue;
    const card = put(up(name));
    routable.push(card);
    free.delete(name);
    const vrf = all.get("vrf0");
    if (vrf && dice.chance(0.5)) {
      card.settings = { is: { up: true, master: "vrf0" }, from };
      card.requires = ["vrf0"];
      routable.pop();
    }
  }
  if (dice.chance(0.25) && all.has("eth0") && all.get("eth0")?.settings.is.master === undefined) {
    const data = { mode: dice.one(["bridge", "private"]) };
    routable.push(put(up("mv0", "macvlan", { lower: "eth0", data })));
  }
  if (dice.chance(0.3)) {
    const local = dice.one(["192.0.2.1", "192.0.2.2"]);
    routable.push(put(up("tun0", "gre", { data: { local, remote: "198.51.100.1", ttl: dice.one([0, 64]) } })));
  }
  if (dice.chance(0.25)) {
    const overlay = put(up("vx0", "vxlan", { data: { id: dice.one([42, 43]), port: 4789 } }));
    const entry = { device: "vx0", address: "00:00:00:00:00:00", destination: `192.0.2.${dice.one([8, 9])}`, vlan: 0 };
    overlay.forwarding = dice.chance(0.5) ? [{ is: entry, from }] : [];
  }
  for (const wanted of routable) addLayer3(wanted, dice);
  return all;
}

function addPort(master: Wanted, name: string, dice: Dice): void {
  const bridge = master.link?.is.kind === "bridge";
  const vlans =
    bridge && dice.chance(0.3) ? [{ vlan: dice.one([10, 11]), pvid: dice.chance(0.5), untagged: false }] : [];
  const data: LinkData = bridge && dice.chance(0.3) ? { cost: dice.one([4, 100]) } : {};
  const is = newPort(name, { vlans, data, vlansOnly: vlans.length > 0 && dice.chance(0.5) });
  if (bridge && dice.chance(0.2)) is.settings = { up: true, mtu: dice.one([1400, 1500]) };
  master.ports.push({ is, from });
}

/** Each has its own networks. */
const names = [...cards, "bond0", "dummy0", "bond0.v", "eth3.v", "br0", "br0.v", "br1", "br1.v", "mv0", "tun0", "vx0"];

/** Addresses, routes, rules, settings of /proc/sys. */
function addLayer3(wanted: Wanted, dice: Dice): void {
  const { name } = wanted;
  const number = 10 + names.indexOf(name);
  const inet = `10.${number}.0`;
  for (const host of dice.some([1, 2, 3], 0.5)) {
    const prefix = dice.one([24, 24, 25]);
    const broadcast = dice.chance(0.5) ? `${inet}.${prefix === 24 ? 255 : 127}` : "";
    wanted.addresses.push({ is: newAddress(name, `${inet}.${host}`, prefix, { broadcast }), from });
  }
  const gateway = `${inet}.${dice.one([100, 101])}`;
  if (wanted.addresses.length > 0 && dice.chance(0.6)) {
    const metric = dice.one([0, 0, 100, number]);
    wanted.routes.push({ is: newRoute("0.0.0.0", 0, gateway, name, { metric }), from });
  }
  if (wanted.addresses.length > 0 && dice.chance(0.4)) {
    wanted.routes.push({ is: newRoute(`172.16.${number}.0`, 24, gateway, name, { mtu: dice.one([0, 1300]) }), from });
    wanted.routes.push({ is: newRoute(`172.17.${number}.0`, 24, "", name), from });
  }
  if (wanted.addresses.length > 0 && dice.chance(0.2)) {
    wanted.routes.push({ is: newRoute("0.0.0.0", 0, gateway, name, { table: 200 + number }), from });
    wanted.rules.push({ is: newRule(1000 + number, 200 + number, { from: `${inet}.0/24` }), from });
  }
  const tunnel = wanted.link?.is.kind === "gre";
  for (const host of tunnel ? [] : dice.some([1, 2], 0.4)) {
    const flags = dice.chance(0.3) ? (["noprefixroute"] as const) : [];
    wanted.addresses.push({
      is: newAddress(name, `2001:db8:${number}::${host}`, dice.one([64, 64, 72]), { flags }),
      from,
    });
  }
  if (
    wanted.addresses.some(({ is }) => is.family === 6 && is.prefix === 64 && is.flags.length === 0) &&
    dice.chance(0.6)
  ) {
    const via = `2001:db8:${number}::${dice.one(["ff", "fe"])}`;
    wanted.routes.push({ is: newRoute("2001:db8:ffff::", 48, via, name, { metric: 1000 + number }), from });
  }
  for (const [key, value] of dice.some(
    [
      [["ipv6", "conf", name, "accept_ra"], "0"],
      [["ipv4", "conf", name, "forwarding"], "1"],
      [["ipv4", "conf", name, "promote_secondaries"], "1"],
    ] as const,
    0.2,
  )) {
    wanted.sysctls.push({ is: { key, value }, from });
  }
  if (dice.chance(0.15) && !wanted.link) {
    wanted.settings = { ...wanted.settings, is: { ...wanted.settings.is, mtu: 1280 + dice.below(2) * 20, alias: "x" } };
  }
}
