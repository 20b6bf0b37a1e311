/** Whoever works on the interfaces holds one lock: the daemon for life, a command or a client's hook for moments. */
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { type FileLock, lockFile } from "../../system/flock.ts";

/** Milliseconds between two looks. */
const look = 50;

/** When to give up waiting. */
export interface Patience {
  /** Milliseconds; absent: no matter how long. */
  most?: number;
  /** Asked at each look: whoever has it keeps it. */
  kept?: () => Promise<boolean>;
}

/**
 * @param waits is told once, when it is another's
 * @returns undefined: it is kept
 * @throws Problem `already-running` after that, `cancelled` by the signal or what it says, `permission`, `io`
 */
export async function workLock(
  path: string,
  waits: () => void,
  signal: AbortSignal,
  { most = Number.POSITIVE_INFINITY, kept = async () => false }: Patience = {},
): Promise<FileLock | undefined> {
  const deadline = performance.now() + most;
  for (let first = true; ; first = false) {
    const lock = lockFile(path);
    if (lock) return lock;
    if (await kept()) return undefined;
    if (performance.now() >= deadline) throw new Problem("already-running", `a netconf is at work (lock of ${path})`);
    if (first) waits();
    await pause(look, signal);
    if (signal.aborted) throw Problem.from(signal.reason, "cancelled", "cancelled while it waited for another netconf");
  }
}
