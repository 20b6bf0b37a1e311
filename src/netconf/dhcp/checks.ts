/**
 * What may stand in a lease. A DHCP server is anybody on the wire: each of these gives the canonical text of what is
 * fit for use, and undefined for everything else.
 */
import { isIPv4, isIPv6 } from "node:net";
import { parseAddress } from "../../address.ts";
import type { Family } from "../kernel/state.ts";

/** Bytes of a name in the DNS as text (RFC 1035 §2.3.4), without the last dot. */
const longestName = 253;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
// RFC 1123 has no underscore, but Windows domains do, and resolvers ask for them.
const searchLabel = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** A host's name, with or without its domain (RFC 1123 §2.1). */
export function hostName(text: string): string | undefined {
  return name(text, label);
}

/** A domain to search in. */
export function domainName(text: string): string | undefined {
  return name(text, searchLabel);
}

function name(text: string, form: RegExp): string | undefined {
  const plain = text.endsWith(".") ? text.slice(0, -1) : text;
  if (plain.length > longestName || isIPv4(plain)) return undefined;
  return plain.split(".").every((part) => form.test(part)) ? plain : undefined;
}

/** An address as text without zone or prefix; undefined for one that is not of this family. */
export function anyAddress(text: string, family: Family): string | undefined {
  if (!(family === 4 ? isIPv4(text) : isIPv6(text) && !text.includes("%"))) return undefined;
  return parseAddress(text)?.ip;
}

/** The address of one host that can be reached over a link: a router, a server; a link-local one is. */
export function peerAddress(text: string, family: Family): string | undefined {
  const address = anyAddress(text, family);
  if (address === undefined) return undefined;
  if (family === 4) {
    const first = Number(address.split(".", 1)[0]);
    return first === 0 || first === 127 || first >= 224 ? undefined : address;
  }
  return /^(::|::1|ff.*|::ffff:.*)$/.test(address) ? undefined : address;
}

/** As `peerAddress`, and this host itself: a resolver may run here. */
export function serverAddress(text: string, family: Family): string | undefined {
  const address = anyAddress(text, family);
  return address === "::1" || address?.startsWith("127.") ? address : peerAddress(text, family);
}

/** An address that a server may give away (RFC 3927 §2.8: none of 169.254/16; RFC 8415: none of fe80::/10). */
export function leasedAddress(text: string, family: Family): string | undefined {
  const address = peerAddress(text, family);
  return address === undefined || /^(169\.254\.|fe[89ab])/.test(address) ? undefined : address;
}

/** Decimal digits, from `least` to `most`. */
export function integer(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** Text of any other option: nothing in it that steers a terminal, or that a shell would expand within quotes. */
export function plainText(text: string): string | undefined {
  return text.length <= 1024 && /^[ -~]*$/.test(text) && !/[`$\\"']/.test(text) ? text : undefined;
}

/** A device's name (dev_valid_name() of the kernel), printable. */
export function deviceName(text: string): string | undefined {
  return /^[!-~]{1,15}$/.test(text) && !/[/:]/.test(text) && text !== "." && text !== ".." ? text : undefined;
}

/** IPv4 address as a number. */
export function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A number as an IPv4 address. */
export function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Netmask of a length, as a number. */
export function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** Whether both lie in the IPv4 network of that length. */
export function sameNetwork(one: string, other: string, prefix: number): boolean {
  const mask = maskOf(prefix);
  return (numberOf(one) & mask) === (numberOf(other) & mask);
}
