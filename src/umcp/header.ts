/** Reads one UMCP header line. What it accepts, and why, is told in parser.ts. */
import { Problem } from "../problem.ts";
import { json, type Message } from "./message.ts";

/** Longest id: the model's have 15 digits and a counter. */
const idLength = 64;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
export interface Head {
  message: Message;
  length: number;
}

export function badHeader(why: string): Problem {
  return new Problem("bad-header", `malformed UMCP header: ${why}`);
}

function startsWith(bytes: Uint8Array, from: number, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[from + i] !== start[i]) return false;
  return true;
}

/** Reads bytes[from..end), a header without its `\n`; `whole` is the text of `bytes` if that is ASCII. */
export function readHead(
  bytes: Uint8Array,
  whole: string | undefined,
  from: number,
  end: number,
  maxArguments: number,
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
    if (spaces > maxArguments) return badHeader("too many arguments");
    const words = text.slice(at + 1 - base, textEnd);
    list = spaces === 1 ? [words] : words.split(" ");
  }

  const type = isRequest ? "REQUEST" : "RESPONSE";
  return { message: { type, id, command, arguments: list, mimetype, body: {} }, length };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
