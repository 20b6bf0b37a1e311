/**
 * Every observed change, in order, with the cache that says what the directory is after all of them. One transaction
 * holds a change, the cache and the provider's cookie; those who wait are told after it.
 */

import { type Clock, systemClock } from "../clock.ts";
import { scan } from "../ldap/attributes.ts";
import { treeSeparator } from "../ldap/dn.ts";
import { logger } from "../log.ts";
import { Cache, type Place } from "./cache.ts";
import { stored } from "./damage.ts";
import { type Database, transaction } from "./database.ts";
import type { EventKind, JournalEvent, NewEvent, Origin } from "./event.ts";
import { Meta } from "./meta.ts";

const log = logger("listener");

/** What an entry was at a time. */
export interface EntryState {
  uuid: Uint8Array;
  dn: string;
  csn: string;
  attributes: Uint8Array;
}

export interface JournalStats {
  /** Entries in the cache. */
  entries: number;
  /** The newest event; 0: there never was one. */
  head: number;
  /** The oldest event that is kept; head + 1 when there is none. */
  first: number;
  /** Bytes of the events that are kept. */
  bytes: number;
  /** Events a second during the last minute. */
  rate: number;
  /** Deletions that wait for approval. */
  held: number;
  /** False until the directory has been loaded once: until then there is nothing that a handler could be told. */
  loaded: boolean;
}

/** What one event takes beside its two sides, bytes; an estimate. */
const overhead = 200;
/** Bytes of events that one `read` gives at most, unless the first is larger. */
const readBytes = 16 * 1024 * 1024;
const nothing: ReadonlySet<string> = new Set();

interface EventRow extends Omit<JournalEvent, "oldDn" | "newDn"> {
  kind: EventKind;
  origin: Origin;
  old_dn: string | null;
  new_dn: string | null;
}

const columns = "seq, at, kind, origin, uuid, csn, old_dn, new_dn, old, new";

function eventOf({ old_dn, new_dn, ...row }: EventRow): JournalEvent {
  return { ...row, oldDn: old_dn, newDn: new_dn };
}

export class Journal {
  readonly database: Database;
  readonly cache: Cache;
  readonly meta: Meta;
  /** The first part of every event's name. */
  readonly epoch: string;
  readonly clock: Clock;
  /** `treeKey` of the DN below which lies what handlers are told of; empty: all. */
  base = "";
  #head = 0;
  #total = 0;
  #edition = 0;
  readonly #listeners = new Set<() => void>();
  readonly #recent: { at: number; events: number }[] = [];
  readonly #read;
  readonly #later;
  readonly #append;
  readonly #last;
  readonly #first;
  readonly #nearest;

  constructor(database: Database, clock: Clock = systemClock) {
    this.database = database;
    this.clock = clock;
    this.cache = new Cache(database);
    this.meta = new Meta(database);
    this.epoch = this.meta.get("epoch") ?? "";
    this.#read = database.prepare<EventRow, [number, number]>(
      `SELECT ${columns} FROM event WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#later = database.prepare<{ dn: string | null; attributes: Uint8Array | null }, [Uint8Array, number]>(
      // Between `out` and `in` it is nowhere.
      `SELECT iif(kind = 'in', NULL, old_dn) AS dn, old AS attributes FROM event WHERE uuid = ? AND seq > ?
       ORDER BY seq LIMIT 1`,
    );
    this.#append = database.prepare<
      null,
      [
        number,
        string,
        string,
        Uint8Array,
        string,
        string | null,
        string | null,
        Uint8Array | null,
        Uint8Array | null,
        number,
      ]
    >(
      `INSERT INTO event (at, kind, origin, uuid, csn, old_dn, new_dn, old, new, total)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#last = database.prepare<{ head: number; total: number }, []>(
      `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) AS head,
              coalesce((SELECT total FROM event ORDER BY seq DESC LIMIT 1), 0) AS total`,
    );
    this.#first = database.prepare<{ seq: number; at: number; before: number }, [number]>(
      `SELECT seq, at, total - coalesce(length(old), 0) - coalesce(length(new), 0) - ${overhead} AS before
       FROM event WHERE seq > ? ORDER BY seq LIMIT 1`,
    );
    this.#nearest = database.prepare<{ at: number; total: number }, [number]>(
      "SELECT at, total FROM event WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
    );
    this.#recall();
  }

  /** Whether one that moves from key to key is gone to handlers. */
  leavesBase(from: string, to: string): boolean {
    const within = (key: string) => this.base === "" || `${key}${treeSeparator}`.startsWith(this.base + treeSeparator);
    return within(from) && !within(to);
  }

  /** The newest event; 0: there never was one. */
  get head(): number {
    return this.#head;
  }

  /** Whether the directory has been loaded once. */
  get loaded(): boolean {
    return this.meta.get("loaded") !== undefined;
  }

  /** Events after `after`, oldest first: at most so many, and not more than some MiB at a time. */
  read(after: number, limit: number, bytes = readBytes): JournalEvent[] {
    const events: JournalEvent[] = [];
    let size = 0;
    for (const row of this.#read.iterate(after, limit)) {
      size += (row.old?.length ?? 0) + (row.new?.length ?? 0);
      if (size > bytes && events.length > 0) break;
      events.push(eventOf(row));
    }
    return events;
  }

  event(seq: number): JournalEvent | undefined {
    const [event] = this.read(seq - 1, 1);
    return event?.seq === seq ? event : undefined;
  }

  /**
   * An entry as it was after the event `seq` and before the next; undefined when there was none. The events after `seq`
   * must still be kept.
   */
  stateAt(uuid: Uint8Array, seq: number): EntryState | undefined {
    const later = this.#later.get(uuid, seq);
    if (later === null) return this.cache.byUuid(uuid);
    const { dn, attributes } = later;
    if (dn === null || attributes === null) return undefined;
    return { uuid, dn, attributes, csn: stored(() => scan(attributes, nothing).csn) };
  }

  /** Every entry as of now, parents before their children. */
  entries(): Generator<Place> {
    return this.cache.walk();
  }

  /** When the oldest event after `seq` was observed: what lag is counted from. Undefined: there is none. */
  oldestAfter(seq: number): number | undefined {
    return this.#first.get(seq)?.at;
  }

  /** The newest event observed before `at` (milliseconds since 1970); 0: there is none. */
  lastBefore(at: number): number {
    return this.#lastWhere((event) => event.at < at);
  }

  /** The newest event behind which at least so many bytes of others follow; 0: there is none. */
  lastBeyond(bytes: number): number {
    return this.#lastWhere((event) => event.total <= this.#total - bytes);
  }

  /** By halving: `holds` is true of the oldest events and false of all after them. */
  #lastWhere(holds: (event: { at: number; total: number }) => boolean): number {
    let low = (this.#first.get(0)?.seq ?? 1) - 1;
    const none = low;
    for (let high = this.#head; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      const event = this.#nearest.get(middle);
      if (event === null || holds(event)) low = middle;
      else high = middle - 1;
    }
    return low === none ? 0 : low;
  }

  /** Tells `listener` after every transaction that added events, or was the end of the first load. Returns what ends it. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * All that `work` does, or nothing.
   * @throws Problem `io` (`damageOf` says more) or what `work` throws
   */
  write<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    const before = this.#head;
    const wasLoaded = this.loaded;
    let result: T;
    try {
      result = transaction(this.database, work);
    } catch (error) {
      this.cache.recount();
      this.#recall();
      throw error;
    }
    if (this.#head !== before) this.#recent.push({ at: this.clock.now(), events: this.#head - before });
    if (this.#recent.length > 10_000) this.#forget();
    if (this.#head !== before || this.loaded !== wasLoaded) this.#tell();
    return result;
  }

  /** After a commit: entries have got attributes of which no event tells. Wakes those who wait for commits. */
  becameOther(): void {
    this.#edition++;
    this.#tell();
  }

  /** Increased by `becameOther`: entries that were read before are as they were. */
  get edition(): number {
    return this.#edition;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Within `write`. @returns its number */
  append(event: NewEvent): number {
    this.#total += (event.old?.length ?? 0) + (event.new?.length ?? 0) + overhead;
    const { at, kind, origin, uuid, csn, oldDn, newDn } = event;
    const added = this.#append.run(at, kind, origin, uuid, csn, oldDn, newDn, event.old, event.new, this.#total);
    this.#head = Number(added.lastInsertRowid);
    log.debug("observed", { event: this.#head, kind, origin: event.origin, oldDn, newDn, csn });
    return this.#head;
  }

  stats(): JournalStats {
    const oldest = this.#first.get(0);
    this.#forget();
    const count = (table: string) =>
      this.database.prepare<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
    return {
      entries: this.cache.count,
      head: this.#head,
      first: oldest?.seq ?? this.#head + 1,
      bytes: oldest ? this.#total - oldest.before : 0,
      rate: this.#recent.reduce((sum, { events }) => sum + events, 0) / 60,
      held: count("held"),
      loaded: this.loaded,
    };
  }

  #forget(): void {
    const since = this.clock.now() - 60_000;
    while (this.#recent[0] !== undefined && this.#recent[0].at < since) this.#recent.shift();
    // More transactions than that within a minute: the oldest are summed up.
    if (this.#recent.length > 10_000) {
      const merged = this.#recent.splice(0, 5000);
      this.#recent.unshift({ at: merged[0]!.at, events: merged.reduce((sum, { events }) => sum + events, 0) });
    }
  }

  #recall(): void {
    const last = this.#last.get();
    this.#head = last?.head ?? 0;
    this.#total = last?.total ?? 0;
  }
}
