/** The queue at a glance. */

import { type BackendRow, listBackends } from "./backend-row.ts";
import type { Store } from "./database.ts";
import type { JobStatus } from "./schema-queue.ts";

export interface QueueStatus {
  /** Jobs by action and state. */
  actions: Record<string, Partial<Record<JobStatus, number>>>;
  /** All actions together. */
  total: Partial<Record<JobStatus, number>>;
  /** Waiting jobs that wait for a time of their own: put off, or queued for later. */
  delayed: number;
  /** When the job was queued that has waited longest and could run now; `null` when none does. */
  oldestWaiting: number | null;
  /** Jobs that ended within the last hour. */
  endedLastHour: number;
  /** Devices that have not answered and are left alone for now. */
  resting: number;
  backends: (BackendRow & { alive: boolean; running: number })[];
}

export async function queueStatus(store: Store, now: number): Promise<QueueStatus> {
  const { db } = store;
  const counts = await db
    .selectFrom("job")
    .select((of) => ["action", "status", of.fn.countAll<number>().as("count")])
    .groupBy(["action", "status"])
    .orderBy("action")
    .execute();
  const waiting = await db
    .selectFrom("job")
    .select((of) => [
      of.fn.min<number | null>("entered").filterWhere("not_before", "<=", now).as("oldest"),
      of.fn.countAll<number>().filterWhere("not_before", ">", now).as("delayed"),
    ])
    .where("status", "=", "queued")
    .executeTakeFirst();
  const ended = await db
    .selectFrom("job")
    .select((of) => of.fn.countAll<number>().as("count"))
    .where("finished", ">", now - 3_600_000)
    .executeTakeFirst();
  const resting = await db
    .selectFrom("device_skip")
    .select((of) => of.fn.count<number>("device").distinct().as("count"))
    .where("backend", "=", "")
    .where("not_before", ">", now)
    .executeTakeFirst();
  const running = await db
    .selectFrom("job")
    .select((of) => ["backend", of.fn.countAll<number>().as("count")])
    .where("status", "=", "running")
    .groupBy("backend")
    .execute();

  const actions: QueueStatus["actions"] = {};
  const total: QueueStatus["total"] = {};
  for (const { action, status, count } of counts) {
    actions[action] ??= {};
    actions[action][status] = count;
    total[status] = (total[status] ?? 0) + count;
  }
  const backends = (await listBackends(store, now)).map((row) => ({
    ...row,
    running: running.find(({ backend }) => backend === row.id)?.count ?? 0,
  }));
  return {
    actions,
    total,
    delayed: waiting?.delayed ?? 0,
    oldestWaiting: waiting?.oldest ?? null,
    endedLastHour: ended?.count ?? 0,
    resting: resting?.count ?? 0,
    backends,
  };
}
