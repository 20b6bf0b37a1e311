/** A clock that a test turns. */
import type { Clock } from "../../src/clock.ts";

export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  /** What it was set by. */
  #ahead = 0;
  #order = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  now(): number {
    return this.#now + this.#ahead;
  }

  steady(): number {
    return this.#now;
  }

  /** Somebody sets it: no time passes. */
  set(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const id = this.#order++;
    this.#timers.set(id, { at: this.#now + Math.max(0, milliseconds), callback });
    return () => void this.#timers.delete(id);
  }

  /** When the next timer is due; undefined: there is none. */
  get next(): number | undefined {
    const times = [...this.#timers.values()].map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times) + this.#ahead;
  }

  /** Goes on to a time, and calls what is due until then, in order. */
  turnTo(until: number): void {
    const time = until - this.#ahead;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= time).sort(([a, x], [b, y]) => x.at - y.at || a - b);
      const [first] = due;
      if (first === undefined) break;
      this.#timers.delete(first[0]);
      this.#now = Math.max(this.#now, first[1].at);
      first[1].callback();
    }
    this.#now = Math.max(this.#now, time);
  }

  turn(milliseconds: number): void {
    this.turnTo(this.now() + milliseconds);
  }
}
