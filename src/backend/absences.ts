/**
 * Whether a backend has gone lately. It may be restarting: what only it may do waits for it, and is not ended because all
 * that live are forbidden to do it.
 */
import { listBackends } from "../store/backend-row.ts";
import type { Store } from "../store/database.ts";

/** Milliseconds within which a backend may come back. */
const comesBack = 10 * 60_000;

export class Absences {
  readonly #store: Store;
  #living = new Set<string>();
  #last = Number.NEGATIVE_INFINITY;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Looks who lives. True when somebody who did at an earlier look does not, since not too long ago. */
  async recent(now: number): Promise<boolean> {
    const rows = await listBackends(this.#store, now);
    const living = new Set(rows.filter(({ alive }) => alive).map(({ id }) => id));
    if ([...this.#living].some((id) => !living.has(id))) this.#last = now;
    this.#living = living;
    return now - this.#last < comesBack;
  }
}
