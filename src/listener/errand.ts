/** What a handler's process has in hand: calls or a function, which it acknowledges one after the other. */
import { clearTimeout, setTimeout } from "node:timers";
import type { Delivery } from "./worker.ts";

export class Errand {
  readonly end: Promise<Delivery>;
  /** How many are done. */
  at = 0;
  open = true;
  readonly #ids: readonly string[];
  readonly #seconds: number;
  readonly #onDone: (id: string, milliseconds: number) => void;
  readonly #settle: (delivery: Delivery) => void;
  #begun = performance.now();
  readonly #timer: NodeJS.Timeout;
  #late = false;

  /**
   * @param timeout milliseconds for each of them
   * @param onDone told of each, with how long it took
   * @param kill ends the process: one took too long
   */
  constructor(
    ids: readonly string[],
    timeout: number,
    onDone: (id: string, milliseconds: number) => void,
    kill: () => void,
  ) {
    this.#ids = ids;
    this.#seconds = timeout / 1000;
    this.#onDone = onDone;
    const end = Promise.withResolvers<Delivery>();
    this.end = end.promise;
    this.#settle = end.resolve;
    // Bun reads what has come before it looks at timers: an answer that is there counts even if we notice late.
    this.#timer = setTimeout(
      () => {
        this.#late = true;
        kill();
      },
      Math.min(timeout, 2 ** 31 - 1),
    );
  }

  /** How many are not. */
  get pending(): number {
    return this.open ? this.#ids.length - this.at : 0;
  }

  /** @returns false: that is not what was to be done next */
  done(id: string): boolean {
    if (!this.#next(id)) return false;
    const now = performance.now();
    this.at++;
    if (this.at === this.#ids.length) this.#finish({ end: "done" });
    else this.#timer.refresh();
    this.#onDone(id, now - this.#begun);
    this.#begun = now;
    return true;
  }

  failed(id: string, error: string, unavailable: boolean): boolean {
    if (!this.#next(id)) return false;
    this.#finish({ end: "failed", id, error, unavailable });
    return true;
  }

  /** The process is no more. */
  lost(error: string, blame: "crash" | "none"): void {
    this.#finish(
      this.#late
        ? { end: "lost", error: `it took longer than ${this.#seconds} s and was killed`, blame: "timeout" }
        : { end: "lost", error, blame },
    );
  }

  #next(id: string): boolean {
    return this.open && !this.#late && this.#ids[this.at] === id;
  }

  #finish(delivery: Delivery): void {
    if (!this.open) return;
    this.open = false;
    clearTimeout(this.#timer);
    this.#settle(delivery);
  }
}
