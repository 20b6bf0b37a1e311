/**
 * The part of BER that LDAP uses (RFC 4511 §5.1): tags of one byte, definite lengths, primitive strings. Everything is
 * read in place; what is cut off or malformed is a `Problem` with the code `protocol`.
 */
import { Problem } from "../problem.ts";

export const universal = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

const hex = (tag: number): string => `0x${tag.toString(16).padStart(2, "0")}`;
const broken = (what: string): Problem => new Problem("protocol", `malformed BER: ${what}`);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Octets from `at` to the end of the element that begins there, header included, as soon as its header lies before
 * `end`; undefined until then. The element itself may reach beyond `end`.
 * @param max largest length allowed; more is the problem `too-large`
 */
export function frameLength(bytes: Uint8Array, at = 0, end = bytes.length, max = 0x7fffffff): number | undefined {
  if (at + 2 > end) return undefined;
  if ((bytes[at]! & 0x1f) === 0x1f) throw broken("a tag of several octets");
  const first = bytes[at + 1]!;
  let length = first;
  let header = 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw broken(`a length of form ${hex(first)}`);
    header += count;
    if (at + header > end) return undefined;
    length = 0;
    for (let i = at + 2; i < at + header; i++) length = length * 256 + bytes[i]!;
  }
  if (header + length > max)
    throw new Problem("too-large", `an LDAP message of ${header + length} octets; the limit is ${max}`);
  return header + length;
}

/** A cursor over the elements that lie side by side between `at` and `end`. Octets it gives are views, not copies. */
export class Reader {
  readonly bytes: Uint8Array;
  /** Where the next element begins. */
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (at < 0 || at > end || end > bytes.length) throw broken("an element beyond its buffer");
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  /** The next element's tag; -1 at the end. */
  tag(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  /** Goes to the next element's content, past its header, and says where it ends; without `tag`, whatever it is. */
  private enter(tag?: number): number {
    const { bytes, at } = this;
    if (at >= this.end) throw broken(tag === undefined ? "an element is missing" : `${hex(tag)} is missing`);
    if (tag !== undefined && bytes[at] !== tag) throw broken(`${hex(bytes[at]!)} where ${hex(tag)} belongs`);
    // Most elements are short.
    if (at + 1 < this.end && bytes[at + 1]! < 0x80 && (bytes[at]! & 0x1f) !== 0x1f) {
      this.at = at + 2;
      const end = this.at + bytes[at + 1]!;
      if (end > this.end) throw broken("an element is cut off");
      return end;
    }
    const total = frameLength(bytes, at, this.end);
    if (total === undefined || at + total > this.end) throw broken("an element is cut off");
    this.at = at + 2 + (bytes[at + 1]! & 0x7f);
    return at + total;
  }

  /** The elements within a constructed element, SEQUENCE unless `tag` says another; goes on behind it. */
  sequence(tag: number = universal.sequence): Reader {
    const end = this.enter(tag);
    const inner = new Reader(this.bytes, this.at, end);
    this.at = end;
    return inner;
  }

  set(): Reader {
    return this.sequence(universal.set);
  }

  octets(tag: number = universal.octets): Uint8Array {
    const end = this.enter(tag);
    const value = this.bytes.subarray(this.at, end);
    this.at = end;
    return value;
  }

  /** UTF-8; octets that are none become U+FFFD. */
  text(tag: number = universal.octets): string {
    return decoder.decode(this.octets(tag));
  }

  /** Up to 32 bits, signed. */
  integer(tag: number = universal.integer): number {
    const value = this.octets(tag);
    if (value.length === 0 || value.length > 4) throw broken(`an integer of ${value.length} octets`);
    let number = value[0]! >= 0x80 ? -1 : 0;
    for (const octet of value) number = (number << 8) | octet;
    return number;
  }

  enumerated(tag: number = universal.enumerated): number {
    return this.integer(tag);
  }

  boolean(tag: number = universal.boolean): boolean {
    const value = this.octets(tag);
    if (value.length !== 1) throw broken(`a boolean of ${value.length} octets`);
    return value[0] !== 0;
  }

  /** The next element whole, tag and length included, whatever it is. */
  raw(): Uint8Array {
    const start = this.at;
    this.at = this.enter();
    return this.bytes.subarray(start, this.at);
  }

  skip(): void {
    this.at = this.enter();
  }
}

/** Grows as it is written to. */
export class Writer {
  private bytes: Uint8Array;
  private length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(Math.max(capacity, 16));
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }

  /** The header, for which and for what follows it there is room. */
  private header(tag: number, length: number): void {
    this.bytes[this.length++] = tag;
    if (length < 0x80) {
      this.bytes[this.length++] = length;
      return;
    }
    const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
    this.bytes[this.length++] = 0x80 | count;
    for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.length++] = (length >>> shift) & 0xff;
  }

  octets(value: Uint8Array, tag: number = universal.octets): this {
    this.reserve(6 + value.length);
    this.header(tag, value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  text(value: string, tag: number = universal.octets): this {
    return this.octets(encoder.encode(value), tag);
  }

  /** @param value signed, up to 32 bits */
  integer(value: number, tag: number = universal.integer): this {
    let count = 1;
    while (count < 4 && (value << (32 - count * 8)) >> (32 - count * 8) !== value) count++;
    this.reserve(6);
    this.header(tag, count);
    for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.length++] = (value >> shift) & 0xff;
    return this;
  }

  enumerated(value: number, tag: number = universal.enumerated): this {
    return this.integer(value, tag);
  }

  boolean(value: boolean, tag: number = universal.boolean): this {
    this.reserve(3);
    this.header(tag, 1);
    this.bytes[this.length++] = value ? 0xff : 0;
    return this;
  }

  null(tag = 0x05): this {
    this.reserve(2);
    this.header(tag, 0);
    return this;
  }

  /** A constructed element of what `fill` writes; SEQUENCE unless `tag` says another. */
  sequence(fill: (writer: this) => void, tag: number = universal.sequence): this {
    const start = this.length;
    fill(this);
    const length = this.length - start;
    const header = length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : length < 0x1000000 ? 5 : 6;
    this.reserve(header);
    this.bytes.copyWithin(start + header, start, this.length);
    this.length = start;
    this.header(tag, length);
    this.length += length;
    return this;
  }

  set(fill: (writer: this) => void): this {
    return this.sequence(fill, universal.set);
  }

  /** Elements that are encoded already. */
  raw(elements: Uint8Array): this {
    this.reserve(elements.length);
    this.bytes.set(elements, this.length);
    this.length += elements.length;
    return this;
  }

  /** What was written, of its own; the writer may go on. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
