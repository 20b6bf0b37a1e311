/** Why a job does not run: in words, every reason there is. */
import { listBackends } from "./backend-row.ts";
import type { Store } from "./database.ts";
import { findJob, type Job, urgentPriority } from "./job.ts";
import { skipsOf } from "./skip.ts";

export interface Explanation {
  job: Job;
  /** Sentences; the first one matters most. */
  reasons: string[];
}

/** `undefined`: there is no such job. */
export async function explainJob(store: Store, id: number, now: number): Promise<Explanation | undefined> {
  const job = await findJob(store, id);
  if (job === undefined) return undefined;
  if (job.status === "queued") return { job, reasons: await waitingReasons(store, job, now) };
  const backends = await listBackends(store, now);
  const owner = backends.find((backend) => backend.id === job.backend);
  const place = owner ? `the backend at ${owner.host} (process ${owner.pid})` : "a backend that is gone";
  if (job.status === "running") {
    const since = `It runs since ${moment(job.started ?? now, now)}, at ${place}.`;
    if (job.cancel) return { job, reasons: [`It is being cancelled. ${since}`] };
    if (!owner?.alive) return { job, reasons: [`${since} Its lease is over; whoever notices first queues it again.`] };
    return { job, reasons: [since] };
  }
  const end = `It ended ${moment(job.finished ?? now, now)} as ${job.status}`;
  return { job, reasons: [job.message ? `${end}: ${job.message}` : `${end}.`] };
}

async function waitingReasons(store: Store, job: Job, now: number): Promise<string[]> {
  const reasons: string[] = [];
  const alive = (await listBackends(store, now)).filter((backend) => backend.alive);
  if (alive.length === 0) reasons.push("No backend runs: start one with `reeve backend`.");
  if (job.notBefore > now) {
    const why = job.deferrals > 0 ? `put off ${times(job.deferrals)}, last because: ${job.message}` : "asked for so";
    reasons.push(`It waits until ${moment(job.notBefore, now)} (${why}).`);
  }
  if (job.device !== "") reasons.push(...(await deviceReasons(store, job, alive, now)));
  if (reasons.length > 0) return reasons;
  const ahead = await jobsAhead(store, job, now);
  if (ahead > 0) return [`Its turn has not come: ${ahead} ${ahead === 1 ? "job goes" : "jobs go"} before it.`];
  return ["It is the next one to be booked."];
}

async function deviceReasons(
  store: Store,
  job: Job,
  alive: { id: string; host: string }[],
  now: number,
): Promise<string[]> {
  const reasons: string[] = [];
  const skips = (await skipsOf(store, job.device)).filter(
    ({ action, not_before }) => (action === "" || action === job.action) && not_before > now,
  );
  const resting = skips.find(({ backend }) => backend === "");
  if (resting && job.username === "") {
    const until = moment(resting.not_before, now);
    reasons.push(
      `${job.device} is left alone until ${until}: ${job.action} was tried in vain ${times(resting.deferrals)}, last because: ${resting.reason}`,
    );
  }
  const forbidding = alive.flatMap(({ id, host }) => {
    const skip = skips.find(({ backend }) => backend === id);
    return skip ? [`the backend at ${host} may not do it: ${skip.reason}`] : [];
  });
  if (forbidding.length > 0 && forbidding.length < alive.length) {
    reasons.push(`Only ${alive.length - forbidding.length} of ${alive.length} backends may do it; ${forbidding[0]}`);
  } else if (forbidding.length > 0) reasons.push(`No running backend may do it; ${forbidding.join("; ")}`);
  const running = await store.db
    .selectFrom("job")
    .select(["id", "action", "started"])
    .where("status", "=", "running")
    .where("device", "=", job.device)
    .execute();
  for (const other of running) {
    if (job.priority >= urgentPriority && other.action !== job.action) continue;
    reasons.push(
      `Job ${other.id} (${other.action}) works on ${job.device} since ${moment(other.started ?? now, now)}; one at a time.`,
    );
  }
  return reasons;
}

async function jobsAhead(store: Store, job: Job, now: number): Promise<number> {
  const row = await store.db
    .selectFrom("job")
    .select((of) => of.fn.countAll<number>().as("count"))
    .where("status", "=", "queued")
    .where("not_before", "<=", now)
    .where((of) =>
      of.or([
        of("priority", ">", job.priority),
        of.and([of("priority", "=", job.priority), of("deferrals", "<", job.deferrals)]),
        of.and([of("priority", "=", job.priority), of("deferrals", "=", job.deferrals), of("id", "<", job.id)]),
      ]),
    )
    .executeTakeFirst();
  return row?.count ?? 0;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** `2026-11-22 01:02:03Z (in 5 min)`. */
function moment(time: number, now: number): string {
  const seconds = Math.round(Math.abs(time - now) / 1000);
  const [size, unit] =
    seconds < 120 ? [1, "s"] : seconds < 7200 ? [60, "min"] : seconds < 172_800 ? [3600, "h"] : [86_400, "d"];
  const span = `${Math.round(seconds / (size as number))} ${unit}`;
  const text = new Date(time).toISOString().replace("T", " ").replace(/\.\d+/, "");
  return `${text} (${time > now ? `in ${span}` : `${span} ago`})`;
}
