/** What a backend and its worker processes say to each other. */
import type { JobRequest, Outcome } from "./action.ts";

export interface WorkerJob {
  id: number;
  attempt: number;
  request: JobRequest;
  /** Seconds the job may take. */
  timeout: number;
  /** Its last try: nothing else is in that process, so that nobody suffers for another's crash, or is taken for guilty. */
  alone: boolean;
}

export type ToWorker = { job: WorkerJob } | { cancel: { id: number; attempt: number } };

/** One attempt at a job among all. */
export function keyOf({ id, attempt }: { id: number; attempt: number }): string {
  return `${id}/${attempt}`;
}

/** How a job ended at a worker: as its action says, cancelled, or not at all because the store or the worker went away. */
export type WorkerOutcome = Outcome | { status: "cancelled" | "released"; message: string };

export interface FromWorker {
  ended: { id: number; attempt: number; outcome: WorkerOutcome };
  /** MiB that the process holds. */
  memory: number;
}
