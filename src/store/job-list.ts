/** The queue as somebody looks at it: what runs, what waits in the order it will be booked, what ended last. */
import { type SelectQueryBuilder, sql } from "kysely";
import type { Store } from "./database.ts";
import { type Job, jobOf } from "./job.ts";
import type { Schema } from "./schema.ts";
import type { JobStatus } from "./schema-queue.ts";
import { cleanText } from "./text.ts";

export interface JobListQuery {
  status?: JobStatus | undefined;
  action?: string | undefined;
  device?: string | undefined;
  /** At most 1000; 50 when absent. */
  limit?: number | undefined;
  offset?: number | undefined;
}

export const jobStates = ["running", "waiting", "ended"] as const;
export type JobState = (typeof jobStates)[number];

type Jobs = SelectQueryBuilder<Schema, "job", unknown>;

/** Each state has an index of its own, so that a million ended jobs cost nothing. */
const states: Record<JobState, (jobs: Jobs) => { where: Jobs; order: (jobs: Jobs) => Jobs }> = {
  running: (jobs) => ({
    where: jobs.where("status", "=", "running"),
    order: (all) => all.orderBy("started", "desc").orderBy("id", "desc"),
  }),
  waiting: (jobs) => ({
    where: jobs.where("status", "=", "queued"),
    order: (all) => all.orderBy("priority", "desc").orderBy("deferrals").orderBy("not_before").orderBy("id"),
  }),
  ended: (jobs) => ({
    where: jobs.where("finished", "is not", null).where("status", "not in", ["queued", "running"]),
    order: (all) => all.orderBy("finished", "desc").orderBy("id", "desc"),
  }),
};

export async function jobsIn(
  store: Store,
  state: JobState,
  query: JobListQuery = {},
): Promise<{ total: number; jobs: Job[] }> {
  const { where, order } = states[state](store.db.selectFrom("job") as Jobs);
  let select = where;
  if (query.status !== undefined) select = select.where("status", "=", query.status);
  for (const name of ["action", "device"] as const) {
    const wanted = query[name];
    if (wanted !== undefined) select = select.where(name, "=", cleanText(wanted, 255));
  }
  const { total } = await select.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await order(select)
    .selectAll()
    .limit(Math.min(Math.max(query.limit ?? 50, 1), 1000))
    .offset(Math.max(query.offset ?? 0, 0))
    .execute();
  return { total, jobs: rows.map(jobOf) };
}

/** A text that differs when the queue has changed: what runs, what was put in or ended last, how much waits. */
export async function queueMark(store: Store): Promise<string> {
  const { rows } = await sql<Record<string, unknown>>`select
    (select max(id) from job) as newest,
    (select max(finished) from job) as ended,
    (select count(*) from job where status = 'queued') as waiting,
    (select coalesce(sum(not_before), 0) from job where status = 'queued') as due,
    (select coalesce(sum(id + attempt + cancel), 0) from job where status = 'running') as running,
    (select count(*) from backend) as backends`.execute(store.db);
  return JSON.stringify(rows[0]);
}
