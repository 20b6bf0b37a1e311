/**
 * What one handler failed on, and what waits behind it, while everything else goes on. In memory, in order, with every
 * change written by group commit.
 */
import { backOff } from "./breaker.ts";
import type { Commits } from "./commits.ts";
import type { Database } from "./database.ts";
import { Dependencies, type Dependent } from "./dependency.ts";
import { uuidBytes, uuidText } from "./sighting.ts";

export type ParkedState = "failed" | "waiting" | "dead" | "skipped";

/** What can be parked: an event, or (with a step) an entry as of an event. */
export interface Parkable extends Dependent {
  seq: number;
  step: string;
}

export interface Parked extends Parkable {
  id: number;
  state: ParkedState;
  attempts: number;
  /** Milliseconds since 1970. */
  nextAt: number;
  since: number;
  error: string;
}

interface Row {
  id: number;
  seq: number;
  step: string;
  uuid: Uint8Array;
  old_key: string | null;
  new_key: string | null;
  state: ParkedState;
  attempts: number;
  next_at: number;
  since: number;
  error: string;
}

/** The table, of one handler. */
export class ParkedRows {
  readonly #list;
  readonly #put;
  readonly #remove;
  readonly #removeAfter;
  readonly #handler: string;

  constructor(database: Database, handler: string) {
    this.#handler = handler;
    this.#list = database.prepare<Row, [string]>("SELECT * FROM parked WHERE handler = ? ORDER BY seq, id");
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO parked
         (id, handler, seq, step, uuid, old_key, new_key, state, attempts, next_at, since, error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = database.prepare("DELETE FROM parked WHERE id = ?");
    this.#removeAfter = database.prepare("DELETE FROM parked WHERE handler = ? AND seq > ?");
  }

  list(): Parked[] {
    return this.#list.all(this.#handler).map(({ uuid, old_key, new_key, next_at, ...row }) => ({
      ...row,
      uuid: uuidText(uuid),
      oldKey: old_key,
      newKey: new_key,
      nextAt: next_at,
    }));
  }

  put({ id, seq, step, uuid, oldKey, newKey, state, attempts, nextAt, since, error }: Parked): void {
    const bytes = uuidBytes(uuid);
    this.#put.run(id, this.#handler, seq, step, bytes, oldKey, newKey, state, attempts, nextAt, since, error);
  }

  remove(id: number): void {
    this.#remove.run(id);
  }

  removeAfter(seq: number): void {
    this.#removeAfter.run(this.#handler, seq);
  }
}

/** As it is shown. */
export interface ParkedItem {
  id: number;
  handler: string;
  /** The event; of an initial load the one as of which it was. */
  seq: number;
  /** `initial`, or the kind of the event. */
  kind: string;
  dn: string;
  uuid: string;
  state: ParkedState;
  attempts: number;
  nextAt: number;
  since: number;
  error: string;
}

/** @param handler undefined: of all */
export function parkedItems(database: Database, handler: string | undefined, limit: number): ParkedItem[] {
  const rows = database
    .prepare<Omit<ParkedItem, "uuid"> & { uuid: Uint8Array }, [string | null, number]>(
      `SELECT parked.id, handler, parked.seq, iif(step = '', coalesce(kind, 'event'), 'initial') AS kind,
              coalesce(new_dn, old_dn, entry.dn, '') AS dn, parked.uuid, state, attempts, next_at AS nextAt, since, error
       FROM parked LEFT JOIN event ON event.seq = parked.seq AND step = '' LEFT JOIN entry ON entry.uuid = parked.uuid
       WHERE handler = coalesce(?, handler) ORDER BY parked.seq, parked.id LIMIT ?`,
    )
    .all(handler ?? null, limit);
  return rows.map((row) => ({ ...row, uuid: uuidText(row.uuid) }));
}

/** The handler of a parked item, a skipped one too; undefined: there is none of that number. */
export function parkedHandler(database: Database, id: number): string | undefined {
  return database.prepare<{ handler: string }, [number]>("SELECT handler FROM parked WHERE id = ?").get(id)?.handler;
}

export type ParkedCounts = Record<"failed" | "waiting" | "dead", number>;

/** Of a handler that has no queue; of one that has, its `Parking` knows. */
export function parkedCounts(database: Database, handler: string): ParkedCounts {
  const rows = database
    .prepare<{ state: keyof ParkedCounts; n: number }, [string]>(
      "SELECT state, count(*) AS n FROM parked WHERE handler = ? AND state <> 'skipped' GROUP BY state",
    )
    .all(handler);
  return { failed: 0, waiting: 0, dead: 0, ...Object.fromEntries(rows.map(({ state, n }) => [state, n])) };
}

export class Parking {
  readonly #rows: ParkedRows;
  readonly #commits: Commits;
  readonly #nextId: () => number;
  readonly #now: () => number;
  readonly #tries: number;
  /** In order of seq and id, if `#ordered`; skipped ones are in the database only. */
  #parked = new Map<number, Parked>();
  #ordered = true;
  /** The last one's. */
  #last = 0;
  readonly #dependencies = new Dependencies();
  /** As `nextAt` tells it; undefined: to be looked up. */
  #next: number | null | undefined;

  /**
   * @param nextId numbers of rows that are not used again while this process lives
   * @param tries the first included, after which a row waits for a person
   */
  constructor(rows: ParkedRows, commits: Commits, nextId: () => number, now: () => number, tries: number) {
    this.#rows = rows;
    this.#commits = commits;
    this.#nextId = nextId;
    this.#now = now;
    this.#tries = tries;
    for (const row of rows.list()) {
      if (row.state === "skipped") continue;
      // The clock may have been set since it was written.
      row.nextAt = Math.min(row.nextAt, now() + backOff(row.attempts + 1));
      this.#keep(row);
    }
  }

  get size(): number {
    return this.#parked.size;
  }

  /** How many in each state. */
  get counts(): ParkedCounts {
    const counts = { failed: 0, waiting: 0, dead: 0 };
    for (const { state } of this.#parked.values()) if (state !== "skipped") counts[state] += 1;
    return counts;
  }

  get(id: number): Parked | undefined {
    return this.#parked.get(id);
  }

  all(): Parked[] {
    return [...this.#parked.values()];
  }

  /** Whether it has to wait behind something parked. */
  block(item: Dependent): boolean {
    return this.#dependencies.block(item);
  }

  /** The handler failed on it. */
  park(item: Parkable, error: string): void {
    this.#add(item, "failed", { attempts: 1, nextAt: this.#now() + backOff(1), error });
  }

  /** It waits behind something. */
  wait(item: Parkable): void {
    this.#add(item, "waiting", { attempts: 0, nextAt: 0, error: "" });
  }

  /** To be delivered as soon as possible, and everything that depends on it after it. */
  ask(item: Parkable): void {
    this.wait(item);
    this.#next = undefined;
  }

  /** Somebody has set the clock, by so many milliseconds. */
  shift(milliseconds: number): void {
    this.#next = undefined;
    for (const row of this.#parked.values()) if (row.nextAt > 0) row.nextAt += milliseconds;
  }

  /** When something can be tried, milliseconds since 1970; null: nothing without a person. */
  nextAt(): number | null {
    if (this.#next === undefined) this.#next = this.#look();
    return this.#next;
  }

  /** What can be tried now, in order: those whose time has come, and those that wait behind nothing any more. */
  due(limit: number): Parked[] {
    const now = this.#now();
    this.#order();
    const before = new Dependencies();
    const due: Parked[] = [];
    for (const row of this.#parked.values()) {
      if (due.length === limit) return due;
      const free = row.state === "waiting" || (row.state === "failed" && row.nextAt <= now);
      if (free && !before.block(row)) due.push(row);
      // What waits behind one that has failed is worth a try only after that one has succeeded.
      if (row.state !== "waiting" || due.at(-1) !== row) before.add(row);
    }
    return due;
  }

  done(row: Parked): void {
    this.#forget(row);
    this.#commits.write(() => this.#rows.remove(row.id));
  }

  failedAgain(row: Parked, error: string): void {
    row.attempts += 1;
    row.state = row.attempts >= this.#tries ? "dead" : "failed";
    row.nextAt = this.#now() + backOff(row.attempts);
    row.error = error;
    this.#save(row);
  }

  /** Trying again would not help. */
  giveUp(row: Parked, error: string): void {
    row.state = "dead";
    row.error = error;
    this.#save(row);
  }

  /** Not its fault: it is tried later. */
  later(row: Parked): void {
    row.nextAt = this.#now() + backOff(row.attempts + 1);
    this.#save(row);
  }

  retry(row: Parked): void {
    if (row.state === "waiting") return;
    row.state = "failed";
    row.attempts = 0;
    row.nextAt = 0;
    this.#save(row);
  }

  skip(row: Parked): void {
    this.#forget(row);
    row.state = "skipped";
    this.#save(row);
  }

  /** Forgets all that is later than `seq`, skipped ones too; -1: everything. */
  forgetAfter(seq: number): void {
    for (const row of this.#parked.values()) if (row.seq > seq) this.#forget(row);
    this.#commits.write(() => this.#rows.removeAfter(seq));
  }

  #look(): number | null {
    this.#order();
    const before = new Dependencies();
    let next: number | null = null;
    for (const row of this.#parked.values()) {
      if (row.state !== "dead" && !before.block(row)) {
        if (row.state === "waiting") return 0;
        next = Math.min(next ?? row.nextAt, row.nextAt);
      }
      before.add(row);
    }
    return next;
  }

  #order(): void {
    if (this.#ordered) return;
    const rows = [...this.#parked.values()].sort((a, b) => a.seq - b.seq || a.id - b.id);
    this.#parked = new Map(rows.map((row) => [row.id, row]));
    this.#last = rows.at(-1)?.seq ?? 0;
    this.#ordered = true;
  }

  #add(item: Parkable, state: "failed" | "waiting", rest: Pick<Parked, "attempts" | "nextAt" | "error">): void {
    const { seq, step, uuid, oldKey, newKey } = item;
    const row: Parked = { id: this.#nextId(), seq, step, uuid, oldKey, newKey, state, since: this.#now(), ...rest };
    this.#keep(row);
    this.#save(row);
  }

  #keep(row: Parked): void {
    this.#parked.set(row.id, row);
    this.#dependencies.add(row);
    // Only what is delivered once more comes behind something later.
    if (row.seq < this.#last) this.#ordered = false;
    this.#last = row.seq;
  }

  #forget(row: Parked): void {
    this.#next = undefined;
    this.#parked.delete(row.id);
    this.#dependencies.remove(row);
  }

  #save(row: Parked): void {
    if (row.state !== "waiting") this.#next = undefined;
    const copy = { ...row };
    this.#commits.write(() => this.#rows.put(copy));
  }
}
