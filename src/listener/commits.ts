/**
 * Group commit: what queues want to have written is written together, at most every few milliseconds and in one
 * transaction. What is not written yet happens again after a crash, with the same ids.
 */

import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";
import { type Database, transaction } from "./database.ts";

const log = logger("listener");

export class Commits {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #changed: () => void;
  /** In order. */
  #writes: (() => void)[] = [];
  /** Of each name the last one counts. */
  readonly #latest = new Map<string, () => void>();
  #timer: (() => void) | null = null;
  #error = "";

  /** @param changed called when `error` has come or gone */
  constructor(database: Database, clock: Clock, changed: () => void) {
    this.#database = database;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Why nothing can be written, a full disk for instance; empty: it can. Nothing new may be begun meanwhile. */
  get error(): string {
    return this.#error;
  }

  write(write: () => void): void {
    this.#writes.push(write);
    this.#plan(20);
  }

  set(name: string, write: () => void): void {
    this.#latest.set(name, write);
    this.#plan(20);
  }

  /**
   * Now; when it returns, everything is on disk.
   * @throws Problem `io`; all of it is kept and tried again
   */
  flush(): void {
    this.#timer?.();
    this.#timer = null;
    if (this.#writes.length + this.#latest.size === 0) return;
    try {
      transaction(this.#database, () => {
        for (const write of this.#writes) write();
        for (const write of this.#latest.values()) write();
      });
    } catch (error) {
      if (this.#error === "") log.error("positions of handlers cannot be written", { error });
      this.#error = error instanceof Error ? error.message : String(error);
      this.#plan(1000);
      this.#changed();
      throw error;
    }
    this.#writes = [];
    this.#latest.clear();
    if (this.#error === "") return;
    this.#error = "";
    log.info("positions of handlers are written again");
    this.#changed();
  }

  #plan(milliseconds: number): void {
    this.#timer ??= this.#clock.after(milliseconds, () => {
      try {
        this.flush();
      } catch {
        // Logged, and planned again.
      }
    });
  }
}
