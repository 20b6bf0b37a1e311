/** Several backends of test/fake on one PostgreSQL: killed, cut off from it, started anew. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../src/store/database.ts";
import { enqueueJobs } from "../../src/store/job.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type PostgresLab, postgresOrSkip } from "../lab/postgres.ts";
import { ended, type FakeBackend, freshStore, put, startBackend, until } from "./backends.ts";

const lab = await postgresOrSkip();
if (lab !== undefined) describe("backends on PostgreSQL", () => suite(lab));

function suite(lab: PostgresLab): void {
  let url: string;
  let store: Store;
  const running: FakeBackend[] = [];
  const folder = temporaryFolder("marks");
  let marks = 0;

  async function start(settings?: Record<string, unknown>, env?: Record<string, string>): Promise<FakeBackend> {
    const backend = await startBackend(url, settings, env);
    running.push(backend);
    return backend;
  }

  /** Queues jobs that each write a file of their own at their beginning and their end. */
  async function marked(count: number, milliseconds: number): Promise<string[]> {
    const files = Array.from({ length: count }, () => join(folder, String(++marks)));
    const jobs = files.map((device) => ({ action: "once", device, extra: String(milliseconds) }));
    expect(await enqueueJobs(store, jobs)).toHaveLength(count);
    return files;
  }

  const allDone = (count: number) =>
    until(async () => {
      const rows = await store.db.selectFrom("job").select(["status", "message"]).execute();
      return rows.every(({ status }) => !["queued", "running"].includes(status)) && rows.length === count && rows;
    });

  const lines = (file: string, word: string) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.startsWith(word)).length;

  beforeAll(async () => {
    url = lab.socketUrl(await lab.createDatabase());
    store = await freshStore(url);
  });
  afterEach(async () => {
    for (const backend of running.splice(0)) await backend.kill();
    for (const table of ["job", "backend", "device_skip"] as const) await store.db.deleteFrom(table).execute();
  });
  afterAll(() => store.close());

  test("an idle backend is woken: it looks at the queue by itself once an hour only", async () => {
    await start({ "backend.lease": 36_000 }, { REEVE_TEST_POLL: "3600000" });
    await ended(store, await put(store, { action: "ok" }));
    const job = await ended(store, await put(store, { action: "ok" }));
    expect(job.status).toBe("done");
  }, 20_000);

  test("three backends do each job once", async () => {
    for (let count = 0; count < 3; count++) await start();
    const files = await marked(150, 30);
    expect(new Set((await allDone(150)).map(({ status }) => status))).toEqual(new Set(["done"]));
    expect(files.map((file) => [lines(file, "begin"), lines(file, "end")])).toEqual(Array(150).fill([1, 1]));
    const owners = await store.db.selectFrom("job").select("backend").distinct().execute();
    expect(owners.length).toBeGreaterThan(1);
  }, 60_000);

  test("kill -9 of workers and of a backend: everything is done, nothing is lost, no result is written twice", async () => {
    const [first, second] = [await start(), await start()];
    const files = await marked(120, 150);
    await until(async () => files.some((file) => Bun.file(file).size > 0));
    const [victim = 0] = second.workers();
    process.kill(victim, "SIGKILL");
    await first.kill();
    const rows = await allDone(120);
    expect(rows.filter(({ status }) => status !== "done")).toEqual([]);
    for (const file of files) expect([file, lines(file, "end") > 0]).toEqual([file, true]);
    const jobs = await store.db.selectFrom("job").select(["attempt", "losses"]).execute();
    expect(jobs.filter(({ attempt, losses }) => attempt !== losses + 1)).toEqual([]);
    expect(jobs.filter(({ losses }) => losses > 0).length).toBeGreaterThan(0);
  }, 90_000);

  test("PostgreSQL crashes and comes back while 200 jobs are on their way: everything finishes", async () => {
    await Promise.all([start(), start()]);
    const files = await marked(200, 100);
    await until(async () => files.filter((file) => Bun.file(file).size > 0).length > 20);
    await lab.stop();
    await Bun.sleep(1500);
    await lab.restart();
    const rows = await allDone(200);
    expect(rows.filter(({ status }) => status !== "done")).toEqual([]);
    for (const file of files) expect([file, lines(file, "end") > 0]).toEqual([file, true]);
    // And they hear of new jobs again.
    expect((await ended(store, await put(store, { action: "ok" }))).status).toBe("done");
  }, 120_000);

  test("a backend that stood still (SIGSTOP) finds its jobs done by another, and writes nothing of them", async () => {
    const frozen = await start({ "backend.workers": 1 });
    const id = await put(store, { action: "sleep", extra: "1500" });
    const before = await ended(store, id, "running");
    const stopped = [frozen.process.pid, ...frozen.workers()];
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    await start();
    const job = await ended(store, id);
    expect(job).toMatchObject({ status: "done", attempt: 2, losses: 1 });
    expect(job.backend).not.toBe(before.backend);
    for (const pid of stopped) process.kill(pid, "SIGCONT");
    const anew = await until(async () => {
      const rows = await store.db.selectFrom("backend").select(["id", "pid"]).execute();
      return rows.find(({ pid, id: other }) => pid === frozen.process.pid && other !== before.backend);
    });
    expect(anew.pid).toBe(frozen.process.pid);
    expect(await ended(store, id)).toEqual(job);
  }, 60_000);
}
