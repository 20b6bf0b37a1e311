/** A recording's file as text of bytes, packed or not, within bounds. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Problem } from "../../problem.ts";

/** Bytes of a recording, unpacked. The largest of the known ones (a router with 90 000 rows) has 4 MiB. */
const largest = 256 * 1024 * 1024;

export interface Content {
  /** One character per byte (Latin-1): values may be any bytes. Ends with the last whole line. */
  text: string;
  /** Set when the file ends in the middle: why that is known. */
  cutOff?: string | undefined;
}

/**
 * What is packed is known by its first bytes, not by the name.
 * @throws Problem `not-found`, `permission`, `io`; `too-large`; `bad-request` for a packed file that is damaged
 */
export async function readContent(file: string): Promise<Content> {
  const packed = await read(file);
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return whole(packed.toString("latin1"), false);
  const parts: Buffer[] = [];
  let size = 0;
  let reason: string | undefined;
  try {
    await pipeline([packed], createGunzip(), async (unpacked: AsyncIterable<Buffer>) => {
      for await (const part of unpacked) {
        size += part.length;
        if (size > largest) throw tooLarge(file);
        parts.push(part);
      }
    });
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "Z_BUF_ERROR") throw new Problem("bad-request", `${file}: the packed data is damaged`, { cause });
    reason = "the packed file is cut off";
  }
  const text = Buffer.concat(parts).toString("latin1");
  return reason === undefined ? whole(text, true) : { text: wholeLines(text), cutOff: reason };
}

/** A text that ends without a line's end may end in half a value, unless its packing proves that it is all. */
export function whole(text: string, proven: boolean): Content {
  if (proven || text === "" || text.endsWith("\n")) return { text };
  return { text: wholeLines(text), cutOff: "the last line has no end" };
}

const wholeLines = (text: string) => text.slice(0, text.lastIndexOf("\n") + 1);

const tooLarge = (file: string) => new Problem("too-large", `${file}: more than ${largest >> 20} MiB`);

async function read(file: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of createReadStream(file)) {
      size += part.length;
      if (size > largest) throw tooLarge(file);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Problem("not-found", `there is no file ${file}`, { cause });
    if (code === "EACCES") throw new Problem("permission", `${file} cannot be read`, { cause });
    throw new Problem("io", `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  return Buffer.concat(parts);
}
