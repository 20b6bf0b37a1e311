/** `reeve backend`: manager, scheduler and workers over one queue; any number of them share a PostgreSQL database. */
import { availableParallelism } from "node:os";
import type { Settings } from "../config/keys.ts";
import { logger } from "../log.ts";
import { startChild } from "../process/child.ts";
import { childStart, type Host } from "../process/service.ts";
import { aborted, pause } from "../process/wait.ts";
import { openStore, type Store } from "../store/database.ts";
import { expireJobs, type Job } from "../store/job.ts";
import { expireScheduleRuns } from "../store/schedule.ts";
import { expireSkips } from "../store/skip.ts";
import { watchQueue } from "../store/wake.ts";
import { makeFolder } from "../system/file.ts";
import { DatabaseClock } from "./clock.ts";
import { Manager } from "./manager.ts";
import { Membership } from "./membership.ts";
import type { StartWorker } from "./pool.ts";
import { Scheduler } from "./scheduler.ts";

export interface BackendStart {
  settings: Settings;
}

/** What the backend says when it is ready. */
export interface BackendReady {
  database: string;
  workers: number;
}

/** What differs between the real backend and one in a test. */
export interface BackendParts {
  settings: Settings;
  startWorker: StartWorker;
  /** Why this backend may not do the job; "" when it may. */
  forbidden(job: Job, store: Store): Promise<string>;
  /** Whether there is such an action. */
  knows(action: string): boolean;
  /** Milliseconds that the action gets to break off; undefined: the usual ones. */
  graceOf?(action: string): number | undefined;
  /** Milliseconds between two looks at the queue when nobody calls. */
  poll?: number;
}

/** Milliseconds running jobs get when the backend ends; systemd and `reeve backend stop` wait longer than that. */
const patience = 5000;
/** Milliseconds that a job gets to break off. */
const grace = 5000;
/** Milliseconds: for what becomes due by itself; of what changes we hear. */
const pollEvery = 5000;
/** Milliseconds between two rounds of forgetting what is old. */
const housekeeping = 10 * 60_000;
const day = 86_400_000;
/** Bytes kept for the words that `ps` shows of a worker. */
const titleRoom = 200;

export async function backend({ settings }: BackendStart, host: Host): Promise<void> {
  const { backendOptions } = await import("./options.ts");
  const { actions } = await import("./actions.ts");
  const { deviceSubject, inZone } = await import("./permission.ts");
  const { findDevice } = await import("../store/device.ts");
  const options = await backendOptions(settings);
  // What is wrong with them is told now, and not by a worker that cannot start.
  const { loadSiteStages } = await import("./site-stages.ts");
  await loadSiteStages(settings["backend.actionsFolder"], (action) => Object.hasOwn(actions, action));
  const startWorker: StartWorker = (onNote, signal) =>
    startChild(["backend", "worker"], { start: childStart(options), onNote, signal, titleRoom, smallHeap: true });
  await runBackend(
    {
      settings,
      startWorker,
      knows: (action) => Object.hasOwn(actions, action),
      graceOf: (action) => (Object.hasOwn(actions, action) ? actions[action]?.grace : undefined),
      async forbidden({ device }, store) {
        if (device === "" || settings["backend.zone"].length === 0) return "";
        return inZone(settings, deviceSubject(await findDevice(store, device), device)).reason;
      },
    },
    host,
  );
}

export async function runBackend(parts: BackendParts, host: Host): Promise<void> {
  const { settings, startWorker, forbidden, knows, poll = pollEvery } = parts;
  const log = logger("backend");
  makeFolder(settings.state, 0o700);
  const clock = new DatabaseClock();
  const database = { url: settings.database, passwordFile: settings.databasePasswordFile || undefined };
  const store = await openStore(database, host.signal);
  const stopping = new AbortController();
  const signal = AbortSignal.any([host.signal, stopping.signal]);
  try {
    const scheduler = new Scheduler(store, settings, clock);
    for (const action of scheduler.actions) {
      const [name = ""] = action.split("::");
      if (!knows(name)) log.warning("the schedule names an action that is not there", { action });
    }
    const workers = settings["backend.workers"] || availableParallelism() * 2;
    const jobsPerWorker = settings["backend.jobsPerWorker"];
    const membership = new Membership(store, clock, settings["backend.lease"], {
      workers,
      slots: workers * jobsPerWorker,
    });
    await membership.join();
    const most = settings["backend.maxDeferrals"];
    const manager = new Manager(
      store,
      membership.id,
      {
        workers,
        jobsPerWorker,
        recycleAfter: settings["backend.recycleAfter"],
        memory: settings["backend.workerMemory"],
        timeoutOf: (action) => settings["backend.timeouts"][action] ?? settings["backend.timeout"],
        deferral: { most, pause: settings["backend.retryAfter"] * 1000 },
        forbidden: (job) => forbidden(job, store),
        poll,
        graceOf: (action) => parts.graceOf?.(action) ?? grace,
      },
      clock,
      startWorker,
    );
    await watchQueue(store, () => manager.wake(), signal);
    const running = manager.run().finally(() => stopping.abort());
    const beating = repeatedly(membership.interval, signal, "the lease could not be renewed", async () => {
      if (!(await membership.beat())) manager.startAnew(membership.id);
      manager.wake();
    });
    const tidying = repeatedly(housekeeping, signal, "the queue could not be tidied", () =>
      tidy(store, settings, clock),
    );
    const ending = repeatedly(30_000, signal, "the queue could not be tidied", async () => {
      const ended = await manager.endForbidden();
      if (ended > 0) log.info("jobs were ended that nobody may do", { jobs: ended });
    });
    const scheduling = scheduler.run(() => membership.id, signal);
    // What fails between here and the end must not be an unhandled rejection; it is thrown below.
    running.catch(() => undefined);

    log.info("the backend works", { backend: membership.id, database: store.name, workers, jobsPerWorker });
    host.ready({ database: store.name, workers } satisfies BackendReady, `${workers} workers on ${store.name}`);
    await aborted(signal);
    log.info("ending", { jobs: manager.running });
    await manager.stop(patience);
    await Promise.allSettled([beating, tidying, ending, scheduling]);
    await membership.leave().catch((error) => log.warning("others have to wait for the end of the lease", { error }));
    await running;
  } finally {
    stopping.abort();
    await store.close();
  }
}

async function repeatedly(
  milliseconds: number,
  signal: AbortSignal,
  failure: string,
  work: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await pause(milliseconds, signal);
    if (signal.aborted) return;
    await work().catch((error) => logger("backend").warning(failure, { error }));
  }
}

async function tidy(store: Store, settings: Settings, clock: DatabaseClock): Promise<void> {
  const now = clock.now();
  const keep = settings["backend.expireJobs"] * 1000;
  if (keep > 0) await expireJobs(store, now - keep);
  await expireScheduleRuns(store, now - 7 * day);
  await expireSkips(store, now - settings["backend.retryAfter"] * 2000);
}
