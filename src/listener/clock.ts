/** Time as the listener's parts see it, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets: its difference to `now` tells that somebody did. */
  steady(): number;
  /** Calls once after so many milliseconds; the returned function forgets it. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

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
