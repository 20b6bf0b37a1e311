/** Reads one JSON body of UMCP. What it accepts, and why, is told in parser.ts. */
import { Problem } from "../problem.ts";
import type { Json, Message } from "./message.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Gives the message its JSON body, bytes[from..end), or the problem with it. */
export function readBody(
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
  for (const character of characters) structure[character.charCodeAt(0)] = change;
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
