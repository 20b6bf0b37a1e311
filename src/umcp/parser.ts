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
import { isAscii } from "node:buffer";
import { Problem } from "../problem.ts";
import { readBody } from "./body.ts";
import { badHeader, type Head, readHead } from "./header.ts";
import { json, type Message } from "./message.ts";

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

/** First piece of memory for a body that comes in parts; it doubles as bytes arrive. */
const firstPiece = 4096;

/** Chunks up to this size are made text in one go: calls out of JavaScript cost more than the bytes. */
const smallChunk = 64 * 1024;
/** Up to this size it is the other way round. */
const tinyChunk = 32;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const LF = 0x0a;

export class Parser {
  /** Why nothing more can be read from this connection: `bad-header` or `too-large`. */
  problem: Problem | undefined;

  private readonly limits: ParserLimits;
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
    const worthwhile = !this.head && chunk.length > tinyChunk && chunk.length <= smallChunk;
    const whole = worthwhile ? asciiOf(chunk) : undefined;
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
      head = readHead(chunk, whole, from, end, this.limits.arguments);
    } else {
      this.keep(chunk, from, end, this.limits.header);
      head = readHead(this.piece, undefined, 0, this.filled, this.limits.arguments);
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
    if (to - from > tinyChunk) this.piece.set(chunk.subarray(from, to), this.filled);
    else for (let i = from; i < to; i++) this.piece[this.filled + i - from] = chunk[i]!;
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

/** The text of bytes that are all ASCII, where offsets in the bytes are offsets in the text. */
function asciiOf(bytes: Uint8Array): string | undefined {
  return isAscii(bytes) ? utf8.decode(bytes) : undefined;
}
