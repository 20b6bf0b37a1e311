/**
 * The worker processes of a backend: started, given jobs, replaced when they are old or large, and restarted with
 * back-off when they end by themselves.
 */
import { logger } from "../log.ts";
import type { Child, ChildExit } from "../process/child.ts";
import { type RestartPolicy, type Supervised, supervise } from "../process/supervisor.ts";
import { type FromWorker, keyOf, type ToWorker, type WorkerJob, type WorkerOutcome } from "./worker-message.ts";

export interface PoolSettings {
  workers: number;
  jobsPerWorker: number;
  /** Jobs after which a process is replaced. */
  recycleAfter: number;
  /** MiB beyond which it is. */
  memory: number;
}

export type StartWorker = (onNote: (note: unknown) => void, signal: AbortSignal) => Promise<Child>;

/** What the pool tells of jobs. */
export interface PoolEvents {
  /** A worker has it now. */
  begun(job: WorkerJob): void;
  ended(job: WorkerJob, outcome: WorkerOutcome): void;
  /** Its process ended without a word about it. `guilty`: not for the sake of another job that we killed it for. */
  lost(job: WorkerJob, guilty: boolean): void;
  /** There is room for more jobs. */
  free(): void;
}

interface Member {
  child: Child;
  /** By `keyOf`. */
  jobs: Map<string, WorkerJob>;
  /** Those that want the process for themselves, one after the other, when the others have ended. */
  next: WorkerJob[];
  /** Jobs that it has had. */
  count: number;
  /** It gets no more jobs, and ends when it has none. */
  draining: boolean;
  /** Another process has its place already. */
  replaced: boolean;
  /** Keys of the jobs for whose sake we kill it. */
  killedFor: Set<string>;
}

/** Milliseconds for a worker that has no jobs any more: hooks of the last ones may still be telling. */
const farewell = 35_000;
/** A worker may end ten times a minute: a job that kills it takes three with it, and there may be several of them. */
const policy: RestartPolicy = { first: 100, slowest: 2000, tries: 10, window: 60_000 };

export class WorkerPool {
  readonly #settings: PoolSettings;
  readonly #start: StartWorker;
  readonly #events: PoolEvents;
  readonly #members = new Set<Member>();
  readonly #slots: Supervised[];
  readonly #log = logger("backend");

  constructor(settings: PoolSettings, start: StartWorker, events: PoolEvents, signal: AbortSignal) {
    this.#settings = settings;
    this.#start = start;
    this.#events = events;
    this.#slots = Array.from({ length: settings.workers }, (_, at) =>
      supervise(`backend worker ${at + 1}`, (stop) => this.#live(stop), signal, policy),
    );
  }

  /** Resolves when every worker has given up, or has ended after the signal. */
  get ended(): Promise<unknown> {
    return Promise.all(this.#slots.map(({ ended }) => ended));
  }

  /** Jobs that can be given now. */
  get room(): number {
    let room = 0;
    for (const member of this.#members) room += this.#roomOf(member);
    return room;
  }

  get pids(): number[] {
    return [...this.#members].map(({ child }) => child.pid);
  }

  #roomOf({ draining, jobs, next, count }: Member): number {
    if (draining || next.length > 0 || [...jobs.values()].some(({ alone }) => alone)) return 0;
    return Math.min(this.#settings.jobsPerWorker - jobs.size, this.#settings.recycleAfter - count);
  }

  /** Hands a job to the worker that has least to do; false when none has room. */
  give(job: WorkerJob): boolean {
    const free = [...this.#members].filter((member) => this.#roomOf(member) > 0);
    const [member] = free.sort((a, b) => a.jobs.size - b.jobs.size);
    if (!member) return false;
    member.count++;
    if (job.alone) {
      member.next.push(job);
      this.#advance(member);
    } else this.#hand(member, job);
    return true;
  }

  #hand(member: Member, job: WorkerJob): void {
    member.jobs.set(keyOf(job), job);
    // Where it is gone, its end is on the way, and with it the word that the job was lost.
    member.child.send({ job } satisfies ToWorker);
    this.#events.begun(job);
  }

  #advance(member: Member): void {
    if (member.jobs.size > 0) return;
    const job = member.next.shift();
    if (job) this.#hand(member, job);
  }

  #holder(job: WorkerJob): Member | undefined {
    return [...this.#members].find(({ jobs }) => jobs.has(keyOf(job)));
  }

  cancel(job: WorkerJob): void {
    const { id, attempt } = job;
    for (const member of this.#members) {
      if (!member.next.includes(job)) continue;
      member.next = member.next.filter((one) => one !== job);
      this.#events.ended(job, { status: "cancelled", message: "cancelled" });
      this.#events.free();
      return;
    }
    this.#holder(job)?.child.send({ cancel: { id, attempt } } satisfies ToWorker);
  }

  /** Ends the process that has the job in hand, for it does not end by itself. */
  kill(job: WorkerJob): void {
    const member = this.#holder(job);
    if (!member) return;
    member.killedFor.add(keyOf(job));
    member.draining = true;
    void member.child.stop(0);
  }

  /** One life of a slot: through all its replacements, to the first end that was not wanted. */
  async #live(signal: AbortSignal): Promise<Child> {
    const unwanted = Promise.withResolvers<ChildExit>();
    const member = await this.#launch(signal, unwanted.resolve);
    return { ...member.child, exited: unwanted.promise };
  }

  async #launch(signal: AbortSignal, unwanted: (exit: ChildExit) => void): Promise<Member> {
    let member: Member | undefined;
    const replace = () => {
      if (!member || member.draining || signal.aborted) return;
      member.draining = true;
      member.replaced = true;
      this.#launch(signal, unwanted).catch((error) => {
        this.#log.error("a worker could not be replaced", { error });
        unwanted({ status: 71, signal: null });
      });
    };
    const child = await this.#start((note) => member && this.#note(member, note as FromWorker, replace), signal);
    const started: Member = {
      ...{ child, jobs: new Map(), next: [], count: 0, draining: false, replaced: false },
      killedFor: new Set(),
    };
    member = started;
    this.#members.add(started);
    void child.exited.then((exit) => this.#exited(started, exit, unwanted, signal));
    this.#events.free();
    return started;
  }

  #note(member: Member, { ended, memory }: FromWorker, replace: () => void): void {
    const job = member.jobs.get(keyOf(ended));
    if (!job) return;
    member.jobs.delete(keyOf(job));
    const { recycleAfter, memory: most } = this.#settings;
    if (member.count >= recycleAfter || memory > most) {
      if (!member.draining) {
        this.#log.info("a worker is replaced", { pid: member.child.pid, jobs: member.count, mebibytes: memory });
      }
      replace();
    }
    this.#advance(member);
    if (member.draining && member.jobs.size === 0) void member.child.stop(farewell);
    this.#events.ended(job, ended.outcome);
    this.#events.free();
  }

  #exited(member: Member, exit: ChildExit, unwanted: (exit: ChildExit) => void, signal: AbortSignal): void {
    this.#members.delete(member);
    const lost = [...member.jobs.values()];
    if (lost.length > 0) {
      const how = exit.signal ?? `status ${exit.status}`;
      this.#log.warning("a worker ended with jobs in hand", {
        pid: member.child.pid,
        how,
        jobs: lost.map(({ id }) => id),
      });
    }
    const { killedFor } = member;
    for (const job of lost) this.#events.lost(job, killedFor.size === 0 || killedFor.has(keyOf(job)));
    for (const job of member.next.splice(0)) {
      this.#events.ended(job, { status: "released", message: "its worker ended before it began" });
    }
    if (!member.replaced || signal.aborted) unwanted(exit);
  }
}
