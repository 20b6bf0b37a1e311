/** `reeve backend worker`: a process that does jobs, several at a time, until its backend ends it. */
import { sql } from "kysely";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Host } from "../process/service.ts";
import { aborted } from "../process/wait.ts";
import { collectGarbage } from "../system/memory.ts";
import { showTitle } from "../system/title.ts";
import type { JobRequest, Outcome } from "./action.ts";
import type { BackendOptions } from "./options.ts";
import { type FromWorker, keyOf, type ToWorker, type WorkerJob, type WorkerOutcome } from "./worker-message.ts";

/** What a worker does with its jobs. */
export interface Work {
  perform(request: JobRequest, signal: AbortSignal): Promise<Outcome>;
  /** Whether the store answers: what fails without it says nothing about the device. */
  storeAnswers(): Promise<boolean>;
}

/** Milliseconds the jobs in hand get to break off when the worker is told to end. */
const grace = 3000;

export async function worker(options: BackendOptions, host: Host): Promise<void> {
  const { openTools } = await import("./tools.ts");
  const { perform } = await import("./perform.ts");
  const log = logger("worker");
  const tools = await openTools(options, { report: (text, fields) => log.debug(text, fields) });
  try {
    await serveJobs(host, {
      perform: (request, signal) => perform(request, tools, signal),
      storeAnswers: () =>
        sql`select 1`.execute(tools.store.db).then(
          () => true,
          () => false,
        ),
    });
  } finally {
    await tools.close();
  }
}

/** Does what the parent sends, until the host's signal fires. */
export async function serveJobs(host: Host, work: Work): Promise<void> {
  const inHand = new Map<string, { job: WorkerJob; stop: AbortController; ended: Promise<void> }>();
  const title = () => {
    const jobs = [...inHand.values()].map(({ job: { request } }) => describe(request));
    tryTitle(jobs.length === 0 ? "reeve backend worker: idle" : `reeve backend worker: ${jobs.join(", ")}`);
  };
  const begin = async (job: WorkerJob, stop: AbortController): Promise<void> => {
    const outcome = await outcomeOf(job, work, stop, host.signal);
    inHand.delete(keyOf(job));
    const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
    host.note({ ended: { id: job.id, attempt: job.attempt, outcome }, memory } satisfies FromWorker);
    title();
  };
  host.onMessage((message) => {
    const said = message as ToWorker;
    if ("cancel" in said) {
      inHand.get(keyOf(said.cancel))?.stop.abort(new Problem("cancelled", "cancelled"));
      return;
    }
    const stop = new AbortController();
    const entry = { job: said.job, stop, ended: Promise.resolve() };
    inHand.set(keyOf(said.job), entry);
    title();
    entry.ended = begin(said.job, stop);
  });
  title();
  collectGarbage();
  host.ready();
  await aborted(host.signal);
  const ends = [...inHand.values()];
  for (const { stop } of ends) stop.abort(new Problem("cancelled", "the worker ends"));
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.resolve(), grace);
  await Promise.race([Promise.all(ends.map(({ ended }) => ended)), late.promise]);
  clearTimeout(timer);
}

function describe({ action, stage, device, port }: JobRequest): string {
  return [stage ? `${action}::${stage}` : action, device, port].filter(Boolean).join(" ");
}

let untitled = false;

/** Where there is no FFI the title stays; that is no reason to fail. */
function tryTitle(text: string): void {
  if (untitled) return;
  try {
    showTitle(text, "reeve worker");
  } catch (error) {
    untitled = true;
    logger("worker").warning("the process title cannot be shown", { error });
  }
}

async function outcomeOf(
  { id, request, timeout }: WorkerJob,
  work: Work,
  stop: AbortController,
  ending: AbortSignal,
): Promise<WorkerOutcome> {
  const { action, device } = request;
  const log = logger("worker");
  const begun = performance.now();
  const timer = setTimeout(
    () => stop.abort(new Problem("timeout", `it took longer than ${timeout} s and was ended`)),
    // Beyond it a timer would fire at once.
    Math.min(timeout * 1000, 2 ** 31 - 1),
  );
  let outcome: WorkerOutcome;
  try {
    const done = work.perform(request, stop.signal);
    outcome = await done;
  } catch (error) {
    const problem = Problem.from(stop.signal.aborted ? stop.signal.reason : error);
    if (problem.code === "cancelled") outcome = { status: "cancelled", message: problem.message };
    else if (problem.code === "internal") {
      log.error("a job failed unexpectedly", { job: id, action, device, error });
      outcome = { status: "error", message: "internal error; the backend's log has the cause" };
    } else outcome = { status: "error", message: problem.message };
  } finally {
    clearTimeout(timer);
  }
  if (outcome.status === "cancelled" && ending.aborted) outcome = { status: "released", message: outcome.message };
  if ((outcome.status === "defer" || outcome.status === "error") && !(await work.storeAnswers())) {
    outcome = { status: "released", message: `the store does not answer: ${outcome.message}` };
  }
  const milliseconds = Math.round(performance.now() - begun);
  log.info("job ended", { job: id, action, device, status: outcome.status, said: outcome.message, milliseconds });
  return outcome;
}
