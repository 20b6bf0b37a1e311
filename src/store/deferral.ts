/** How long a device that did not answer is left alone. */

export interface DeferralPolicy {
  /** Tries until the long pause. */
  most: number;
  /** Milliseconds of the long pause. */
  pause: number;
}

/** Milliseconds until the try after `deferrals` ones: a minute, doubled each time, and a quarter more or less. */
export function deferralDelay(deferrals: number, { most, pause }: DeferralPolicy, random = Math.random()): number {
  if (deferrals >= most) return pause;
  return Math.round(Math.min(60_000 * 2 ** Math.min(deferrals - 1, 30) * (0.75 + random / 2), pause));
}
