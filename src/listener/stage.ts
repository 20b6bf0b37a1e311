/**
 * What was told of the directory and is not yet believed: kept beside the cache, on disk but not for ever, until it is
 * complete and can be turned into events at once. Only differences to the cache take space.
 */
import { rmSync } from "node:fs";
import { rebase, treeKey } from "../ldap/dn.ts";
import { ownFile } from "../system/file.ts";
import { Bits } from "./bits.ts";
import { below, type NewEntry } from "./cache.ts";
import { stored } from "./damage.ts";
import { transaction } from "./database.ts";
import type { Journal } from "./journal.ts";
import { sameContent, type View } from "./sighting.ts";

const tables = `
CREATE TABLE stage.change (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  entry INTEGER,               -- of the cache; null: unknown there
  dn TEXT,                     -- null: gone
  key TEXT,
  csn TEXT NOT NULL,
  attributes BLOB,             -- null: as the cache has them
  implied INTEGER NOT NULL     -- 1: nobody told, but what it is below has moved
);
CREATE INDEX stage.change_entry ON change (entry);
CREATE INDEX stage.change_key ON change (key);
CREATE TABLE stage.held (uuid BLOB PRIMARY KEY) WITHOUT ROWID;
`;

/** Gone, but a person is to say so; unless somebody else comes to its place, which proves it. */
const unproven = `
  SELECT c.uuid FROM stage.change c JOIN entry e ON e.id = c.entry
  WHERE c.dn IS NULL AND NOT EXISTS (SELECT 1 FROM stage.change o WHERE o.key = e.key)`;

/** Rows of a walk at a time. */
const stride = 500;

export interface Staged {
  id: number;
  uuid: Uint8Array;
  entry: number | null;
  dn: string | null;
  key: string | null;
  csn: string;
  attributes: Uint8Array | null;
  implied: number;
}

export interface Conflict {
  one: Uint8Array;
  other: Uint8Array;
  /** 1: by their spelling, too. */
  same: number;
}

const uuidOf = ({ uuid }: { uuid: Uint8Array }): Uint8Array => uuid;

interface Top {
  key: string;
  dn: string;
  newDn: string | null;
}

export class Stage {
  readonly #journal: Journal;
  /** Entries of the cache that were named as being there. */
  readonly #seen = new Bits();
  /** Those of them whose DN was told, too. */
  readonly #placed = new Bits();
  #empty = true;
  readonly #known;
  readonly #put;
  readonly #take;
  readonly #tops;
  readonly #told;
  readonly #csn;
  readonly #row;

  constructor(journal: Journal) {
    this.#journal = journal;
    const { database } = journal;
    const { filename } = database;
    const path = filename === "" || filename === ":memory:" ? ":memory:" : `${filename}.stage`;
    if (path !== ":memory:") {
      rmSync(path, { force: true });
      ownFile(path);
    }
    database.prepare("ATTACH ? AS stage").run(path);
    database.run("PRAGMA stage.journal_mode = MEMORY");
    database.run("PRAGMA stage.synchronous = OFF");
    database.run(tables);
    this.#known = database.prepare<{ id: number; same: number }, [string, Uint8Array, Uint8Array]>(
      "SELECT id, dn = ? AND attributes = ? AS same FROM entry WHERE uuid = ?",
    );
    type Row = [Uint8Array, number | null, string | null, string | null, string, Uint8Array | null, number];
    this.#put = database.prepare<null, Row>(
      `INSERT OR REPLACE INTO stage.change (uuid, entry, dn, key, csn, attributes, implied) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#take = database.prepare<null, [Uint8Array]>("DELETE FROM stage.change WHERE uuid = ?");
    this.#tops = database.prepare<Top, [string, number]>(
      `SELECT e.key AS key, e.dn AS dn, c.dn AS newDn FROM entry e JOIN stage.change c ON c.entry = e.id
       WHERE e.key > ? AND c.implied = 0 AND c.dn IS NOT e.dn ORDER BY e.key LIMIT ?`,
    );
    this.#told = database.prepare<{ dn: string | null }, [number]>("SELECT dn FROM stage.change WHERE entry = ?");
    this.#csn = database.prepare<{ csn: string }, [Uint8Array]>(
      "SELECT csn FROM stage.change WHERE uuid = ? AND dn IS NOT NULL",
    );
    this.#row = database.prepare<Staged, [number]>("SELECT * FROM stage.change WHERE id = ?");
  }

  /** Forgets all. */
  clear(): void {
    if (!this.#empty) {
      this.#journal.database.run("DELETE FROM stage.change");
      this.#journal.database.run("DELETE FROM stage.held");
    }
    this.#empty = true;
    this.#seen.clear();
    this.#placed.clear();
  }

  /** As one write, which is faster. */
  together<T>(work: () => T): T {
    return transaction(this.#journal.database, work);
  }

  /** It is there, and like this. What was told of it before is superseded. */
  sight(entry: NewEntry): void {
    const { uuid, dn, key, csn, attributes } = entry;
    const known = this.#known.get(dn, attributes, uuid);
    if (known !== null) {
      this.#seen.add(known.id);
      this.#placed.add(known.id);
    }
    const cached = known === null || known.same === 1 ? undefined : this.#journal.cache.byUuid(uuid);
    if (known === null) this.#change(uuid, null, dn, key, csn, attributes);
    else if (cached && !sameContent(cached.attributes, attributes)) {
      this.#change(uuid, known.id, dn, key, csn, attributes);
    } else if (cached && cached.dn !== dn) this.#change(uuid, known.id, dn, key, csn, null);
    else if (!this.#empty) this.#take.run(uuid);
  }

  /** It is there as we know it, whatever was told before. */
  stays(uuid: Uint8Array): void {
    const known = this.#journal.cache.idOf(uuid);
    if (known !== undefined) {
      this.#seen.add(known);
      this.#placed.add(known);
    }
    if (!this.#empty) this.#take.run(uuid);
  }

  /** It is there, unchanged. @returns false: we do not know it */
  present(uuid: Uint8Array): boolean {
    const known = this.#journal.cache.idOf(uuid);
    if (known !== undefined) this.#seen.add(known);
    return known !== undefined || this.csnOf(uuid) !== undefined;
  }

  /** entryCSN of what was told of it; undefined: nothing was that differs from the cache, or that it is gone. */
  csnOf(uuid: Uint8Array): string | undefined {
    return this.#empty ? undefined : this.#csn.get(uuid)?.csn;
  }

  gone(uuid: Uint8Array): void {
    const known = this.#journal.cache.idOf(uuid);
    if (known !== undefined) this.#change(uuid, known, null, null, "", null);
    else if (!this.#empty) this.#take.run(uuid);
  }

  /** The end of a present phase: whatever was not named is gone. */
  unseenAreGone(): void {
    const { database } = this.#journal;
    const ids = database.prepare<{ id: number; uuid: Uint8Array }, [number, number]>(
      "SELECT id, uuid FROM entry WHERE id > ? ORDER BY id LIMIT ?",
    );
    for (let last = -1; ; ) {
      const rows = ids.all(last, stride);
      for (const { id, uuid } of rows) if (!this.#seen.has(id)) this.#change(uuid, id, null, null, "", null);
      if (rows.length < stride) break;
      last = rows.at(-1)!.id;
    }
  }

  wasSeen(entry: number): boolean {
    return this.#seen.has(entry);
  }

  /**
   * Providers tell of the top of a moved subtree only (RFC 4533 §4.1): stages the new places of all below it.
   * @returns those of which nothing can be concluded, because what they are below is gone and they were not named
   */
  imply(view: View): Uint8Array[] {
    const { database } = this.#journal;
    const doubtful: Uint8Array[] = [];
    if (this.#empty) return doubtful;
    database.run("DELETE FROM stage.change WHERE implied = 1");
    let done = "";
    for (let after = ""; ; ) {
      const tops = this.#tops.all(after, stride);
      for (const top of tops) {
        after = top.key;
        if (done !== "" && top.key.startsWith(done)) continue;
        doubtful.push(...this.#implyBelow(top, view));
        done = below(top.key)[0];
      }
      if (tops.length < stride) return doubtful;
    }
  }

  #implyBelow(top: Top, view: View): Uint8Array[] {
    const doubtful: Uint8Array[] = [];
    const above = [top];
    for (const { id, uuid, dn, key, csn } of this.#journal.cache.walk(below(top.key))) {
      while (!key.startsWith(below(above.at(-1)!.key)[0])) above.pop();
      const nearest = above.at(-1)!;
      const told = this.#told.get(id);
      if (told !== null || this.#placed.has(id)) above.push({ key, dn, newDn: told === null ? dn : told.dn });
      else if (nearest.newDn === null) doubtful.push(uuid);
      else if (nearest.newDn !== nearest.dn) {
        const to = nearest.newDn;
        const newDn = stored(() => rebase(dn, nearest.dn, to));
        this.#put.run(uuid, id, newDn, treeKey(newDn, view.schema), csn, null, 1);
      }
    }
    return doubtful;
  }

  /**
   * Pairs that claim one place in the end: each with the first that claims it, in the same spelling if there is one. The
   * second may be one that nobody told of.
   */
  conflicts(): Conflict[] {
    if (this.#empty) return [];
    return this.#journal.database
      .prepare<Conflict, []>(
        `SELECT c.uuid AS one, e.uuid AS other, c.dn = e.dn AS same FROM stage.change c JOIN entry e ON e.key = c.key
         WHERE e.id IS NOT c.entry AND NOT EXISTS (SELECT 1 FROM stage.change o WHERE o.entry = e.id)
         UNION ALL
         SELECT a.uuid, b.uuid, a.dn = b.dn FROM (
           SELECT id, key, min(id) OVER (PARTITION BY key) AS first, min(id) OVER (PARTITION BY key, dn) AS alike
           FROM stage.change WHERE key IN (SELECT key FROM stage.change GROUP BY key HAVING count(*) > 1)
         ) AS twice
         JOIN stage.change b ON b.id = twice.id
         JOIN stage.change a ON a.id = iif(twice.alike < twice.id, twice.alike, twice.first) AND a.id <> b.id`,
      )
      .all();
  }

  /** All that is gone, without those that wait for approval. */
  doomed(): Uint8Array[] {
    const { database } = this.#journal;
    return database
      .prepare<{ uuid: Uint8Array }, []>("SELECT uuid FROM stage.change WHERE dn IS NULL")
      .all()
      .map(uuidOf);
  }

  /** Nothing comes of what is gone but held; with `all`, everything that is gone is held. */
  hold(all: boolean): void {
    if (this.#empty) return;
    const { database } = this.#journal;
    if (all) database.run(`INSERT OR IGNORE INTO stage.held ${unproven}`);
    database.run(
      `DELETE FROM stage.change WHERE uuid IN (${unproven} INTERSECT
       SELECT uuid FROM (SELECT uuid FROM stage.held UNION ALL SELECT uuid FROM main.held))`,
    );
  }

  row(id: number): Staged {
    return this.#row.get(id)!;
  }

  #change(...[uuid, entry, dn, key, csn, attributes]: ChangeRow): void {
    this.#empty = false;
    this.#put.run(uuid, entry, dn, key, csn, attributes, 0);
  }
}

type ChangeRow = [
  uuid: Uint8Array,
  entry: number | null,
  dn: string | null,
  key: string | null,
  csn: string,
  attributes: Uint8Array | null,
];
