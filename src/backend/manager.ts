/**
 * Between the queue and the workers: what is in hand, handed over, broken off and ended. booking.ts takes jobs,
 * in-hand.ts writes what came of them.
 */
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import type { Store } from "../store/database.ts";
import type { DeferralPolicy } from "../store/deferral.ts";
import type { Job } from "../store/job.ts";
import { jobsOf, releaseJobs } from "../store/job-book.ts";
import { endUnrunnable } from "../store/skip.ts";
import { Absences } from "./absences.ts";
import { book } from "./booking.ts";
import type { Clock } from "./clock.ts";
import { type Ending, type InHand, settle, takeInHand } from "./in-hand.ts";
import { type PoolSettings, type StartWorker, WorkerPool } from "./pool.ts";
import { keyOf, type WorkerJob } from "./worker-message.ts";

export interface ManagerSettings extends PoolSettings {
  /** Seconds a job may take. */
  timeoutOf(action: string): number;
  deferral: DeferralPolicy;
  /** Why this backend may not do it; "" when it may. */
  forbidden(job: Job): Promise<string>;
  /** Milliseconds between two looks at the queue when nobody calls. */
  poll: number;
  /** Milliseconds that a job gets to break off before its worker is killed. */
  graceOf(action: string): number;
}

/** Milliseconds between two tries to write an end while the store does not answer. */
const retry = 500;
/** Milliseconds at least between two comparisons of what is in hand with what the store says. */
const compareEvery = 1000;

export class Manager {
  /** `backend.id`; changes when others took this backend for dead. */
  id: string;
  readonly #store: Store;
  readonly #settings: ManagerSettings;
  readonly #clock: Clock;
  readonly #pool: WorkerPool;
  /** By `keyOf`: while one attempt breaks off, another of the same job may have begun. */
  readonly #inHand = new Map<string, InHand>();
  readonly #stop = new AbortController();
  readonly #workers = new AbortController();
  readonly #absences: Absences;
  readonly #log = logger("backend");
  #call = Promise.withResolvers<void>();
  #compared = 0;
  /** An answer of the store was lost: it may know of bookings that we do not. */
  #unsure = true;

  constructor(store: Store, id: string, settings: ManagerSettings, clock: Clock, start: StartWorker) {
    this.#store = store;
    this.#absences = new Absences(store);
    this.id = id;
    this.#settings = settings;
    this.#clock = clock;
    this.#pool = new WorkerPool(
      settings,
      start,
      {
        begun: (job) => {
          const entry = this.#inHand.get(keyOf(job));
          if (entry) this.#killAfter(entry, entry.timeout * 1000 + settings.graceOf(entry.job.action));
        },
        ended: (job, outcome) => this.#ended(job, { outcome }),
        lost: (job, guilty) => this.#ended(job, { lost: guilty ? "worker" : "neighbour" }),
        free: () => this.wake(),
      },
      this.#workers.signal,
    );
  }

  /** Jobs in hand. */
  get running(): number {
    return this.#inHand.size;
  }

  get workerPids(): number[] {
    return this.#pool.pids;
  }

  /** Ends waiting jobs that nobody may do; gives their number. */
  async endForbidden(): Promise<number> {
    const now = this.#clock.now();
    if (await this.#absences.recent(now)) return 0;
    return endUnrunnable(this.#store, this.#settings.deferral.most, now);
  }

  /** Looks at the queue soon. */
  wake(): void {
    this.#call.resolve();
  }

  /** Others took this backend for dead: what it has in hand is theirs, and it goes on under another id. */
  startAnew(id: string): void {
    this.id = id;
    for (const entry of this.#inHand.values()) this.#giveUp(entry);
  }

  /**
   * Works until `stop`.
   * @throws Problem `child-failed` when no worker can be kept alive
   */
  async run(): Promise<void> {
    const dead = this.#pool.ended.then(() => {
      if (!this.#stop.signal.aborted) this.#stop.abort(new Problem("child-failed", "all workers have given up"));
    });
    while (!this.#stop.signal.aborted) {
      this.#call = Promise.withResolvers();
      try {
        await this.#compare();
        await this.#book();
      } catch (error) {
        this.#unsure = true;
        this.#log.warning("the queue could not be read", { error });
        await pause(retry, this.#stop.signal);
        continue;
      }
      await this.#called();
    }
    const { reason } = this.#stop.signal;
    if (reason instanceof Problem && reason.code === "child-failed") {
      await dead;
      throw reason;
    }
  }

  /** Resolves when somebody has called, or it is time to look anyhow. */
  async #called(): Promise<void> {
    const time = new AbortController();
    const end = AbortSignal.any([time.signal, this.#stop.signal]);
    await Promise.race([this.#call.promise, pause(this.#settings.poll, end)]);
    time.abort();
  }

  /**
   * Books no more, lets what runs go on for `patience` milliseconds, then breaks it off and gives it back.
   */
  async stop(patience: number): Promise<void> {
    if (!this.#stop.signal.aborted) this.#stop.abort();
    const deadline = performance.now() + patience;
    while (this.#inHand.size > 0 && performance.now() < deadline) await this.#changed(deadline);
    this.#workers.abort();
    await this.#pool.ended;
    const end = performance.now() + 2000;
    while (this.#inHand.size > 0 && performance.now() < end) await this.#changed(end);
  }

  #change = Promise.withResolvers<void>();

  async #changed(deadline: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.#change.promise, pause(Math.max(0, deadline - performance.now()), over.signal)]);
    over.abort();
  }

  async #book(): Promise<void> {
    const { room } = this.#pool;
    if (room <= 0) return;
    const { booked, refused } = await book(this.#store, {
      backend: this.id,
      room,
      now: this.#clock.now(),
      forbidden: this.#settings.forbidden,
      begin: (job, booking) => this.#begin(takeInHand(job, booking, this.#settings.timeoutOf(job.action))),
    });
    if (refused > 0) await this.endForbidden();
    // There may be more where these came from.
    if (booked > 0 && this.#pool.room > 0) this.wake();
  }

  #begin(entry: InHand): void {
    const { given, booking } = entry;
    this.#inHand.set(keyOf(booking), entry);
    if (!this.#pool.give(given)) {
      this.#ended(given, { outcome: { status: "released", message: "no worker had room" } });
    }
  }

  #killAfter(entry: InHand, milliseconds: number): void {
    clearTimeout(entry.overdue);
    const kill = () => {
      this.#log.warning("a job does not end: its worker is killed", { job: entry.job.id, action: entry.job.action });
      this.#pool.kill(entry.given);
    };
    entry.overdue = setTimeout(kill, Math.min(milliseconds, 2 ** 31 - 1));
  }

  /** Whose jobs are in hand here and there, and what is to be cancelled. */
  async #compare(): Promise<void> {
    const time = performance.now();
    if (!this.#unsure && (this.#inHand.size === 0 || time - this.#compared < compareEvery)) return;
    this.#compared = time;
    const inHand = [...this.#inHand.values()];
    const known = new Map((await jobsOf(this.#store, this.id)).map((booking) => [keyOf(booking), booking]));
    for (const entry of inHand) {
      const key = keyOf(entry.booking);
      const row = known.get(key);
      known.delete(key);
      if (entry.ending) continue;
      if (!row) this.#giveUp(entry);
      else if (row.cancel && !entry.cancelled) this.#cancel(entry);
    }
    // What was booked and never reached us, for the answer was lost on its way.
    await releaseJobs(
      this.#store,
      [...known.values()].filter((booking) => !this.#inHand.has(keyOf(booking))),
      this.#clock.now(),
    );
    this.#unsure = false;
  }

  #cancel(entry: InHand): void {
    entry.cancelled = true;
    this.#pool.cancel(entry.given);
    if (!entry.ending) this.#killAfter(entry, this.#settings.graceOf(entry.job.action));
  }

  #giveUp(entry: InHand): void {
    if (entry.gone || !this.#inHand.has(keyOf(entry.booking))) return;
    this.#log.warning("a job in hand is another's now", { job: entry.job.id });
    entry.gone = true;
    this.#cancel(entry);
  }

  #ended(job: WorkerJob, ending: Ending): void {
    const key = keyOf(job);
    const entry = this.#inHand.get(key);
    if (!entry) return;
    clearTimeout(entry.overdue);
    entry.ending = true;
    void this.#write(entry, ending).finally(() => {
      this.#inHand.delete(key);
      this.#change.resolve();
      this.#change = Promise.withResolvers();
      this.wake();
    });
  }

  /** Tries until the store has it, or has given the job to another. */
  async #write(entry: InHand, ending: Ending): Promise<void> {
    for (let tries = 0; !entry.gone; tries++) {
      try {
        const { deferral } = this.#settings;
        const [now, stopping] = [this.#clock.now(), this.#workers.signal.aborted];
        await settle(this.#store, entry, ending, { deferral, now, stopping });
        return;
      } catch (error) {
        this.#unsure = true;
        if (tries === 0) this.#log.warning("the end of a job could not be written yet", { job: entry.job.id, error });
        if (this.#workers.signal.aborted) return;
        await pause(retry, this.#workers.signal);
      }
    }
  }
}
