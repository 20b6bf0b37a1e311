/** IP and MAC addresses: text in one spelling, and 16 bytes in hex that sort and compare as they do. */
import { isIPv4, isIPv6 } from "node:net";

export interface StoredAddress {
  /** IPv4 in dotted form; IPv6 as RFC 5952 writes it, without zone. */
  ip: string;
  /** 32 hex digits; IPv4 as ::ffff:a.b.c.d. */
  ipHex: string;
  family: 4 | 6;
}

/** `undefined` for what is no address. A zone (`%eth0`) and a prefix length (`/64`) after it are passed over. */
export function parseAddress(text: string): StoredAddress | undefined {
  const plain = text.trim().replace(/[%/].*$/s, "");
  if (isIPv4(plain)) {
    const bytes = plain.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
    return { ip: plain.split(".").map(Number).join("."), ipHex: `${"0".repeat(20)}ffff${bytes.join("")}`, family: 4 };
  }
  if (!isIPv6(plain)) return undefined;
  const groups = expand(plain);
  const ipHex = groups.map((group) => group.toString(16).padStart(4, "0")).join("");
  return { ip: ipv6Text(groups), ipHex, family: 6 };
}

/** The address whose `ipHex` is this number, as text. */
export function addressText(number: bigint, family: 4 | 6): string {
  const hex = number.toString(16).padStart(32, "0");
  if (family === 4) return [24, 26, 28, 30].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
  return ipv6Text((hex.match(/..../g) ?? []).map((group) => Number.parseInt(group, 16)));
}

function expand(text: string): number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const [a, b, c, d] = dotted?.slice(1).map(Number) ?? [];
  const plain = dotted
    ? `${text.slice(0, dotted.index)}${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`
    : text;
  const [head = "", tail] = plain.split("::");
  const parse = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = tail === undefined ? [] : parse(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * Text of eight groups: the longest run of at least two zero groups becomes `::`, the first one among equals (RFC 5952 §4.2).
 */
export function ipv6Text(groups: readonly number[]): string {
  let [start, length] = [-1, 1];
  for (let from = 0; from < 8; from++) {
    let run = 0;
    while (from + run < 8 && groups[from + run] === 0) run++;
    if (run > length) [start, length] = [from, run];
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** `255.255.255.0`, `ffff:ffff::`, `/64` or `64` → length of the prefix; `undefined` when it is no mask of the family. */
export function parsePrefix(mask: string, family: 4 | 6): number | undefined {
  const bits = family === 4 ? 32 : 128;
  const length = /^\/?(\d{1,3})$/.exec(mask.trim())?.[1];
  if (length !== undefined) return Number(length) <= bits ? Number(length) : undefined;
  const parsed = parseAddress(mask);
  if (parsed?.family !== family) return undefined;
  const digits = [...parsed.ipHex.slice(-bits / 4)];
  const binary = digits.map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
  return /^(1*)0*$/.exec(binary)?.[1]?.length;
}

/** Six bytes in any of the usual spellings → `00:11:22:33:44:55`; `undefined` for others and for the all-zero one. */
export function parseMac(text: string): string | undefined {
  const plain = text.trim().toLowerCase();
  if (!/^([0-9a-f]{1,2}([:-])){5}[0-9a-f]{1,2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$|^[0-9a-f]{12}$/.test(plain)) {
    return undefined;
  }
  const digits = /[:-]/.test(plain)
    ? plain.split(/[:-]/).map((byte) => byte.padStart(2, "0"))
    : (plain.replaceAll(".", "").match(/../g) ?? []);
  const mac = digits.join(":");
  return mac === "00:00:00:00:00:00" ? undefined : mac;
}

export interface AddressRange {
  first: bigint;
  last: bigint;
  family: 4 | 6;
}

/**
 * The hosts of `ADDRESS/PREFIX` or `ADDRESS/MASK`, or that address alone; without the network's own and the broadcast
 * address of IPv4 networks below /31. `undefined` when it is no network.
 */
export function hostsOf(network: string): AddressRange | undefined {
  const [host = "", mask, ...more] = network.trim().split("/");
  const address = parseAddress(host);
  if (!address || more.length > 0) return undefined;
  const { family, ipHex } = address;
  const bits = family === 4 ? 32 : 128;
  const length = mask === undefined ? bits : parsePrefix(mask, family);
  if (length === undefined) return undefined;
  const free = BigInt(bits - length);
  const first = (BigInt(`0x${ipHex}`) >> free) << free;
  const last = first + (1n << free) - 1n;
  return family === 4 && free > 1n ? { first: first + 1n, last: last - 1n, family } : { first, last, family };
}
