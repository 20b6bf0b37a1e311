/**
 * What a backend does with jobs: books them, and says what came of them. A booking is one statement; what a backend says
 * of a job counts only while it still has it (`backend` and `attempt` are the fence).
 */
import { type RawBuilder, sql } from "kysely";
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import { type DeferralPolicy, deferralDelay } from "./deferral.ts";
import { type Job, type JobStatus, jobOf, urgentPriority } from "./job.ts";
import type { JobTable } from "./schema-queue.ts";
import { noteDeferral } from "./skip.ts";
import { cleanText } from "./text.ts";
import { wakeBackends } from "./wake.ts";

/** A booking: what its owner shows to be let write. */
export interface Booking {
  id: number;
  backend: string;
  attempt: number;
}

/** Whoever has a job in hand may end without a word this often; then the job ends as an error. */
export const mostLosses = 3;

/** Jobs booked by one statement. */
const mostAtOnce = 200;

/** Jobs looked at for each that is booked: of those for one device only the first is taken. */
const candidatesPerJob = 4;

/**
 * Books up to `most` jobs, and 200 at once for a living backend: the most urgent, then those that were put off least, then the oldest.
 * Left out are devices that another job works on (an urgent job waits only for its own kind), those that this backend
 * skips, and those that have not answered and are to rest. No job is ever booked by two.
 */
export async function bookJobs(store: Store, backend: string, most: number, now: number): Promise<Job[]> {
  const count = Math.min(Math.trunc(most), mostAtOnce);
  if (!(count > 0)) return [];
  // States and limits stand in the text, not beside it: PostgreSQL finds a partial index by a constant only, and for a
  // limit that it does not know it plans to sort the whole queue.
  const lock = store.kind === "postgres" ? sql`for update of q skip locked` : sql``;
  const order = sql`priority desc, deferrals, not_before, id`;
  const { rows } = await sql<JobTable & { id: number }>`
    with candidate as materialized (
      select q.id, q.device, q.priority, q.deferrals, q.not_before from job q
      where q.status = 'queued' and q.not_before <= ${now}
        and exists (select 1 from backend b where b.id = ${backend} and b.lease_until >= ${now})
        and (q.device = '' or not exists (
          select 1 from job r where r.status = 'running' and r.device = q.device
            and (q.priority < ${sql.lit(urgentPriority)} or r.action = q.action)))
        and (q.device = '' or not exists (
          select 1 from device_skip s where s.device = q.device and s.not_before > ${now} and (
            (s.backend = ${backend} and s.action in ('', q.action))
            or (s.backend = '' and s.action = q.action and q.username = ''))))
      order by q.priority desc, q.deferrals, q.not_before, q.id
      limit ${sql.lit(count * candidatesPerJob)}
      ${lock}
    ), chosen as materialized (
      select id from (
        select id, priority, deferrals, not_before, row_number() over (
          partition by case when device = '' then cast(id as text) else device end order by ${order}) as turn
        from candidate) ranked
      where turn = 1 order by ${order} limit ${sql.lit(count)}
    )
    update job set status = 'running', backend = ${backend}, started = cast(${now} as bigint), attempt = attempt + 1
    where id in (select id from chosen) and status || '' = 'queued'
    returning *`.execute(store.db);
  return rows.map(jobOf).sort((a, b) => b.priority - a.priority || a.deferrals - b.deferrals || a.id - b.id);
}

// `|| ''` keeps PostgreSQL from the partial indexes, which it takes for empty: the row is found by its id.
function owned({ id, backend, attempt }: Booking): RawBuilder<boolean> {
  return sql`id = ${id} and status || '' = 'running' and backend = ${backend} and attempt = ${attempt}`;
}

/**
 * The end of a job; a device that was reached has no deferrals any more for that action.
 * @returns false when the job is not the caller's any more: nothing was written
 */
export async function finishJob(
  store: Store,
  booking: Booking,
  outcome: { status: Exclude<JobStatus, "queued" | "running">; message: string },
  now: number,
): Promise<boolean> {
  const { rows } = await sql<{ action: string; device: string }>`
    update job set status = ${outcome.status}, message = ${cleanText(outcome.message, 4096)},
      finished = cast(${now} as bigint)
    where ${owned(booking)}
    returning action, device`.execute(store.db);
  const [job] = rows;
  if (job === undefined) return false;
  // Not in one transaction: it would double the cost of every job, and a deferral that stays costs one wait.
  if (job.device !== "" && outcome.status === "done") {
    await store.db
      .deleteFrom("device_skip")
      .where("device", "=", job.device)
      .where("action", "=", job.action)
      .where("backend", "=", "")
      .execute();
  }
  return true;
}

/**
 * The device could not be reached: the job waits, longer each time, and so do others of its action for that device that
 * nobody asked for in person. After the last try it ends as an error.
 * @returns false when the job is not the caller's any more
 */
export async function deferJob(
  store: Store,
  booking: Booking,
  message: string,
  policy: DeferralPolicy,
  now: number,
): Promise<boolean> {
  const text = cleanText(message, 4096);
  return untilNoTwin(() =>
    store.transaction(async (transaction) => {
      const { db } = transaction;
      const { rows } = await sql<JobTable>`select * from job where ${owned(booking)}`.execute(db);
      const [job] = rows;
      if (job === undefined) return false;
      const own = job.deferrals + 1;
      const device =
        job.device === "" ? undefined : await noteDeferral(transaction, job.device, job.action, text, policy, now);
      const rests = job.username === "" ? device : undefined;
      const last = own >= policy.most || (rests !== undefined && rests.deferrals >= policy.most);
      if (last) {
        const said = `${text} (given up after ${own} ${own === 1 ? "try" : "tries"})`;
        return finishJob(transaction, booking, { status: "error", message: said }, now);
      }
      const until = rests?.until ?? now + deferralDelay(own, policy);
      return (await waitAgain(transaction, owned(booking), now, { deferred: { message: text, until } })) > 0;
    }),
  );
}

interface Wait {
  /** Whoever had it ended without a word. */
  lost?: boolean;
  deferred?: { message: string; until: number };
}

/**
 * Running jobs wait again, in one statement. What nobody asked for in person and stands in the queue once more has become
 * needless; what was to be cancelled is; what was lost too often ends. Gives their number.
 */
async function waitAgain(store: Store, which: RawBuilder<unknown>, now: number, wait: Wait = {}): Promise<number> {
  const twin = sql`exists (select 1 from job o where o.dedup = job.dedup and o.id <> job.id
    and (o.status = 'queued' or (o.status = 'running' and o.id < job.id)))`;
  const losses = wait.lost ? sql`losses + 1` : sql`losses`;
  const spent = sql`${losses} >= ${sql.lit(mostLosses)}`;
  const message = wait.deferred ? sql`${wait.deferred.message}` : sql`message`;
  const { numAffectedRows } = await sql`
    update job set
      status = case when cancel = 1 then 'cancelled' when ${spent} then 'error' when ${twin} then 'info' else 'queued' end,
      message = case when cancel = 1 then 'cancelled'
        when ${spent} then 'given up: the processes that worked on it ended without a word'
        when ${twin} then 'the same job is queued once more' else ${message} end,
      finished = case when cancel = 1 or ${spent} or ${twin} then cast(${now} as bigint) end,
      losses = ${losses},
      deferrals = deferrals + ${sql.lit(wait.deferred ? 1 : 0)},
      not_before = ${wait.deferred ? sql`cast(${wait.deferred.until} as bigint)` : sql`not_before`},
      backend = null, started = null
    where ${which}`.execute(store.db);
  return Number(numAffectedRows ?? 0n);
}

/** Another process may queue the same job in the moment between our look and our writing. */
async function untilNoTwin<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 5 || !(error instanceof Problem && error.code === "conflict")) throw error;
    }
  }
}

/** Gives jobs back that were not begun, or whose doing was broken off on purpose; gives how many still were the caller's. */
export async function releaseJobs(store: Store, bookings: readonly Booking[], now: number): Promise<number> {
  return giveBack(store, bookings, now, false);
}

/** Gives back what a process had in hand that ended without a word. */
export async function requeueLost(store: Store, bookings: readonly Booking[], now: number): Promise<number> {
  return giveBack(store, bookings, now, true);
}

async function giveBack(store: Store, bookings: readonly Booking[], now: number, lost: boolean): Promise<number> {
  let given = 0;
  for (const booking of bookings) given += await untilNoTwin(() => waitAgain(store, owned(booking), now, { lost }));
  if (given > 0) await wakeBackends(store);
  return given;
}

/** Gives back all that a backend has in hand, when it ends in order. */
export async function releaseAllOf(store: Store, backend: string, now: number): Promise<number> {
  const which = sql`status = 'running' and backend = ${backend}`;
  const given = await untilNoTwin(() => waitAgain(store, which, now));
  if (given > 0) await wakeBackends(store);
  return given;
}

/** Gives back what backends had in hand whose lease is over; whoever notices calls it. Gives the number of jobs. */
export async function requeueDead(store: Store, now: number): Promise<number> {
  const which = sql`status = 'running' and not exists (
    select 1 from backend b where b.id = job.backend and b.lease_until >= ${now})`;
  const given = await untilNoTwin(() => waitAgain(store, which, now, { lost: true }));
  if (given > 0) await wakeBackends(store);
  return given;
}

/** What the database says that a backend has in hand. */
export async function jobsOf(store: Store, backend: string): Promise<(Booking & { cancel: boolean })[]> {
  const { rows } = await sql<{ id: number; attempt: number; cancel: number }>`
    select id, attempt, cancel from job where status = 'running' and backend = ${backend}`.execute(store.db);
  return rows.map(({ id, attempt, cancel }) => ({ id, backend, attempt, cancel: cancel === 1 }));
}
