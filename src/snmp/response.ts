/**
 * Reads the PDU of a response (RFC 3416 §3, BER of RFC 3417 §8) strictly: every length must lie within what contains
 * it, and a value that cannot be read loses itself alone. net-snmp reads a truncated value as null without an error,
 * ends a list silently where it breaks, and throws a whole PDU away for one bad value.
 */
import type { Received } from "./pdu.ts";
import { tag, type Value } from "./value.ts";

export interface Response {
  id: number;
  status: number;
  index: number;
  varbinds: Received[];
  /** False: it ends before its end, or is not BER. Its varbinds are not to be used then. */
  intact: boolean;
}

const sequence = 0x30;

/** Length of the element whose header was read last. */
let length = 0;

/** Reads the header at `at`; gives where the contents begin, or -1 when the element does not fit before `end`. */
function open(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  let from = at + 2;
  length = bytes[at + 1]!;
  if (length >= 0x80) {
    const count = length & 0x7f;
    // 0 is the indefinite form, which SNMP does not use.
    if (count === 0 || count > 4 || from + count > end) return -1;
    length = 0;
    for (let n = 0; n < count; n++) length = length * 256 + bytes[from++]!;
  }
  return from + length > end ? -1 : from;
}

/** `bytes` begin with the PDU's tag. Throws when not even its head can be read. */
export function readResponse(bytes: Uint8Array): Response {
  const response: Response = { id: 0, status: 0, index: 0, varbinds: [], intact: false };
  let end = bytes.length;
  let at = open(bytes, 0, end);
  if (at < 0) {
    // Cut off; its head still tells which request it answers.
    at = bytes[1]! < 0x80 ? 2 : 2 + (bytes[1]! & 0x7f);
  } else {
    end = at + length;
    response.intact = true;
  }
  for (const field of ["id", "status", "index"] as const) {
    const from = open(bytes, at, end);
    if (from < 0 || bytes[at] !== tag.integer || length === 0 || length > 5) throw new Error("no head of a PDU");
    response[field] = signed(bytes, from, length);
    at = from + length;
  }
  const list = open(bytes, at, end);
  if (list < 0 || bytes[at] !== sequence) response.intact = false;
  else readList(bytes, list, list + length, response);
  return response;
}

function readList(bytes: Uint8Array, start: number, end: number, response: Response): void {
  let at = start;
  while (at < end) {
    const binding = open(bytes, at, end);
    const close = binding + length;
    const name = binding < 0 || bytes[at] !== sequence ? -1 : open(bytes, binding, close);
    const nameEnd = name + length;
    const oid = name < 0 || bytes[binding] !== tag.oid ? undefined : oidText(bytes, name, nameEnd);
    const from = oid === undefined ? -1 : open(bytes, nameEnd, close);
    if (oid === undefined || from < 0) {
      response.intact = false;
      return;
    }
    const type = bytes[nameEnd]!;
    const value = readValue(bytes, type, from, length);
    response.varbinds.push({ oid, type, value: value ?? null, bad: value === undefined });
    at = close;
  }
}

/** null for NULL and exceptions, undefined for what cannot be read. */
function readValue(bytes: Uint8Array, type: number, from: number, size: number): Value | null | undefined {
  switch (type) {
    case tag.octetString:
    case tag.opaque:
      return copied(bytes, from, size);
    case tag.integer:
      return size >= 1 && size <= 6 ? signed(bytes, from, size) : undefined;
    case tag.counter32:
    case tag.gauge32:
    case tag.timeTicks:
      return size >= 1 && (size <= 4 || (size === 5 && bytes[from] === 0)) ? unsigned(bytes, from, size) : undefined;
    case tag.oid:
      // Some agents send an empty one for zeroDotZero.
      return size === 0 ? "0.0" : oidText(bytes, from, from + size);
    case tag.ipAddress:
      return size === 4 ? `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}` : undefined;
    case tag.counter64: {
      if (size < 1 || size > 9 || (size === 9 && bytes[from] !== 0)) return undefined;
      let value = 0n;
      for (let n = 0; n < size; n++) value = value * 256n + BigInt(bytes[from + n]!);
      return value;
    }
    case tag.null:
    case tag.noSuchObject:
    case tag.noSuchInstance:
    case tag.endOfMibView:
      return null;
    default:
      return undefined;
  }
}

/** A view of the datagram would keep all of it. */
function copied(bytes: Uint8Array, from: number, size: number): Uint8Array {
  if (size > 64) return new Uint8Array(bytes.subarray(from, from + size));
  const copy = new Uint8Array(size);
  for (let at = 0; at < size; at++) copy[at] = bytes[from + at]!;
  return copy;
}

function signed(bytes: Uint8Array, from: number, size: number): number {
  let value = (bytes[from]! << 24) >> 24;
  for (let n = 1; n < size; n++) value = value * 256 + bytes[from + n]!;
  return value;
}

/** Four bytes with the highest bit set are meant unsigned, though BER says otherwise: many agents send them so. */
function unsigned(bytes: Uint8Array, from: number, size: number): number {
  let value = 0;
  for (let n = 0; n < size; n++) value = value * 256 + bytes[from + n]!;
  return value;
}

/** Where an OID is spelled: joined number by number, its text would keep a node in memory for each. */
const spelling = Buffer.alloc(128 * 12);

/** Writes a point and the number at `at`; gives where it ends. */
function spell(at: number, number: number): number {
  spelling[at] = 0x2e;
  if (number < 10) {
    spelling[at + 1] = 0x30 + number;
    return at + 2;
  }
  let end = at + 3;
  for (let limit = 100; number >= limit; limit *= 10) end++;
  let rest = number;
  for (let place = end - 1; place > at; place--) {
    const tens = Math.floor(rest / 10);
    spelling[place] = 0x30 + (rest - tens * 10);
    rest = tens;
  }
  return end;
}

/** Undefined for more than 128 numbers, numbers past 32 bits, and one that does not end. */
function oidText(bytes: Uint8Array, from: number, end: number): string | undefined {
  if (from === end || bytes[end - 1]! >= 0x80) return undefined;
  let place = 0;
  let numbers = 0;
  let value = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    value = value * 128 + (byte & 0x7f);
    if (value > 0xffff_ffff + (numbers === 0 ? 80 : 0)) return undefined;
    if (byte >= 0x80) continue;
    if (numbers === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      place = spell(place, first);
      value -= first * 40;
    }
    place = spell(place, value);
    value = 0;
    if (++numbers > 127) return undefined;
  }
  return spelling.toString("latin1", 1, place);
}
