/** What a client prints goes to a file of its own, since it outlives us: read for its last word, kept short. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";

/** Bytes: more is cut off. */
const longest = 64 * 1024;

/** The last line; "": there is none. */
export function lastLine(path: string): string {
  return withFile(path, "r", (fd) => {
    const bytes = new Uint8Array(1024);
    const length = readSync(fd, bytes, 0, bytes.length, Math.max(0, fstatSync(fd).size - bytes.length));
    const lines = new TextDecoder().decode(bytes.subarray(0, length)).split("\n");
    const line = lines.findLast((text) => text.trim() !== "") ?? "";
    return line
      .replace(/[^ -~]/g, "?")
      .trim()
      .slice(0, 200);
  });
}

/** Empties it when it has grown past its limit: whoever writes to it appends. */
export function keepShort(path: string): void {
  withFile(path, "r+", (fd) => {
    if (fstatSync(fd).size > longest) ftruncateSync(fd, 0);
    return "";
  });
}

function withFile(path: string, flags: string, use: (fd: number) => string): string {
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch {
    return ""; // it has none
  }
  try {
    return use(fd);
  } catch {
    return ""; // a last word is no more than a help
  } finally {
    closeSync(fd);
  }
}
