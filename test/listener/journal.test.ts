import { describe, expect, test } from "bun:test";
import { encodeAttributes } from "../../src/ldap/attributes.ts";
import { treeKey } from "../../src/ldap/dn.ts";
import { makeTables, openFile } from "../../src/listener/database.ts";
import type { EventKind } from "../../src/listener/event.ts";
import { Journal } from "../../src/listener/journal.ts";
import { needs, retain } from "../../src/listener/retention.ts";
import { configureLog } from "../../src/log.ts";

configureLog({ write: () => {} });

let now = 1_000_000;
const clock = { now: () => now, steady: () => 0, after: () => () => {} };
const signal = new AbortController().signal;

function empty(): Journal {
  const database = openFile(":memory:");
  makeTables(database);
  return new Journal(database, clock);
}

const uuid = (number: number) => new Uint8Array(16).fill(number);
const raw = (text: string) => encodeAttributes({ entryCSN: [new TextEncoder().encode(text)] });

function event(journal: Journal, kind: EventKind, number: number, old: string | null, fresh: string | null): number {
  const dn = (text: string | null) => (text === null ? null : `cn=${number}`);
  const sides = {
    oldDn: dn(old),
    newDn: dn(fresh),
    old: old === null ? null : raw(old),
    new: fresh === null ? null : raw(fresh),
  };
  return journal.append({ at: now, kind, origin: "live", uuid: uuid(number), csn: fresh ?? old ?? "", ...sides });
}

describe("the journal", () => {
  test("what is not committed was never there: head, stats and cache", () => {
    const journal = empty();
    journal.write(() => event(journal, "create", 1, null, "a"));
    let told = 0;
    journal.onCommit(() => told++);
    const entry = { uuid: uuid(2), dn: "cn=2", key: treeKey("cn=2"), csn: "", attributes: raw("b") };
    expect(() =>
      journal.write(() => {
        journal.cache.insert(entry, event(journal, "create", 2, null, "b"));
        expect(journal.head).toBe(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(journal.head).toBe(1);
    expect(told).toBe(0);
    expect(journal.stats()).toMatchObject({ entries: 0, head: 1, first: 1 });
    journal.write(() => event(journal, "create", 3, null, "c"));
    expect(journal.read(0, 10).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(told).toBe(1);
  });

  test("commits are told after them, until one does not listen any more; and once for nested writes", () => {
    const journal = empty();
    const heads: number[] = [];
    const off = journal.onCommit(() => heads.push(journal.head));
    journal.write(() => {
      journal.write(() => event(journal, "create", 1, null, "a"));
      journal.write(() => event(journal, "create", 2, null, "a"));
    });
    journal.write(() => {});
    off();
    journal.write(() => event(journal, "create", 3, null, "a"));
    expect(heads).toEqual([2]);
  });

  test("reads from a place on, so many and so much", () => {
    const journal = empty();
    journal.write(() => {
      for (let number = 1; number <= 9; number++) event(journal, "create", number, null, "x".repeat(1000));
    });
    expect(journal.read(0, 3).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(journal.read(7, 30).map(({ seq }) => seq)).toEqual([8, 9]);
    expect(journal.read(9, 30)).toEqual([]);
    expect(journal.read(0, 30, 2500)).toHaveLength(2);
    expect(journal.read(0, 30, 1)).toHaveLength(1);
    expect(journal.event(4)?.seq).toBe(4);
    expect(journal.event(10)).toBeUndefined();
  });

  test("an entry as of an event", () => {
    const journal = empty();
    journal.write(() => {
      event(journal, "create", 1, null, "1");
      event(journal, "modify", 1, "1", "2");
      event(journal, "delete", 1, "2", null);
      event(journal, "out", 2, "x", null);
      event(journal, "in", 2, "x", "y");
      journal.cache.insert({ uuid: uuid(2), dn: "cn=2", key: treeKey("cn=2"), csn: "y", attributes: raw("y") }, 5);
    });
    const csnAt = (number: number) => [0, 1, 2, 3, 4, 5].map((seq) => journal.stateAt(uuid(number), seq)?.csn);
    expect(csnAt(1)).toEqual([undefined, "1", "2", undefined, undefined, undefined]);
    expect(csnAt(2)).toEqual(["x", "x", "x", "x", undefined, "y"]);
    expect(csnAt(3)).toEqual(Array(6).fill(undefined));
  });

  test("numbers are never given twice, also after everything was forgotten", async () => {
    const journal = empty();
    journal.write(() => event(journal, "create", 1, null, "a"));
    now += 10_000;
    await retain(journal, { age: 1, size: 1e9, hardSize: 1e9 }, () => {}, signal);
    expect(journal.stats()).toMatchObject({ head: 1, first: 2, bytes: 0 });
    const again = new Journal(journal.database, clock);
    expect(again.head).toBe(1);
    expect(again.write(() => event(again, "create", 1, null, "a"))).toBe(2);
    expect(again.epoch).toBe(journal.epoch);
    expect(empty().epoch).not.toBe(journal.epoch);
  });

  test("lag and rate", () => {
    const journal = empty();
    const begun = now;
    journal.write(() => event(journal, "create", 1, null, "a"));
    now += 5000;
    journal.write(() => event(journal, "create", 2, null, "a"));
    expect(journal.oldestAfter(0)).toBe(begun);
    expect(journal.oldestAfter(1)).toBe(begun + 5000);
    expect(journal.oldestAfter(2)).toBeUndefined();
    expect(journal.stats().rate).toBeCloseTo(2 / 60);
    now += 60_001;
    expect(journal.stats().rate).toBe(0);
  });
});

describe("retention", () => {
  const generous = { age: 1e9, size: 1e12, hardSize: 1e12 };

  /** A hundred events, a second and about 1200 bytes each. */
  function full(): Journal {
    const journal = empty();
    for (let number = 1; number <= 100; number++) {
      now += 1000;
      journal.write(() => event(journal, "create", number, null, "x".repeat(970)));
    }
    return journal;
  }

  function handler(journal: Journal, name: string, state: string, position: number, start = 0): void {
    journal.database
      .prepare(
        `INSERT INTO handler (name, state, paused, position, start, cursor, loads, prepared, declaration, scope, error, error_at)
         VALUES (?, ?, 0, ?, ?, 0, 0, 0, '', '', '', 0)`,
      )
      .run(name, state, position, start);
  }

  function parked(journal: Journal, name: string, seq: number, step: string, state = "failed"): void {
    journal.database
      .prepare(
        `INSERT INTO parked (handler, seq, step, uuid, state, attempts, next_at, since, error)
         VALUES (?, ?, ?, x'00', ?, 0, 0, 0, '')`,
      )
      .run(name, seq, step, state);
  }

  const firstAfter = async (journal: Journal, limits: Partial<typeof generous>, anew: string[] = []) => {
    await retain(journal, { ...generous, ...limits }, (name) => anew.push(name), signal);
    return journal.stats().first;
  };

  test("by age, and by size: what is kept is as large as allowed", async () => {
    expect(await firstAfter(full(), {})).toBe(1);
    expect(await firstAfter(full(), { age: 10 })).toBe(90);
    const journal = full();
    const { bytes } = journal.stats();
    expect(await firstAfter(journal, { size: bytes / 2 })).toBe(51);
    expect(journal.stats().bytes).toBe(bytes / 2);
    expect(await firstAfter(journal, { age: 0 })).toBe(100);
  });

  test("never what a handler has not had, has parked, or loads from", async () => {
    const journal = full();
    handler(journal, "a", "following", 100);
    expect(await firstAfter(journal, { age: 0 })).toBe(100);
    const other = full();
    handler(other, "new ones load from the directory", "new", 0);
    handler(other, "b", "following", 80);
    parked(other, "b", 60, "");
    parked(other, "b", 20, "", "skipped");
    handler(other, "c", "loading", 90, 50);
    expect(needs(other)).toEqual([
      { handler: "c", after: 50 },
      { handler: "b", after: 59 },
    ]);
    expect(await firstAfter(other, { age: 0 })).toBe(51);
    other.database.run("DELETE FROM handler WHERE name = 'c'");
    expect(await firstAfter(other, { age: 0 })).toBe(60);
    other.database.run("DELETE FROM parked WHERE seq = 60");
    parked(other, "b", 70, "load1-x");
    expect(await firstAfter(other, { age: 0 })).toBe(71);
  });

  test("a handler that is too far behind is loaded anew, and then holds nothing back", async () => {
    const journal = full();
    const { bytes } = journal.stats();
    handler(journal, "slow", "following", 10);
    handler(journal, "quick", "following", 100);
    const anew: string[] = [];
    expect(await firstAfter(journal, { size: bytes / 4, hardSize: bytes }, anew)).toBe(11);
    expect(anew).toEqual([]);
    await firstAfter(journal, { size: bytes / 4, hardSize: bytes / 2 }, anew);
    expect(anew).toEqual(["slow"]);
    journal.database.run("UPDATE handler SET state = 'new' WHERE name = 'slow'");
    expect(await firstAfter(journal, { size: bytes / 4, hardSize: bytes / 2 }, anew)).toBe(76);
    expect(anew).toEqual(["slow"]);
  });
});
