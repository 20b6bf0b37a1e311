/** Addresses, broadcast and default gateways of a stanza, as ifupdown 0.8.41 and ifupdown-ng compute them. */
import { parsePrefix } from "../../address.ts";
import { allOptions, type Option, option, optionKey, type Stanza } from "../interfaces/configuration.ts";
import { broadcastOf as broadcastAddress, networkOf } from "../kernel/prefix.ts";
import { type Family, protocols, type Route, type Scope } from "../kernel/state.ts";
import type { Draft } from "./draft.ts";
import { address, an, familyOf, integer, network, oneOf, type Reader, Unfit, words } from "./value.ts";

/** What tells one model from the other. */
export interface Manner {
  /** Undefined: both, each address tells. */
  family?: Family;
  /** Prefix of an address without one, and without `netmask`. */
  prefix(address: string, family: Family): number;
  /** An IPv4 address has a broadcast address unless `broadcast` says otherwise. */
  broadcast: boolean;
  /** `netmask` counts although the address has a prefix. */
  netmaskWins: boolean;
}

/** ifupdown: classes of old for IPv4, a host for IPv6. */
export function classic(family: Family): Manner {
  return { family, prefix: (ip) => (family === 6 ? 128 : classOf(ip)), broadcast: true, netmaskWins: true };
}

/** ifupdown-ng, for stanzas without a family. */
export const familyless: Manner = {
  prefix: (_, family) => (family === 4 ? 24 : 64),
  broadcast: false,
  netmaskWins: false,
};

/** RFC 791 §2.3; nothing above class C has a network. */
function classOf(ip: string): number {
  const first = Number.parseInt(ip, 10);
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

/** Every `address` of the stanza; an option may name several. */
export function addAddresses(stanza: Stanza, draft: Draft, manner: Manner): void {
  const lifetime = draft.read(option(stanza, "preferred-lifetime"), seconds) ?? null;
  const noDad = draft.read(option(stanza, "dad-attempts"), integer(0, 100_000)) === 0;
  for (const given of allOptions(stanza, "address")) {
    const parts = words(given.value);
    if (parts.length === 0) draft.error(given.at, `${given.name} is empty: write it as ADDRESS/PREFIX`);
    for (const part of parts) {
      const main = own(stanza, draft, manner, given, part);
      if (!main) continue;
      const { family } = main;
      draft.address(
        {
          ...main,
          ...peerOf(stanza, draft, main),
          broadcast: broadcastOf(stanza, draft, manner, main),
          scope: scopeOf(stanza, draft, main),
          valid: null,
          preferred: lifetime,
          flags: family === 6 && noDad ? ["nodad"] : [],
        },
        given.at,
      );
    }
  }
}

interface Main {
  family: Family;
  address: string;
  prefix: number;
}

/** Without `netmask` beside a prefix, as the model at hand has it. */
function own(stanza: Stanza, draft: Draft, manner: Manner, given: Option, text: string): Main | undefined {
  const [host = "", length] = text.split(/\/(.*)/s);
  const ip = draft.part(given, host, address(manner.family));
  if (!ip) return undefined;
  const family = familyOf(ip);
  const mask = option(stanza, "netmask");
  const own = length ? draft.part(given, length, prefix(family, ip)) : undefined;
  if (length && own === undefined) return undefined;
  // One `netmask` may stand beside addresses of both families: only its own is concerned.
  const others = mask && !manner.family && parsePrefix(mask.value, family === 4 ? 6 : 4) !== undefined;
  const fits = mask && (!others || parsePrefix(mask.value, family) !== undefined);
  const other = fits && (manner.netmaskWins || own === undefined) ? draft.read(mask, prefix(family)) : undefined;
  return { family, address: ip, prefix: other ?? own ?? manner.prefix(ip, family) };
}

/** Number of bits, or a mask without holes. */
function prefix(family: Family, ip?: string): Reader<number> {
  return (text) => {
    const length = parsePrefix(text, family);
    if (length !== undefined) return length;
    const before = ip ? `${ip}/` : "";
    const mask = family === 4 ? ` or ${before}255.255.255.0` : "";
    throw new Unfit(
      `is no ${ip ? "prefix" : "netmask"} of ${an(family)}, write ${before}${family === 4 ? 24 : 64}${mask}`,
    );
  };
}

/** `pointopoint` is for IPv4, `dstaddr` for tunnels; without a prefix of its own the kernel has the peer as one host. */
function peerOf(stanza: Stanza, draft: Draft, main: Main): { peer: string; prefix: number } {
  const far = main.family === 4 ? option(stanza, "pointopoint", "point-to-point") : undefined;
  const peer = draft.read(option(stanza, "dstaddr") ?? far, network(main.family));
  return peer ? { peer: peer.address, prefix: peer.prefix } : { peer: "", prefix: main.prefix };
}

/** `+`: all host bits set; `-`: all clear; ifupdown has 255.255.255.255 for /31 and the address itself for /32. */
function broadcastOf(stanza: Stanza, draft: Draft, manner: Manner, main: Main): string {
  if (main.family === 6) return "";
  const given = option(stanza, "broadcast");
  const text = given?.value.trim() ?? (manner.broadcast ? "+" : "");
  if (text === "" || text === "none") return "";
  if (text === "+" || text === "-") {
    if (main.prefix === 31) return text === "+" ? "255.255.255.255" : "";
    const value = text === "+" ? broadcastAddress(main.address, main.prefix) : networkOf(main.address, main.prefix, 4);
    return value === "0.0.0.0" ? "" : value;
  }
  return draft.part(given!, text, address(4)) ?? "";
}

/** IPv6: the kernel goes by the address alone, whatever is said. */
function scopeOf(stanza: Stanza, draft: Draft, { family, address }: Main): Scope {
  const said = draft.read(option(stanza, "scope"), oneOf(scopes));
  return family === 4 && said ? said : naturalScope(address);
}

const scopes: readonly Scope[] = ["global", "site", "link", "host", "nowhere"];

export function naturalScope(ip: string): Scope {
  if (ip === "::1" || ip.startsWith("127.")) return "host";
  const first = ip.includes(":") ? Number.parseInt(ip, 16) : 0;
  if ((first & 0xffc0) === 0xfe80) return "link";
  return (first & 0xffc0) === 0xfec0 ? "site" : "global";
}

/** Seconds, null: for ever. */
export function seconds(text: string): number | null {
  return text === "forever" ? null : integer(0, 0xffff_fffe)(text);
}

/** Every `gateway`, as a default route; ifupdown has it on the link even where no address covers it. */
export function addGateways(
  stanza: Stanza,
  draft: Draft,
  options: { family?: Family; metric: number; onlink: boolean; table: number },
): void {
  const { family, onlink, table } = options;
  const metric = draft.read(option(stanza, "metric"), metricOf) ?? options.metric;
  for (const given of allOptions(stanza, "gateway")) {
    for (const part of words(given.value)) {
      const gateway = draft.part(given, part, address(family));
      if (gateway) draft.route(defaultRoute(gateway, draft.device, { metric, onlink, table }), given.at);
    }
  }
}

export const metricOf = integer(0, 0xffff_ffff);

/** A metric of 0 is the kernel's choice: 0 for IPv4, 1024 for IPv6. */
export function defaultRoute(
  gateway: string,
  device: string,
  { metric = 0, onlink = false, table = 254 }: { metric?: number; onlink?: boolean; table?: number } = {},
): Route {
  const family = familyOf(gateway);
  return {
    family,
    type: "unicast",
    destination: family === 4 ? "0.0.0.0" : "::",
    prefix: 0,
    table,
    protocol: protocols.static,
    scope: "global",
    metric: metric || (family === 6 ? 1024 : 0),
    source: "",
    hops: [{ gateway, device, onlink, weight: 1 }],
    mtu: 0,
    advmss: 0,
  };
}

/** Options that say nothing without an address of the stanza's own. */
export function addressOptionsUnused(stanza: Stanza, draft: Draft, names: readonly string[]): void {
  const { method } = stanza;
  for (const { name, at } of stanza.options.filter((each) => names.includes(optionKey(each.name)))) {
    draft.warning(at, `${name} has no effect with method ${method}: only static has addresses of its own`);
  }
}
