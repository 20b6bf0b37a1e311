/** OIDs as net-snmp prints them: numeric, with names, and with indexes taken apart by their MIB. */
import { parseAddress } from "../../address.ts";
import { oidOf } from "../mib/names.ts";
import type { Oid } from "../value.ts";
import { parseOid } from "./parsed.ts";

export type WalkOid =
  | { oid: Oid }
  /** No object of ours. */
  | { unnamed: string }
  /** The object is known, but the index is printed so that it cannot be read back. */
  | { column: Oid; lost: string };

/** InetAddressType (RFC 4001) and AddressFamilyNumbers (LLDP-MIB), as they stand in indexes. */
const families: Record<string, number> = {
  unknown: 0,
  ipv4: 1,
  ipv6: 2,
  ipv4z: 3,
  ipv6z: 4,
  dns: 16,
  ipV4: 1,
  ipV6: 2,
};

/**
 * `.1.3.6.1.2.1.2.2.1.2.1`, `iso.3.6.1`, `IF-MIB::ifDescr.1`, `SNMPv2-SMI::enterprises.9.1`, `ifDescr.1`,
 * `.iso.org.dod…ifDescr.1`, `ifDescr[1]`; indexes `.'ab'` (of fixed length), `."name"` (length, then text),
 * `ipv4."192.0.2.1"`, `.0:1a:2b:3:4:5`.
 */
export function parseWalkOid(text: string): WalkOid {
  const numeric = parseOid(text);
  if (numeric !== undefined) return { oid: numeric };
  // Its objects bear Foundry's names, at other OIDs.
  if (text.startsWith("HP-SN-")) return { unnamed: text.slice(0, 80) };
  const plain = text.replace(/^[\w-]+::/, "").replace(/\[(?:STRING: )?((?:"[^"]*"|'[^']*'|[^\]])*)\]/g, ".$1");
  const parts = split(plain.replace(/^\./, ""));
  let base: Oid | undefined;
  let at = 0;
  for (; at < parts.length && /^[a-zA-Z][\w-]*$/.test(parts[at]!); at++) {
    if (base !== undefined && parts[at]! in families) break;
    const known = oidOf(parts[at]!);
    if (known === undefined && at === parts.length - 1) return { unnamed: parts[at]! };
    // In a path of names, those between may be unknown to us; the last one may not.
    base = known ?? (isName(parts[at + 1]) ? base : undefined);
    if (base === undefined && !isName(parts[at + 1])) return { unnamed: parts[at]! };
  }
  if (base === undefined) return { unnamed: text.slice(0, 80) };
  return parseIndex(base, parts.slice(at));
}

const isName = (part: string | undefined) => part !== undefined && /^[a-zA-Z][\w-]*$/.test(part) && !(part in families);

/** At the dots that stand outside quotes. A quote closes where the index goes on or ends. */
function split(text: string): string[] {
  return text.match(/"[\s\S]*?"(?=\.[\w"']|$)|'[\s\S]*?'(?=\.[\w"']|$)|[^.]+/g) ?? [];
}

function parseIndex(column: Oid, parts: string[]): WalkOid {
  const arcs: (number | string)[] = [];
  let family = "";
  for (const part of parts) {
    if (/^\d{1,10}$/.test(part)) arcs.push(part);
    else if (part in families) arcs.push(families[part]!);
    else {
      const bytes = parseQuoted(part, family) ?? parseMac(part);
      if (!bytes) return { column, lost: `the index ${part.slice(0, 40)} cannot be read back` };
      if (part.startsWith('"')) arcs.push(bytes.length);
      arcs.push(...bytes);
    }
    family = part;
  }
  const oid = parseOid([column, ...arcs].join("."));
  return oid === undefined ? { column, lost: "the index is too long" } : { oid };
}

/** @param family what stood before it */
function parseQuoted(part: string, family: string): number[] | undefined {
  if (!/^(["']).*\1$/s.test(part) || part.length < 2) return undefined;
  const inside = part.slice(1, -1);
  if (/^ipv[46]z?$/.test(family)) return parseInetAddress(inside);
  // A dot stands for a dot or for any byte that is not printable.
  if (inside.includes(".") && family !== "dns") return undefined;
  return [...inside].map((character) => character.charCodeAt(0));
}

/** `192.0.2.1`; 16 bytes in hex, with colons between them; any IPv6 address; and a zone's number after `%`. */
function parseInetAddress(text: string): number[] | undefined {
  const [, before, zone] = /^(.*)%(\d{1,10})$/.exec(text) ?? [];
  if (before !== undefined) {
    const bytes = parseInetAddress(before);
    return bytes && [...bytes, ...[24, 16, 8, 0].map((shift) => (Number(zone) >>> shift) & 0xff)];
  }
  if (/^[\da-fA-F]{2}(:[\da-fA-F]{2}){15}$/.test(text)) return text.split(":").map((byte) => Number.parseInt(byte, 16));
  const address = parseAddress(text);
  if (!address) return undefined;
  const digits = address.family === 4 ? address.ipHex.slice(24) : address.ipHex;
  return digits.match(/../g)?.map((byte) => Number.parseInt(byte, 16));
}

function parseMac(part: string): number[] | undefined {
  if (!/^[\da-fA-F]{1,2}(:[\da-fA-F]{1,2}){5}$/.test(part)) return undefined;
  return part.split(":").map((byte) => Number.parseInt(byte, 16));
}
