/** Answers about the queue, and what is put into it. */
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { findDevice } from "../../store/device.ts";
import { portsAt } from "../../store/device-port.ts";
import { type DeviceName, devicesAt } from "../../store/device-view.ts";
import { cancelJob, enqueueJobs, findJob, type Job, type NewJob } from "../../store/job.ts";
import { explainJob } from "../../store/job-explain.ts";
import { type JobListQuery, type JobState, jobsIn, queueMark } from "../../store/job-list.ts";
import { queueStatus } from "../../store/job-status.ts";
import type { Store } from "../../store/store.ts";
import { parseTarget } from "../../target.ts";
import type { CommandContext } from "../module.ts";
import { watch as watchMark } from "../watch.ts";
import type { JobList, JobRow, Queue } from "./answer.ts";
import { addressOf, deviceLink, deviceOf } from "./devices.ts";

/** Of a list, so many are explained: each costs a few questions. */
const mostExplained = 25;
/** Milliseconds between two looks, and of a watch as a whole. */
const look = 1000;
const longestWatch = 600_000;

function row(job: Job, reasons: string[], known: DeviceName | undefined): JobRow {
  return {
    id: job.id,
    action: job.action,
    stage: job.stage,
    device: job.device,
    known: known ? deviceLink(known) : null,
    port: job.port,
    extra: job.extra,
    status: job.status,
    message: job.message,
    user: job.username,
    reason: job.reason,
    entered: job.entered,
    started: job.started,
    finished: job.finished,
    notBefore: job.notBefore,
    cancelling: job.cancel && job.status === "running",
    reasons,
  };
}

export async function jobList(
  store: Store,
  { state, explain, ...query }: JobListQuery & { state: JobState; explain: boolean },
  now = Date.now(),
): Promise<JobList> {
  const { total, jobs } = await jobsIn(store, state, query);
  const known = await devicesAt(
    store,
    jobs.map(({ device }) => device),
  );
  const rows: JobRow[] = [];
  for (const job of jobs) {
    const explained = explain && rows.length < mostExplained ? await explainJob(store, job.id, now) : undefined;
    rows.push(row(explained?.job ?? job, explained?.reasons ?? [], known.get(job.device)));
  }
  return { total, jobs: rows };
}

export async function oneJob(store: Store, id: number, now = Date.now()): Promise<JobRow> {
  const explained = await explainJob(store, id, now);
  if (explained === undefined)
    throw new Problem("not-found", `there is no job ${id}: ended ones are forgotten in time`);
  const { device } = explained.job;
  return row(explained.job, explained.reasons, (await devicesAt(store, [device])).get(device));
}

export async function queue(store: Store, now = Date.now()): Promise<Queue> {
  const { total, delayed, endedLastHour, resting, backends } = await queueStatus(store, now);
  return {
    running: total.running ?? 0,
    waiting: total.queued ?? 0,
    ...{ delayed, endedLastHour, resting },
    backends: backends.map(({ host, pid, alive, workers, running, started }) => ({
      ...{ host, pid, alive, workers, running, started },
    })),
  };
}

/** Reports changes until the asker goes away, the job has ended, or ten minutes are over. */
export async function watch(store: Store, id: number | undefined, context: CommandContext): Promise<unknown> {
  if (id === undefined) {
    return await watchMark(context, { mark: () => queueMark(store), message: "the queue has changed", look });
  }
  const until = Date.now() + longestWatch;
  let told: string | undefined;
  while (Date.now() < until && !context.signal.aborted) {
    const job = await oneJob(store, id);
    const message = job.reasons[0] ?? job.status;
    // The age in a sentence grows from look to look: that alone is nothing new.
    const mark = JSON.stringify([job.status, job.cancelling, job.message, message.replace(/\([^()]* ago\)/g, "")]);
    const ended = job.finished !== null && job.status !== "queued";
    if (mark !== told) context.progress({ message, ...(ended ? { percent: 100 } : {}) });
    told = mark;
    if (ended && job.status === "error") throw new Problem("not-done", `job ${id} failed: ${job.message}`);
    if (ended) return { ended: true, status: job.status, message: job.message };
    await pause(look, context.signal);
  }
  return { ended: false };
}

/** Who asks, for the job's row. */
export type Asker = Pick<CommandContext, "user" | "address">;

async function put(store: Store, { user, address }: Asker, job: NewJob): Promise<{ job: number }> {
  const [id] = await enqueueJobs(store, [{ ...job, username: user.name, userip: address }]);
  if (id === undefined) throw new Problem("internal", "the job was not put into the queue");
  return { job: id };
}

export async function enqueue(
  store: Store,
  { action, device, force }: { action: string; device: string; force: boolean },
  asker: Asker,
): Promise<{ job: number }> {
  const known = await findDevice(store, device);
  if (known === undefined && action !== "discover") {
    throw new Problem("not-found", `there is no device ${device} yet: discover it first`);
  }
  if (known === undefined) parseTarget(device);
  return put(store, asker, { action, device: known ? addressOf(known) : device, force });
}

/** A job that writes to a port which is there. @throws Problem `not-found` */
export async function writePort(
  store: Store,
  wanted: {
    device: number;
    port: string;
    action: "portcontrol" | "portname";
    extra: string;
    reason: string;
    force: boolean;
  },
  asker: Asker,
): Promise<{ job: number }> {
  const device = await deviceOf(store, wanted.device);
  const { port, action, extra, reason, force } = wanted;
  const there = (await portsAt(store, device.id)).some((one) => one.port === port);
  if (!there) throw new Problem("not-found", `${device.name || device.ip} has no port ${port}`);
  return put(store, asker, { action, device: addressOf(device), port, extra, reason, force, urgent: true });
}

export async function cancel(store: Store, id: number, user: string): Promise<{ cancelled: string }> {
  const what = await cancelJob(store, id, user);
  if (what === "unknown") throw new Problem("not-found", `there is no job ${id}`);
  if (what === "ended") {
    const job = await findJob(store, id);
    throw new Problem("conflict", `job ${id} has ended already, as ${job?.status ?? "done"}`);
  }
  return { cancelled: what };
}
