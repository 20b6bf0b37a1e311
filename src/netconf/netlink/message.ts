/** Netlink messages in a datagram (netlink(7), linux/netlink.h), and attributes in a message (rtnetlink(7)). */
import { littleEndian, putNumber, readNumber } from "./number.ts";

export interface Message {
  /** NLMSG_… or RTM_… */
  type: number;
  /** NLM_F_… */
  flags: number;
  sequence: number;
  payload: Uint8Array;
}

export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;
export const NLM_F = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  DUMP_INTR: 0x10,
  // Of a request that makes something.
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  // Of one that reads: NLM_F_ROOT | NLM_F_MATCH.
  DUMP: 0x300,
  // Of an answer.
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const;
export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
} as const;
export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;

const headerBytes = 16;
const align = (length: number) => (length + 3) & ~3;

/** @returns `whole` false: the last one is cut short, or what comes after is no message */
export function readMessages(bytes: Uint8Array): { messages: Message[]; whole: boolean } {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = readNumber(bytes, "u32", at) ?? 0;
    if (length < headerBytes || at + length > bytes.length) return { messages, whole: false };
    messages.push({
      type: readNumber(bytes, "u16", at + 4)!,
      flags: readNumber(bytes, "u16", at + 6)!,
      sequence: readNumber(bytes, "u32", at + 8)!,
      payload: bytes.subarray(at + headerBytes, at + length),
    });
    at += align(length);
  }
  return { messages, whole: true };
}

/** Sequence 0, to be set when it is sent. */
export function message(type: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const whole = behind(headerBytes, parts);
  putNumber(whole, 0, whole.length, "u32");
  putNumber(whole, 4, type, "u16");
  putNumber(whole, 6, flags, "u16");
  return whole;
}

export function setSequence(request: Uint8Array, sequence: number): void {
  putNumber(request, 8, sequence, "u32");
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return behind(0, parts);
}

/** With room for a header before them. */
function behind(header: number, parts: readonly Uint8Array[]): Uint8Array {
  let at = header;
  for (const part of parts) at += part.length;
  const whole = new Uint8Array(at);
  at = header;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const NLA_F_NESTED = 0x8000;
const typeMask = 0x3fff;
const attributeHeader = 4;

/** In order, without flags in their types; ends where an attribute is longer than what holds it. */
export function listAttributes(bytes: Uint8Array | undefined, from = 0): [type: number, value: Uint8Array][] {
  const list: [number, Uint8Array][] = [];
  if (bytes) eachAttribute(bytes, from, (type, value) => list.push([type, value]));
  return list;
}

/** By type; of several of one type, the last. @param wanted only these */
export function readAttributes(
  bytes: Uint8Array | undefined,
  from = 0,
  wanted?: ReadonlySet<number>,
): Map<number, Uint8Array> {
  const map = new Map<number, Uint8Array>();
  if (bytes) eachAttribute(bytes, from, (type, value) => map.set(type, value), wanted);
  return map;
}

function eachAttribute(
  bytes: Uint8Array,
  from: number,
  take: (type: number, value: Uint8Array) => void,
  wanted?: ReadonlySet<number>,
): void {
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  for (let at = from; at + attributeHeader <= bytes.length; ) {
    const length = bytes[at + low]! | (bytes[at + high]! << 8);
    if (length < attributeHeader || at + length > bytes.length) break;
    const type = (bytes[at + 2 + low]! | (bytes[at + 2 + high]! << 8)) & typeMask;
    if (!wanted || wanted.has(type)) take(type, bytes.subarray(at + attributeHeader, at + length));
    at += align(length);
  }
}

export function attribute(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const plain = behind(attributeHeader, parts);
  putNumber(plain, 0, plain.length, "u16");
  putNumber(plain, 2, type, "u16");
  const length = align(plain.length);
  if (length === plain.length) return plain;
  const padded = new Uint8Array(length);
  padded.set(plain);
  return padded;
}

export function nested(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return attribute(type | NLA_F_NESTED, ...parts);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text with a closing zero byte. */
export function text(value: string): Uint8Array {
  return encoder.encode(`${value}\0`);
}

export function readText(bytes: Uint8Array | undefined): string {
  if (!bytes) return "";
  let words = "";
  for (const byte of bytes) {
    if (byte === 0) return words;
    if (byte > 0x7f) return decoder.decode(bytes).replace(/\0.*/s, "");
    words += String.fromCharCode(byte);
  }
  return words;
}
