/** Options of any link: MTU, hardware address, alias, and the kernel's switches by interface. */
import { createHash } from "node:crypto";
import { allOptions, option, type Stanza } from "../interfaces/configuration.ts";
import type { Draft } from "./draft.ts";
import { decimal, flag, flagNumber, integer, mac, text } from "./value.ts";

/** Smallest that IPv4 works with (RFC 791), largest of an IP packet; loopback has 65536. */
const mtuOf = integer(68, 65_536);
const leastOfIPv6 = 1280;
/** What a link has that nobody set. */
const usualMtu = 1500;
/** Methods whose `mtu` is the link's, for they make it. */
const tunnels = ["tunnel", "v4tunnel", "6to4"];

export function addDeviceOptions(stanza: Stanza, draft: Draft): void {
  addMtu(stanza, draft);
  addHardwareAddress(stanza, draft);
  const alias = option(stanza, "alias", "description");
  if (alias) draft.set("alias", draft.read(alias, text(255)), alias.at);
  const down = option(stanza, "link-down");
  if (down && draft.read(down, flag)) draft.set("up", false, down.at);
  const generation = option(stanza, "ipv6-addrgen");
  if (generation) draft.set("addressGeneration", draft.read(generation, flag) ? "eui64" : "none", generation.at);
  for (const [name, protocol, key, read] of switches) {
    const given = option(stanza, name);
    const value = draft.read(given, read);
    if (given && value !== undefined) draft.sysctl(protocol, key, value, given.at);
  }
  for (const given of allOptions(stanza, "forward-ipv4-mc", "forward-ipv6-mc")) {
    draft.warning(given.at, `${given.name} has no effect: a multicast routing daemon alone can set mc_forwarding`);
  }
}

const switches = [
  ["ip-forward", 4, "forwarding", flagNumber],
  ["forward-ipv4", 4, "forwarding", flagNumber],
  ["ip6-forward", 6, "forwarding", flagNumber],
  ["forward-ipv6", 6, "forwarding", flagNumber],
  ["ip-proxy-arp", 4, "proxy_arp", flagNumber],
  ["ip-rp-filter", 4, "rp_filter", integer(0, 2)],
  ["rp-filter", 4, "rp_filter", integer(0, 2)],
  ["arp-accept", 4, "arp_accept", flagNumber],
  ["mpls-enable", "mpls", "input", flagNumber],
] as const;

/** Names of the switches, for those who ask which options are known. */
export const switchNames: readonly string[] = switches.map(([name]) => name);

/**
 * ifupdown gives an inet6 stanza's `mtu` to IPv6 alone where the link's is larger. The link's is told from the
 * configuration, not from the kernel: that would change with what it decides.
 */
function addMtu(stanza: Stanza, draft: Draft): void {
  const given = option(stanza, "mtu");
  const mtu = draft.read(given, mtuOf);
  if (!given || mtu === undefined) return;
  const ipv6 = stanza.family === "inet6" && !tunnels.includes(stanza.method);
  if (ipv6 && mtu < leastOfIPv6) draft.error(given.at, `mtu "${given.value}": IPv6 needs ${leastOfIPv6} or more`);
  else if (!ipv6 || mtu > (draft.wanted.settings.is.mtu ?? usualMtu)) draft.set("mtu", mtu, given.at);
  else draft.sysctl(6, "mtu", mtu, given.at);
}

function addHardwareAddress(stanza: Stanza, draft: Draft): void {
  const given = option(stanza, "hwaddress", "hw-mac-address", "hwaddr");
  if (!given) return;
  const plain = given.value.trim().replace(/^ether\s+/, "");
  const value = plain === "random" ? randomAddress(draft.context.seed + draft.device) : draft.part(given, plain, mac);
  if (value && Number.parseInt(value, 16) & 1) draft.error(given.at, `${given.name} ${value} is a multicast address`);
  else draft.set("address", value, given.at);
}

/** Locally administered, of one machine. The same seed gives the same: what runs must not look different from what is wanted. */
function randomAddress(seed: string): string {
  const bytes = createHash("sha256").update(seed).digest().subarray(0, 6);
  bytes[0] = (bytes[0]! & 0xfc) | 2;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** What an inet6 stanza says of router advertisements and addresses made of them. */
export function addAdvertisements(stanza: Stanza, draft: Draft, usual: { acceptRa?: number; autoconf?: number }): void {
  const given = (name: string) => option(stanza, name);
  const value = (name: string, most: number) => draft.read(given(name), integer(0, most));
  const set = (key: string, is: number | undefined, name: string) => {
    if (is !== undefined) draft.sysctl(6, key, is, given(name)?.at ?? stanza.at);
  };
  set("use_tempaddr", value("privext", 2), "privext");
  set("accept_ra", value("accept-ra", 2) ?? usual.acceptRa, "accept-ra");
  set("autoconf", value("autoconf", 1) ?? usual.autoconf, "autoconf");
}

/** Seconds that a wait may take: so many attempts at such an interval. */
export function waitOf(stanza: Stanza, draft: Draft, name: "dad" | "ll"): number {
  const attempts = draft.read(option(stanza, `${name}-attempts`), integer(0, 100_000)) ?? 60;
  const interval = draft.read(option(stanza, `${name}-interval`), decimal(0, 3600)) ?? 0.1;
  return attempts * interval;
}
