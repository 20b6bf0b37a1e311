/** flock(2): one holder of a file, for as long as its process lives. */
import { closeSync, openSync } from "node:fs";
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;

function open() {
  return libc({ flock: { args: ["i32", "i32"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

export interface FileLock {
  /** Descriptor of the locked file. */
  fd: number;
  release(): void;
}

/**
 * Takes the lock without waiting.
 * @returns undefined while another process holds it
 * @throws Problem `io` when the file cannot be opened or locked at all
 */
export function lockFile(path: string, mode = 0o644): FileLock | undefined {
  functions ??= open();
  let fd: number;
  try {
    fd = openSync(path, "a+", mode);
  } catch (cause) {
    throw new Problem("io", `cannot open the lock file ${path}`, { cause });
  }
  if (functions.flock(fd, LOCK_EX | LOCK_NB) === 0) return { fd, release: () => closeSync(fd) };
  const reason = errno();
  closeSync(fd);
  if (reason === EWOULDBLOCK) return undefined;
  throw new Problem("io", `cannot lock ${path}`, { cause: `flock: errno ${reason}` });
}
