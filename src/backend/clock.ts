/** The time that all backends of one database share: leases and schedules are held against it. */
import { databaseTime } from "../store/backend-row.ts";
import type { Store } from "../store/database.ts";

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export class DatabaseClock implements Clock {
  #offset = 0;

  now(): number {
    return Date.now() + this.#offset;
  }

  /** Asks the database for the time; half of the way there and back is taken off. */
  async set(store: Store): Promise<void> {
    const before = Date.now();
    const time = await databaseTime(store);
    const after = Date.now();
    this.#offset = store.kind === "sqlite" ? 0 : Math.round(time - (before + after) / 2);
  }
}
