/** What the reading of a configuration needs of a file system. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { Problem } from "../../problem.ts";

export interface Files {
  /**
   * Text of a file.
   * @param limit bytes it may have
   * @throws Problem `missing`, `permission`, `too-large`, `io` (also for a folder)
   */
  read(path: string, limit: number): string;
  /** Names of what is in a folder, in no order; none where it cannot be read. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** For `$VAR` and `~`. */
  environment: Readonly<Record<string, string | undefined>>;
}

/** The texts that C's strerror has for what reading a file runs into. */
const reasons: Record<string, string> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  ELOOP: "Too many levels of symbolic links",
};

function problem(cause: unknown): Problem {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const why = { ENOENT: "missing", ENOTDIR: "missing", EACCES: "permission", EPERM: "permission" }[code] ?? "io";
  return new Problem(why as "missing" | "permission" | "io", reasons[code] ?? `cannot be read (${code})`, { cause });
}

export const systemFiles: Files = {
  read(path, limit) {
    let fd: number | undefined;
    try {
      fd = openSync(path, "r");
      if (fstatSync(fd).isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
      const pieces: Buffer[] = [];
      for (let size = 0; ; ) {
        const piece = Buffer.alloc(65_536);
        const got = readSync(fd, piece);
        if (got === 0) return new TextDecoder().decode(Buffer.concat(pieces));
        size += got;
        if (size > limit) throw new Problem("too-large", `it is larger than ${limit} bytes`);
        pieces.push(piece.subarray(0, got));
      }
    } catch (cause) {
      throw cause instanceof Problem ? cause : problem(cause);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  },
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  exists: existsSync,
  environment: process.env,
};
