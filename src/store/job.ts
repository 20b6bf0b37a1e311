/** Jobs of the queue: put in, looked at, cancelled, forgotten. job-book.ts is what backends do with them. */
import { createHash } from "node:crypto";
import { type Selectable, sql } from "kysely";
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import type { JobStatus, JobTable } from "./schema-queue.ts";
import { cleanText } from "./text.ts";
import { wakeBackends } from "./wake.ts";

export type { JobStatus } from "./schema-queue.ts";

/** Priority of what a person waits for, and of urgent actions. */
export const urgentPriority = 100;

export interface NewJob {
  action: string;
  stage?: string | undefined;
  device?: string | undefined;
  port?: string | undefined;
  extra?: string | undefined;
  force?: boolean | undefined;
  /** The person who asked; without one, an equal job that waits already is enough. */
  username?: string | undefined;
  userip?: string | undefined;
  reason?: string | undefined;
  deviceKey?: string | undefined;
  /** Goes before the others although no person asked. */
  urgent?: boolean | undefined;
  /** Epoch milliseconds; not before. */
  notBefore?: number | undefined;
}

export interface Job {
  id: number;
  action: string;
  stage: string;
  device: string;
  port: string;
  extra: string;
  force: boolean;
  username: string;
  userip: string;
  reason: string;
  deviceKey: string;
  priority: number;
  status: JobStatus;
  message: string;
  entered: number;
  started: number | null;
  finished: number | null;
  /** Who has it in hand, or had it last. */
  backend: string | null;
  attempt: number;
  deferrals: number;
  losses: number;
  notBefore: number;
  cancel: boolean;
}

export function jobOf(row: Selectable<JobTable>): Job {
  const { device_key, not_before, dedup: _, force, cancel, ...same } = row;
  return { ...same, force: force === 1, cancel: cancel === 1, deviceKey: device_key, notBefore: not_before };
}

/** The lengths that are kept; a device, port or parameter beyond its own is refused, for it would mean another thing. */
const longest = { action: 64, stage: 64, device: 255, port: 255, extra: 4096 } as const;

/**
 * Rows of one statement. PostgreSQL takes 65 535 parameters in one, SQLite 32 766.
 */
const rowsAtOnce = 1000;

/** As `enqueueJobs`; gives the number of those that are new. */
export async function enqueue(store: Store, jobs: readonly NewJob[], now = Date.now()): Promise<number> {
  return (await enqueueJobs(store, jobs, now)).length;
}

/**
 * Puts jobs in and gives the ids of those that are new: what nobody asked for in person and waits already is left out.
 * Many at once are put in by statements of a thousand, so that others get their turn between them.
 * @throws Problem `bad-options` for a text that is too long
 */
export async function enqueueJobs(store: Store, jobs: readonly NewJob[], now = Date.now()): Promise<number[]> {
  // One order for all, or two that put in the same jobs would wait for each other.
  const rows = jobs.map((job) => rowOf(job, now)).sort(byDedup);
  const added: number[] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const inserted = await store.db
      .insertInto("job")
      .values(rows.slice(from, from + rowsAtOnce))
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .execute();
    for (const { id } of inserted) added.push(id);
    if (inserted.length > 0) await wakeBackends(store);
  }
  // With the numbers of an empty queue PostgreSQL would sort all of a full one for each booking, until it looks by itself.
  if (store.kind === "postgres" && added.length >= rowsAtOnce) await sql`analyze job`.execute(store.db);
  return added;
}

function byDedup(a: { dedup: string | null }, b: { dedup: string | null }): number {
  const [left, right] = [a.dedup ?? "", b.dedup ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}

function rowOf(job: NewJob, now: number) {
  const what = {
    action: job.action,
    stage: job.stage ?? "",
    device: job.device ?? "",
    port: job.port ?? "",
    extra: job.extra ?? "",
  };
  for (const [name, most] of Object.entries(longest)) {
    const length = what[name as keyof typeof what].length;
    if (length > most) throw new Problem("bad-options", `a job's ${name} has ${length} characters; at most ${most}`);
  }
  const username = cleanText(job.username ?? "", 128);
  const force = job.force ? (1 as const) : (0 as const);
  const key = JSON.stringify([what.action, what.stage, what.device, what.port, what.extra, force]);
  return {
    ...what,
    force,
    username,
    priority: username !== "" || job.urgent ? urgentPriority : 0,
    status: "queued" as const,
    message: "",
    userip: cleanText(job.userip ?? "", 64),
    reason: cleanText(job.reason ?? "", 1024),
    device_key: cleanText(job.deviceKey ?? "", 255),
    entered: now,
    started: null,
    finished: null,
    backend: null,
    attempt: 0,
    deferrals: 0,
    losses: 0,
    not_before: job.notBefore ?? 0,
    cancel: 0 as const,
    dedup: username === "" ? createHash("sha256").update(key).digest("base64") : null,
  };
}

export async function findJob(store: Store, id: number): Promise<Job | undefined> {
  const row = await store.db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst();
  return row && jobOf(row);
}

export interface JobQuery {
  status?: readonly JobStatus[] | undefined;
  action?: string | undefined;
  device?: string | undefined;
  username?: string | undefined;
  /** Only ids below it: the next page. */
  before?: number | undefined;
  /** Only ids above it. */
  after?: number | undefined;
  /** At most 1000; 100 when absent. */
  limit?: number | undefined;
}

/** Newest first. */
export async function listJobs(store: Store, query: JobQuery = {}): Promise<Job[]> {
  let select = store.db.selectFrom("job").selectAll();
  if (query.status?.length) select = select.where("status", "in", query.status);
  for (const name of ["action", "device", "username"] as const) {
    const wanted = query[name];
    if (wanted !== undefined) select = select.where(name, "=", cleanText(wanted, 4096));
  }
  if (query.before !== undefined) select = select.where("id", "<", query.before);
  if (query.after !== undefined) select = select.where("id", ">", query.after);
  const limit = Math.min(Math.max(query.limit ?? 100, 1), 1000);
  return (await select.orderBy("id", "desc").limit(limit).execute()).map(jobOf);
}

/** What became of a wish to cancel: `cancelling` is for its backend to do; `ended` came too late. */
export type Cancelled = "cancelled" | "cancelling" | "ended" | "unknown";

/** Ends a waiting job at once, and asks the owner of a running one to end it. */
export async function cancelJob(store: Store, id: number, by: string, now = Date.now()): Promise<Cancelled> {
  const message = cleanText(`cancelled by ${by}`, 256);
  const { rows } = await sql<{ status: JobStatus }>`
    update job set
      cancel = 1,
      message = case when status = 'queued' then ${message} else message end,
      finished = case when status = 'queued' then cast(${now} as bigint) else finished end,
      status = case when status = 'queued' then 'cancelled' else status end
    where id = ${id} and status in ('queued', 'running')
    returning status`.execute(store.db);
  const status = rows[0]?.status ?? (await findJob(store, id))?.status;
  if (status === undefined) return "unknown";
  if (rows.length === 0) return "ended";
  if (status === "cancelled") return "cancelled";
  await wakeBackends(store);
  return "cancelling";
}

/** Forgets what ended before `before`, a thousand rows a statement; gives their number. */
export async function expireJobs(store: Store, before: number): Promise<number> {
  for (let total = 0; ; ) {
    const { numDeletedRows } = await store.db
      .deleteFrom("job")
      .where("id", "in", (old) => old.selectFrom("job").select("id").where("finished", "<", before).limit(rowsAtOnce))
      .executeTakeFirst();
    total += Number(numDeletedRows);
    if (numDeletedRows < rowsAtOnce) return total;
  }
}
