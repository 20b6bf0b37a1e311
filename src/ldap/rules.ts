/** Matching rules (RFC 4517 §4, RFC 4530, OpenLDAP's own): when two values are the same, and which comes first. */
import { Buffer } from "node:buffer";
import { Problem } from "../problem.ts";
import { treeKey, treeSeparator } from "./dn.ts";
import { type Ends, prepare } from "./prepare.ts";
import type { Schema } from "./schema.ts";

/** How values of one kind become comparable text; undefined: the value is none of this kind. */
export interface Kind {
  /** Types of one family can be compared by each other's rules. */
  family: string;
  normal(value: Uint8Array, schema: Schema): string | undefined;
  /** A piece of a substrings filter. */
  piece?(value: Uint8Array, ends: Ends): string | undefined;
  compare?(one: string, other: string): number;
}

export interface Rule {
  kind: Kind;
  use: "equality" | "ordering" | "substrings" | "and" | "or" | "dn";
  /** Of `dn`: whether the value's key stands to the asserted one as the rule wants. */
  test?(value: string, asserted: string): boolean;
}

const latin1 = (value: Uint8Array): string => Buffer.prototype.latin1Slice.call(value, 0, value.length);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const isAscii = (value: Uint8Array): boolean => value.every((octet) => octet < 0x80);

/** Undefined for what is malformed: a Problem, or the decoder's TypeError. */
function problemless<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** By code points, which is the order of UTF-8's octets. */
function byCodePoint(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a === b) continue;
    const [high, low] = [a >= 0xd800 && a < 0xe000, b >= 0xd800 && b < 0xe000];
    return high === low ? a - b : high ? 1 : -1;
  }
  return one.length - other.length;
}

function textKind(fold: "ignore" | "exact", ascii: boolean): Kind {
  const normal = (value: Uint8Array, ends: Ends): string | undefined =>
    ascii && !isAscii(value) ? undefined : problemless(() => prepare(utf8.decode(value), fold, ends));
  return {
    family: ascii ? "ia5" : "text",
    normal: (value) => normal(value, "both"),
    piece: normal,
    compare: byCodePoint,
  };
}

/** @param insignificant characters that mean nothing */
function dense(family: string, insignificant: RegExp, legal: RegExp): Kind {
  const normal = (value: Uint8Array): string | undefined => {
    const characters = latin1(value);
    return legal.test(characters) ? characters.replace(insignificant, "") : undefined;
  };
  return { family, normal, piece: normal, compare: byCodePoint };
}

const octets: Kind = { family: "octets", normal: latin1, piece: latin1, compare: byCodePoint };

const integer: Kind = {
  family: "integer",
  normal: (value) => (/^(0|-?[1-9]\d*)$/.test(latin1(value)) ? latin1(value) : undefined),
  compare(one, other) {
    const [negative, otherNegative] = [one.startsWith("-"), other.startsWith("-")];
    if (negative !== otherNegative) return negative ? -1 : 1;
    const size = one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
    return negative ? -size : size;
  },
};

const boolean: Kind = {
  family: "boolean",
  normal: (value) => (/^(TRUE|FALSE)$/.test(latin1(value)) ? latin1(value) : undefined),
};

const dn: Kind = { family: "dn", normal: (value, schema) => problemless(() => treeKey(utf8.decode(value), schema)) };

/** A DN, and perhaps `#'0101'B` behind it (RFC 4517 §3.3.21). */
const nameUid: Kind = {
  family: "name-uid",
  normal(value, schema) {
    return problemless(() => {
      const [, name = "", uid = ""] = /^(.*?)(#'[01]*'B)?$/s.exec(utf8.decode(value)) ?? [];
      return treeKey(name, schema) + uid;
    });
  },
};

/** A name counts as its OID; one that the schema does not have is none. */
const oid: Kind = {
  family: "oid",
  normal(value, schema) {
    const name = latin1(value).toLowerCase();
    if (/^\d+(\.\d+)*$/.test(name)) return name;
    const known = [schema.objectClass(name)?.oid, schema.attribute(name)?.oid];
    return known.find((number) => number !== name && number !== undefined) ?? known[0];
  },
};

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(\d\d)?)$/;

/** `YYYYMMDDHHMMSS[.fraction]` in UTC. */
const time: Kind = {
  family: "time",
  normal(value) {
    const match = timePattern.exec(latin1(value));
    if (!match) return undefined;
    const [, year, month, day, hour, minute = "00", second = "00", fraction = "", sign, zoneHours, zoneMinutes] = match;
    const offset = sign ? Number(`${sign}1`) * (Number(zoneHours) * 60 + Number(zoneMinutes ?? 0)) : 0;
    const at = new Date(0);
    at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    at.setUTCHours(Number(hour), Number(minute) - offset, Number(second));
    const whole = at.toISOString().replace(/\D/g, "").slice(0, -3);
    let digits = fraction.length;
    while (fraction[digits - 1] === "0") digits--;
    const decimals = fraction.slice(0, digits);
    return decimals === "" ? whole : `${whole}.${decimals}`;
  },
  compare: byCodePoint,
};

/** Lines between `$`. */
const list: Kind = {
  family: "list",
  normal: (value) =>
    problemless(() =>
      utf8
        .decode(value)
        .split("$")
        .map((line) => prepare(line, "ignore"))
        .join("$"),
    ),
  piece: (value, ends) => problemless(() => prepare(utf8.decode(value), "ignore", ends)),
};

const uuid: Kind = {
  family: "uuid",
  normal: (value) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.exec(latin1(value).toLowerCase())?.[0],
  compare: byCodePoint,
};

const csn: Kind = { ...octets, family: "csn" };

const kinds = {
  caseIgnore: textKind("ignore", false),
  caseExact: textKind("exact", false),
  caseIgnoreIA5: textKind("ignore", true),
  caseExactIA5: textKind("exact", true),
  caseIgnoreList: list,
  numericString: dense("numeric", / /g, /^[\d ]*$/),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is legal
  telephoneNumber: dense("telephone", /[ -]/g, /^[\x00-\x7f]*$/),
  octetString: octets,
  bitString: octets,
  integer,
  boolean,
  distinguishedName: dn,
  uniqueMember: nameUid,
  objectIdentifier: oid,
  generalizedTime: time,
  UUID: uuid,
  CSN: csn,
};

const below = (value: string, above: string): boolean => value.startsWith(above + treeSeparator);
const depth = (key: string): number => key.split(treeSeparator).length;

const rules = new Map<string, Rule>();
const define = (name: string, number: string, rule: Rule): void => {
  rules.set(name.toLowerCase(), rule);
  rules.set(number, rule);
};

const families: [kind: keyof typeof kinds, equality: string, ordering?: string, substrings?: string][] = [
  ["objectIdentifier", "2.5.13.0"],
  ["distinguishedName", "2.5.13.1"],
  ["caseIgnore", "2.5.13.2", "2.5.13.3", "2.5.13.4"],
  ["caseExact", "2.5.13.5", "2.5.13.6", "2.5.13.7"],
  ["numericString", "2.5.13.8", "2.5.13.9", "2.5.13.10"],
  ["caseIgnoreList", "2.5.13.11", undefined, "2.5.13.12"],
  ["boolean", "2.5.13.13"],
  ["integer", "2.5.13.14", "2.5.13.15"],
  ["bitString", "2.5.13.16"],
  ["octetString", "2.5.13.17", "2.5.13.18", "2.5.13.19"],
  ["telephoneNumber", "2.5.13.20", undefined, "2.5.13.21"],
  ["uniqueMember", "2.5.13.23"],
  ["generalizedTime", "2.5.13.27", "2.5.13.28"],
  ["caseExactIA5", "1.3.6.1.4.1.1466.109.114.1", undefined, "1.3.6.1.4.1.4203.1.2.1"],
  ["caseIgnoreIA5", "1.3.6.1.4.1.1466.109.114.2", undefined, "1.3.6.1.4.1.1466.109.114.3"],
  ["UUID", "1.3.6.1.1.16.2", "1.3.6.1.1.16.3"],
  ["CSN", "1.3.6.1.4.1.4203.666.11.2.2", "1.3.6.1.4.1.4203.666.11.2.3"],
];
for (const [name, equality, ordering, substrings] of families) {
  const kind = kinds[name];
  define(`${name}Match`, equality, { kind, use: "equality" });
  if (ordering) define(`${name}OrderingMatch`, ordering, { kind, use: "ordering" });
  if (substrings) define(`${name}SubstringsMatch`, substrings, { kind, use: "substrings" });
}
define("integerBitAndMatch", "1.2.840.113556.1.4.803", { kind: integer, use: "and" });
define("integerBitOrMatch", "1.2.840.113556.1.4.804", { kind: integer, use: "or" });
const tree: [name: string, number: string, test: (value: string, asserted: string) => boolean][] = [
  ["dnOneLevelMatch", "8", (value, above) => below(value, above) && depth(value) === depth(above) + 1],
  ["dnSubtreeMatch", "9", (value, above) => value === above || below(value, above)],
  ["dnSubordinateMatch", "10", (value, above) => below(value, above)],
  ["dnSuperiorMatch", "11", (value, asserted) => below(asserted, value)],
];
for (const [name, number, test] of tree)
  define(name, `1.3.6.1.4.1.4203.666.4.${number}`, { kind: dn, use: "dn", test });

/** By name or OID; undefined where we cannot evaluate it. */
export function matchingRule(nameOrOid: string): Rule | undefined {
  return rules.get(nameOrOid.toLowerCase());
}
