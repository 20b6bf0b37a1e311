/** Whether a kernel's state is what `ip -json -details` says, thing by thing. `ip` runs where this process is. */
import { spawnSync } from "node:child_process";
import { canonicalAddress } from "../../../src/netconf/kernel/compare.ts";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { attributesOf, kinds } from "../../../src/netconf/kernel/kinds.ts";
import {
  type Address,
  type KernelState,
  type Link,
  type LinkData,
  protocols,
  type Route,
  type Rule,
} from "../../../src/netconf/kernel/state.ts";

type Json = Record<string, unknown>;

function ask(...words: string[]): Json[] {
  const [program = "", ...rest] = words;
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8", maxBuffer: 1 << 28 });
  // There may be no IPv6, no bridge.
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout.trim() === "" ? [] : (JSON.parse(stdout) as Json[]).filter((each) => Object.keys(each).length > 0);
}

/**
 * What stays different though three seconds have gone by since the last change: the kernel has its own doings (addresses of IPv6,
 * operational states) some moments after what brought them.
 */
export async function lastingDifferences(kernel: Kernel): Promise<string[]> {
  for (;;) {
    const differences = differencesFromIp(kernel.state);
    if (differences.length === 0) return [];
    const changed = Promise.withResolvers<boolean>();
    const watch = kernel.watch(() => changed.resolve(true));
    const timer = setTimeout(() => changed.resolve(false), 3000);
    const more = await changed.promise;
    watch.close();
    clearTimeout(timer);
    if (!more) return differencesFromIp(kernel.state);
  }
}

/** What is different, in words; nothing where all is the same. */
export function differencesFromIp(state: KernelState): string[] {
  const details = ["ip", "-json", "-details"];
  const links = ask(...details, "link");
  const names = new Map(links.map((link) => [link.ifname as string, link]));
  const vlans = ask("bridge", "-json", "vlan");
  return [
    ...compared(
      "link",
      [...state.links.values()].map(linkText),
      links.map((link) => linkJson(link, names, vlans)),
    ),
    ...[...state.links.values()].flatMap((link) => dataDifferences(link, names.get(link.name) ?? {})),
    ...compared("address", state.addresses.map(addressText), ask(...details, "-N", "addr").flatMap(addressesJson)),
    ...compared(
      "route",
      state.routes.map(routeText),
      [4, 6].flatMap((family) =>
        ask(...details, "-N", `-${family}`, "route", "show", "table", "all")
          .filter(({ type = "1", protocol }) => type === "1" || protocol !== String(protocols.kernel))
          .map((route) => routeJson(route, family)),
      ),
    ),
    ...compared(
      "rule",
      state.rules.map(ruleText),
      [4, 6].flatMap((family) => ask(...details, "-N", `-${family}`, "rule").map((rule) => ruleJson(rule, family))),
    ),
    ...compared(
      "forwarding",
      state.forwarding.map(({ device, address, destination, vlan }) => `${device} ${address} ${destination} ${vlan}`),
      ask("bridge", "-json", "fdb").flatMap(forwardingJson),
    ),
  ];
}

function compared(what: string, ours: string[], ip: string[]): string[] {
  const rest = [...ip];
  const more = ours.filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [...more.map((each) => `${what}, ours: ${each}`), ...rest.map((each) => `${what}, ip's: ${each}`)];
}

const tunnels = /^(ipip|sit|gre|tunnel6|gre6)$/;

function linkText({ data: _, port: __, ...link }: Link): string {
  const permanentAddress = link.permanentAddress === link.address ? "" : link.permanentAddress;
  return JSON.stringify({
    ...link,
    permanentAddress,
    vlans: link.vlans.map(({ vlan, pvid, untagged }) => [vlan, pvid, untagged]),
  });
}

function linkJson(link: Json, names: ReadonlyMap<string, Json>, vlans: Json[]): string {
  const flags = link.flags as string[];
  const info = (link.linkinfo ?? {}) as Json;
  const own = vlans.find(({ ifname }) => ifname === link.ifname)?.vlans as Json[] | undefined;
  const is: Omit<Link, "data" | "port" | "vlans"> & { vlans: unknown } = {
    index: link.ifindex as number,
    name: link.ifname as string,
    kind: (info.info_kind as string) ?? "",
    type: link.link_type as string,
    up: flags.includes("UP"),
    carrier: flags.includes("LOWER_UP"),
    operstate: link.operstate as string,
    arp: !flags.includes("NOARP"),
    multicast: flags.includes("MULTICAST"),
    allmulticast: flags.includes("ALLMULTI"),
    promiscuous: flags.includes("PROMISC"),
    mtu: link.mtu as number,
    address: (link.address as string) ?? "",
    // Not of tunnels, which have none; ip leaves it out where it is the address.
    permanentAddress: tunnels.test(link.link_type as string) ? "" : ((link.permaddr as string) ?? ""),
    txQueueLength: (link.txqlen as number) ?? 0,
    alias: (link.ifalias as string) ?? "",
    alternativeNames: (link.altnames as string[]) ?? [],
    master: (link.master as string) ?? "",
    lower: names.has(link.link as string) ? (link.link as string) : "",
    addressGeneration: (link.inet6_addr_gen_mode as string) ?? "",
    vlans: (own ?? []).flatMap(({ vlan, vlanEnd = vlan, flags: words = [] }) => {
      const [first, last, is] = [vlan as number, vlanEnd as number, words as string[]];
      return Array.from({ length: last - first + 1 }, (_, at) => [
        ...[first + at, is.includes("PVID"), is.includes("Egress Untagged")],
      ]);
    }),
  };
  // In the order of Link, for the text.
  const { addressGeneration, vlans: list, ...rest } = is;
  return JSON.stringify({ ...rest, vlans: list, addressGeneration });
}

/** Moments, not settings; the same in other words; 6rd, which Reeve does not do. */
const passedOver = new RegExp(
  [
    ...["_timer$", "_str$", "^usedbcqueuelen$", "^root_", "^bridge_id$", "^topology_change", "^designated_"],
    ...["^config_pending$", "^ad_(info|aggregator_id|(actor|partner)_oper_port_state)$", "^mii_status$"],
    ...["^link_failure_count$", "^ip6_tnl_f_ign_encap_limit$", "^(relay_)?prefix(len)?$"],
  ].join("|"),
);

function dataDifferences(link: Link, json: Json): string[] {
  const info = (json.linkinfo ?? {}) as Json;
  const parts: [LinkData, Json, string, "data" | "port"][] = [
    [link.data, (info.info_data ?? {}) as Json, link.kind, "data"],
    [link.port, (info.info_slave_data ?? {}) as Json, String(info.info_slave_kind ?? ""), "port"],
  ];
  return parts.flatMap(([ours, ip, kind, part]) => {
    if (part === "data" && kind !== "" && !(kind in kinds)) return [];
    const table = attributesOf(kind, part);
    const renamed = Object.fromEntries(
      Object.entries(ip).map(([name, value]) => [name in table ? name : name.replace(/6$/, ""), value]),
    );
    if (link.kind === "ipvlan") delete renamed.bridge;
    const names = new Set([...Object.keys(ours), ...Object.keys(renamed)]);
    return [...names].flatMap((name) => {
      if (passedOver.test(name)) return [];
      const [one, other] = [plain(ours[name]), plain(renamed[name])];
      return one === other ? [] : [`${part} of ${link.name} (${kind}): ${name} is ${one} with us, ${other} with ip`];
    });
  });
}

/** ip leaves out what is 0, off or empty; it has numbers where we have switches, and text where we have numbers. */
function plain(value: unknown): string {
  if (value === undefined || value === null || value === false || value === "none") return "0";
  if (value === true) return "1";
  if (Array.isArray(value)) return value.length === 0 ? "0" : value.map(plain).sort().join(" ");
  if (typeof value === "object") {
    const { low, high, from, to } = value as Record<string, number>;
    return from === undefined ? `${low}-${high}` : `${from}:${to}`;
  }
  const text = String(value);
  return /^0x[0-9a-f]+$/.test(text) ? String(Number(text)) : text;
}

/** ip 6.1 does not tell the protocol. */
function addressText({ valid, preferred, protocol: _, ...address }: Address): string {
  return JSON.stringify({ ...address, flags: [...address.flags].sort(), lives: [valid, preferred].map(mortal) });
}

/** Lifetimes are read at different moments; how long they are is looked at by who knows what was asked for. */
const mortal = (seconds: number | null) => seconds !== null;

const scopes: Record<string, string> = { 0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere" };

function addressesJson(link: Json): string[] {
  return ((link.addr_info ?? []) as Json[]).map((info) => {
    const family = info.family === "inet" ? 4 : 6;
    const life = (value: unknown) => mortal(value === 4294967295 ? null : (value as number));
    const words = [
      "permanent",
      "tentative",
      "deprecated",
      "dadfailed",
      "temporary",
      "nodad",
      "mngtmpaddr",
      "noprefixroute",
    ];
    const flags = [...words, "home", "optimistic", "secondary", "autojoin", "stable-privacy"].filter(
      (word) => info[word],
    );
    // `dynamic` is what is not permanent.
    if (!info.dynamic) flags.push("permanent");
    const label = (info.label as string) ?? "";
    return JSON.stringify({
      device: link.ifname,
      family,
      address: canonicalAddress(info.local as string),
      prefix: info.prefixlen,
      peer: info.address ?? "",
      broadcast: info.broadcast ?? "",
      label: label === link.ifname ? "" : label,
      scope: scopes[info.scope as string] ?? info.scope,
      flags: flags.sort(),
      lives: [life(info.valid_life_time), life(info.preferred_life_time)],
    });
  });
}

const routeTypes = [
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

function routeText({ hops, ...route }: Route): string {
  return JSON.stringify([
    Object.entries(route).sort(),
    hops.map(({ gateway, device, onlink, weight }) => `${gateway} ${device} ${onlink} ${weight}`).sort(),
  ]);
}

function routeJson(route: Json, family: number): string {
  const [destination, prefix] =
    route.dst === "default" ? [family === 4 ? "0.0.0.0" : "::", 0] : String(route.dst).split("/");
  const type = routeTypes[Number(route.type ?? 1) - 1] as Route["type"];
  const metrics = (route.metrics as Json[] | undefined)?.[0] ?? {};
  const hop = (each: Json) => ({
    gateway: String(each.gateway ?? (each.via as Json | undefined)?.host ?? ""),
    device: String(each.dev ?? ""),
    onlink: ((each.flags ?? []) as string[]).includes("onlink"),
    weight: Number(each.weight ?? 1),
  });
  const without = ["blackhole", "unreachable", "prohibit", "throw"].includes(type);
  return routeText({
    family: family as 4 | 6,
    type,
    destination: canonicalAddress(String(destination)),
    prefix: Number(prefix ?? (family === 4 ? 32 : 128)),
    table: Number(route.table ?? 254),
    protocol: Number(route.protocol),
    scope: scopes[String(route.scope ?? "0")] as Route["scope"],
    metric: Number(route.metric ?? 0),
    source: String(route.prefsrc ?? ""),
    hops: without
      ? []
      : route.nexthops
        ? (route.nexthops as Json[]).map(hop)
        : route.dev || route.gateway
          ? [hop(route)]
          : [],
    mtu: Number(metrics.mtu ?? 0),
    advmss: Number(metrics.advmss ?? 0),
  });
}

function ruleText(rule: Rule): string {
  return JSON.stringify(Object.entries(rule).sort());
}

const actions: Record<string, string> = { 2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit" };

function ruleJson(rule: Json, family: number): string {
  const network = (address: unknown, length: unknown) =>
    address === undefined || address === "all" ? "" : `${address}/${length ?? (family === 4 ? 32 : 128)}`;
  const mark = rule.fwmark === undefined ? 0 : Number(rule.fwmark);
  return ruleText({
    family: family as 4 | 6,
    priority: rule.priority as number,
    from: network(rule.src, rule.srclen),
    to: network(rule.dst, rule.dstlen),
    iif: String(rule.iif ?? ""),
    oif: String(rule.oif ?? ""),
    fwmark: mark,
    fwmask: rule.fwmark === undefined ? 0 : Number(rule.fwmask ?? 0xffffffff),
    action: (actions[String(rule.action)] ?? rule.action ?? "lookup") as Rule["action"],
    table: rule.l3mdev !== undefined ? 0 : Number(rule.table ?? 0),
    l3mdev: rule.l3mdev !== undefined,
    invert: rule.not !== undefined,
    protocol: Number(rule.protocol ?? 0),
  });
}

function forwardingJson(entry: Json): string[] {
  const [state, destination] = [String(entry.state ?? ""), String(entry.dst ?? "")];
  const byHand = destination ? /permanent|static/.test(state) : state === "static";
  return byHand ? [`${entry.ifname} ${entry.mac} ${destination} ${entry.vlan ?? 0}`] : [];
}
