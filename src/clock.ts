/** Time as services see it, so that tests turn it by hand and replays by what was recorded. */
export interface Clock {
  /** Epoch milliseconds, for people. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets: deadlines are by this one (a host may boot in 1970). */
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
