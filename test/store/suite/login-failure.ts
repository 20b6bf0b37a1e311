import { expect, test } from "bun:test";
import { beginTry, clearFailures, expireFailures, noteFailure, retryAfter } from "../../../src/store/login-failure.ts";
import type { Suite } from "./subject.ts";

const day = 24 * 3_600_000;

export const loginFailures: Suite = (subject) => {
  test("three are free, then the wait doubles up to a quarter of an hour", async () => {
    const { store } = subject();
    const waits: number[] = [];
    let now = 1_000_000;
    for (let count = 1; count <= 16; count++) {
      await noteFailure(store, "user:a", now);
      waits.push(await retryAfter(store, ["user:a"], now));
      now += 1000;
    }
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    expect(await retryAfter(store, ["user:a"], now)).toBe(899);
    expect(await retryAfter(store, ["user:a"], now + 899_000)).toBe(0);
  });

  test("the longest wait of all keys counts, other keys are not touched, success clears", async () => {
    const { store } = subject();
    for (let count = 0; count < 6; count++) await noteFailure(store, "address:192.0.2.1", 0);
    for (let count = 0; count < 4; count++) await noteFailure(store, "user:a", 0);
    expect(await retryAfter(store, ["user:a", "address:192.0.2.1"], 0)).toBe(4);
    expect(await retryAfter(store, ["user:b", "address:192.0.2.2"], 0)).toBe(0);
    await clearFailures(store, "address:192.0.2.1");
    expect(await retryAfter(store, ["user:a", "address:192.0.2.1"], 0)).toBe(1);
  });

  test("a day without failure forgets", async () => {
    const { store } = subject();
    for (let count = 0; count < 20; count++) await noteFailure(store, "user:a", 0);
    await noteFailure(store, "user:a", day);
    expect(await retryAfter(store, ["user:a"], day)).toBe(0);
    await noteFailure(store, "user:b", 1);
    await expireFailures(store, day);
    expect((await store.db.selectFrom("login_failure").select("key").execute()).map((row) => row.key).sort()).toEqual([
      "user:a",
      "user:b",
    ]);
    await expireFailures(store, day + 1);
    expect((await store.db.selectFrom("login_failure").select("key").execute()).map((row) => row.key)).toEqual([
      "user:a",
    ]);
  });

  test("tries at the same moment are all counted, and only the free ones pass", async () => {
    const { store } = subject();
    const waits = await Promise.all(Array.from({ length: 50 }, () => beginTry(store, ["user:a", "address:::1"], 5000)));
    const passed = waits.filter((wait) => wait === 0).length;
    // On PostgreSQL transactions that began at the same moment do not see each other: as many more as connections.
    expect(passed).toBeGreaterThanOrEqual(4);
    expect(passed).toBeLessThanOrEqual(store.kind === "sqlite" ? 4 : 8);
    expect(await retryAfter(store, ["user:a"], 5000)).toBeGreaterThanOrEqual(1);
  });

  test("any key is taken, and their number is bounded", async () => {
    const { store } = subject();
    const odd = `user:\0'; --${"😀".repeat(500)}`;
    for (let count = 0; count < 4; count++) await noteFailure(store, odd, 0);
    expect(await retryAfter(store, [odd], 0)).toBe(1);
    const rows = Array.from({ length: 10_500 }, (_, index) => ({ key: `user:${index}`, count: 1, last: 1000 + index }));
    for (let from = 0; from < rows.length; from += 500) {
      await store.db
        .insertInto("login_failure")
        .values(rows.slice(from, from + 500))
        .execute();
    }
    await expireFailures(store, 2000);
    const left = await store.db
      .selectFrom("login_failure")
      .select((of) => [of.fn.countAll<number>().as("count"), of.fn.min("last").as("oldest")])
      .executeTakeFirstOrThrow();
    expect(left).toEqual({ count: 10_000, oldest: 1500 });
  });
};
