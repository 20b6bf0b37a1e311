/** Turns at a steady rate. */
import { pause } from "../process/wait.ts";

/** Turns that were not used may be made up for within this time, milliseconds: timers are no finer. */
const slack = 20;

/** Resolves when it is the caller's turn: so many a second, in the order of asking. Stops waiting when the signal fires. */
export function pacer(rate: number, signal: AbortSignal): () => Promise<void> {
  let next = performance.now();
  return async () => {
    const now = performance.now();
    next = Math.max(next, now - slack) + 1000 / rate;
    if (next - now > slack / 2) await pause(next - now, signal);
  };
}
