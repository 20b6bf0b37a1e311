/** Tells backends that the queue has changed: PostgreSQL calls them, SQLite is looked at. */
import { sql } from "kysely";
import { logger } from "../log.ts";
import type { Store } from "./store.ts";

const channel = "reeve_job";
/** Milliseconds between two looks at whether another process has written to a SQLite file: one page read in memory. */
const look = 1000;

/** Every backend looks at the queue; in a transaction, once it is committed. */
export async function wakeBackends(store: Store): Promise<void> {
  if (store.kind === "postgres") await sql`select pg_notify(${sql.lit(channel)}, '')`.execute(store.db);
}

/**
 * Calls `changed` when another process may have changed the queue, until the signal fires. Changes can be missed while a
 * database is away: whoever waits looks by itself from time to time.
 */
export async function watchQueue(store: Store, changed: () => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (store.listen) {
    const stop = await store.listen(channel, changed);
    if (signal.aborted) await stop();
    else signal.addEventListener("abort", () => void stop().catch(() => undefined), { once: true });
    return;
  }
  let seen: number | undefined;
  const timer = setInterval(async () => {
    try {
      const version = await dataVersion(store);
      if (version !== seen) changed();
      seen = version;
    } catch (error) {
      logger("store").debug("cannot see whether the queue has changed", { error });
    }
  }, look);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** Changes whenever another connection has committed (SQLite's manual, PRAGMA data_version). */
async function dataVersion(store: Store): Promise<number | undefined> {
  const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(store.db);
  return rows[0]?.data_version;
}
