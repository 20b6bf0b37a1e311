/** fcntl(2) locks on a whole file, as ifupdown takes them; of the open file, so that no other close(2) of ours lets go. */
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const EACCES = 13;
const EAGAIN = 11;

function open() {
  return libc({ fcntl: { args: ["i32", "i32", "ptr"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

/**
 * Locks the file for writing without waiting; closing the descriptor lets go.
 * @returns false while another process holds a lock on it
 * @throws Problem `io`
 */
export function lockRecord(fd: number): boolean {
  functions ??= open();
  // struct flock { short l_type; short l_whence; off_t l_start; off_t l_len; pid_t l_pid; } of a 64-bit system.
  const flock = new Uint8Array(32);
  new DataView(flock.buffer).setInt16(0, F_WRLCK, true);
  if (functions.fcntl(fd, F_OFD_SETLK, flock) === 0) return true;
  const reason = errno();
  if (reason === EAGAIN || reason === EACCES) return false;
  throw new Problem("io", "a file cannot be locked", { cause: `fcntl(F_OFD_SETLK): errno ${reason}` });
}
