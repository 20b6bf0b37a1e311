/** flock(2): one holder of a file, for as long as its process lives. */
import { closeSync, constants, openSync } from "node:fs";
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

const LOCK_SH = 1;
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
 * Takes the lock without waiting. The file is made where it is absent, for its owner alone: whoever may read a file may
 * lock it. A symbolic link is not followed.
 * @param shared true: only looks whether somebody holds it; many may look at a time, and nothing is made
 * @returns undefined while another process holds it
 * @throws Problem `not-found` (shared, absent), `permission`, `io`
 */
export function lockFile(path: string, shared = false): FileLock | undefined {
  functions ??= open();
  const flags = shared ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
  let fd: number;
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (shared && /^(ENOENT|ENOTDIR)$/.test(code)) throw new Problem("not-found", `there is no ${path}`, { cause });
    const why = /^(EACCES|EPERM)$/.test(code) ? "permission" : "io";
    throw new Problem(why, `cannot open the lock file ${path} (${code})`, { cause });
  }
  if (functions.flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return { fd, release: () => closeSync(fd) };
  const reason = errno();
  closeSync(fd);
  if (reason === EWOULDBLOCK) return undefined;
  throw new Problem("io", `cannot lock ${path}`, { cause: `flock: errno ${reason}` });
}
