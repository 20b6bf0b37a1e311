/** The manager alone, over a store in memory and processes that are none: what it does when things come at a bad moment. */
import { afterEach, expect, test } from "bun:test";
import { Manager, type ManagerSettings } from "../../src/backend/manager.ts";
import type { FromWorker, ToWorker, WorkerJob, WorkerOutcome } from "../../src/backend/worker-message.ts";
import { Problem } from "../../src/problem.ts";
import type { ChildExit } from "../../src/process/child.ts";
import { registerBackend } from "../../src/store/backend-row.ts";
import type { Store } from "../../src/store/database.ts";
import { findJob } from "../../src/store/job.ts";
import { refusalStands } from "../../src/store/skip.ts";
import { ended, freshStore, put, until } from "./backends.ts";

/** A worker process as the pool sees it: keeps what it is told, and says what the test wants. */
class FakeWorker {
  readonly pid = 0;
  readonly ready = null;
  readonly stdout = undefined;
  readonly jobs: WorkerJob[] = [];
  readonly cancelled: string[] = [];
  stopped = false;
  grace = 0;
  readonly #exit = Promise.withResolvers<ChildExit>();
  readonly exited = this.#exit.promise;
  readonly #note: (note: FromWorker) => void;

  constructor(note: (note: unknown) => void) {
    this.#note = note;
  }
  send = (message: unknown) => {
    const said = message as ToWorker;
    if ("job" in said) this.jobs.push(said.job);
    else this.cancelled.push(`${said.cancel.id}/${said.cancel.attempt}`);
    return true;
  };
  stop = (grace = 5000) => {
    this.stopped = true;
    this.grace = grace;
    return this.end("SIGTERM");
  };
  release = () => undefined;
  end(signal: string) {
    this.#exit.resolve({ status: null, signal });
    return this.exited;
  }
  say({ id, attempt }: WorkerJob, outcome: WorkerOutcome) {
    this.#note({ ended: { id, attempt, outcome }, memory: 10 });
  }
}

const done: WorkerOutcome = { status: "done", message: "done" };
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
let end = async () => {};
afterEach(async () => {
  await end();
  clock.ahead = 0;
});

async function start(settings: Partial<ManagerSettings> = {}, prepared?: (store: Store) => Store) {
  const store = await freshStore(":memory:");
  const row = { host: "h", place: "", pid: 1, version: "1", started: 0, seen: 0, workers: 1, slots: 4, address: "" };
  for (const id of ["a", "b"]) {
    await registerBackend(store, { ...row, id, lease_until: Number.MAX_SAFE_INTEGER });
  }
  const workers: FakeWorker[] = [];
  const manager = new Manager(
    prepared?.(store) ?? store,
    "a",
    {
      ...{ workers: 1, jobsPerWorker: 4, recycleAfter: 100, memory: 1000, timeoutOf: () => 60, poll: 20 },
      graceOf: () => 100,
      deferral: { most: 3, pause: 1000 },
      forbidden: async () => "",
      ...settings,
    },
    clock,
    async (note, signal) => {
      const worker = new FakeWorker(note);
      signal.addEventListener("abort", () => void worker.stop());
      workers.push(worker);
      return worker;
    },
  );
  const running = manager.run();
  end = async () => {
    await manager.stop(0);
    await running;
    await store.close();
  };
  const attempt = (number: number) =>
    until(async () => {
      for (const worker of workers) {
        const job = worker.jobs.find((one) => one.attempt === number);
        if (job) return { worker, job };
      }
      return undefined;
    });
  return { store, manager, workers, attempt };
}

test("a job that is booked again before we hear that it was given back is done once more, and once", async () => {
  const told = Promise.withResolvers<void>();
  let asked: object | undefined;
  const { store, manager, workers, attempt } = await start({}, (store) => ({
    ...store,
    transaction: store.transaction,
    // The answer to the giving back comes late, as from a database over the network.
    db: store.db.withPlugin({
      transformQuery({ node, queryId }) {
        if (JSON.stringify(node).includes("losses + 1")) asked = queryId;
        return node;
      },
      async transformResult({ result, queryId }) {
        if (queryId === asked) await told.promise;
        return result;
      },
    }),
  }));
  const id = await put(store, { action: "ok" });
  const first = await attempt(1);
  void first.worker.end("SIGKILL");
  const second = await attempt(2);
  told.resolve();
  await Bun.sleep(50);
  second.worker.say(second.job, done);
  expect(await ended(store, id)).toMatchObject({ status: "done", attempt: 2, losses: 1 });
  await until(async () => manager.running === 0);
  expect(workers.flatMap(({ jobs }) => jobs)).toHaveLength(2);
}, 10_000);

test("an attempt that others took away and that breaks off slowly costs the next one nothing", async () => {
  const { store, manager, attempt } = await start();
  const id = await put(store, { action: "ok" });
  const first = await attempt(1);
  // Taken for dead: others gave the job back, and we are the first to book it.
  await store.db.updateTable("job").set({ status: "queued", backend: null }).where("id", "=", id).execute();
  manager.startAnew("b");
  const second = await attempt(2);
  expect(second.worker).toBe(first.worker);
  expect(first.worker.cancelled).toEqual([`${id}/1`]);
  first.worker.say(first.job, { status: "cancelled", message: "cancelled" });
  await until(async () => manager.running === 1);
  // Longer than the first one may take to break off.
  await Bun.sleep(250);
  expect(first.worker.stopped).toBe(false);
  second.worker.say(second.job, done);
  expect(await ended(store, id)).toMatchObject({ status: "done", attempt: 2, backend: "b" });
}, 10_000);

test("a job whose device is none ends with the reason, and stops no others", async () => {
  const forbidden = async ({ device }: { device: string }) => {
    if (device === "a[b") throw new Problem("bad-request", "“a[b” is no HOST");
    return "";
  };
  const { store, attempt } = await start({ forbidden });
  const odd = await put(store, { action: "ok", device: "a[b", username: "alice" });
  const good = await put(store, { action: "ok", device: "192.0.2.1" });
  const { worker, job } = await attempt(1);
  worker.say(job, done);
  expect(await ended(store, good)).toMatchObject({ status: "done" });
  expect(await ended(store, odd)).toMatchObject({ status: "error", message: "“a[b” is no HOST" });
}, 10_000);

test("when lists cannot be looked at, jobs wait, and are done later", async () => {
  let away = 3;
  const forbidden = async () => {
    if (away-- > 0) throw new Problem("unavailable", "the database does not answer");
    return "";
  };
  const { store, workers } = await start({ forbidden });
  const id = await put(store, { action: "ok", device: "192.0.2.1" });
  const [worker, job] = await until(async () => {
    const worker = workers.find(({ jobs }) => jobs.length > 0);
    const job = worker?.jobs[0];
    return worker && job && ([worker, job] as const);
  });
  expect((await findJob(store, id))?.losses).toBe(0);
  worker.say(job, done);
  expect(await ended(store, id)).toMatchObject({ status: "done" });
}, 10_000);

test("a worker that is replaced gets the time that its hooks may take", async () => {
  const { store, workers, attempt } = await start({ recycleAfter: 1 });
  const id = await put(store, { action: "ok" });
  const { worker, job } = await attempt(1);
  worker.say(job, done);
  await ended(store, id);
  await until(async () => worker.stopped && workers.length === 2);
  expect(worker.grace).toBeGreaterThan(30_000);
}, 10_000);

test("what only another backend may do waits while that one restarts", async () => {
  const { store, manager } = await start({ forbidden: async () => "not ours" });
  const first = await put(store, { action: "ok", device: "192.0.2.1" });
  const refused = (device: string) =>
    until(() => store.db.selectFrom("device_skip").select("reason").where("device", "=", device).executeTakeFirst());
  await refused("192.0.2.1");
  expect(await manager.endForbidden()).toBe(0);
  await store.db.deleteFrom("backend").where("id", "=", "b").execute();
  const second = await put(store, { action: "ok", device: "192.0.2.2" });
  await refused("192.0.2.2");
  expect(await manager.endForbidden()).toBe(0);
  const states = await Promise.all([first, second].map((id) => findJob(store, id)));
  expect(states.map((job) => job?.status)).toEqual(["queued", "queued"]);
}, 10_000);

test("what it was forbidden it does when its lists allow it at a later look", async () => {
  let reason = "not ours";
  const { store, manager, attempt } = await start({ forbidden: async () => reason });
  const id = await put(store, { action: "ok", device: "192.0.2.1" });
  await until(() => store.db.selectFrom("device_skip").select("reason").executeTakeFirst());
  reason = "";
  clock.ahead = refusalStands + 1000;
  manager.wake();
  const { worker, job } = await attempt(2);
  worker.say(job, done);
  expect(await ended(store, id)).toMatchObject({ status: "done", backend: "a" });
}, 10_000);
