/** Files that are whole or absent, whatever happens in between: written beside, synced, renamed. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Problem } from "../problem.ts";

const denied = /^(EACCES|EPERM|EROFS|ELOOP)$/;

/**
 * Makes a folder that is absent, with those above it.
 * @throws Problem `permission`, `io`
 */
export function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const why = denied.test(code) ? "permission" : "io";
    throw new Problem(why, `cannot make the folder ${path} (${code})`, { cause });
  }
}

/**
 * Sees to it that a file is there and for its owner alone, whatever the umask is. A link is not followed.
 * @throws Problem `permission`, `io`
 */
export function ownFile(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    if ((fstatSync(fd).mode & 0o077) !== 0) fchmodSync(fd, 0o600);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new Problem(denied.test(code) ? "permission" : "io", `cannot write ${path} (${code})`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** @throws Problem `io` (disk full, no permission …); the file is then what it was */
export function replaceFile(path: string, content: string, mode = 0o600): void {
  const beside = `${path}.${process.pid}.new`;
  discard(beside);
  try {
    // Made by us or not at all: what lies there may be a link.
    const fd = openSync(beside, "wx", mode);
    try {
      const bytes = Buffer.from(content);
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (cause) {
    discard(beside); // or a full disk stays full
    throw new Problem("io", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // there is none, or it cannot be removed: making it anew says which
  }
}

/** Makes a rename or removal in a folder last. */
export function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The JSON of a file; undefined when it is absent or not JSON.
 * @throws Problem `io` when it is there and cannot be read: what it holds is not to be forgotten
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Problem("io", `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
