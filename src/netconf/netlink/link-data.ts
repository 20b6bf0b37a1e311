/** Data of a link's kind and of ports: IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA by the table of kinds. */
import { Problem } from "../../problem.ts";
import type { Attribute, Attributes } from "../kernel/kinds.ts";
import type { LinkData, LinkValue } from "../kernel/state.ts";
import { ipBytes, ipText, isMulticast, isZero, macBytes, macText } from "./ip.ts";
import { attribute, joined, listAttributes, nested } from "./message.ts";
import { type NumberForm, numberBytes, readNumber, u32 } from "./number.ts";

/** Devices by number and by name. */
export interface Names {
  /** "" for a number that nobody has. */
  nameOf(index: number): string;
  indexOf(name: string): number | undefined;
}

const vlanFlags = { REORDER_HDR: 1, GVRP: 2, MVRP: 8, LOOSE_BINDING: 4, BRIDGE_BINDING: 16 };
const everyVlanFlag = 0x1f;
/** linux/can/netlink.h; those that interfaces(5) has words for. */
const canModes = { LOOPBACK: 1, "LISTEN-ONLY": 2, "TRIPLE-SAMPLING": 4, "ONE-SHOT": 8, "BERR-REPORTING": 16 };
const everyCanMode = 0x1f;
const IFLA_VLAN_QOS_MAPPING = 1;

/** What the kernel tells; what it does not tell is absent, but `flag`s, which are false then. */
export function readData(told: ReadonlyMap<number, Uint8Array>, table: Attributes, names: Names): LinkData {
  const data: Record<string, LinkValue> = {};
  for (const [name, entry] of Object.entries(table)) {
    const value = readValue(told, entry, names);
    if (value !== undefined) data[name] = value;
  }
  return data;
}

function readValue(told: ReadonlyMap<number, Uint8Array>, entry: Attribute, { nameOf }: Names): LinkValue | undefined {
  const { form, mask = 0 } = entry;
  if (form === "flag") return told.has(entry.number);
  const bytes = form === "ip" ? (told.get(entry.number) ?? told.get(entry.number6!)) : told.get(entry.number);
  if (!bytes || (entry.present && !bitOf(told, entry.present))) return undefined;
  if (entry.none && bitOf(told, entry.none)) return "none";
  const number = readNumber(bytes, standing(entry), entry.within?.at);
  switch (form) {
    case "switch":
      return number === undefined ? undefined : number !== 0;
    case "bit":
      return number === undefined ? undefined : (number & mask) !== 0;
    case "bits":
      return number === undefined ? undefined : shifted(number, mask);
    case "word":
      return number === undefined ? undefined : (wordOf(entry, number) ?? String(number));
    case "device":
      return number ? nameOf(number) || undefined : undefined;
    case "mac":
      return macText(bytes);
    case "key":
      return ipText(bytes) || undefined;
    case "ipv4":
    case "ipv6":
    case "ip":
      if (isZero(bytes)) return entry.any ? "any" : undefined;
      return entry.multicast === undefined || entry.multicast === isMulticast(bytes) ? ipText(bytes) : undefined;
    case "ipv4-list":
    case "ipv6-list":
      return listAttributes(bytes).map(([, value]) => ipText(value));
    case "ports":
      return `${readNumber(bytes, "be16")}-${readNumber(bytes, "be16", 2)}`;
    case "vlan-flags":
      return Object.entries(vlanFlags).flatMap(([name, bit]) => ((number ?? 0) & bit ? [name] : []));
    case "can-modes": {
      const flags = readNumber(bytes, "u32", 4) ?? 0;
      return Object.entries(canModes).flatMap(([name, bit]) => (flags & bit ? [name] : []));
    }
    case "thousandths":
      return number === undefined ? undefined : number / 1000;
    case "qos-map":
      return listAttributes(bytes).map(([, pair]) => `${readNumber(pair, "u32")}:${readNumber(pair, "u32", 4)}`);
    default:
      return number;
  }
}

function shifted(number: number, mask: number): number {
  return (number & mask) >>> (31 - Math.clz32(mask & -mask));
}

function bitOf(told: ReadonlyMap<number, Uint8Array>, { number, mask }: { number: number; mask: number }): boolean {
  const bytes = told.get(number);
  return ((readNumber(bytes, bytes?.length === 2 ? "be16" : "u32") ?? 0) & mask) !== 0;
}

/** How the number of an attribute stands in it. */
function standing({ form, as }: Attribute): NumberForm {
  if (as === "mask32" || ["device", "vlan-flags", "thousandths"].includes(form)) return "u32";
  if (as) return as;
  return /^([us]\d|be\d)/.test(form) ? (form as NumberForm) : "u8";
}

function wordOf({ words = {} }: Attribute, number: number): string | undefined {
  return Object.keys(words).find((word) => words[word] === number);
}

/**
 * Attributes that say it.
 * @throws Problem `bad-request` names the value that does not fit
 */
export function dataAttributes(data: LinkData, table: Attributes, names: Names): Uint8Array[] {
  const written: Uint8Array[] = [];
  const shared = new Map<number, { as: Attribute["as"]; value: number; mask: number }>();
  const structures = new Map<number, Uint8Array>();
  const mark = (number: number, as: Attribute["as"], mask: number, value: number) => {
    const former = shared.get(number) ?? { as, value: 0, mask: 0 };
    shared.set(number, { as, value: (former.value | (value & mask)) >>> 0, mask: (former.mask | mask) >>> 0 });
  };
  for (const [name, value] of Object.entries(data)) {
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!entry || entry.readOnly) throw unfit(name, value, entry ? "cannot be set" : "is not known");
    const { number, as, mask = 0 } = entry;
    if (entry.none) mark(entry.none.number, "u32", entry.none.mask, value === "none" ? entry.none.mask : 0);
    if (entry.none && value === "none") continue;
    if (entry.present) mark(entry.present.number, "be16", entry.present.mask, entry.present.mask);
    if (entry.form === "bit") mark(number, as, mask, truth(name, value) ? mask : 0);
    else if (entry.within) {
      const structure = structures.get(number) ?? new Uint8Array(entry.within.size);
      const scale = entry.form === "thousandths" ? 1000 : 1;
      structure.set(sized(name, Math.round(Number(value) * scale), entry), entry.within.at);
      structures.set(number, structure);
    } else if (entry.form === "bits") mark(number, as, mask, unshifted(name, value, mask));
    else written.push(...valueAttributes(name, value, entry, names));
  }
  for (const [number, structure] of structures) written.push(attribute(number, structure));
  for (const [number, { as, value, mask }] of shared) {
    const bytes = as === "mask32" ? joined([u32(value), u32(mask)]) : numberBytes(value, (as ?? "u8") as NumberForm);
    written.push(attribute(number, bytes!));
  }
  return written;
}

function valueAttributes(name: string, value: LinkValue, entry: Attribute, { indexOf }: Names): Uint8Array[] {
  const { number, form } = entry;
  const one = (bytes: Uint8Array) => [attribute(number, bytes)];
  switch (form) {
    case "flag":
      return truth(name, value) ? one(new Uint8Array()) : [];
    case "switch":
      return one(sized(name, truth(name, value) ? 1 : 0, entry));
    case "word":
      return one(sized(name, wordNumber(name, value, entry), entry));
    case "device": {
      const index = value === "" ? 0 : indexOf(String(value));
      if (index === undefined) throw new Problem("not-found", `${name}: there is no device ${value}`);
      return one(u32(index));
    }
    case "mac":
      return one(macBytes(String(value)));
    case "ipv4":
    case "ipv6":
    case "ip": {
      const family = form === "ip" ? undefined : form === "ipv4" ? 4 : 6;
      if (entry.any && value === "any") return one(new Uint8Array(family === 4 ? 4 : 16));
      const bytes = ipBytes(String(value), family);
      return [attribute(bytes.length === 16 && entry.number6 ? entry.number6 : number, bytes)];
    }
    case "key":
      return one(
        /^\d+$/.test(String(value)) ? sized(name, Number(value), { ...entry, as: "be32" }) : ipBytes(String(value), 4),
      );
    case "ipv4-list":
    case "ipv6-list": {
      const family = form === "ipv4-list" ? 4 : 6;
      return [nested(number, ...list(value).map((each, at) => attribute(at, ipBytes(each, family))))];
    }
    case "ports": {
      const [low, high = low] = String(value).split("-").map(Number);
      return one(joined([sized(name, low!, { ...entry, as: "be16" }), sized(name, high!, { ...entry, as: "be16" })]));
    }
    case "vlan-flags":
      return one(joined([u32(bitsOf(name, value, vlanFlags)), u32(everyVlanFlag)]));
    case "can-modes":
      return one(joined([u32(everyCanMode), u32(bitsOf(name, value, canModes))]));
    case "qos-map":
      return [
        nested(number, ...list(value).map((each) => attribute(IFLA_VLAN_QOS_MAPPING, pairOf(name, each, entry)))),
      ];
    default:
      return one(sized(name, numberOf(name, value), entry));
  }
}

function bitsOf(name: string, value: LinkValue, words: Readonly<Record<string, number>>): number {
  const plain = (text: string) => text.toUpperCase().replaceAll("_", "-");
  return list(value).reduce((sum, each) => {
    const [, bit] = Object.entries(words).find(([word]) => plain(word) === plain(each)) ?? [];
    if (bit === undefined) throw unfit(name, value, `must be of ${Object.keys(words).join(", ")}`);
    return sum | bit;
  }, 0);
}

function list(value: LinkValue): readonly string[] {
  return typeof value === "object"
    ? value
    : String(value)
        .split(/[\s,]+/)
        .filter(Boolean);
}

function pairOf(name: string, text: string, entry: Attribute): Uint8Array {
  const [from, to] = text.split(":").map(Number);
  return joined([from, to].map((number = Number.NaN) => sized(name, number, { ...entry, as: "u32" })));
}

function truth(name: string, value: LinkValue): boolean {
  const word = String(value).toLowerCase();
  if (/^(true|1|on|yes)$/.test(word)) return true;
  if (/^(false|0|off|no)$/.test(word)) return false;
  throw unfit(name, value, "must be on or off");
}

function numberOf(name: string, value: LinkValue): number {
  const text = String(value).trim();
  if (!/^(-?\d+|0x[0-9a-f]+)$/i.test(text)) throw unfit(name, value, "must be a number");
  return Number(text);
}

function wordNumber(name: string, value: LinkValue, { words = {} }: Attribute): number {
  const word = String(value).toLowerCase();
  const [, number] =
    Object.entries(words).find(([each, at]) => each.toLowerCase() === word || String(at) === word) ?? [];
  if (number === undefined) throw unfit(name, value, `must be one of ${Object.keys(words).join(", ")}`);
  return number;
}

function unshifted(name: string, value: LinkValue, mask: number): number {
  const lowest = 31 - Math.clz32(mask & -mask);
  const number = numberOf(name, value);
  if (number < 0 || number > mask >>> lowest) throw unfit(name, value, "is out of range");
  return number << lowest;
}

function sized(name: string, value: number, entry: Attribute): Uint8Array {
  const bytes = numberBytes(value, standing(entry));
  if (!bytes) throw unfit(name, value, "is out of range");
  return bytes;
}

function unfit(name: string, value: LinkValue, why: string): Problem {
  return new Problem("bad-request", `${name} ${value}: ${why}`);
}
