import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  compact,
  expiry,
  holdsAt,
  holdsWithin,
  type Interval,
  plan,
  type SightingRules,
} from "../../src/network/sighting.ts";

interface Seen {
  mac: string;
  port: string;
  vlan: number;
}
type Kept = Seen & Interval & { id: number };

const rules: SightingRules<Seen> = { key: (row) => `${row.mac} ${row.port} ${row.vlan}` };
const exclusive = (row: Seen) => (row.vlan === 0 ? undefined : `${row.mac} ${row.vlan}`);
const seen = (mac: string, port: string, vlan = 1): Seen => ({ mac, port, vlan });

/** A store as plain as can be, to see what a sequence of polls makes. */
class Store {
  rows: Kept[] = [];
  poll(
    at: number,
    rows: Seen[],
    options: { complete?: boolean; covers?: (row: Seen) => boolean; rules?: SightingRules<Seen> } = {},
  ): this {
    const { complete = true, covers } = options;
    const todo = plan(
      this.rows.filter((row) => row.open),
      { at, seen: rows, complete, ...(covers && { covers }) },
      options.rules ?? rules,
    );
    for (const row of todo.extend) row.seen_to = at;
    for (const row of todo.close) row.open = false;
    for (const row of todo.open) {
      this.rows.push({ ...row, id: this.rows.length, seen_from: at, seen_to: at, open: true });
    }
    return this;
  }
  get told(): string[] {
    return this.rows.map(
      (row) => `${row.mac}@${row.port}.${row.vlan} ${row.seen_from}-${row.seen_to}${row.open ? "+" : ""}`,
    );
  }
  at(time: number): string[] {
    return this.rows.filter((row) => holdsAt(row, time)).map((row) => `${row.mac}@${row.port}`);
  }
}

describe("polls and intervals", () => {
  it("extends what is still there, closes what is gone, opens what is new", () => {
    const store = new Store().poll(10, [seen("a", "1"), seen("b", "2")]).poll(20, [seen("a", "1"), seen("c", "3")]);
    assert.deepEqual(store.told, ["a@1.1 10-20+", "b@2.1 10-10", "c@3.1 20-20+"]);
  });

  it("what comes back is a new interval, and the time between stays empty", () => {
    const store = new Store()
      .poll(10, [seen("a", "1")])
      .poll(20, [])
      .poll(30, [seen("a", "1")]);
    assert.deepEqual(store.told, ["a@1.1 10-10", "a@1.1 30-30+"]);
    assert.deepEqual([store.at(10), store.at(25), store.at(30), store.at(99)], [["a@1"], [], ["a@1"], ["a@1"]]);
  });

  it("an incomplete poll adds and extends, and closes nothing", () => {
    const store = new Store()
      .poll(10, [seen("a", "1"), seen("b", "2")])
      .poll(20, [seen("a", "1"), seen("c", "3")], { complete: false });
    assert.deepEqual(store.told, ["a@1.1 10-20+", "b@2.1 10-10+", "c@3.1 20-20+"]);
    assert.deepEqual(store.at(25), ["a@1", "b@2", "c@3"]);
    store.poll(30, [seen("a", "1"), seen("b", "2"), seen("c", "3")]);
    assert.deepEqual(store.told, ["a@1.1 10-30+", "b@2.1 10-30+", "c@3.1 20-30+"]);
  });

  it("a VLAN that did not answer keeps its own, the others are closed", () => {
    const store = new Store()
      .poll(10, [seen("a", "1", 2), seen("b", "2", 3)])
      .poll(20, [], { covers: (row) => row.vlan !== 3 });
    assert.deepEqual(store.told, ["a@1.2 10-10", "b@2.3 10-10+"]);
  });

  it("a move closes the old place even in an incomplete poll, where one place is all there can be", () => {
    const moving = { ...rules, exclusive };
    const options = { complete: false, rules: moving };
    const store = new Store().poll(10, [seen("a", "1"), seen("b", "1", 0)]);
    store.poll(20, [seen("a", "2"), seen("b", "2", 0)], options);
    assert.deepEqual(store.told, ["a@1.1 10-10", "b@1.0 10-10+", "a@2.1 20-20+", "b@2.0 20-20+"]);
  });

  it("in another VLAN it is another place", () => {
    const store = new Store().poll(10, [seen("a", "1", 2)]);
    store.poll(20, [seen("a", "2", 3)], { complete: false, rules: { ...rules, exclusive } });
    assert.deepEqual(store.told, ["a@1.2 10-10+", "a@2.3 20-20+"]);
  });

  it("the same poll twice, and one row twice in a poll, change nothing more", () => {
    const store = new Store().poll(10, [seen("a", "1"), seen("a", "1")]);
    const once = store.told;
    assert.deepEqual(store.poll(10, [seen("a", "1")]).told, once);
    assert.deepEqual(once, ["a@1.1 10-10+"]);
  });

  it("a poll that comes late shortens and closes nothing", () => {
    const store = new Store().poll(10, [seen("a", "1"), seen("b", "2")]).poll(20, [seen("a", "1"), seen("b", "2")]);
    store.poll(15, [seen("a", "1")]);
    assert.deepEqual(store.told, ["a@1.1 10-20+", "b@2.1 10-20+"]);
  });

  it("after too long a silence a new interval begins", () => {
    const store = new Store().poll(10, [seen("a", "1")]);
    store.poll(1000, [seen("a", "1")], { rules: { ...rules, gap: 100 } });
    assert.deepEqual(store.told, ["a@1.1 10-10", "a@1.1 1000-1000+"]);
  });

  it("two open intervals of one key (of a lost race) become one open one", () => {
    const twins: Kept[] = [5, 9].map((seen_to, id) => ({ ...seen("a", "1"), id, seen_from: 1, seen_to, open: true }));
    const todo = plan(twins, { at: 20, seen: [seen("a", "1")], complete: true }, rules);
    assert.deepEqual(
      todo.extend.map((row) => row.id),
      [1],
    );
    assert.deepEqual(
      todo.close.map((row) => row.id),
      [0],
    );
  });

  it("whatever the polls: intervals of a key never overlap, at most one is open, complete polls are told exactly", () => {
    let state = 20260101;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 50; round++) {
      const store = new Store();
      const polls: { at: number; rows: Seen[]; complete: boolean }[] = [];
      for (let at = 10; at <= 200; at += 10) {
        const rows = ["a", "b", "c"].filter(() => random(3) > 0).map((mac) => seen(mac, String(random(3))));
        const complete = random(4) > 0;
        polls.push({ at, rows, complete });
        store.poll(at, rows, { complete, rules: { ...rules, exclusive } });
      }
      for (const { at, rows, complete } of polls) {
        const told = store.at(at);
        for (const row of rows) assert.ok(told.includes(`${row.mac}@${row.port}`), `round ${round} at ${at}`);
        const last = polls.at(-1)!;
        if (complete && at === last.at) assert.equal(told.length, rows.length);
      }
      for (const same of Map.groupBy(store.rows, rules.key).values()) {
        assert.ok(same.filter((row) => row.open).length <= 1);
        for (let index = 1; index < same.length; index++) {
          assert.ok(same[index]!.seen_from > same[index - 1]!.seen_to);
        }
      }
    }
  });
});

describe("time alone", () => {
  it("tells whether something held within a span", () => {
    const interval = { seen_from: 10, seen_to: 20, open: false };
    assert.deepEqual(
      [
        [0, 9],
        [0, 10],
        [15, 16],
        [20, 30],
        [21, 30],
      ].map(([from, to]) => holdsWithin(interval, from!, to!)),
      [false, true, true, true, false],
    );
    assert.equal(holdsWithin({ ...interval, open: true }, 21, 30), true);
  });

  it("compacts short absences, not those in which it was elsewhere", () => {
    const rows: Kept[] = [
      { ...seen("a", "1"), id: 0, seen_from: 0, seen_to: 10, open: false },
      { ...seen("a", "1"), id: 1, seen_from: 12, seen_to: 20, open: false },
      { ...seen("a", "1"), id: 2, seen_from: 25, seen_to: 40, open: true },
      { ...seen("a", "1"), id: 3, seen_from: 100, seen_to: 110, open: false },
      { ...seen("b", "1"), id: 4, seen_from: 0, seen_to: 10, open: false },
    ];
    const merged = compact(rows, { key: rules.key, gap: 5 });
    assert.deepEqual(
      merged.map(({ keep, drop, seen_from, seen_to, open }) => [
        keep.id,
        drop.map((row) => row.id),
        seen_from,
        seen_to,
        open,
      ]),
      [[0, [1, 2], 0, 40, true]],
    );
    const parted = compact(rows, { key: rules.key, gap: 5, interrupted: (_, from) => from === 10 });
    assert.deepEqual(
      parted.map(({ keep, drop }) => [keep.id, drop.map((row) => row.id)]),
      [[1, [2]]],
    );
  });

  it("an overlapping or contained interval is swallowed, and an open one stays open", () => {
    const rows = [
      { ...seen("a", "1"), id: 0, seen_from: 0, seen_to: 50, open: true },
      { ...seen("a", "1"), id: 1, seen_from: 10, seen_to: 20, open: false },
    ];
    assert.deepEqual(
      compact(rows, { key: rules.key, gap: 0 }).map(({ seen_from, seen_to, open }) => [seen_from, seen_to, open]),
      [[0, 50, true]],
    );
  });

  it("closes what nobody confirms and forgets what is old", () => {
    const interval = { seen_from: 0, seen_to: 100, open: true };
    const limits = { close: 50, forget: 1000 };
    assert.deepEqual(
      [150, 151, 1101].map((now) => expiry(interval, now, limits)),
      ["keep", "close", "forget"],
    );
    assert.equal(expiry({ ...interval, open: false }, 151, limits), "keep");
    assert.equal(expiry(interval, 1e12, {}), "keep");
  });
});
