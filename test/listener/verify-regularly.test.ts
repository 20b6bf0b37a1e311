import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";
import { makeTables, openFile } from "../../src/listener/database.ts";
import { Journal } from "../../src/listener/journal.ts";
import { verifyRegularly } from "../../src/listener/verify-regularly.ts";
import { configureLog } from "../../src/log.ts";
import { Problem } from "../../src/problem.ts";
import { ManualClock } from "../fake/clock.ts";

const hour = 3_600_000;
const day = 24 * hour;

describe("verification that nobody asks for", () => {
  let clock: ManualClock;
  let journal: Journal;
  let stopping: AbortController;
  /** Hours after the beginning at which one was tried. */
  let tried: number[];
  let fails: Problem | undefined;

  beforeEach(() => {
    configureLog({ write: () => {} });
    clock = new ManualClock();
    const database = openFile(":memory:");
    makeTables(database);
    journal = new Journal(database, clock);
    tried = [];
    fails = undefined;
  });
  afterEach(() => {
    stopping.abort();
    journal.database.close();
  });

  const report = { suspected: 0, compared: 1, created: 0, changed: 0, moved: 0, deleted: 0, held: 0, released: 0 };
  function begin(): Promise<void> {
    stopping = new AbortController();
    const start = clock.now();
    const verify = async () => {
      tried.push((clock.now() - start) / hour);
      if (fails) throw fails;
      const done = { begun: clock.now(), ended: clock.now(), ...report };
      journal.meta.set("verified", done);
      return done;
    };
    return verifyRegularly({ verify }, journal, day, stopping.signal);
  }
  /** Lets hours pass, timer by timer. */
  async function pass(hours: number): Promise<void> {
    const end = clock.now() + hours * hour;
    for (await setImmediate(); clock.next !== undefined && clock.next <= end; await setImmediate())
      clock.turnTo(clock.next);
    clock.turnTo(end);
  }

  test("comes a day after the first load, and then daily; a process that ends leaves no timer", async () => {
    const ended = begin();
    await pass(30);
    expect(tried).toEqual([]);
    journal.meta.set("loaded", clock.now());
    await pass(50);
    expect(tried.map(Math.round)).toEqual([54, 78]);
    stopping.abort();
    await ended;
    expect(clock.next).toBeUndefined();
  });

  test("one that is started every twenty hours is verified at its second start", async () => {
    journal.meta.set("loaded", clock.now());
    for (const expected of [[], [4], [8]]) {
      tried = [];
      const ended = begin();
      await pass(20);
      stopping.abort();
      await ended;
      expect(tried).toEqual(expected);
    }
  });

  test("what could not be done is tried again in a minute; a clock that was set back does not put it off", async () => {
    journal.meta.set("loaded", clock.now() - 2 * day);
    fails = new Problem("unavailable", "not followed");
    begin();
    await pass(2.5 / 60);
    expect(tried.map((at) => Math.round(at * 60))).toEqual([0, 1, 2]);
    fails = undefined;
    await pass(1 / 60);
    expect(tried).toHaveLength(4);
    clock.set(-1000 * day);
    await pass(1);
    expect(tried).toHaveLength(5);
    await pass(22);
    expect(tried).toHaveLength(5);
  });
});
