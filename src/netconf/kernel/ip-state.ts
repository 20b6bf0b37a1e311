/** What `ip -json -details` and `bridge -json` print, as a state of the kernel (iproute2 6.1 and later). */
import { z } from "zod";
import { canonicalAddress } from "./compare.ts";
import { type Attribute, attributesOf } from "./kinds.ts";
import type {
  Address,
  Forwarding,
  Hop,
  KernelState,
  Link,
  LinkData,
  LinkValue,
  Route,
  RouteType,
  Rule,
  Scope,
} from "./state.ts";

/** Standard output of each of `ipQueries`, in that order. */
export type IpAnswers = readonly string[];

/** Numbers stand for the names of protocols, tables and scopes (`-N`), which files in /etc/iproute2 may change. */
export const ipQueries: readonly (readonly string[])[] = [
  ["ip", "-json", "-details", "link", "show"],
  ["ip", "-json", "-details", "address", "show"],
  ["ip", "-json", "-N", "-4", "route", "show", "table", "all"],
  ["ip", "-json", "-N", "-6", "route", "show", "table", "all"],
  ["ip", "-json", "-details", "-N", "-4", "rule", "show"],
  ["ip", "-json", "-details", "-N", "-6", "rule", "show"],
  ["bridge", "-json", "vlan", "show"],
  ["bridge", "-json", "fdb", "show"],
];

const object = z.record(z.string(), z.unknown());
type Json = z.infer<typeof object>;
const list = z.array(object);

/** @throws SyntaxError, ZodError: that is not what these programs print. */
export function stateOf(answers: IpAnswers): KernelState {
  const [links, addresses, routes4, routes6, rules4, rules6, vlans, fdb] = ipQueries.map((_, at) =>
    list.parse(JSON.parse(answers[at]?.trim() || "[]")),
  ) as [Json[], Json[], Json[], Json[], Json[], Json[], Json[], Json[]];
  const carried = new Map(vlans.map((one) => [text(one.ifname), vlansOf(one)]));
  return {
    links: new Map(links.map((one) => [text(one.ifname), linkOf(one, carried.get(text(one.ifname)) ?? [])])),
    addresses: addresses.flatMap((one) =>
      list.parse(one.addr_info ?? []).map((info) => addressOf(info, text(one.ifname))),
    ),
    routes: [...routes4.map((one) => routeOf(one, 4)), ...routes6.map((one) => routeOf(one, 6))],
    rules: [...rules4.map((one) => ruleOf(one, 4)), ...rules6.map((one) => ruleOf(one, 6))],
    forwarding: fdb.flatMap(forwardingOf),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
}

function number(value: unknown): number {
  const parsed = Number(value ?? 0);
  return Number.isFinite(parsed) ? parsed : 0;
}

function linkOf(one: Json, vlans: Link["vlans"]): Link {
  const flags = z.array(z.string()).parse(one.flags ?? []);
  const info = object.parse(one.linkinfo ?? {});
  const kind = text(info.info_kind);
  const part = (name: string, of: string, which: "data" | "port") => dataOf(object.parse(info[name] ?? {}), of, which);
  return {
    index: number(one.ifindex),
    name: text(one.ifname),
    kind,
    type: text(one.link_type),
    up: flags.includes("UP"),
    carrier: flags.includes("LOWER_UP"),
    operstate: text(one.operstate),
    arp: !flags.includes("NOARP"),
    multicast: flags.includes("MULTICAST"),
    allmulticast: flags.includes("ALLMULTI"),
    promiscuous: flags.includes("PROMISC"),
    mtu: number(one.mtu),
    address: canonicalAddress(text(one.address)),
    // Of tunnels over IPv6 it is a random number.
    permanentAddress: /^(..:){5}..$/.test(text(one.permaddr)) ? text(one.permaddr) : "",
    txQueueLength: number(one.txqlen),
    alias: text(one.ifalias),
    alternativeNames: z.array(z.string()).parse(one.altnames ?? []),
    master: text(one.master),
    lower: text(one.link),
    data: part("info_data", kind, "data"),
    port: part("info_slave_data", text(info.info_slave_kind), "port"),
    vlans,
    addressGeneration: text(one.inet6_addr_gen_mode),
  };
}

function vlansOf(one: Json): Link["vlans"] {
  return list.parse(one.vlans ?? []).flatMap(({ vlan, vlanEnd, flags }) => {
    const words = z.array(z.string()).parse(flags ?? []);
    const [first, last] = [number(vlan), number(vlanEnd ?? vlan)];
    const marks = { pvid: words.includes("PVID"), untagged: words.includes("Egress Untagged") };
    return Array.from({ length: Math.min(4095, last - first + 1) }, (_, at) => ({ vlan: first + at, ...marks }));
  });
}

/** Only what the table of kinds knows, in its types. */
function dataOf(all: Json, kind: string, part: "data" | "port"): LinkData {
  const values: Record<string, LinkValue> = {};
  for (const [name, attribute] of Object.entries(attributesOf(kind, part))) {
    const { within } = attribute;
    const data = within ? object.parse(all[within.name] ?? {}) : all;
    const value =
      attribute.none && data.ip6_tnl_f_ign_encap_limit === true
        ? "none"
        : readValue(Object.hasOwn(data, name) || !attribute.number6 ? data[name] : data[`${name}6`], attribute);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

const switches = ["switch", "flag", "bit"];
const numbers = ["u8", "u16", "u32", "u64", "s32", "be16", "be32", "bits"];

function readValue(value: unknown, { form, any }: Attribute): LinkValue | undefined {
  if (value === undefined) return form === "bit" || form === "flag" ? false : undefined;
  if (switches.includes(form)) return !(value === false || value === 0 || value === "0" || value === "off");
  // Told in hexadecimal with or without its mark.
  if (numbers.includes(form)) return typeof value === "string" ? Number.parseInt(value, 16) : number(value);
  if (form === "thousandths") return Number(value);
  if (form === "ports") {
    const { low, high } = object.parse(value);
    return `${number(low)}-${number(high)}`;
  }
  if (form === "qos-map") return list.parse(value).map(({ from, to }) => `${number(from)}:${number(to)}`);
  if (Array.isArray(value)) return value.map(text);
  if (value === null) return form === "word" ? "none" : undefined;
  if (form !== "word" && !any && value === "any") return undefined;
  return text(value);
}

const forEver = 4294967295;

/** In the order of their bits. */
const addressFlags = [
  ...["secondary", "temporary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative"],
  ...["permanent", "mngtmpaddr", "noprefixroute"],
];

function addressOf(one: Json, device: string): Address {
  const family = one.family === "inet" ? 4 : 6;
  const lifetime = (value: unknown) => (number(value) === forEver ? null : number(value));
  const said = (flag: string) => (flag === "permanent" ? one.dynamic !== true : one[flag] === true);
  const local = text(one.local);
  return {
    device,
    family,
    address: local,
    prefix: number(one.prefixlen),
    peer: text(one.address),
    broadcast: text(one.broadcast),
    label: one.label === device ? "" : text(one.label),
    scope: scopeOf(one.scope),
    valid: lifetime(one.valid_life_time),
    preferred: lifetime(one.preferred_life_time),
    protocol: number(one.protocol),
    flags: addressFlags.filter(said),
  };
}

const scopeNumbers: Readonly<Record<string, Scope>> = {
  0: "global",
  200: "site",
  253: "link",
  254: "host",
  255: "nowhere",
};
const scopeNames: readonly string[] = Object.values(scopeNumbers);

function scopeOf(value: unknown): Scope {
  const name = text(value);
  return scopeNumbers[name] ?? ((scopeNames.includes(name) ? name : "global") as Scope);
}

/** RTN_… */
const types: readonly (RouteType | undefined)[] = [
  undefined,
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
];

function routeOf(one: Json, family: 4 | 6): Route {
  const type = types[number(one.type ?? 1)] ?? "unicast";
  const [destination, prefix] = networkOf(text(one.dst), family);
  const rejecting = ["blackhole", "unreachable", "prohibit", "throw"].includes(type);
  const metrics = object.parse(list.parse(one.metrics ?? [])[0] ?? {});
  const nexthops = one.nexthops === undefined ? [one] : list.parse(one.nexthops);
  return {
    family,
    type,
    destination,
    prefix,
    table: number(one.table ?? 254),
    protocol: number(one.protocol),
    scope: scopeOf(one.scope),
    metric: number(one.metric),
    source: text(one.prefsrc),
    hops: rejecting ? [] : nexthops.map(hopOf),
    mtu: number(metrics.mtu),
    advmss: number(metrics.advmss),
  };
}

function networkOf(word: string, family: 4 | 6): [string, number] {
  if (word === "default" || word === "") return [family === 4 ? "0.0.0.0" : "::", 0];
  const [address = "", prefix] = word.split("/");
  return [address, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)];
}

function hopOf(one: Json): Hop {
  const via = object.safeParse(one.via).data;
  const flags = z.array(z.string()).parse(one.flags ?? []);
  return {
    gateway: text(one.gateway ?? via?.host),
    device: text(one.dev),
    onlink: flags.includes("onlink"),
    weight: number(one.weight ?? 1),
  };
}

const actions: Readonly<Record<string, Rule["action"]>> = { 6: "blackhole", 7: "unreachable", 8: "prohibit" };

function ruleOf(one: Json, family: 4 | 6): Rule {
  const said = (name: string) => Object.hasOwn(one, name);
  const network = (side: string) => {
    const address = text(one[side]);
    if (address === "" || address === "all") return "";
    return `${address}/${number(one[`${side}len`] ?? (family === 4 ? 32 : 128))}`;
  };
  const action = said("goto") ? "goto" : said("nop") ? "nop" : (actions[text(one.action)] ?? "lookup");
  return {
    family,
    priority: number(one.priority),
    from: network("src"),
    to: network("dst"),
    iif: text(one.iif),
    oif: text(one.oif),
    fwmark: number(one.fwmark),
    fwmask: said("fwmark") || said("fwmask") ? number(one.fwmask ?? 0xffff_ffff) : 0,
    action,
    table: action === "lookup" ? number(one.table) : 0,
    l3mdev: said("l3mdev"),
    invert: said("not"),
    protocol: number(one.protocol),
  };
}

/** Far ends, and what somebody has set as static: what is only learnt or the bridge's own is passed over. */
function forwardingOf(one: Json): Forwarding[] {
  const destination = text(one.dst);
  if (!destination && one.state !== "static") return [];
  return [{ device: text(one.ifname), address: text(one.mac), destination, vlan: number(one.vlan) }];
}
