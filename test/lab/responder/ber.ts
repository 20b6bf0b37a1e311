/** BER as an agent needs it: requests taken apart, varbinds encoded once (X.690; RFC 3416). */
import { Buffer } from "node:buffer";
import type { Oid, VarBind } from "../../../src/snmp/value.ts";

export interface Request {
  version: 0 | 1;
  community: string;
  /** 0xa0 GET, 0xa1 GETNEXT, 0xa3 SET, 0xa5 GETBULK. */
  kind: number;
  /** The request-id as it stands in the packet, with tag and length. */
  id: Uint8Array;
  /** error-status, or non-repeaters of GETBULK. */
  first: number;
  /** error-index, or max-repetitions of GETBULK. */
  second: number;
  /** Key of each OID (see `oidKey`). */
  keys: string[];
  /** Content of each OID, and tag and content of each value. */
  oids: Uint8Array[];
  types: number[];
  values: Uint8Array[];
  /** The varbind list as it came. */
  list: Uint8Array;
}

class Malformed extends Error {}

class Reader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Goes to the content of the next element and gives where it ends. */
  enter(tag: number): number {
    if (this.at + 2 > this.end || this.bytes[this.at] !== tag) throw new Malformed();
    this.at++;
    return this.length();
  }

  length(): number {
    let length = this.bytes[this.at++]!;
    if (length > 0x80) {
      let more = length & 0x7f;
      if (more > 4) throw new Malformed();
      for (length = 0; more > 0; more--) length = length * 256 + this.bytes[this.at++]!;
    }
    const end = this.at + length;
    if (!(end <= this.end)) throw new Malformed();
    return end;
  }

  integer(): number {
    const end = this.enter(0x02);
    let number = this.bytes[this.at]! > 0x7f ? -1 : 0;
    while (this.at < end) number = number * 256 + this.bytes[this.at++]!;
    return number;
  }
}

/** undefined for what is no v1 or v2c request. */
export function decodeRequest(bytes: Uint8Array): Request | undefined {
  try {
    const reader = new Reader(bytes);
    reader.end = reader.enter(0x30);
    const version = reader.integer();
    if (version !== 0 && version !== 1) return undefined;
    const communityEnd = reader.enter(0x04);
    let community = "";
    while (reader.at < communityEnd) community += String.fromCharCode(bytes[reader.at++]!);
    const kind = bytes[reader.at++]!;
    reader.end = reader.length();
    const idStart = reader.at;
    reader.integer();
    const id = bytes.subarray(idStart, reader.at);
    const [first, second] = [reader.integer(), reader.integer()];
    const listStart = reader.at;
    const listEnd = reader.enter(0x30);
    const keys: string[] = [];
    const oids: Uint8Array[] = [];
    const types: number[] = [];
    const values: Uint8Array[] = [];
    while (reader.at < listEnd) {
      const end = reader.enter(0x30);
      const oidEnd = reader.enter(0x06);
      const oid = bytes.subarray(reader.at, oidEnd);
      keys.push(contentKey(oid));
      oids.push(oid);
      reader.at = oidEnd;
      types.push(bytes[reader.at++]!);
      const valueEnd = reader.length();
      values.push(bytes.subarray(reader.at, valueEnd));
      reader.at = end;
    }
    const list = bytes.subarray(listStart, listEnd);
    return { version, community, kind, id, first, second, keys, oids, types, values, list };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** A text that sorts as the OID does: two UTF-16 units for each number. */
export function oidKey(oid: Oid): string {
  let key = "";
  for (const arc of oid.split(".")) key += String.fromCharCode(Number(arc) >>> 16, Number(arc) & 0xffff);
  return key;
}

function contentKey(bytes: Uint8Array): string {
  let key = "";
  let arc = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    arc = arc * 128 + (byte & 0x7f);
    if (byte > 0x7f) continue;
    if (key === "") {
      const top = Math.min(Math.floor(arc / 40), 2);
      key = String.fromCharCode(0, top, (arc - top * 40) >>> 16, (arc - top * 40) & 0xffff);
    } else key += String.fromCharCode(arc >>> 16, arc & 0xffff);
    arc = 0;
  }
  return key;
}

export function encodeOid(oid: Oid): Uint8Array {
  const [top = 0, second = 0, ...rest] = oid.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [top * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80);
    bytes.push(...digits);
  }
  return Uint8Array.from(bytes);
}

/** Tag, length, content. */
export function element(tag: number, ...contents: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const content of contents) length += content.length;
  const head = header(tag, length);
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

function header(tag: number, length: number): number[] {
  if (length < 0x80) return [tag, length];
  if (length < 0x100) return [tag, 0x81, length];
  return [tag, 0x82, length >> 8, length & 0xff];
}

export function encodeInteger(tag: number, value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt(value);
  do {
    bytes.unshift(Number(left & 0xffn));
    left >>= 8n;
  } while (!((left === 0n && bytes[0]! < 0x80) || (left === -1n && bytes[0]! > 0x7f)));
  return element(tag, Uint8Array.from(bytes));
}

function encodeValue({ type, value }: VarBind): Uint8Array {
  if (value === null) return element(type);
  if (typeof value === "number" || typeof value === "bigint") return encodeInteger(type, value);
  if (typeof value !== "string") return element(type, value);
  if (type === 0x06) return element(type, encodeOid(value));
  if (type === 0x40) return element(type, Uint8Array.from(value.split(".").map(Number)));
  return element(type, new Uint8Array(Buffer.from(value, "utf8")));
}

/** A whole varbind as it stands in a reply. */
export function encodeVarBind(binding: VarBind): Uint8Array {
  return element(0x30, element(0x06, encodeOid(binding.oid)), encodeValue(binding));
}
