/** A backend of test/fake on SQLite: what becomes of jobs, well-behaved and others. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Store } from "../../src/store/database.ts";
import { cancelJob, findJob } from "../../src/store/job.ts";
import { queueStatus } from "../../src/store/job-status.ts";
import { allGone } from "../fake/lives.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { ended, type FakeBackend, freshStore, put, startBackend, until } from "./backends.ts";

const url = `sqlite:${join(temporaryFolder("queue"), "queue.db")}`;
let store: Store;
const running: FakeBackend[] = [];

async function start(settings: Record<string, unknown> = {}): Promise<FakeBackend> {
  const backend = await startBackend(url, settings);
  running.push(backend);
  return backend;
}

beforeAll(async () => {
  store = await freshStore(url);
});
afterEach(async () => {
  for (const backend of running.splice(0)) await backend.kill();
  for (const table of ["job", "backend", "device_skip", "schedule", "schedule_run"] as const) {
    await store.db.deleteFrom(table).execute();
  }
});
afterAll(() => store.close());

test("every outcome is written as it was meant", async () => {
  await start();
  const ids = await Promise.all(
    ["ok", "fail", "defect", "nothing", "defer"].map((action) => put(store, { action, device: `d-${action}` })),
  );
  const jobs = await Promise.all(ids.slice(0, 4).map((id) => ended(store, id)));
  expect(jobs.map(({ status, message }) => [status, message])).toEqual([
    ["done", "ok"],
    ["error", "no such port"],
    ["error", "internal error; the backend's log has the cause"],
    ["info", "there is no action nothing"],
  ]);
  const deferred = await until(async () => {
    const job = await findJob(store, ids[4] ?? 0);
    return job?.deferrals === 1 && job;
  });
  expect(deferred).toMatchObject({ status: "queued", message: "d-defer does not answer", backend: null });
}, 20_000);

test("what the backend may not do ends with the reason when nobody else may", async () => {
  await start();
  const job = await ended(store, await put(store, { action: "ok", device: "10.0.0.1" }));
  expect(job).toMatchObject({ status: "info", message: "no running backend may do it: 10.0.0.0/8 is not ours" });
  const skip = await store.db.selectFrom("device_skip").selectAll().executeTakeFirst();
  expect(skip).toMatchObject({ device: "10.0.0.1", reason: "10.0.0.0/8 is not ours" });
}, 20_000);

test("a job that takes too long breaks off; one that is deaf or busy loses its worker; the others are done", async () => {
  const timeouts = { "backend.timeouts": { sleep: 1, busy: 1 }, "backend.workers": 1, "backend.jobsPerWorker": 3 };
  await start(timeouts);
  const slow = await put(store, { action: "sleep", extra: "60000" });
  expect(await ended(store, slow)).toMatchObject({
    status: "error",
    message: expect.stringContaining("longer than 1 s"),
  });
  const busy = await put(store, { action: "busy" });
  await ended(store, busy, "running");
  const beside = await put(store, { action: "ok" });
  expect(await ended(store, busy)).toMatchObject({
    status: "error",
    message: expect.stringContaining("its worker was killed"),
  });
  expect(await ended(store, beside)).toMatchObject({ status: "done", losses: 0 });
}, 40_000);

test("a job that kills its worker is given up after three; what was beside it is done", async () => {
  const backend = await start({ "backend.workers": 1 });
  const crash = await put(store, { action: "crash" });
  expect(await ended(store, crash)).toMatchObject({
    status: "error",
    losses: 3,
    message: expect.stringContaining("without a word"),
  });
  expect(await ended(store, await put(store, { action: "ok" }))).toMatchObject({ status: "done" });
  expect(backend.process.exitCode).toBeNull();
}, 30_000);

test("what is beside a job that kills its worker, each time, is done all the same", async () => {
  await start({ "backend.workers": 1 });
  const crash = await put(store, { action: "crash" });
  const beside = await Promise.all(
    Array.from({ length: 3 }, () => put(store, { action: "sleep", extra: "700", username: "a" })),
  );
  expect(await ended(store, crash)).toMatchObject({ status: "error", losses: 3 });
  const jobs = await Promise.all(beside.map((id) => ended(store, id)));
  expect(jobs.map(({ status }) => status)).toEqual(["done", "done", "done"]);
}, 30_000);

test("a running job is cancelled by its owner", async () => {
  await start();
  const id = await put(store, { action: "sleep", extra: "60000" });
  await ended(store, id, "running");
  expect(await cancelJob(store, id, "alice")).toBe("cancelling");
  expect(await ended(store, id)).toMatchObject({ status: "cancelled" });
}, 20_000);

test("ps shows what a worker does", async () => {
  await start();
  const job = await ended(store, await put(store, { action: "title", device: "192.0.2.1", extra: "50" }));
  expect(job.message).toBe("reeve worker    reeve backend worker: title 192.0.2.1");
}, 20_000);

test("a worker is replaced after its jobs, and when it is too large", async () => {
  await start({
    "backend.workers": 1,
    "backend.jobsPerWorker": 1,
    "backend.recycleAfter": 2,
    "backend.workerMemory": 400,
  });
  const pids: string[] = [];
  for (let job = 0; job < 4; job++) pids.push((await ended(store, await put(store, { action: "pid" }))).message);
  expect(pids[0]).toBe(pids[1]!);
  expect(pids[2]).toBe(pids[3]!);
  expect(pids[2]).not.toBe(pids[1]!);
  await ended(store, await put(store, { action: "big", extra: "500" }));
  expect((await ended(store, await put(store, { action: "pid" }))).message).not.toBe(pids[3]!);
}, 30_000);

test("kill -9 of a worker: what it had in hand is done all the same", async () => {
  const backend = await start();
  const ids = await Promise.all(
    Array.from({ length: 8 }, () => put(store, { action: "sleep", extra: "400", username: "a" })),
  );
  await Promise.all(ids.map((id) => ended(store, id, "running")));
  const [victim = 0] = backend.workers();
  process.kill(victim, "SIGKILL");
  const jobs = await Promise.all(ids.map((id) => ended(store, id)));
  expect(jobs.map(({ status }) => status)).toEqual(Array(8).fill("done"));
  const lost = jobs.filter(({ losses }) => losses === 1);
  expect(lost).toHaveLength(4);
  expect(lost.map(({ attempt }) => attempt)).toEqual([2, 2, 2, 2]);
}, 30_000);

test("an end in order gives running jobs back; another backend does them", async () => {
  const first = await start();
  const id = await put(store, { action: "deaf", extra: "20000" });
  await ended(store, id, "running");
  const pids = first.workers();
  expect(await first.stop()).toBe(0);
  expect(await allGone(pids, 2000)).toEqual([]);
  expect(await findJob(store, id)).toMatchObject({ status: "queued", losses: 0, backend: null });
  expect((await queueStatus(store, Date.now())).backends).toEqual([]);
}, 30_000);

test("kill -9 of a backend: its successor on this host need not wait for the lease", async () => {
  const first = await start({ "backend.lease": 3600 });
  const id = await put(store, { action: "sleep", extra: "1000" });
  const before = await ended(store, id, "running");
  await first.kill();
  await start({ "backend.lease": 3600 });
  expect(await ended(store, id)).toMatchObject({ status: "done", attempt: 2, losses: 1 });
  expect((await findJob(store, id))?.backend).not.toBe(before.backend);
  expect((await queueStatus(store, Date.now())).backends).toHaveLength(1);
}, 30_000);

test("a backend that was taken for dead goes on under another id, and its old results are not taken", async () => {
  await start({ "backend.lease": 1 });
  const id = await put(store, { action: "sleep", extra: "3000" });
  const before = await ended(store, id, "running");
  await store.db.deleteFrom("backend").execute();
  const job = await ended(store, id);
  expect(job).toMatchObject({ status: "done", attempt: 2 });
  expect(job.backend).not.toBe(before.backend);
}, 30_000);

test("without a single worker that lives a backend ends, and says why", async () => {
  const backend = await start({ "backend.workers": 1, "backend.jobsPerWorker": 1 });
  const killer = setInterval(() => {
    for (const pid of backend.workers()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended since ps saw it.
      }
    }
  }, 50);
  try {
    expect(await backend.process.exited).not.toBe(0);
  } finally {
    clearInterval(killer);
  }
}, 90_000);
