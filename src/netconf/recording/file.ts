/** The file that a recording is written to. */
import { Buffer } from "node:buffer";
import { closeSync, constants, fchmodSync, openSync, readSync, writeSync } from "node:fs";
import { logger } from "../../log.ts";
import { Problem } from "../../problem.ts";
import { LineCutter } from "../../process/lines.ts";

const log = logger("netconf");

/** Bytes after which a recording ends: it is not to fill the disk. */
const most = 1 << 30;
/** Bytes of a line, above which it is none of ours. */
const longest = 64 << 20;

/**
 * Made anew, for its owner alone.
 * @returns writes a line; after the first failure, or `most` bytes, nothing any more
 * @throws Problem `io`
 */
export function recordingFile(path: string): (line: string) => void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
    fchmodSync(fd, 0o600);
  } catch (cause) {
    throw new Problem("io", `netconf.recording: cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  let size = 0;
  const end = (why: string, error?: unknown) => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    log.warning("the recording ends here", { path, why, ...(error === undefined ? {} : { error }) });
  };
  return (line) => {
    if (fd === undefined) return;
    try {
      const bytes = Buffer.from(`${line}\n`);
      if (size + bytes.length > most) return end("it is as large as it may be");
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      size += bytes.length;
    } catch (error) {
      end("it cannot be written", error);
    }
  };
}

/** Its lines, read as they are asked for. @throws Problem `not-found`, `io` */
export function* recordedLines(path: string): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Problem(absent ? "not-found" : "io", `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    const lines: string[] = [];
    const cutter = new LineCutter(longest, (line) => void lines.push(line));
    const piece = Buffer.allocUnsafe(1 << 20);
    for (let size = readPiece(fd, piece, path); size > 0; size = readPiece(fd, piece, path)) {
      cutter.push(piece.subarray(0, size));
      yield* lines.splice(0);
    }
    cutter.end();
    yield* lines;
  } finally {
    closeSync(fd);
  }
}

function readPiece(fd: number, piece: Buffer, path: string): number {
  try {
    return readSync(fd, piece);
  } catch (cause) {
    throw new Problem("io", `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
