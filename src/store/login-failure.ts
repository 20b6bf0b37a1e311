/**
 * Failed logins, slowed per key (`user:NAME`, `address:IP`): three are free, then each one more doubles the wait, from a
 * second to a quarter of an hour. A day without failure forgets them. Kept in the store, so that a restart of the daemon
 * gives no fresh tries.
 */
import type { Store } from "./database.ts";
import { cleanText } from "./text.ts";

const free = 3;
/** Milliseconds. */
const longestDelay = 15 * 60_000;
/** Milliseconds without a failure. */
const forgottenAfter = 24 * 3_600_000;
/** A guesser who invents a name for each try shall not fill the disk. */
const mostKeys = 10_000;

/** Milliseconds to wait after the failure number `count`. */
export function delayAfter(count: number): number {
  return count <= free ? 0 : Math.min(1000 * 2 ** Math.min(count - free - 1, 30), longestDelay);
}

/** Seconds until another try is allowed for all of the keys; 0: now. */
export async function retryAfter(store: Store, keys: string[], now: number): Promise<number> {
  const rows = await store.db
    .selectFrom("login_failure")
    .select(["count", "last"])
    .where("key", "in", keys.map(stored))
    .where("last", ">", now - forgottenAfter)
    .execute();
  const waits = rows.map((row) => row.last + delayAfter(row.count) - now);
  return Math.max(0, ...waits) / 1000;
}

/** Counts one failure. */
export async function noteFailure(store: Store, key: string, now: number): Promise<void> {
  await store.db
    .insertInto("login_failure")
    .values({ key: stored(key), count: 1, last: now })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((of) => ({
        count: of
          .case()
          .when("login_failure.last", "<=", now - forgottenAfter)
          .then(1)
          .else(of("login_failure.count", "+", 1))
          .end(),
        last: now,
      })),
    )
    .execute();
}

/**
 * Asks for leave to check a password, and counts the try as a failure until `clearFailures` says otherwise: in one
 * transaction, so that a thousand tries at the same moment are a thousand tries. Gives the seconds to wait when the try
 * is not allowed (then nothing is counted), else 0.
 */
export async function beginTry(store: Store, keys: string[], now: number): Promise<number> {
  return store.transaction(async (transaction) => {
    const wait = await retryAfter(transaction, keys, now);
    // One order for all, or two transactions would wait for each other.
    if (wait === 0) for (const key of keys.toSorted()) await noteFailure(transaction, key, now);
    return wait;
  });
}

export async function clearFailures(store: Store, key: string): Promise<void> {
  await store.db.deleteFrom("login_failure").where("key", "=", stored(key)).execute();
}

/** Removes what is forgotten, and the oldest beyond the most we keep. */
export async function expireFailures(store: Store, now: number): Promise<void> {
  await store.db
    .deleteFrom("login_failure")
    .where("last", "<=", now - forgottenAfter)
    .execute();
  const oldest = await store.db
    .selectFrom("login_failure")
    .select("last")
    .orderBy("last", "desc")
    .offset(mostKeys)
    .limit(1)
    .executeTakeFirst();
  if (oldest !== undefined) await store.db.deleteFrom("login_failure").where("last", "<=", oldest.last).execute();
}

function stored(key: string): string {
  return cleanText(key, 200);
}
