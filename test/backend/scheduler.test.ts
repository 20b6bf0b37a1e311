/** The schedule under a clock that the test turns. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { catchUp, Scheduler } from "../../src/backend/scheduler.ts";
import { Problem } from "../../src/problem.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { listJobs } from "../../src/store/job.ts";

let store: Store;
const clock = { time: 0, now: () => clock.time };

beforeAll(async () => {
  store = await openStore({ url: ":memory:" });
});
beforeEach(async () => {
  for (const table of ["job", "schedule", "schedule_run"] as const) await store.db.deleteFrom(table).execute();
});
afterAll(() => store.close());

function scheduler(schedule: Record<string, string>, timezone = "UTC"): Scheduler {
  return new Scheduler(store, { "backend.schedule": schedule, "backend.timezone": timezone }, clock);
}

function at(text: string): void {
  clock.time = Date.parse(text);
}

/** Ticks at each of the times and gives what was taken, as ISO minutes. */
async function taken(it: Scheduler, ...times: string[]): Promise<string[]> {
  const all: string[] = [];
  for (const time of times) {
    at(time);
    for (const { due } of await it.tick("a")) all.push(new Date(due).toISOString().slice(0, 16));
  }
  return all;
}

test("fires once at its minute, whatever the ticks do", async () => {
  const it = scheduler({ macwalk: "20 * * * *", never: "" });
  expect(it.actions).toEqual(["macwalk"]);
  expect(
    await taken(it, "2026-11-22T10:19:59Z", "2026-11-22T10:20:00Z", "2026-11-22T10:20:01Z", "2026-11-22T11:00Z"),
  ).toEqual(["2026-11-22T10:20"]);
  expect(it.nextDue(clock.time)).toBe(Date.parse("2026-11-22T11:20:00Z"));
  expect((await listJobs(store)).map(({ action, username, priority }) => [action, username, priority])).toEqual([
    ["macwalk", "", 0],
  ]);
});

test("what was due before it was first seen is not made up for", async () => {
  expect(await taken(scheduler({ discoverall: "5 7 * * *" }), "2026-11-22T07:30Z", "2026-11-22T07:31Z")).toEqual([]);
});

test("a stall and a restart lose nothing within the window, and nothing comes twice", async () => {
  const schedule = { macwalk: "20 * * * *" };
  expect(await taken(scheduler(schedule), "2026-11-22T10:00Z", "2026-11-22T12:30Z")).toEqual([
    "2026-11-22T10:20",
    "2026-11-22T11:20",
    "2026-11-22T12:20",
  ]);
  expect(await taken(scheduler(schedule), "2026-11-22T13:25Z")).toEqual(["2026-11-22T13:20"]);
  // Three at once are one job in the queue: it waits already.
  expect(await listJobs(store)).toHaveLength(1);
  const late = await taken(scheduler(schedule), "2026-11-30T00:00Z");
  expect(late).toHaveLength(catchUp / 3_600_000);
  expect(late.at(-1)).toBe("2026-11-29T23:20");
});

test("several backends: each time is one backend's", async () => {
  const all = Array.from({ length: 4 }, () => scheduler({ arpwalk: "*/10 * * * *" }));
  at("2026-11-22T10:00Z");
  for (const it of all) await it.tick("x");
  at("2026-11-22T11:00Z");
  const fired = (await Promise.all(all.map((it, index) => it.tick(`b${index}`)))).flat();
  expect(fired.map(({ due }) => new Date(due).getUTCMinutes()).sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40, 50]);
});

test("a clock that ran ahead and was set back silences nothing and repeats nothing", async () => {
  const it = scheduler({ macwalk: "20 * * * *" });
  expect(await taken(it, "2026-11-22T10:00Z", "2026-11-22T15:00Z")).toHaveLength(5);
  expect(await taken(it, "2026-11-22T10:05Z", "2026-11-22T10:25Z", "2026-11-22T14:30Z")).toEqual([]);
  expect(await taken(it, "2026-11-22T15:25Z")).toEqual(["2026-11-22T15:20"]);
  const other = scheduler({ arpwalk: "50 * * * *" });
  await taken(other, "2027-01-01T00:00Z");
  expect(await taken(other, "2026-11-22T10:45Z", "2026-11-22T10:55Z")).toEqual(["2026-11-22T10:50"]);
});

test("summer time: what falls into the gap runs after it, what comes twice runs once, hours go on", async () => {
  const daily = { discoverall: "30 2 * * *" };
  const berlin = (schedule: Record<string, string>) => scheduler(schedule, "Europe/Berlin");
  const minutes = (from: string, hours: number) =>
    Array.from({ length: hours * 60 }, (_, minute) => new Date(Date.parse(from) + minute * 60_000).toISOString());
  expect(await taken(berlin(daily), ...minutes("2026-03-28T23:00Z", 5))).toEqual(["2026-03-29T01:00"]);
  await store.db.deleteFrom("schedule").execute();
  expect(await taken(berlin(daily), ...minutes("2026-10-24T22:00Z", 6))).toEqual(["2026-10-25T00:30"]);
  expect(await taken(berlin({ macwalk: "20 * * * *" }), ...minutes("2026-10-24T23:00Z", 4))).toEqual([
    "2026-10-24T23:20",
    "2026-10-25T00:20",
    "2026-10-25T01:20",
    "2026-10-25T02:20",
  ]);
  await store.db.deleteFrom("schedule").execute();
  expect(await taken(berlin({ macwalk: "20 * * * *" }), ...minutes("2026-03-29T00:00Z", 3))).toEqual([
    "2026-03-29T00:20",
    "2026-03-29T01:20",
    "2026-03-29T02:20",
  ]);
});

test("a stage may be scheduled; nonsense is told with its key", async () => {
  const it = scheduler({ "discover::neighbors": "0 0 * * *" });
  await taken(it, "2026-11-22T23:59Z", "2026-11-23T00:00Z");
  expect((await listJobs(store))[0]).toMatchObject({ action: "discover", stage: "neighbors" });
  for (const [pattern, zone] of [
    ["nonsense", "UTC"],
    ["61 * * * *", "UTC"],
    ["* * * * * *", "UTC"],
    ["* * * * *", "Mars/Olympus"],
  ] as const) {
    const make = () => scheduler({ stats: pattern }, zone);
    expect(make).toThrow(Problem);
    expect(make).toThrow("backend.schedule: stats");
  }
});
