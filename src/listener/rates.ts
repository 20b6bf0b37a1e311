/** How fast counters go up: the difference over about the last minute. */
import type { Clock } from "../clock.ts";

interface Sample {
  at: number;
  counts: Map<string, number>;
}

const window = 60_000;

export class Rates {
  readonly #clock: Clock;
  readonly #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called every few seconds. */
  sample(counts: Iterable<[string, number]>): void {
    const at = this.#clock.now();
    this.#samples.push({ at, counts: new Map(counts) });
    while (this.#samples.length > 2 && at - this.#samples[1]!.at >= window) this.#samples.shift();
  }

  /** A second. */
  of(name: string, count: number): number {
    const first = this.#samples[0];
    if (!first) return 0;
    const seconds = Math.max(1, (this.#clock.now() - first.at) / 1000);
    return Math.max(0, count - (first.counts.get(name) ?? 0)) / seconds;
  }
}
