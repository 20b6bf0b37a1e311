/** The directory as it was last seen: one row an entry, found by entryUUID and by its place in the tree. */
import { treeSeparator } from "../ldap/dn.ts";
import type { Database } from "./database.ts";

export interface Entry extends Place {
  /** PartialAttributeList (RFC 4511 §4.5.2) without withheld attributes. */
  attributes: Uint8Array;
}

export interface Place {
  /** Stays while the entry exists, also when it is renamed. */
  id: number;
  /** entryUUID, 16 bytes. */
  uuid: Uint8Array;
  /** As the server spells it. */
  dn: string;
  /** Its place in the tree: `treeKey` of the DN. */
  key: string;
  /** entryCSN; empty where the server tells none. */
  csn: string;
}

export type NewEntry = Omit<Entry, "id">;

/** Keys from the first to before the second; `below` gives those of all descendants. */
export type KeyRange = readonly [from: string, to: string];

/** All keys. U+10FFFF sorts behind whatever a DN has. */
export const everywhere: KeyRange = ["", "\u{10ffff}"];

/** The keys of all that is below an entry. */
export function below(key: string): KeyRange {
  return [key + treeSeparator, key + String.fromCharCode(treeSeparator.charCodeAt(0) + 1)];
}

const columns = "id, uuid, dn, key, csn";
/** Rows that one step of a walk takes. */
const stride = 500;

export class Cache {
  #count: number | undefined;
  readonly #database: Database;
  readonly #byUuid;
  readonly #idOf;
  readonly #byKey;
  readonly #insert;
  readonly #load;
  readonly #change;
  readonly #rekey;
  readonly #remove;
  readonly #walk;

  constructor(database: Database) {
    this.#database = database;
    this.#byUuid = database.prepare<Entry, [Uint8Array]>(`SELECT ${columns}, attributes FROM entry WHERE uuid = ?`);
    this.#idOf = database.prepare<{ id: number }, [Uint8Array]>("SELECT id FROM entry WHERE uuid = ?");
    this.#byKey = database.prepare<Place, [string]>(`SELECT ${columns} FROM entry WHERE key = ? LIMIT 1`);
    this.#insert = database.prepare<null, [Uint8Array, string, string, string, number, Uint8Array]>(
      "INSERT INTO entry (uuid, dn, key, csn, seq, attributes) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#load = database.prepare<null, [Uint8Array, string, string, string, Uint8Array]>(
      "INSERT INTO entry (uuid, dn, key, csn, seq, attributes) VALUES (?, ?, ?, ?, 0, ?)",
    );
    this.#change = database.prepare<null, [string, string, string, number, Uint8Array, number]>(
      "UPDATE entry SET dn = ?, key = ?, csn = ?, seq = ?, attributes = ? WHERE id = ?",
    );
    this.#rekey = database.prepare<null, [string, number]>("UPDATE entry SET key = ? WHERE id = ?");
    this.#remove = database.prepare<null, [number]>("DELETE FROM entry WHERE id = ?");
    this.#walk = database.prepare<Place, [string, string, number, string, number]>(
      `SELECT ${columns} FROM entry WHERE key >= ? AND (key, id) > (?, ?) AND key < ? ORDER BY key, id LIMIT ?`,
    );
  }

  get count(): number {
    this.#count ??= this.#database.prepare<{ n: number }, []>("SELECT count(*) AS n FROM entry").get()?.n ?? 0;
    return this.#count;
  }

  byUuid(uuid: Uint8Array): Entry | undefined {
    return this.#byUuid.get(uuid) ?? undefined;
  }

  idOf(uuid: Uint8Array): number | undefined {
    return this.#idOf.get(uuid)?.id;
  }

  byKey(key: string): Place | undefined {
    return this.#byKey.get(key) ?? undefined;
  }

  /** Whether there is anything in the range. */
  any([from, to]: KeyRange): boolean {
    return this.#walk.get(from, from, -1, to, 1) !== null;
  }

  /** In tree order: parents before their children. What is changed meanwhile behind the cursor is not seen again. */
  *walk([from, to]: KeyRange = everywhere): Generator<Place> {
    let [key, id] = [from, -1];
    for (;;) {
      const rows = this.#walk.all(from, key, id, to, stride);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < stride) return;
      [key, id] = [last.key, last.id];
    }
  }

  /** Of the first load, without an event and without indexes: the same entry may come twice. */
  load(entry: NewEntry): void {
    this.#load.run(entry.uuid, entry.dn, entry.key, entry.csn, entry.attributes);
  }

  /** @param seq the event that says so */
  insert(entry: NewEntry, seq: number): void {
    this.#insert.run(entry.uuid, entry.dn, entry.key, entry.csn, seq, entry.attributes);
    this.#count = undefined;
  }

  change(entry: Entry, seq: number): void {
    this.#change.run(entry.dn, entry.key, entry.csn, seq, entry.attributes, entry.id);
  }

  rekey(id: number, key: string): void {
    this.#rekey.run(key, id);
  }

  remove(id: number): void {
    this.#remove.run(id);
    this.#count = undefined;
  }

  /** The next `count` looks again: rows were changed by other means, or taken back. */
  recount(): void {
    this.#count = undefined;
  }
}
