/** PartialAttributeList (RFC 4511 §4.5.2): what an entry has, as the server sends it and as we keep it. */
import { Buffer } from "node:buffer";
import { Problem } from "../problem.ts";
import { frameLength, Writer } from "./ber.ts";

/** Values by attribute description (type and options) as the server spells it. Without a prototype. */
export type Attributes = Record<string, Uint8Array[]>;

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const ascii = (bytes: Uint8Array, from = 0, to = bytes.length): string =>
  Buffer.prototype.latin1Slice.call(bytes, from, to);

/** A value as text; octets that are no UTF-8 become U+FFFD. */
export function text(value: Uint8Array): string {
  return utf8.decode(value);
}

/** `userCertificate;binary` → `usercertificate`. */
export function baseType(description: string): string {
  const options = description.indexOf(";");
  return (options < 0 ? description : description.slice(0, options)).toLowerCase();
}

/** End of the element at `at`, which must have `tag` and end at or before `end`; `content` is set to where its header ends. */
let content = 0;
function endOf(bytes: Uint8Array, at: number, end: number, tag: number): number {
  if (at + 2 > end || bytes[at] !== tag) throw new Problem("protocol", "malformed attributes of an entry");
  const first = bytes[at + 1]!;
  content = at + 2;
  if (first < 0x80 && content + first <= end) return content + first;
  const total = frameLength(bytes, at, end);
  if (total === undefined || at + total > end) throw new Problem("protocol", "attributes of an entry are cut off");
  content += first & 0x7f;
  return at + total;
}

/**
 * Values are views into `raw`.
 * @throws Problem `protocol`
 */
export function decodeAttributes(raw: Uint8Array): Attributes {
  const attributes: Attributes = Object.create(null);
  const end = endOf(raw, 0, raw.length, 0x30);
  let at = content;
  while (at < end) {
    const next = endOf(raw, at, end, 0x30);
    const typeEnd = endOf(raw, content, next, 0x04);
    const description = ascii(raw, content, typeEnd);
    const setEnd = endOf(raw, typeEnd, next, 0x31);
    const values: Uint8Array[] = attributes[description] ?? [];
    for (let value = content; value < setEnd; ) {
      const valueEnd = endOf(raw, value, setEnd, 0x04);
      values.push(raw.subarray(content, valueEnd));
      value = valueEnd;
    }
    attributes[description] = values;
    at = next;
  }
  return attributes;
}

export function encodeAttributes(attributes: Attributes): Uint8Array {
  const encode = (description: string, values: Uint8Array[]) => (list: Writer) =>
    list.text(description).set((set) => {
      for (const value of values) set.octets(value);
    });
  return new Writer(1024)
    .sequence((list) => {
      for (const [description, values] of Object.entries(attributes)) list.sequence(encode(description, values));
    })
    .finish();
}

export interface Scanned {
  /** Without what is withheld; `raw` itself where nothing was. */
  raw: Uint8Array;
  /** entryCSN; empty where the server tells none. */
  csn: string;
  /** entryUUID as text, if it is there. */
  uuid?: string;
}

/** Type names by a number that is the same for every spelling; those that share one are told apart by `sameType`. */
type Names = (Uint8Array[] | undefined)[];

const prepared = new WeakMap<ReadonlySet<string>, Names>();
const encoder = new TextEncoder();
const slots = 1024;

/** Letters count as lower-case letters, `;` ends. Bit 0x20 changes neither digits nor `-` and `.`. */
function slotOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  for (let at = from; at < to; at++) {
    const octet = bytes[at]!;
    if (octet === 0x3b) break;
    hash = (Math.imul(hash, 31) + (octet | 0x20)) | 0;
  }
  return (hash ^ (hash >>> 10)) & (slots - 1);
}

function sameType(bytes: Uint8Array, from: number, to: number, type: Uint8Array): boolean {
  const length = type.length;
  if (to - from < length || (to - from > length && bytes[from + length] !== 0x3b)) return false;
  for (let at = 0; at < length; at++) if ((bytes[from + at]! | 0x20) !== (type[at]! | 0x20)) return false;
  return true;
}

const csnType = encoder.encode("entrycsn");
const uuidType = encoder.encode("entryuuid");

function namesOf(withheld: ReadonlySet<string>): Names {
  const known = prepared.get(withheld);
  if (known) return known;
  const names: Names = new Array(slots).fill(undefined);
  for (const type of [...[...withheld].map((name) => encoder.encode(name)), csnType, uuidType]) {
    const slot = slotOf(type, 0, type.length);
    names[slot] = [...(names[slot] ?? []), type];
  }
  prepared.set(withheld, names);
  return names;
}

/**
 * One pass over an entry without decoding its values: takes out `withheld` types (lower-case, without options; options
 * are subtypes and go with them) and finds what tells states apart.
 * @param withheld must not change after its first use
 * @throws Problem `protocol`
 */
export function scan(raw: Uint8Array, withheld: ReadonlySet<string>): Scanned {
  const names = namesOf(withheld);
  const end = endOf(raw, 0, raw.length, 0x30);
  const start = content;
  const scanned: Scanned = { raw, csn: "" };
  // Where stretches to cut out begin and end, pairwise.
  let cuts: number[] | undefined;
  let at = start;
  while (at < end) {
    const next = endOf(raw, at, end, 0x30);
    const typeEnd = endOf(raw, content, next, 0x04);
    const type = content;
    const suspects = names[slotOf(raw, type, typeEnd)];
    if (suspects !== undefined) {
      const name = suspects.find((suspect) => sameType(raw, type, typeEnd, suspect));
      if (name === csnType) scanned.csn = firstValue(raw, typeEnd, next);
      else if (name === uuidType) scanned.uuid = firstValue(raw, typeEnd, next);
      else if (name !== undefined) {
        if (cuts?.at(-1) === at) cuts[cuts.length - 1] = next;
        else if (cuts) cuts.push(at, next);
        else cuts = [at, next];
      }
    }
    at = next;
  }
  if (cuts) scanned.raw = without(raw, start, end, cuts);
  return scanned;
}

function firstValue(raw: Uint8Array, set: number, end: number): string {
  endOf(raw, set, end, 0x31);
  const valueEnd = endOf(raw, content, end, 0x04);
  return ascii(raw, content, valueEnd);
}

function without(raw: Uint8Array, start: number, end: number, cuts: number[]): Uint8Array {
  const kept = raw.slice(0, end);
  let to = cuts[0]!;
  for (let index = 1; index < cuts.length; index += 2) {
    const from = cuts[index]!;
    const next = cuts[index + 1] ?? end;
    kept.copyWithin(to, from, next);
    to += next - from;
  }
  // The shortest header, right before what follows it: equal content must make equal octets.
  const length = to - start;
  const more = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const head = start - 2 - more;
  kept[head] = 0x30;
  kept[head + 1] = more === 0 ? length : 0x80 | more;
  for (let index = 0; index < more; index++) kept[head + 2 + index] = (length >>> ((more - 1 - index) * 8)) & 0xff;
  return kept.subarray(head, to);
}
