/**
 * The one UMCP parser, for both ends of a connection: bytes in, messages out, whatever the chunks. The grammar is the
 * model's (`protocol/message.py`, last revision before 2023); where its parser was loose, this one decides:
 *
 * - A header ends at the first `\n` and is looked at only then: the model took `REQUEST/1/0: GET mo` as complete.
 *   There is no empty line after it, whatever the model's documentation says.
 * - Digits are ASCII digits, a command is ASCII letters, digits and `_`; Python's `\d` and `\w` took any script's.
 * - The header must match to its end: `G-ET x` is an error, not command `G` with argument `-ET x`.
 * - Control characters, `\r` among them, are an error anywhere in a header; arguments are UTF-8, invalid UTF-8 is an error.
 * - Arguments are split at single spaces, so two spaces make an empty argument, as in the model. One space after the
 *   command is no argument. The space after `:` may be absent.
 * - A mimetype has the characters of RFC 6838 (the model could not read `image/svg+xml`) and is compared and handed on
 *   in lower case; absent means JSON.
 * - Length 0 with JSON is the body `{}`. Leading zeros of a length are allowed.
 * - A body that is not valid UTF-8, not JSON, not an object, or nested deeper than the limit leaves the framing intact:
 *   the message comes out with problem `bad-body` and the next frame follows. The model dropped bad bytes silently.
 * - A body announced larger than the limit: the message comes out at once with problem `too-large`, nothing more is read.
 * - A bad header ends the connection: there is no telling where the next frame begins.
 * - Keys `__proto__` are dropped, so that no later `Object.assign` can meet them.
 */
import { Problem } from "../problem.ts";
import { type Json, json, type Message } from "./message.ts";

export interface ParserLimits {
  /** Bytes of a header without its `\n`. */
  header: number;
  /** Bytes of a body. */
  body: number;
  arguments: number;
  /** Levels of `{` and `[` in a JSON body. */
  depth: number;
}

export const parserLimits: ParserLimits = { header: 4096, body: 16 * 1024 * 1024, arguments: 64, depth: 64 };

/** Longest id: the model's have 15 digits and a counter. */
const idLength = 64;
/** First piece of memory for a body that comes in parts; it doubles as bytes arrive. */
const firstPiece = 4096;

/** Chunks up to this size are made text in one go: calls out of JavaScript cost more than the bytes. */
const smallChunk = 64 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const LF = 0x0a;
const SPACE = 0x20;
const SLASH = 0x2f;
const COLON = 0x3a;
const DASH = 0x2d;

const REQUEST = bytesOf("REQUEST/");
const RESPONSE = bytesOf("RESPONSE/");

const isWord = table("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
const isMimetype = table("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/");

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function table(characters: string): Uint8Array {
  const known = new Uint8Array(256);
  for (const byte of bytesOf(characters)) known[byte] = 1;
  return known;
}

/** A frame whose header is read: the message without its body, and how long that will be. */
interface Head {
  message: Message;
  length: number;
}

export class Parser {
  /** Why nothing more can be read from this connection: `bad-header` or `too-large`. */
  problem: Problem | undefined;

  readonly limits: ParserLimits;
  private head: Head | undefined;
  /** Bytes of the header or body that is not complete yet: the first `filled` of `piece`. */
  private piece: Uint8Array = empty;
  private filled = 0;

  constructor(limits: Partial<ParserLimits> = {}) {
    this.limits = { ...parserLimits, ...limits };
  }

  /** Bytes of memory held for an incomplete frame. */
  get buffered(): number {
    return this.piece.length;
  }

  /** Changes the largest body for frames whose header has not been read yet: a peer that is not trusted yet gets less. */
  set bodyLimit(bytes: number) {
    this.limits.body = bytes;
  }

  /**
   * Takes the next bytes, which the parser does not keep, and gives the messages that they complete, in order.
   * Afterwards `problem` tells whether the connection is over.
   * @throws Problem the same one, when the connection was over before.
   */
  push(chunk: Uint8Array): Message[] {
    if (this.problem) throw this.problem;
    const messages: Message[] = [];
    const whole = !this.head && chunk.length <= smallChunk ? asciiOf(chunk) : undefined;
    let at = 0;
    while (at < chunk.length && !this.problem) {
      at = this.head
        ? this.takeBody(this.head, chunk, whole, at, messages)
        : this.takeHeader(chunk, whole, at, messages);
    }
    if (this.problem) this.reset();
    return messages;
  }

  private takeHeader(chunk: Uint8Array, whole: string | undefined, from: number, messages: Message[]): number {
    const end = chunk.indexOf(LF, from);
    const size = this.filled + (end < 0 ? chunk.length : end) - from;
    if (size > this.limits.header) return this.end(badHeader("longer than its limit"));
    if (end < 0) {
      this.keep(chunk, from, chunk.length, this.limits.header);
      return chunk.length;
    }
    let head: Head | Problem;
    if (this.filled === 0) {
      head = readHead(chunk, whole, from, end, this.limits);
    } else {
      this.keep(chunk, from, end, this.limits.header);
      head = readHead(this.piece, undefined, 0, this.filled, this.limits);
      this.reset();
    }
    if (head instanceof Problem) return this.end(head);
    if (head.length > this.limits.body) {
      const limit = this.limits.body;
      head.message.problem = new Problem("too-large", `a UMCP body may have ${limit} bytes`, { detail: { limit } });
      messages.push(head.message);
      return this.end(head.message.problem);
    }
    if (head.length === 0) {
      if (head.message.mimetype !== json) head.message.body = empty;
      messages.push(head.message);
    } else this.head = head;
    return end + 1;
  }

  private takeBody(
    head: Head,
    chunk: Uint8Array,
    whole: string | undefined,
    from: number,
    messages: Message[],
  ): number {
    const end = from + head.length - this.filled;
    if (end > chunk.length) {
      this.keep(chunk, from, chunk.length, head.length);
      return chunk.length;
    }
    const { message } = head;
    if (this.filled === 0) {
      if (message.mimetype === json) readBody(message, chunk, whole, from, end, this.limits.depth);
      else message.body = chunk.slice(from, end);
    } else {
      this.keep(chunk, from, end, head.length);
      if (message.mimetype === json) readBody(message, this.piece, undefined, 0, head.length, this.limits.depth);
      else message.body = this.piece.subarray(0, head.length);
    }
    messages.push(message);
    this.head = undefined;
    this.reset();
    return end;
  }

  /** Appends to `piece`, which grows by doubling up to `limit`: linear however small the chunks are. */
  private keep(chunk: Uint8Array, from: number, to: number, limit: number): void {
    const needed = this.filled + to - from;
    if (needed > this.piece.length) {
      const grown = new Uint8Array(Math.min(limit, Math.max(needed, this.piece.length * 2, firstPiece)));
      grown.set(this.piece.subarray(0, this.filled));
      this.piece = grown;
    }
    this.piece.set(chunk.subarray(from, to), this.filled);
    this.filled = needed;
  }

  private reset(): void {
    this.piece = empty;
    this.filled = 0;
  }

  private end(problem: Problem): number {
    this.problem = problem;
    return 0;
  }
}

const empty = new Uint8Array(0);

function badHeader(why: string): Problem {
  return new Problem("bad-header", `malformed UMCP header: ${why}`);
}

function startsWith(bytes: Uint8Array, from: number, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[from + i] !== start[i]) return false;
  return true;
}

/** The text of bytes that are all ASCII, where offsets in the bytes are offsets in the text. */
function asciiOf(bytes: Uint8Array): string | undefined {
  try {
    const text = utf8.decode(bytes);
    return text.length === bytes.length ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Reads bytes[from..end), a header without its `\n`; `whole` is the text of `bytes` if that is ASCII. */
function readHead(
  bytes: Uint8Array,
  whole: string | undefined,
  from: number,
  end: number,
  limits: ParserLimits,
): Head | Problem {
  const isRequest = startsWith(bytes, from, REQUEST);
  if (!isRequest && !startsWith(bytes, from, RESPONSE)) return badHeader("neither REQUEST nor RESPONSE");
  let text = whole;
  if (text === undefined) {
    try {
      text = utf8.decode(bytes.subarray(from, end));
    } catch {
      return badHeader("not UTF-8");
    }
  }
  // Offset of `text` in `bytes`. It holds up to the arguments, for all before them must be ASCII.
  const base = whole === undefined ? from : 0;
  const textEnd = whole === undefined ? text.length : end;

  const idStart = from + (isRequest ? REQUEST.length : RESPONSE.length);
  let at = idStart;
  while (at < end && (isDigit(bytes[at]!) || bytes[at] === DASH)) at++;
  if (at === idStart || at - idStart > idLength || bytes[at] !== SLASH || at >= end) return badHeader("id");
  const id = text.slice(idStart - base, at - base);

  const lengthStart = ++at;
  let length = 0;
  while (at < end && isDigit(bytes[at]!)) length = length * 10 + bytes[at++]! - 0x30;
  if (at === lengthStart) return badHeader("length");

  let mimetype = json;
  if (at < end && bytes[at] === SLASH) {
    const start = ++at;
    while (at < end && isMimetype[bytes[at]!]) at++;
    if (at === start) return badHeader("mimetype");
    const named = text.slice(start - base, at - base);
    if (named !== json) mimetype = named.toLowerCase();
  }
  if (at >= end || bytes[at] !== COLON) return badHeader("':' is missing");
  at++;
  if (at < end && bytes[at] === SPACE) at++;

  const commandStart = at;
  while (at < end && isWord[bytes[at]!]) at++;
  if (at === commandStart) return badHeader("command");
  const command = text.slice(commandStart - base, at - base);
  if (at < end && bytes[at] !== SPACE) return badHeader("command");

  let spaces = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < SPACE || byte === 0x7f) return badHeader("control character");
    if (byte === SPACE) spaces++;
  }
  let list: string[] = [];
  if (at + 1 < end) {
    if (spaces > limits.arguments) return badHeader("too many arguments");
    const words = text.slice(at + 1 - base, textEnd);
    list = spaces === 1 ? [words] : words.split(" ");
  }

  const type = isRequest ? "REQUEST" : "RESPONSE";
  return { message: { type, id, command, arguments: list, mimetype, body: {} }, length };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Gives the message its JSON body, bytes[from..end), or the problem with it. */
function readBody(
  message: Message,
  bytes: Uint8Array,
  whole: string | undefined,
  from: number,
  end: number,
  depth: number,
): void {
  try {
    // Depth first: what JSON.parse does with a million brackets is not ours to know. 2 × depth bytes cannot be deeper.
    if (end - from > 2 * depth && tooDeep(bytes.subarray(from, end), depth)) {
      throw new Problem("bad-body", `a UMCP body may have ${depth} levels`, { detail: { limit: depth } });
    }
    const text = whole === undefined ? utf8.decode(bytes.subarray(from, end)) : whole.slice(from, end);
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new Problem("bad-body", "a UMCP body is not a JSON object");
    }
    if (text.includes("__proto__") || text.includes("\\u")) dropPrototypes(value);
    message.body = value as Json;
  } catch (error) {
    message.problem = Problem.from(error, "bad-body", "a UMCP body is not JSON");
  }
}

/** What a byte outside strings does to the level; a quote is 2. */
const structure = new Int8Array(256);
for (const [characters, change] of [
  ["{[", 1],
  ["}]", -1],
  ['"', 2],
] as const) {
  for (const byte of bytesOf(characters)) structure[byte] = change;
}

function tooDeep(bytes: Uint8Array, limit: number): boolean {
  let level = 0;
  for (let i = 0; i < bytes.length; i++) {
    const change = structure[bytes[i]!]!;
    if (change === 0) continue;
    if (change === 2) i = endOfString(bytes, i + 1);
    else {
      level += change;
      if (level > limit) return true;
    }
  }
  return false;
}

/** Where the quote is that ends the string which begins at `from`; the end of the bytes if there is none. */
function endOfString(bytes: Uint8Array, from: number): number {
  // Most strings are short, and a call out of JavaScript costs as much as looking at forty bytes.
  const near = Math.min(bytes.length, from + 40);
  let at = from;
  for (; at < near; at++) {
    const byte = bytes[at];
    if (byte === 0x22) return at;
    if (byte === 0x5c) at++;
  }
  for (let quote = bytes.indexOf(0x22, at); quote >= 0; quote = bytes.indexOf(0x22, quote + 1)) {
    let slash = quote;
    while (slash > at && bytes[slash - 1] === 0x5c) slash--;
    if ((quote - slash) % 2 === 0) return quote;
  }
  return bytes.length;
}

function dropPrototypes(value: object): void {
  if (Object.hasOwn(value, "__proto__")) Reflect.deleteProperty(value, "__proto__");
  for (const item of Object.values(value)) if (item !== null && typeof item === "object") dropPrototypes(item);
}
