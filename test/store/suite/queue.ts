import { expect, test } from "bun:test";
import {
  type BackendRow,
  listBackends,
  registerBackend,
  removeBackend,
  removeDead,
  renewLease,
} from "../../../src/store/backend-row.ts";
import type { Store } from "../../../src/store/database.ts";
import { deferralDelay } from "../../../src/store/deferral.ts";
import { cancelJob, enqueueJobs, expireJobs, findJob, type Job, listJobs } from "../../../src/store/job.ts";
import {
  type Booking,
  bookJobs,
  deferJob,
  finishJob,
  jobsOf,
  releaseAllOf,
  releaseJobs,
  requeueDead,
  requeueLost,
} from "../../../src/store/job-book.ts";
import { explainJob } from "../../../src/store/job-explain.ts";
import { queueStatus } from "../../../src/store/job-status.ts";
import { checkedUntil, setChecked, takeTime } from "../../../src/store/schedule.ts";
import { endUnrunnable, forgetDeferrals, refusalStands, skipDevices } from "../../../src/store/skip.ts";
import { watchQueue } from "../../../src/store/wake.ts";
import { startChild } from "../children.ts";
import { problemOf, type Suite } from "./subject.ts";

const now = 1_800_000_000_000;
const policy = { most: 3, pause: 86_400_000 };

export async function backend(store: Store, id: string, until = now + 60_000): Promise<string> {
  const row: BackendRow = {
    ...{ id, host: `host-${id}`, place: "here", pid: 1, version: "0", started: now, seen: now, lease_until: until },
    ...{ workers: 1, slots: 4, address: "" },
  };
  await registerBackend(store, row);
  return id;
}

function bookingOf(job: Job | undefined): Booking {
  if (!job?.backend) throw new Error("nothing was booked");
  return { id: job.id, backend: job.backend, attempt: job.attempt };
}

const done = { status: "done", message: "ok" } as const;

export const queue: Suite = (subject) => {
  test("equal jobs wait once, unless a person asks; what ran may be queued again", async () => {
    const { store } = subject();
    const a = await backend(store, "a");
    const job = { action: "macsuck", device: "192.0.2.1" };
    expect(await enqueueJobs(store, [job, job, { ...job, stage: "nodes" }], now)).toHaveLength(2);
    expect(await enqueueJobs(store, [job], now)).toEqual([]);
    const person = await enqueueJobs(
      store,
      [job, job].map((one) => ({ ...one, username: "alice" })),
      now,
    );
    expect(person).toHaveLength(2);
    const [urgent] = await bookJobs(store, a, 1, now);
    expect(urgent).toMatchObject({ id: person[0]!, username: "alice", priority: 100, status: "running", attempt: 1 });
    await finishJob(store, bookingOf(urgent), done, now);
    const [next] = await bookJobs(store, a, 1, now);
    await finishJob(store, bookingOf(next), done, now);
    const [scheduled] = await bookJobs(store, a, 1, now);
    expect(scheduled).toMatchObject({ username: "", priority: 0 });
    expect(await enqueueJobs(store, [scheduled!], now)).toHaveLength(1);
  });

  test("a text too long for the queue is refused, a strange one kept", async () => {
    const { store } = subject();
    expect((await problemOf(enqueueJobs(store, [{ action: "discover", device: "x".repeat(256) }], now))).code).toBe(
      "bad-options",
    );
    expect((await problemOf(enqueueJobs(store, [{ action: "discover", device: "a\0b" }], now))).code).toBe(
      "bad-request",
    );
    const [id = 0] = await enqueueJobs(
      store,
      [{ action: "portname", port: "Gi1/0/1 é", extra: "'; --", username: "\ud800" }],
      now,
    );
    expect(await findJob(store, id)).toMatchObject({ port: "Gi1/0/1 é", extra: "'; --", username: "\ufffd" });
  });

  test("booked in order: urgent ones, then those put off least, then the oldest; one of a device at a time", async () => {
    const { store } = subject();
    await backend(store, "a");
    const put = async (job: { action: string; device?: string; urgent?: boolean; notBefore?: number }) =>
      (await enqueueJobs(store, [job], now))[0]!;
    const first = await put({ action: "discover", device: "d1" });
    await put({ action: "macsuck", device: "d1" });
    const second = await put({ action: "discover", device: "d2" });
    const none = [await put({ action: "stats" }), await put({ action: "expire" })];
    await put({ action: "discover", device: "d3", notBefore: now + 1 });
    const urgent = await put({ action: "portcontrol", device: "d2", urgent: true });
    expect((await bookJobs(store, "a", 1, now)).map(({ id }) => id)).toEqual([urgent]);
    expect((await bookJobs(store, "a", 10, now)).map(({ id }) => id)).toEqual([first, ...none]);
    expect(await bookJobs(store, "a", 10, now)).toEqual([]);
    // What a person waits for does not wait for a long job of another kind.
    const bounce = await put({ action: "portname", device: "d1", urgent: true });
    expect((await bookJobs(store, "a", 10, now)).map(({ id }) => id)).toEqual([bounce]);
    const running = await findJob(store, urgent);
    await finishJob(store, bookingOf(running), done, now);
    expect((await bookJobs(store, "a", 10, now)).map(({ id }) => id)).toEqual([second]);
  });

  test("only a living backend books; what it says counts only while the job is its own", async () => {
    const { store } = subject();
    await backend(store, "dead", now - 1);
    await backend(store, "a");
    await backend(store, "b");
    await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    expect(await bookJobs(store, "dead", 1, now)).toEqual([]);
    expect(await bookJobs(store, "nobody", 1, now)).toEqual([]);
    const old = bookingOf((await bookJobs(store, "a", 1, now))[0]);
    expect(await renewLease(store, "a", now, 10)).toBe(true);
    expect(await requeueDead(store, now + 5)).toBe(0);
    expect(await requeueDead(store, now + 11)).toBe(1);
    expect((await removeDead(store, now + 11)).map(({ id }) => id).sort()).toEqual(["a", "dead"]);
    expect(await renewLease(store, "a", now + 12, 10)).toBe(false);
    const fresh = bookingOf((await bookJobs(store, "b", 1, now + 12))[0]);
    expect(await finishJob(store, old, { status: "error", message: "late" }, now + 13)).toBe(false);
    expect(await deferJob(store, old, "late", policy, now + 13)).toBe(false);
    expect(await releaseJobs(store, [old], now + 13)).toBe(0);
    expect(await jobsOf(store, "b")).toEqual([{ ...fresh, cancel: false }]);
    expect(await finishJob(store, fresh, done, now + 14)).toBe(true);
    expect(await finishJob(store, fresh, done, now + 14)).toBe(false);
    expect(await findJob(store, fresh.id)).toMatchObject({
      status: "done",
      backend: "b",
      losses: 1,
      finished: now + 14,
    });
  });

  test("a backend's own earlier attempt is fenced off, too", async () => {
    const { store } = subject();
    await backend(store, "a");
    await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    const first = bookingOf((await bookJobs(store, "a", 1, now))[0]);
    expect(await requeueLost(store, [first], now)).toBe(1);
    const second = bookingOf((await bookJobs(store, "a", 1, now))[0]);
    expect(second.attempt).toBe(2);
    expect(await finishJob(store, first, done, now)).toBe(false);
    expect(await finishJob(store, second, done, now)).toBe(true);
  });

  test("a job that ends its workers is given up; one that was given back is not", async () => {
    const { store } = subject();
    await backend(store, "a");
    const [id = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    for (let life = 0; life < 5; life++)
      await releaseJobs(store, [bookingOf((await bookJobs(store, "a", 1, now))[0])], now);
    for (let life = 0; life < 3; life++) {
      expect((await findJob(store, id))?.status).toBe("queued");
      await requeueLost(store, [bookingOf((await bookJobs(store, "a", 1, now))[0])], now);
    }
    expect(await findJob(store, id)).toMatchObject({
      status: "error",
      message: expect.stringContaining("without a word"),
    });
  });

  test("what is queued again beside its like is needed once", async () => {
    const { store } = subject();
    await backend(store, "a", now);
    const job = { action: "discover", device: "d1" };
    const person = { ...job, username: "alice" };
    const [first = 0] = await enqueueJobs(store, [job], now);
    await bookJobs(store, "a", 1, now);
    const [asked = 0] = await enqueueJobs(store, [person], now);
    const [second = 0] = await enqueueJobs(store, [job], now);
    expect(await requeueDead(store, now + 1)).toBe(1);
    expect(await findJob(store, first)).toMatchObject({ status: "info", message: expect.stringContaining("same job") });
    expect((await listJobs(store, { status: ["queued"] })).map(({ id }) => id)).toEqual([second, asked]);
  });

  test("two that are alike and lost at once become one", async () => {
    const { store } = subject();
    await backend(store, "a", now);
    const job = { action: "stats" };
    const ids: number[] = [];
    for (let copy = 0; copy < 3; copy++) {
      ids.push(...(await enqueueJobs(store, [job], now)));
      await bookJobs(store, "a", 1, now);
    }
    expect(await releaseAllOf(store, "a", now)).toBe(3);
    const states = (await Promise.all(ids.map((id) => findJob(store, id)))).map((found) => found?.status);
    expect(states).toEqual(["queued", "info", "info"]);
  });

  test("put off, longer each time; given up after the last try; success forgets it", async () => {
    const { store } = subject();
    await backend(store, "a", now * 2);
    const [id = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    let time = now;
    const wait = async () => {
      const [job] = await bookJobs(store, "a", 1, time);
      expect(await deferJob(store, bookingOf(job), "no answer", policy, time)).toBe(true);
      return (await findJob(store, id))!;
    };
    const first = await wait();
    expect(first).toMatchObject({ status: "queued", deferrals: 1, message: "no answer", backend: null });
    expect(first.notBefore - time).toBeGreaterThanOrEqual(45_000);
    expect(first.notBefore - time).toBeLessThanOrEqual(75_000);
    expect(await bookJobs(store, "a", 1, first.notBefore - 1)).toEqual([]);
    expect((await explainJob(store, id, time))?.reasons.join(" ")).toContain("put off once, last because: no answer");
    time = first.notBefore;
    const second = await wait();
    expect(second.notBefore - time).toBeGreaterThanOrEqual(90_000);
    time = second.notBefore;
    expect(await wait()).toMatchObject({ status: "error", message: "no answer (given up after 3 tries)" });

    // In the long pause nobody tries by himself; a person may.
    const [again = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], time);
    expect(await bookJobs(store, "a", 1, time + 1)).toEqual([]);
    expect((await explainJob(store, again, time + 1))?.reasons[0]).toContain("left alone until");
    expect(await endUnrunnable(store, policy.most, time + 1)).toBe(1);
    expect(await findJob(store, again)).toMatchObject({
      status: "info",
      message: expect.stringContaining("no answer"),
    });
    await enqueueJobs(store, [{ action: "discover", device: "d1", username: "alice" }], time);
    const [asked] = await bookJobs(store, "a", 1, time + 2);
    expect(asked?.username).toBe("alice");
    await finishJob(store, bookingOf(asked), done, time + 2);
    expect(await enqueueJobs(store, [{ action: "discover", device: "d1" }], time)).toHaveLength(1);
    expect(await bookJobs(store, "a", 1, time + 3)).toHaveLength(1);
  });

  test("a device that answers again needs no waiting", async () => {
    const { store } = subject();
    await backend(store, "a");
    await enqueueJobs(store, [{ action: "macsuck", device: "d1" }], now);
    await deferJob(store, bookingOf((await bookJobs(store, "a", 1, now))[0]), "no answer", policy, now);
    expect(await bookJobs(store, "a", 1, now + 1)).toEqual([]);
    await forgetDeferrals(store, "d1");
    expect(await bookJobs(store, "a", 1, now + 1)).toHaveLength(1);
  });

  test("the wait doubles, differs from job to job, and is bounded", () => {
    const rule = { most: 10, pause: 7 * 86_400_000 };
    expect([1, 2, 3, 9].map((count) => deferralDelay(count, rule, 0.5))).toEqual([
      60_000, 120_000, 240_000, 15_360_000,
    ]);
    expect([deferralDelay(1, rule, 0), deferralDelay(1, rule, 1)]).toEqual([45_000, 75_000]);
    expect([deferralDelay(10, rule), deferralDelay(500, rule), deferralDelay(9, { most: 10, pause: 5 })]).toEqual([
      rule.pause,
      rule.pause,
      5,
    ]);
  });

  test("what one backend may not do another does; what none may do ends with the reason", async () => {
    const { store } = subject();
    await backend(store, "a");
    await backend(store, "b");
    const [id = 0, other = 0] = await enqueueJobs(
      store,
      ["d1", "d2"].map((device) => ({ action: "discover", device })),
      now,
    );
    const forbid = (id: string) =>
      skipDevices(store, id, [{ device: "d1", action: "", reason: `not in the zone of ${id}` }], now);
    await forbid("a");
    await forbid("a");
    const d1 = (await findJob(store, id))?.device === "d1" ? id : other;
    expect((await explainJob(store, d1, now))?.reasons[0]).toContain("Only 1 of 2 backends may do it");
    expect(await endUnrunnable(store, 3, now)).toBe(0);
    expect((await bookJobs(store, "a", 5, now)).map(({ device }) => device)).toEqual(["d2"]);
    expect((await bookJobs(store, "b", 5, now)).map(({ device }) => device)).toEqual(["d1"]);
    await releaseAllOf(store, "b", now);
    await forbid("b");
    expect((await explainJob(store, d1, now))?.reasons[0]).toContain("No running backend may do it");
    expect(await endUnrunnable(store, 3, now)).toBe(1);
    expect(await findJob(store, d1)).toMatchObject({
      status: "info",
      message: expect.stringContaining("not in the zone of"),
    });
    // Whoever goes takes what was forbidden with it.
    await removeBackend(store, "b");
    expect(await store.db.selectFrom("device_skip").select("backend").execute()).toEqual([{ backend: "a" }]);
  });

  test("what a backend refuses it looks at again after a while", async () => {
    const { store } = subject();
    const later = now + refusalStands + 1;
    await backend(store, "a");
    await store.db
      .updateTable("backend")
      .set({ lease_until: later + 1000 })
      .execute();
    const forbid = (reason: string, at: number) => skipDevices(store, "a", [{ device: "d1", action: "", reason }], at);
    const [first = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    await forbid("not in the zone", now);
    expect(await bookJobs(store, "a", 5, later - 2)).toEqual([]);
    expect((await explainJob(store, first, later))?.reasons).toEqual(["It is the next one to be booked."]);
    expect(await endUnrunnable(store, 3, later)).toBe(0);
    expect(await bookJobs(store, "a", 5, later)).toMatchObject([{ id: first }]);
    await releaseAllOf(store, "a", later);
    await forbid("still not in the zone", later);
    expect(await bookJobs(store, "a", 5, later)).toEqual([]);
    expect(await endUnrunnable(store, 3, later)).toBe(1);
    expect((await findJob(store, first))?.message).toBe("no running backend may do it: still not in the zone");
  });

  test("without any backend a job waits, and says so", async () => {
    const { store } = subject();
    const [id = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    await skipDevices(store, "gone", [{ device: "d1", action: "", reason: "x" }], now);
    expect(await endUnrunnable(store, 3, now)).toBe(0);
    expect((await explainJob(store, id, now))?.reasons).toEqual(["No backend runs: start one with `reeve backend`."]);
    expect(await explainJob(store, id + 1, now)).toBeUndefined();
  });

  test("why it waits: another job of the device, its turn, nothing", async () => {
    const { store } = subject();
    await backend(store, "a");
    const [running = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    await bookJobs(store, "a", 1, now);
    const [blocked = 0] = await enqueueJobs(store, [{ action: "macsuck", device: "d1" }], now);
    const [free = 0] = await enqueueJobs(store, [{ action: "macsuck", device: "d2" }], now);
    expect((await explainJob(store, blocked, now + 5000))?.reasons[0]).toContain(
      `Job ${running} (discover) works on d1`,
    );
    expect((await explainJob(store, free, now))?.reasons[0]).toContain("1 job goes before it");
    expect((await explainJob(store, running, now))?.reasons[0]).toContain("host-a");
    expect((await explainJob(store, running, now + 61_000))?.reasons[0]).toContain("lease is over");
  });

  test("cancelled: at once while it waits, by its owner while it runs", async () => {
    const { store } = subject();
    await backend(store, "a");
    const [id = 0] = await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    expect(await cancelJob(store, id, "alice", now)).toBe("cancelled");
    expect(await findJob(store, id)).toMatchObject({
      status: "cancelled",
      message: "cancelled by alice",
      finished: now,
    });
    expect(await cancelJob(store, id, "alice", now)).toBe("ended");
    expect(await cancelJob(store, id + 1, "alice", now)).toBe("unknown");
    await enqueueJobs(store, [{ action: "discover", device: "d1" }], now);
    const [job] = await bookJobs(store, "a", 1, now);
    expect(await cancelJob(store, job!.id, "alice", now)).toBe("cancelling");
    expect(await jobsOf(store, "a")).toEqual([{ ...bookingOf(job), cancel: true }]);
    // Its worker dies before it hears of it.
    await requeueLost(store, [bookingOf(job)], now);
    expect((await findJob(store, job!.id))?.status).toBe("cancelled");
  });

  test("lists by state, action, device and user, a page at a time; old ones go", async () => {
    const { store } = subject();
    await backend(store, "a");
    for (const device of ["d1", "d2", "d3"]) await enqueueJobs(store, [{ action: "discover", device }], now);
    await enqueueJobs(store, [{ action: "macsuck", device: "d1", username: "bob" }], now);
    for (const job of await bookJobs(store, "a", 2, now)) await finishJob(store, bookingOf(job), done, now);
    expect((await listJobs(store)).map(({ device }) => device)).toEqual(["d1", "d3", "d2", "d1"]);
    expect((await listJobs(store, { device: "d1", username: "bob" })).map(({ action }) => action)).toEqual(["macsuck"]);
    expect((await listJobs(store, { status: ["done"] })).length).toBe(2);
    const [newest, ...rest] = await listJobs(store);
    expect(await listJobs(store, { before: newest!.id, limit: 2 })).toEqual(rest.slice(0, 2));
    expect(await listJobs(store, { after: newest!.id })).toEqual([]);
    expect(await expireJobs(store, now)).toBe(0);
    expect(await expireJobs(store, now + 1)).toBe(2);
    expect(await listJobs(store)).toHaveLength(2);
  });

  test("the queue at a glance", async () => {
    const { store } = subject();
    await backend(store, "a");
    await backend(store, "old", now - 1);
    await enqueueJobs(store, [{ action: "discover", device: "d1" }], now - 9000);
    await enqueueJobs(
      store,
      [
        { action: "discover", device: "d2" },
        { action: "stats", notBefore: now + 9 },
      ],
      now,
    );
    const [job] = await bookJobs(store, "a", 1, now);
    await deferJob(store, bookingOf(job), "no answer", policy, now);
    expect(await queueStatus(store, now)).toMatchObject({
      actions: { discover: { queued: 2 }, stats: { queued: 1 } },
      ...{ total: { queued: 3 }, delayed: 2, oldestWaiting: now, endedLastHour: 0, resting: 1 },
      backends: [
        { id: "a", alive: true, running: 0 },
        { id: "old", alive: false, running: 0 },
      ],
    });
    expect((await listBackends(store, now)).length).toBe(2);
  });

  test("a time of the schedule is taken once, together with its job", async () => {
    const { store } = subject();
    expect(await checkedUntil(store, "macwalk", now)).toBe(now);
    expect(await checkedUntil(store, "macwalk", now + 5)).toBe(now);
    await setChecked(store, "macwalk", now + 9);
    await setChecked(store, "macwalk", now + 3);
    expect(await checkedUntil(store, "macwalk", now)).toBe(now + 9);
    const take = (backend: string, due: number) =>
      takeTime(store, { action: "macwalk", due, backend }, { action: "macwalk" }, now);
    const taken = await Promise.all(["a", "b", "c"].map((id) => take(id, now)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await take("a", now + 60_000)).toBe(true);
    expect(await listJobs(store)).toHaveLength(1);
  });
};

/** Many rows, many processes: seconds, not milliseconds. */
export const queueAtScale: Suite = (subject) => {
  test("fifty thousand at once, and again", async () => {
    const { store } = subject();
    const jobs = Array.from({ length: 50_000 }, (_, at) => ({
      action: "discover",
      device: `10.0.${at >> 8}.${at & 255}`,
    }));
    expect(await enqueueJobs(store, jobs, now)).toHaveLength(50_000);
    expect(await enqueueJobs(store, jobs, now)).toEqual([]);
    await backend(store, "a");
    expect(await bookJobs(store, "a", 20, now)).toHaveLength(20);
    expect((await queueStatus(store, now)).actions).toEqual({ discover: { queued: 49_980, running: 20 } });
  }, 60_000);

  test("another process's changes are heard", async () => {
    const { store, url } = subject();
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<void>();
    let count = 0;
    const changed = () => (count++ === 0 ? ready : heard).resolve();
    await watchQueue(store, changed, stop.signal);
    await ready.promise;
    const child = await startChild(url, "enqueue", 1);
    child.go();
    await heard.promise;
    expect(await child.next()).toBe(1);
    stop.abort();
  });

  test("many processes book, finish and are killed: nothing twice, nothing lost", async () => {
    const { store, url } = subject();
    const jobs = Array.from({ length: 600 }, (_, at) => ({ action: "discover", device: `d${at}` }));
    await enqueueJobs(store, jobs, now);
    const children = await Promise.all(Array.from({ length: 5 }, () => startChild(url, "book", 0)));
    for (const child of children) child.go();
    // One dies with jobs in hand that it has told of.
    const victim = children[0]!;
    expect(await victim.next()).toBeArray();
    victim.kill();
    await victim.exited;
    const done: number[] = [];
    for (const child of children.slice(1)) {
      for (let line = await child.next(); Array.isArray(line); line = await child.next()) done.push(...line);
    }
    const counts = await store.db.selectFrom("job").select(["id", "status", "attempt", "losses"]).execute();
    expect(counts.filter(({ status }) => status !== "done")).toEqual([]);
    expect(counts.filter(({ attempt, losses }) => attempt - losses !== 1)).toEqual([]);
    expect(new Set(done).size).toBe(done.length);
  }, 60_000);
};
