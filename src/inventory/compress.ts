/**
 * How an OCS message body is packed: a zlib stream (RFC 1950) by its own agents, gzip (RFC 1952) or plain text by others.
 * A server answers in the coding it was asked in.
 */
import { promisify } from "node:util";
import zlib from "node:zlib";
import { Problem } from "../problem.ts";

export type Coding = "zlib" | "gzip" | "plain";

const inflate = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflate);
const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const deflate = promisify<Uint8Array, Buffer>(zlib.deflate);
const gzip = promisify<Uint8Array, Buffer>(zlib.gzip);

/** By the first bytes; undefined when they are none of the three (a plain body begins with `<`, blanks or a BOM). */
export function codingOf(body: Uint8Array): Coding | undefined {
  const [first, second] = body;
  if (first === undefined || second === undefined) return undefined;
  if (first === 0x1f && second === 0x8b) return "gzip";
  // RFC 1950 §2.2: method 8, and the two bytes as a number are a multiple of 31. No plain XML passes that test.
  if ((first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0) return "zlib";
  const text = first === 0xef && second === 0xbb ? body.subarray(3) : body;
  return /^\s*</.test(String.fromCharCode(...text.subarray(0, 16))) ? "plain" : undefined;
}

/**
 * The content of a body and the coding it came in. Unpacking runs off the main thread and stops at `limit` bytes of
 * output, so that a bomb costs no more than that.
 * @throws Problem `too-large` beyond the limit; `bad-request` for a broken stream; `unsupported-media` for other data.
 */
export async function unpack(body: Uint8Array, limit: number): Promise<{ content: Uint8Array; coding: Coding }> {
  const coding = codingOf(body);
  if (coding === undefined)
    throw new Problem("unsupported-media", "the body is neither zlib, gzip nor plain XML", {
      detail: { length: body.length },
    });
  if (coding === "plain") {
    if (body.length > limit) throw tooLarge(limit);
    return { content: body, coding };
  }
  try {
    const content = await (coding === "zlib" ? inflate : gunzip)(body, { maxOutputLength: limit });
    return { content, coding };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit, error);
    throw new Problem("bad-request", `the ${coding} stream of the body is broken`, { cause: error });
  }
}

/** Packs an answer as the question was packed. */
export async function pack(content: string | Uint8Array, coding: Coding): Promise<Uint8Array> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (coding === "plain") return bytes;
  return await (coding === "zlib" ? deflate : gzip)(bytes);
}

function tooLarge(limit: number, cause?: unknown): Problem {
  return new Problem("too-large", `the body unpacks to more than ${limit} bytes`, { cause });
}
