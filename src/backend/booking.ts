/** Booking: takes what this backend may do, and gives back what its lists forbid, with the reason. */
import { Problem } from "../problem.ts";
import type { Store } from "../store/database.ts";
import type { Job } from "../store/job.ts";
import { type Booking, bookJobs, finishJob, releaseJobs } from "../store/job-book.ts";
import { skipDevices } from "../store/skip.ts";

export interface Booker {
  /** `backend.id` */
  backend: string;
  /** Jobs it has room for. */
  room: number;
  now: number;
  /** Why this backend may not do it; "" when it may. */
  forbidden(job: Job): Promise<string>;
  /** Called for each that it may do. */
  begin(job: Job, booking: Booking): void;
}

/** Gives how many were booked, and how many of them given back. */
export async function book(
  store: Store,
  { backend, room, now, forbidden, begin }: Booker,
): Promise<{ booked: number; refused: number }> {
  const jobs = await bookJobs(store, backend, room, now);
  const refused: { booking: Booking; device: string; reason: string }[] = [];
  for (const job of jobs) {
    const booking = { id: job.id, backend, attempt: job.attempt };
    const verdict = await verdictOn(job, forbidden);
    if ("senseless" in verdict) {
      await finishJob(store, booking, { status: "error", message: verdict.senseless }, now);
    } else if (verdict.reason !== "") refused.push({ booking, device: job.device, reason: verdict.reason });
    else begin(job, booking);
  }
  if (refused.length > 0) {
    const devices = refused.map(({ device, reason }) => ({ device, action: "", reason }));
    await skipDevices(store, backend, devices, now);
    const bookings = refused.map(({ booking }) => booking);
    await releaseJobs(store, bookings, now);
  }
  return { booked: jobs.length, refused: refused.length };
}

/** What names no device at all ends here: given back, it would come again at once, before all others. */
async function verdictOn(
  job: Job,
  forbidden: Booker["forbidden"],
): Promise<{ reason: string } | { senseless: string }> {
  try {
    return { reason: await forbidden(job) };
  } catch (error) {
    const { code, message } = Problem.from(error);
    if (code !== "bad-request") throw error;
    return { senseless: message };
  }
}
