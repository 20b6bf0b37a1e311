/** Values as net-snmp prints them, back to what the agent sent. */
import { Buffer } from "node:buffer";
import { nameOf } from "../mib/names.ts";
import { type Oid, tag, type Value } from "../value.ts";
import { parseCounter64, parseInteger, parseIp } from "./snmprec.ts";
import { parseWalkOid } from "./walk-oid.ts";

export type WalkValue =
  | { type: number; value: Value | null }
  /** No row: an exception in the value's place. */
  | "none"
  /** Why it cannot be read. */
  | { reason: string };

const octets = (text: string): WalkValue => ({
  type: tag.octetString,
  value: new Uint8Array(Buffer.from(text, "latin1")),
});

const bad = (kind: string): WalkValue => ({ reason: `not a value of ${kind}` });

/** Objects of syntax PhysAddress or MacAddress: with their MIB loaded they are printed as `0:1a:2b:3:4:5`. */
const physical = /(?:PhysAddress|[mM]acAddress|MACAddress|BridgeAddress|TpFdbAddress|SystemID|SystemId)\b/;
/** Objects of syntax DisplayString or SnmpAdminString, for outputs that name no types. */
const textual =
  /^(?:sys|if|ent|lldp|cdp)\w*(?:Descr|Name|Alias|Contact|Location|Desc|Rev|Num|Platform|Version|Port|Id)\b/;

/** What other rows of the output say about how it is printed. */
export interface Style {
  /** Types are named: then a number without one is TimeTicks (-Ot). */
  typed: boolean;
  /** Texts of this column have no quotes: those that are there are their own. */
  unquoted: boolean;
}

/** @param text what stands after `=`, all lines of it */
export function parseWalkValue(oid: Oid, text: string, { typed, unquoted }: Style): WalkValue {
  const wrong = /^Wrong Type \(should be [^)]*\): /.exec(text);
  const plain = wrong ? text.slice(wrong[0].length) : text;
  if (/^No (?:Such (?:Object|Instance)|more variables left)/.test(plain)) return "none";
  if (plain === '""' || plain === "") return octets("");
  if (/^null$/i.test(plain)) return { type: tag.null, value: null };
  const [, kind = "", content = ""] = /^([A-Za-z][\w -]*?):(?: |$)(.*)$/s.exec(plain) ?? [];
  if (kind === "STRING" && unquoted && content.startsWith('"')) return octets(content);
  if (kind in readers) return readers[kind]!(content, oid);
  if (!typed) return parseUntyped(oid, plain);
  return /^\d{1,10}$/.test(plain) ? readers.Timeticks!(plain, oid) : { reason: "no type that Reeve knows" };
}

type Reader = (text: string, oid: Oid) => WalkValue;

const number =
  (type: number, kind: string, least: number): Reader =>
  (text) => {
    const digits = /^(-?\d+)(?: [^\d(].*)?$/s.exec(text)?.[1] ?? /^[\w-]*\((-?\d+)\)(?: .*)?$/s.exec(text)?.[1];
    const value = parseInteger(digits ?? "", least, 0xffff_ffff);
    return value === undefined ? bad(kind) : { type, value };
  };

const hex =
  (type: number, kind: string): Reader =>
  (text) => {
    // With -OT the text stands behind the bytes; BITS are followed by their names.
    if (/^(?:Float|Double): /.test(text)) return { reason: "a float is printed rounded" };
    const lines = text.split("\n").map((line) => /^(?:[\da-fA-F]{2}(?: |$))*/.exec(line)?.[0] ?? "");
    if (text.trim() !== "" && lines.every((line) => line === "")) return bad(kind);
    return { type, value: new Uint8Array(Buffer.from(lines.join("").replaceAll(" ", ""), "hex")) };
  };

const readers: Record<string, Reader> = {
  STRING: parseString,
  "Hex-STRING": hex(tag.octetString, "Hex-STRING"),
  BITS: hex(tag.octetString, "BITS"),
  OPAQUE: hex(tag.opaque, "Opaque"),
  Opaque: hex(tag.opaque, "Opaque"),
  INTEGER: number(tag.integer, "INTEGER", -0x8000_0000),
  Gauge32: number(tag.gauge32, "Gauge32", 0),
  Unsigned32: number(tag.gauge32, "Unsigned32", 0),
  UInteger32: number(tag.gauge32, "UInteger32", 0),
  Counter32: number(tag.counter32, "Counter32", 0),
  Counter64: (text) => {
    const value = parseCounter64(/^\d+/.exec(text)?.[0] ?? "");
    return value === undefined ? bad("Counter64") : { type: tag.counter64, value };
  },
  Timeticks: (text) => {
    const value = parseInteger(/^\((\d+)\)/.exec(text)?.[1] ?? text, 0, 0xffff_ffff);
    return value === undefined ? bad("Timeticks") : { type: tag.timeTicks, value };
  },
  IpAddress: (text) => {
    const value = parseIp(text.trim());
    return value === undefined ? bad("IpAddress") : { type: tag.ipAddress, value };
  },
  "Network Address": (text) => {
    const bytes = /^[\da-fA-F]{2}(:[\da-fA-F]{2}){3}$/.test(text) ? text.split(":") : undefined;
    if (!bytes) return bad("Network Address");
    return { type: tag.ipAddress, value: bytes.map((byte) => Number.parseInt(byte, 16)).join(".") };
  },
  OID: parseOidValue,
};

function parseOidValue(text: string): WalkValue {
  const read = parseWalkOid(text);
  if ("oid" in read) return { type: tag.oid, value: read.oid };
  return { reason: "unnamed" in read ? `Reeve does not know the name ${read.unnamed}` : read.lost };
}

function parseString(text: string, oid: Oid): WalkValue {
  if (text.startsWith('"')) {
    return /^".*"$/s.test(text) && text.length > 1 ? octets(withoutEscapes(text.slice(1, -1))) : bad("STRING");
  }
  if (/^[\da-fA-F]{1,2}(:[\da-fA-F]{1,2})+$/.test(text) && physical.test(nameOf(oid))) {
    const bytes = text.split(":").map((byte) => Number.parseInt(byte, 16));
    return { type: tag.octetString, value: Uint8Array.from(bytes) };
  }
  return octets(text);
}

const withoutEscapes = (text: string) => text.replace(/\\(["\\])/g, "$1");

/** Output of -Oq and -OQ names no types: only what can be but one thing is taken. */
function parseUntyped(oid: Oid, text: string): WalkValue {
  if (/^"(?:[\dA-F]{2} )+"$/.test(text.replaceAll("\n", ""))) return readers["Hex-STRING"]!(text.slice(1, -1), oid);
  if (text.startsWith('"')) return parseString(text, oid);
  if (/^-?\d{1,10}$/.test(text)) {
    const ticks = /^(?:sysUpTime|hrSystemUptime)\b/.test(nameOf(oid));
    return number(ticks ? tag.timeTicks : tag.integer, "INTEGER", -0x8000_0000)(text, oid);
  }
  if (/^\d{11,20}$/.test(text)) return readers.Counter64!(text, oid);
  const [, days, hours, minutes, seconds, parts] = /^(\d+):(\d+):(\d\d):(\d\d)\.(\d\d)$/.exec(text) ?? [];
  if (days !== undefined) {
    const value = (((+days * 24 + +hours!) * 60 + +minutes!) * 60 + +seconds!) * 100 + +parts!;
    return { type: tag.timeTicks, value };
  }
  const name = nameOf(oid);
  if (/^[\da-fA-F]{1,2}(:[\da-fA-F]{1,2}){5}$/.test(text) && physical.test(name)) return parseString(text, oid);
  if (textual.test(name)) return octets(text);
  if (/^(?:\.\d|iso\.|[\w-]+::)/.test(text)) return parseOidValue(text);
  const ip = parseIp(text);
  if (ip !== undefined) return { type: tag.ipAddress, value: ip };
  return { reason: "no type is named: it may be a text, a number's name or something else" };
}
