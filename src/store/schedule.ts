/** Which times of an action have been looked at, and who took which: no time is taken twice, and none is lost. */
import type { Store } from "./database.ts";
import { enqueueJobs, type NewJob } from "./job.ts";

/**
 * Until when the action's times have been looked at. An action that was never seen is noted as of now: what would have
 * been due before it was known is not made up for.
 */
export async function checkedUntil(store: Store, action: string, now: number): Promise<number> {
  await store.db
    .insertInto("schedule")
    .values({ action, checked: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await store.db.selectFrom("schedule").select("checked").where("action", "=", action).executeTakeFirst();
  return row?.checked ?? now;
}

/** Moves that time on; never back. */
export async function setChecked(store: Store, action: string, until: number): Promise<void> {
  await store.db
    .updateTable("schedule")
    .set({ checked: until })
    .where("action", "=", action)
    .where("checked", "<", until)
    .execute();
}

/**
 * Takes one time of an action and queues its job, both or neither.
 * @returns false when another backend has taken it
 */
export async function takeTime(
  store: Store,
  run: { action: string; due: number; backend: string },
  job: NewJob,
  now: number,
): Promise<boolean> {
  return store.transaction(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction.db
      .insertInto("schedule_run")
      .values(run)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return false;
    await enqueueJobs(transaction, [job], now);
    return true;
  });
}

export async function expireScheduleRuns(store: Store, before: number): Promise<void> {
  await store.db.deleteFrom("schedule_run").where("due", "<", before).execute();
}
