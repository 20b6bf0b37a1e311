/** The tables of the job queue (see schema.ts for what types mean). */
import type { Generated } from "kysely";

export const jobStatuses = ["queued", "running", "done", "info", "error", "cancelled"] as const;
export type JobStatus = (typeof jobStatuses)[number];

export interface JobTable {
  id: Generated<number>;
  action: string;
  /** "" for all stages. */
  stage: string;
  /** "" for an action without a device. */
  device: string;
  port: string;
  extra: string;
  force: 0 | 1;
  /** 100 for a person's or an urgent one, else 0. */
  priority: number;
  status: JobStatus;
  /** How it ended, or why it was put off. */
  message: string;
  /** "" when no person asked for it. */
  username: string;
  userip: string;
  reason: string;
  /** What is known of a device that has no row yet: its LLDP or CDP id. */
  device_key: string;
  entered: number;
  /** Of the present or last attempt. */
  started: number | null;
  finished: number | null;
  /** `backend.id` of who has it in hand, or had it last. */
  backend: string | null;
  /** Counts bookings: with `backend`, the token that only the present owner has. */
  attempt: number;
  /** Times it was put off because its device did not answer. */
  deferrals: number;
  /** Times whoever had it in hand ended without a word. */
  losses: number;
  not_before: number;
  /** 1: somebody wants its running attempt ended. */
  cancel: 0 | 1;
  /** Hash of what is to be done; equal ones wait only once. `null` for a person's job, of which all wait. */
  dedup: string | null;
}

/** A running backend: one row for each process, with a lease that it renews. */
export interface BackendTable {
  /** Made anew at each start. */
  id: string;
  host: string;
  /** Boot and pid namespace: within one place a pid tells whether a process lives. */
  place: string;
  pid: number;
  version: string;
  started: number;
  seen: number;
  /** Beyond it the backend is dead, and what it has in hand is free again. */
  lease_until: number;
  workers: number;
  /** Jobs it can have in hand. */
  slots: number;
  /** Where it answers; "" for nowhere. */
  address: string;
}

/** What is not to be tried now: by everybody, for a device has not answered, or by one backend, whose lists forbid it. */
export interface DeviceSkipTable {
  device: string;
  /** "" for every action. */
  action: string;
  /** `backend.id`; "" for all. */
  backend: string;
  deferrals: number;
  last_defer: number;
  /** Until then: jobs that nobody asked for in person wait; the backend takes none. */
  not_before: number;
  reason: string;
}

/** How far each action's times have been looked at. */
export interface ScheduleTable {
  action: string;
  checked: number;
}

/** One row for each time an action was due: whoever inserts it queues the job. */
export interface ScheduleRunTable {
  action: string;
  /** The minute it was due, epoch milliseconds. */
  due: number;
  backend: string;
}

export interface QueueSchema {
  job: JobTable;
  backend: BackendTable;
  device_skip: DeviceSkipTable;
  schedule: ScheduleTable;
  schedule_run: ScheduleRunTable;
}
