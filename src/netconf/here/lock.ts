/** Whoever works on the interfaces holds one lock: the daemon for life, a command or a client's hook for moments. */
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { type FileLock, lockFile } from "../../system/flock.ts";

/** Milliseconds between two looks. */
const look = 50;

/**
 * @param waits is told once, when it is another's
 * @param most milliseconds to wait; absent: until the signal fires
 * @throws Problem `already-running` after that, `cancelled` by the signal or what it says, `permission`, `io`
 */
export async function workLock(
  path: string,
  waits: () => void,
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<FileLock> {
  const deadline = performance.now() + most;
  for (let first = true; ; first = false) {
    const lock = lockFile(path);
    if (lock) return lock;
    if (performance.now() >= deadline) throw new Problem("already-running", `a netconf is at work (lock of ${path})`);
    if (first) waits();
    await pause(look, signal);
    if (signal.aborted) throw Problem.from(signal.reason, "cancelled", "cancelled while it waited for another netconf");
  }
}
