/**
 * prerun before the first call of a batch, postrun when it is over: after a time without calls, or at the latest so long
 * after prerun. That postrun is owed is on disk before prerun is called; only its success takes that away.
 */

import type { Clock } from "../clock.ts";
import { backOff } from "./breaker.ts";
import type { Worker } from "./worker.ts";

export class Batch {
  readonly #clock: Clock;
  readonly #save: (prepared: boolean) => void;
  #prepared: boolean;
  /** The process that serves now has had its prerun. */
  #warm = false;
  #since: number;
  #last: number;
  #failures = 0;
  #retryAt = 0;

  /**
   * @param prepared as it was found on disk
   * @param save has it on disk when it returns
   */
  constructor(clock: Clock, prepared: boolean, save: (prepared: boolean) => void) {
    this.#clock = clock;
    this.#prepared = prepared;
    this.#save = save;
    this.#since = this.#last = clock.now();
  }

  /** postrun is owed. */
  get prepared(): boolean {
    return this.#prepared;
  }

  /** Another process serves. */
  restarted(): void {
    this.#warm = false;
  }

  /** Somebody has set the clock, by so many milliseconds. */
  shift(milliseconds: number): void {
    this.#since += milliseconds;
    this.#last += milliseconds;
    if (this.#retryAt > 0) this.#retryAt += milliseconds;
  }

  /** When postrun is due, milliseconds since 1970; null: it is not owed. */
  dueAt({ declaration }: Worker): number | null {
    if (!this.#prepared) return null;
    const over = Math.min(this.#last + declaration.quiet * 1000, this.#since + declaration.maxDelay * 1000);
    return Math.max(over, this.#retryAt);
  }

  /** Before calls. Rejects if prerun does. */
  async begin(worker: Worker): Promise<void> {
    this.#last = this.#clock.now();
    const { functions } = worker.declaration;
    if (!functions.includes("prerun") && !functions.includes("postrun")) return;
    if (!this.#prepared) {
      this.#save(true);
      this.#prepared = true;
      this.#since = this.#clock.now();
    }
    await this.#warmUp(worker);
  }

  /** After calls. */
  called(): void {
    this.#last = this.#clock.now();
  }

  /** Rejects if postrun does; it is still owed then, and due later. */
  async finish(worker: Worker): Promise<void> {
    try {
      // A process that was started meanwhile has not prepared itself for it.
      await this.#warmUp(worker);
      await worker.life("postrun");
    } catch (error) {
      this.#failures += 1;
      this.#retryAt = this.#clock.now() + backOff(this.#failures);
      throw error;
    }
    this.#failures = 0;
    this.#retryAt = 0;
    this.#warm = false;
    this.#save(false);
    this.#prepared = false;
  }

  async #warmUp(worker: Worker): Promise<void> {
    if (this.#warm) return;
    if (worker.declaration.functions.includes("prerun")) await worker.life("prerun");
    this.#warm = true;
  }
}
