/** A job in hand, from its booking until its end is written, and what is written then. */
import type { Store } from "../store/database.ts";
import type { DeferralPolicy } from "../store/deferral.ts";
import type { Job } from "../store/job.ts";
import { type Booking, deferJob, finishJob, mostLosses, releaseJobs, requeueLost } from "../store/job-book.ts";
import type { WorkerJob, WorkerOutcome } from "./worker-message.ts";

export interface InHand {
  job: Job;
  given: WorkerJob;
  booking: Booking;
  /** Seconds. */
  timeout: number;
  /** Kills its worker if it does not end by itself. */
  overdue?: ReturnType<typeof setTimeout> | undefined;
  cancelled: boolean;
  /** It has ended, and that is being written: the store may have it or not. */
  ending: boolean;
  /** It is another's now: nothing of it is written. */
  gone: boolean;
}

/** `worker`: the process ended without a word; `neighbour`: for the sake of another job that it had in hand, too. */
export type Ending = { outcome: WorkerOutcome } | { lost: "worker" | "neighbour" };

export function takeInHand(job: Job, booking: Booking, timeout: number): InHand {
  const { id, attempt, action, stage, device, port, extra, force, username, userip, reason } = job;
  const request = { action, stage, device, port, extra, force, username, userip, reason };
  const given = { id, attempt, request, timeout, alone: job.losses >= mostLosses - 1 };
  return { job, given, booking, timeout, cancelled: false, ending: false, gone: false };
}

/** @param stopping we end the workers ourselves: what they lose is nobody's fault */
export async function settle(
  store: Store,
  { job, booking, cancelled, timeout }: InHand,
  ending: Ending,
  { deferral, now, stopping }: { deferral: DeferralPolicy; now: number; stopping: boolean },
): Promise<void> {
  const finish = (status: "done" | "info" | "error" | "cancelled", message: string) =>
    finishJob(store, booking, { status, message }, now);
  if ("lost" in ending) {
    if (cancelled) await finish("cancelled", "cancelled; its worker had to be killed");
    else if (ending.lost === "neighbour" || stopping) await releaseJobs(store, [booking], now);
    else if (now - (job.started ?? now) >= timeout * 1000) {
      await finish("error", `it took longer than ${timeout} s, did not break off, and its worker was killed`);
    } else await requeueLost(store, [booking], now);
    return;
  }
  const { status, message } = ending.outcome;
  if (status === "defer") await deferJob(store, booking, message, deferral, now);
  else if (status === "released") await releaseJobs(store, [booking], now);
  else await finish(status, message);
}
