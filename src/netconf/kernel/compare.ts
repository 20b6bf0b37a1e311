/** Whether what is wanted is there: canonical forms, and comparisons that know what the kernel fills in by itself. */
import { parseAddress } from "../../address.ts";
import { networkOf } from "./prefix.ts";
import type { Address, Hop, Link, LinkData, LinkValue, Route, Rule } from "./state.ts";
import { ruleKey } from "./state.ts";
import type { LinkSettings, NewAddress } from "./step.ts";

/** RFC 5952, dotted, or in lower case what is no address. */
export function canonicalAddress(text: string): string {
  return parseAddress(text)?.ip ?? text.toLowerCase();
}

/** `192.0.2.7/24` with canonical text; host bits stay. */
function canonicalNetwork(text: string): string {
  const [address = "", prefix] = text.split("/");
  return text && canonicalAddress(address) + (prefix === undefined ? "" : `/${prefix}`);
}

export function canonicalNewAddress<Form extends NewAddress | Address>(address: Form): Form {
  const [text, peer] = [canonicalAddress(address.address), address.peer && canonicalAddress(address.peer)];
  const broadcast = address.broadcast && canonicalAddress(address.broadcast);
  return { ...address, address: text, peer: peer === text ? "" : peer, broadcast };
}

/** As the kernel keeps it: IPv6 without host bits, with metric 1024 when none was said, without a scope. */
export function canonicalRoute(route: Route): Route {
  const { family, prefix } = route;
  const destination = networkOf(canonicalAddress(route.destination), prefix, family);
  const hops = route.hops.map((hop) => ({ ...hop, gateway: hop.gateway && canonicalAddress(hop.gateway) }));
  return {
    ...route,
    destination,
    source: route.source && canonicalAddress(route.source),
    hops: hops.sort((a, b) => (hopText(a) < hopText(b) ? -1 : 1)),
    ...(family === 6 ? { scope: "global", metric: route.metric || 1024 } : {}),
  };
}

function hopText({ gateway, device, onlink, weight }: Hop): string {
  return `${device} ${gateway} ${onlink} ${weight}`;
}

export function canonicalRule(rule: Rule): Rule {
  return { ...rule, from: canonicalNetwork(rule.from), to: canonicalNetwork(rule.to) };
}

/** Seconds that two lifetimes may be apart and still be the same: they are read at different moments. */
const tolerance = 2;

/**
 * What an address that is there lacks of what is wanted. `renew`: an `address-add` gives it these lifetimes and flags;
 * `remake`: it must be deleted first, for the kernel changes nothing else. What is not wanted in particular (label,
 * broadcast, protocol) is not compared.
 */
export function addressDifference(wanted: NewAddress, there: Address): "none" | "renew" | "remake" {
  const [want, is] = [canonicalNewAddress(wanted), canonicalNewAddress(there)];
  const { family } = want;
  if (want.address !== is.address || want.prefix !== is.prefix || want.peer !== is.peer) return "remake";
  if (want.broadcast && want.broadcast !== is.broadcast) return "remake";
  if (want.label && want.label !== (is.label || is.device)) return "remake";
  if (family === 4 && want.scope !== is.scope) return "remake";
  const kept = ["noprefixroute", "mngtmpaddr", "home"] as const;
  if (kept.some((flag) => want.flags.includes(flag) !== is.flags.includes(flag))) {
    return family === 4 ? "remake" : "renew";
  }
  const same = sameLifetime(want.valid, is.valid) && sameLifetime(want.preferred, is.preferred);
  return same ? "none" : "renew";
}

function sameLifetime(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one === other : Math.abs(one - other) <= tolerance;
}

/** A hop that names no device has that of any. */
export function sameRoute(wanted: Route, there: Route): boolean {
  const [want, is] = [canonicalRoute(wanted), canonicalRoute(there)];
  const { hops, ...rest } = want;
  return (
    Object.entries(rest).every(([name, value]) => is[name as keyof Route] === value) &&
    hops.length === is.hops.length &&
    hops.every((hop, at) => {
      const other = is.hops[at] as Hop;
      return hopText(hop.device ? hop : { ...hop, device: other.device }) === hopText(other);
    })
  );
}

export function sameRule(one: Rule, other: Rule): boolean {
  return ruleKey(canonicalRule(one)) === ruleKey(canonicalRule(other));
}

/** Of the settings, those that the link does not have. */
export function settingsDifference(wanted: LinkSettings, link: Link): LinkSettings {
  const different = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && !sameValue(value, link[name as keyof LinkSettings] as LinkValue),
  );
  return Object.fromEntries(different);
}

/** Of the data, what is not so. What the kernel does not tell of at all is off, zero, none. */
export function dataDifference(wanted: LinkData, there: LinkData): LinkData {
  const same = (name: string, value: LinkValue) => sameValue(value, there[name]) || near(name, value, there[name]);
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !same(name, value)));
}

/** A CAN controller comes as near as its clock allows, and tells what that is: Linux takes a twentieth as good enough. */
function near(name: string, wanted: LinkValue, there: LinkValue | undefined): boolean {
  const apart = Math.abs(Number(wanted) - Number(there ?? Number.NaN));
  return (name === "bitrate" && apart <= Number(wanted) / 20) || (name === "sample_point" && apart <= 0.05);
}

/** Switches are 0 and 1, `off` and `on`, false and true; numbers may be text; addresses and words are canonical; lists are sets. */
export function sameValue(one: LinkValue | undefined, other: LinkValue | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) {
    return ["0", "", "none", "any"].includes(canonicalValue(one ?? other ?? ""));
  }
  return canonicalValue(one) === canonicalValue(other);
}

function canonicalValue(value: LinkValue): string {
  if (typeof value === "object") return [...value].map(canonicalValue).sort().join(" ");
  const text = String(value).trim();
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "on") return "1";
  if (lower === "false" || lower === "off") return "0";
  if (/^-?(\d+(\.\d+)?|0x[0-9a-f]+)$/.test(lower)) return String(Number(lower));
  return canonicalAddress(text);
}
