/** Says when a handler as a whole has to wait, because what it writes to is out of reach rather than one object wrong. */
import type { Clock } from "../clock.ts";

/** Milliseconds to wait after so many failures: 1 s, 2 s, 4 s … 1 h. */
export function backOff(failures: number): number {
  return Math.min(1000 * 2 ** Math.max(0, failures - 1), 3_600_000);
}

/** Milliseconds after which at the latest it is looked whether it is back. */
const longest = 60_000;
/** So many different objects that fail one after the other mean that it is not the objects. */
const inARow = 10;
/** An object that failed so often as the only one that was tried is to blame after all. */
const probes = 5;

export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #until = 0;
  readonly #row = new Set<string>();
  #probed = { key: "", times: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970 before which nothing may be tried. */
  get until(): number {
    return this.#until;
  }

  /** One call at a time, until one succeeds. */
  get open(): boolean {
    return this.#failures > 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#row.clear();
    this.#probed = { key: "", times: 0 };
  }

  /** All must wait. */
  unavailable(): void {
    this.#failures += 1;
    this.#until = this.#clock.now() + Math.min(backOff(this.#failures), longest);
  }

  /** Nothing is tried for so many milliseconds; that says nothing about the next failure. */
  rest(milliseconds: number): void {
    this.#until = this.#clock.now() + milliseconds;
  }

  /** Somebody has set the clock, by so many milliseconds. */
  shift(milliseconds: number): void {
    if (this.#until > 0) this.#until += milliseconds;
  }

  /** A person wants it to be tried now. */
  now(): void {
    this.#until = 0;
  }

  /**
   * An object failed.
   * @param retried it was parked before: that it fails again says nothing about others
   * @returns whether to blame, that is to park, the object
   */
  failed(key: string, uuid: string, retried: boolean): boolean {
    if (this.open) {
      this.unavailable();
      if (retried) return false;
      this.#probed = { key, times: this.#probed.key === key ? this.#probed.times + 1 : 1 };
      return this.#probed.times >= probes;
    }
    if (!retried && this.#row.add(uuid).size >= inARow) this.unavailable();
    return true;
  }
}
