/** Verification that nobody asks for. */

import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Follower } from "./follow.ts";
import type { Journal } from "./journal.ts";

const log = logger("listener");

/** Milliseconds until what could not be done is tried again, and between looks at a clock that somebody may set. */
const again = 60_000;

/**
 * Verifies when the last verification, or else the first load, is so long ago, whichever process did that: one that is
 * started every day must not put it off for ever.
 * @param interval milliseconds
 * @param signal ends it
 */
export async function verifyRegularly(
  follower: Pick<Follower, "verify">,
  { meta, clock }: Pick<Journal, "meta" | "clock">,
  interval: number,
  signal: AbortSignal,
): Promise<void> {
  const left = () => {
    const last = meta.get("verified")?.ended ?? meta.get("loaded");
    if (last === undefined) return again;
    const ago = clock.now() - last;
    // In the future: somebody has set the clock, and nobody knows how long ago it was.
    return ago < 0 ? 0 : interval - ago;
  };
  while (!signal.aborted) {
    try {
      const milliseconds = left();
      if (milliseconds > 0) await wait(clock, Math.min(milliseconds, again), signal);
      else await follower.verify();
    } catch (error) {
      // Not followed at present, or a person does it: both are told elsewhere.
      const usual = error instanceof Problem && ["unavailable", "conflict"].includes(error.code);
      log[usual ? "debug" : "warning"]("the cache could not be verified; it is tried again", { error });
      await wait(clock, again, signal);
    }
  }
}

async function wait(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const forget = clock.after(milliseconds, end);
  signal.addEventListener("abort", end, { once: true });
  await promise;
  forget();
  signal.removeEventListener("abort", end);
}
