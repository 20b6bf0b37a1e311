/** Steps as they come: for a kernel in memory and for a real one. The same seed gives the same steps. */
import type { LinkData, Route, Rule } from "../../../src/netconf/kernel/state.ts";
import type { LinkSettings, Step } from "../../../src/netconf/kernel/step.ts";
import { address, route } from "./objects.ts";

export type Random = () => number;

/** Mulberry32. */
export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Thing>(next: Random, things: readonly Thing[]): Thing {
  return things[Math.floor(next() * things.length)] as Thing;
}

/** What a kernel without modules for vlan, bond and vrf has, too. */
export const plainKinds = ["veth", "bridge", "macvlan", "vxlan", "ifb"];
export const allKinds = [...plainKinds, "vlan", "bond", "vrf", "dummy", "macvtap", "gre"];

const allNames = ["a0", "a1", "a2", "b0", "b1", "c0", "c1", "d0"];
const addresses4 = [
  ["10.0.0.1", 24],
  ["10.0.0.2", 24],
  ["10.0.0.3", 25],
  ["10.0.1.1", 16],
  ["192.0.2.1", 32],
  ["10.0.0.1", 32],
] as const;
const addresses6 = [
  ["2001:db8::1", 64],
  ["2001:db8::2", 64],
  ["2001:db8:1::1", 48],
  ["fd00::1", 128],
] as const;

const mac = (number: number) => `02:00:00:00:01:0${number}`;

function someAddress(next: Random, names: readonly string[]): Step {
  const six = next() < 0.4;
  const [text, prefix] = six ? pick(next, addresses6) : pick(next, addresses4);
  const device = pick(next, names);
  // Of IPv6 always the same one: Linux (6.1, modify_prefix_route) forgets the prefix route of one that gets its end later.
  const ends = six ? text === "2001:db8:1::1" : next() < 0.15;
  const lifetime = ends ? { valid: 5000, preferred: 4000 } : {};
  const more = six
    ? { flags: ["nodad" as const, ...(next() < 0.1 ? ["noprefixroute" as const] : [])] }
    : {
        ...(next() < 0.1 ? { broadcast: "10.0.0.255" } : {}),
        ...(next() < 0.1 ? { label: `${device}:x` } : {}),
        ...(next() < 0.1 ? { peer: "10.7.7.7" } : {}),
      };
  const one = address(device, text, prefix, { ...lifetime, ...more });
  return next() < 0.7 ? { do: "address-add", address: one } : { do: "address-delete", address: one };
}

function someRoute(next: Random, names: readonly string[]): Step {
  const six = next() < 0.4;
  const [destination, prefix] = six
    ? pick(next, [["2001:db8:f::", 48] as const, ["::", 0] as const, ["2001:db8::", 64] as const])
    : pick(next, [
        ["10.9.0.0", 16] as const,
        ["0.0.0.0", 0] as const,
        ["10.0.0.0", 24] as const,
        ["10.9.9.9", 32] as const,
      ]);
  const device = pick(next, names);
  const gateway =
    next() < 0.5 ? "" : pick(next, six ? ["2001:db8::9", "fe80::9"] : ["10.0.0.9", "10.0.2.9", "172.16.0.1"]);
  const metric = pick(next, six ? [1024, 512] : [0, 50]);
  const table = next() < 0.15 ? 77 : 254;
  const more: Partial<Route> = {
    ...(next() < 0.1 ? { source: six ? "2001:db8::1" : "10.0.0.1" } : {}),
    ...(next() < 0.1 ? { mtu: 1400 } : {}),
  };
  const onlink = gateway !== "" && next() < 0.2;
  const rejecting = next() < 0.1;
  const one = rejecting
    ? route({ destination, prefix, metric, table, type: "unreachable", scope: "global" })
    : route({ destination, prefix, metric, table, gateway, device, onlink, ...more });
  return { do: next() < 0.75 ? "route-add" : "route-delete", route: one };
}

function someSetting(next: Random): LinkSettings {
  const roll = next();
  if (roll < 0.4) return { up: next() < 0.7 };
  if (roll < 0.6) return { master: pick(next, ["", "b0", "b1", "c0"]) };
  if (roll < 0.7) return { mtu: pick(next, [1500, 1400, 1200, 9000]) };
  if (roll < 0.78) return { address: mac(Math.floor(next() * 6)) };
  if (roll < 0.84) return { up: false, name: pick(next, allNames) };
  if (roll < 0.88) return { alias: pick(next, ["", "office"]) };
  if (roll < 0.92) return { txQueueLength: pick(next, [500, 1000]) };
  if (roll < 0.96) return { arp: next() < 0.5, allmulticast: next() < 0.5 };
  return { master: pick(next, ["b0", "b1", ""]), up: true };
}

function someLink(next: Random, kinds: readonly string[], names: readonly string[]): Step {
  const kind = pick(next, kinds);
  const lower = pick(next, names);
  const settings = next() < 0.3 ? { settings: { up: true, ...(next() < 0.5 ? { address: mac(7) } : {}) } } : {};
  const make = (name: string, fields: Partial<Extract<Step, { do: "link-add" }>>): Step => ({
    ...{ do: "link-add", name, kind, data: {}, ...fields, ...settings },
  });
  if (kind === "veth") {
    const [name, peer] = pick(next, [
      ["a0", "a1"],
      ["a2", "d0"],
    ] as const);
    return make(name, { peer });
  }
  if (kind === "bridge") return make(pick(next, ["b0", "b1"]), { data: next() < 0.3 ? { priority: 4096 } : {} });
  if (kind === "bond") return make("c0", { data: { mode: "active-backup", ...(next() < 0.5 ? { miimon: 20 } : {}) } });
  if (kind === "vrf") return make(pick(next, ["c0", "c1"]), { data: { table: 100 } });
  if (kind === "vlan") return make(pick(next, ["c1", "d0"]), { lower, data: { id: pick(next, [5, 6]) } });
  if (kind === "macvlan" || kind === "macvtap")
    return make(pick(next, ["c1", "d0"]), { lower, data: { mode: "bridge" } });
  if (kind === "vxlan") return make("d0", { data: { id: 9, port: 4789, local: "10.0.0.1" } });
  if (kind === "gre") return make("d0", { data: { local: "10.0.0.1", remote: "10.0.0.2" } });
  return make(pick(next, ["c0", "d0"]), {});
}

/** @param links those that are there: most steps concern them */
export function someStep(next: Random, kinds: readonly string[], links: Iterable<string>): Step {
  const there = [...links].filter((name) => allNames.includes(name));
  const roll = there.length < 3 ? next() / 3 : next();
  const names = there.length > 0 && next() < 0.9 ? there : allNames;
  const name = pick(next, names);
  if (roll < 0.2) return someLink(next, kinds, names);
  if (roll < 0.24) return { do: "link-delete", name };
  if (roll < 0.52) return { do: "link-set", name, settings: someSetting(next) };
  if (roll < 0.74) return someAddress(next, names);
  if (roll < 0.93) return someRoute(next, names);
  if (roll < 0.95) {
    const key = ["ipv6", "conf", name, pick(next, ["keep_addr_on_down", "disable_ipv6"])];
    return { do: "sysctl", key, value: pick(next, ["0", "1"]) };
  }
  if (roll < 0.97) {
    const data = pick<LinkData>(next, [{ forward_delay: 400 }, { ageing_time: 1000 }, { stp_state: false }]);
    return { do: "link-data", name: pick(next, ["b0", "b1"]), kind: "bridge", data };
  }
  if (roll < 0.985)
    return { do: "port-data", name, kind: "bridge", data: pick<LinkData>(next, [{ cost: 5 }, { hairpin: true }]) };
  const rule: Rule = {
    family: 4,
    priority: pick(next, [100, 200]),
    from: "10.0.0.0/24",
    to: "",
    iif: "",
    oif: "",
    fwmark: 0,
    fwmask: 0,
    action: "lookup",
    table: 77,
    l3mdev: false,
    invert: false,
    protocol: 4,
  };
  return { do: next() < 0.6 ? "rule-add" : "rule-delete", rule };
}
