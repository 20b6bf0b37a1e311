/** Clocks that somebody sets. */
import type { Clock } from "../clock.ts";

/** Less than this, in milliseconds, is no setting. */
const least = 1000;

/** Tells when somebody has set a clock: back by an hour, it must not make everything wait for an hour. */
export class Setting {
  readonly #clock: Clock;
  #ahead: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ahead = clock.now() - clock.steady();
  }

  /** By how many milliseconds since it was asked last. */
  by(): number {
    const step = this.#clock.now() - this.#clock.steady() - this.#ahead;
    if (Math.abs(step) < least) return 0;
    this.#ahead += step;
    return step;
  }
}
