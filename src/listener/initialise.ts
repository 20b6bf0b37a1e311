/**
 * Initial loads: every entry as of one event, parents first, and after that the events behind it, so that load and stream
 * leave no gap between them and do not overlap.
 */
import type { Interest } from "./change.ts";
import { type Database, transaction } from "./database.ts";
import type { HandlerRow, HandlerRows } from "./handler-row.ts";
import type { Journal } from "./journal.ts";
import type { Parkable } from "./park.ts";
import { Side } from "./side.ts";
import { uuidText } from "./sighting.ts";
import type { Call } from "./wire.ts";

const stride = 250;

/** An entry of a load; `side` is null where there is none (which only a row of a lost event can be). */
export interface Initial extends Parkable {
  n: number;
  side: Side | null;
  csn: string;
}

interface Row {
  n: number;
  uuid: Uint8Array;
  dn: string | null;
  csn: string;
  seq: number;
  attributes: Uint8Array;
}

export class Loads {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #rows: HandlerRows;
  readonly #read;
  /** Handlers that load side by side read and decode the same blocks. */
  readonly #blocks = new Map<string, Initial[]>();

  constructor(database: Database, journal: Journal, rows: HandlerRows) {
    this.#database = database;
    this.#journal = journal;
    this.#rows = rows;
    this.#read = database.prepare<Row, [number, number, number]>(
      `SELECT init.n, init.uuid, entry.dn, entry.csn, entry.seq, entry.attributes
       FROM init LEFT JOIN entry ON entry.uuid = init.uuid
       WHERE init.start = ? AND init.n > ? AND init.n <= ? ORDER BY init.n`,
    );
  }

  /** Writes down what there is now as what `row` has to be told of. Changes the row. */
  begin(row: HandlerRow, scope: string): void {
    const start = this.#journal.head;
    this.#become(row, { state: "loading", start, position: start, cursor: 0, loads: row.loads + 1, scope }, () => {
      if (this.#database.prepare("SELECT 1 FROM init WHERE start = ? LIMIT 1").get(start) !== null) return;
      this.#database
        .prepare("INSERT INTO init (start, n, uuid) SELECT ?, row_number() OVER (ORDER BY key, id), uuid FROM entry")
        .run(start);
    });
  }

  /** After it has been told of everything. Changes the row. */
  finish(row: HandlerRow): void {
    this.#become(row, { state: "following" }, () => this.drop());
  }

  /** In memory only once it is on disk. */
  #become(row: HandlerRow, change: Partial<HandlerRow>, work: () => void): void {
    transaction(this.#database, () => {
      this.#rows.put({ ...row, ...change });
      work();
    });
    Object.assign(row, change);
  }

  /** Entries that a load as of an event has in all. */
  count(start: number): number {
    const last = this.#database.prepare<{ n: number | null }, [number]>("SELECT max(n) AS n FROM init WHERE start = ?");
    return last.get(start)?.n ?? 0;
  }

  /** Forgets lists that nobody loads from. */
  drop(): void {
    this.#database.run("DELETE FROM init WHERE start NOT IN (SELECT start FROM handler WHERE state = 'loading')");
  }

  /** The next of them, as they were as of `start`; none: that was all. */
  next({ start, cursor }: HandlerRow): Initial[] {
    const from = cursor - (cursor % stride);
    const name = `${start} ${from} ${this.#journal.edition}`;
    let block = this.#blocks.get(name);
    if (block === undefined) {
      block = this.#read.all(start, from, from + stride).map((row) => this.#initial(row, start));
      this.#blocks.set(name, block);
      if (this.#blocks.size > 4) this.#blocks.delete(this.#blocks.keys().next().value ?? "");
    }
    return cursor === from ? block : block.filter(({ n }) => n > cursor);
  }

  /** An entry as of an event. */
  at(uuid: Uint8Array, seq: number, step: string): Initial {
    const state = this.#journal.stateAt(uuid, seq);
    const side = state ? new Side(state.dn, state.attributes) : null;
    return made(uuid, 0, seq, step, side, state?.csn ?? "");
  }

  #initial({ n, uuid, dn, csn, seq, attributes }: Row, start: number): Initial {
    // Not changed since: the cache has it.
    if (dn !== null && seq <= start) return made(uuid, n, start, "", new Side(dn, attributes), csn);
    return { ...this.at(uuid, start, ""), n };
  }
}

export function made(uuid: Uint8Array, n: number, seq: number, step: string, side: Side | null, csn: string): Initial {
  return { uuid: uuidText(uuid), n, seq, step, side, csn, oldKey: null, newKey: side?.key ?? null };
}

/** The last part of an id: what is loaded again is another call. */
export function loadStep({ loads }: HandlerRow, { uuid }: Initial): string {
  return `load${loads}-${uuid}`;
}

/** None: the entry does not concern the handler. */
export function initialCalls(entry: Initial, step: string, interest: Interest, epoch: string, at: number): Call[] {
  const { side, uuid, csn, seq } = entry;
  if (side === null || !interest.within(side.key)) return [];
  const view = side.view(interest.hidden);
  if (!view.matches(interest.matches, side.dn)) return [];
  return [{ id: `${epoch}.${seq}.${step}`, command: "n", dn: side.dn, new: view.wire, old: {}, uuid, csn, at }];
}
