/** Whether processes live; a zombie that nobody has reaped yet does not. */
import { readFileSync } from "node:fs";

export function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until all are gone; after `within` milliseconds, those that still live. */
export async function allGone(pids: number[], within: number): Promise<number[]> {
  const deadline = performance.now() + within;
  while (pids.some(lives) && performance.now() < deadline) await Bun.sleep(10);
  return pids.filter(lives);
}
