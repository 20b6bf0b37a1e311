/**
 * The listener's own database: cache, journal, cookies and the handlers' positions, so that one transaction holds what
 * belongs together. The only file of the listener that knows bun:sqlite.
 */
import { Database } from "bun:sqlite";
import { Problem } from "../problem.ts";
import { ownFile } from "../system/file.ts";

export type { Database };

/** Increased when the tables change; another number in a file means: rebuild from the directory. */
export const version = 1;

export const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;

-- The directory as handlers were told of it.
CREATE TABLE entry (
  id INTEGER PRIMARY KEY,      -- stays when it is renamed
  uuid BLOB NOT NULL,
  dn TEXT NOT NULL,
  key TEXT NOT NULL,           -- its place in the tree: ldap/dn.ts treeKey
  csn TEXT NOT NULL,
  seq INTEGER NOT NULL,        -- the event that changed it last; 0: as it was loaded
  attributes BLOB NOT NULL
);
CREATE UNIQUE INDEX entry_uuid ON entry (uuid);
CREATE INDEX entry_key ON entry (key);

CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  uuid BLOB NOT NULL,
  csn TEXT NOT NULL,
  old_dn TEXT,
  new_dn TEXT,
  old BLOB,
  new BLOB,
  total INTEGER NOT NULL       -- bytes of all events up to this one; what a stretch takes is a difference
);
CREATE INDEX event_uuid ON event (uuid, seq);

-- A cookie means something to its provider only.
CREATE TABLE provider (uri TEXT PRIMARY KEY, cookie BLOB, at INTEGER NOT NULL) WITHOUT ROWID;

-- Deletions that a person must approve.
CREATE TABLE held (uuid BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE handler (
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL,         -- new (clean and initialize come first), loading (the entries of init), following
  paused INTEGER NOT NULL,
  position INTEGER NOT NULL,   -- it is done with every event up to this one, or has it parked
  start INTEGER NOT NULL,      -- the event as of which its initial load looks at the directory
  cursor INTEGER NOT NULL,     -- it is done with init up to this row
  loads INTEGER NOT NULL,      -- initial loads begun so far; a part of their calls' ids
  prepared INTEGER NOT NULL,   -- prerun was called and postrun is owed
  declaration TEXT NOT NULL,   -- JSON, as it was last loaded; empty: never
  scope TEXT NOT NULL,         -- JSON of filter and needs by which its initial load went
  error TEXT NOT NULL,         -- the last one, empty for none
  error_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What there was as of an event, parents first: handlers that load as of the same one share it.
CREATE TABLE init (start INTEGER NOT NULL, n INTEGER NOT NULL, uuid BLOB NOT NULL, PRIMARY KEY (start, n)) WITHOUT ROWID;

-- What a handler failed on, and what must wait behind it, in order of seq and id.
CREATE TABLE parked (
  id INTEGER PRIMARY KEY,
  handler TEXT NOT NULL,
  seq INTEGER NOT NULL,        -- the event, or (with a step) the event as of which the entry is delivered as n
  step TEXT NOT NULL,          -- last part of that call's id; empty: the event itself
  uuid BLOB NOT NULL,
  old_key TEXT,
  new_key TEXT,
  state TEXT NOT NULL,         -- failed, waiting (behind another), dead (tried often enough), skipped
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  since INTEGER NOT NULL,
  error TEXT NOT NULL
);
CREATE INDEX parked_handler ON parked (handler, seq, id);
CREATE INDEX parked_seq ON parked (seq);
`;

/** Makes the tables of an empty database, and its epoch. */
export function makeTables(database: Database): void {
  transaction(database, () => {
    database.run(tables);
    const epoch = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
    database.prepare("INSERT INTO meta (key, value) VALUES ('epoch', ?)").run(JSON.stringify(epoch));
    database.run(`PRAGMA user_version = ${version}`);
  });
}

/** All files of a database. */
export function filesOf(path: string): string[] {
  return ["", "-wal", "-shm", ".stage"].map((ending) => path + ending);
}

/** Where one goes that cannot be used. */
export function movedAside(path: string): string {
  return `${path}.old`;
}

/** What is left of the write-ahead log after a large transaction, bytes. */
const walSize = 16 * 1024 * 1024;

/**
 * Opens or makes it, for its owner alone; nothing is read yet.
 * @throws Problem as `databaseProblem`, `permission`
 */
export function openFile(path: string): Database {
  let database: Database | undefined;
  try {
    // SQLite gives the files beside it the same mode.
    if (path !== ":memory:") ownFile(path);
    database = new Database(path, { create: true, strict: true });
    database.run("PRAGMA busy_timeout = 5000");
    database.run("PRAGMA trusted_schema = OFF");
    // An entry is about 1 kB: fewer, larger pages load a third faster. Of a new file only, and before WAL.
    database.run("PRAGMA page_size = 8192");
    database.run("PRAGMA journal_mode = WAL");
    // FULL: an event that a handler has seen must not be taken back by a loss of power, or its number is given twice.
    database.run("PRAGMA synchronous = FULL");
    database.run(`PRAGMA journal_size_limit = ${walSize}`);
    return database;
  } catch (error) {
    database?.close();
    throw databaseProblem(error);
  }
}

/**
 * One that a listener made and may be working on, to read only.
 * @throws Problem as `databaseProblem`
 */
export function openToRead(path: string): Database {
  try {
    const database = new Database(path, { readonly: true, strict: true });
    database.run("PRAGMA busy_timeout = 5000");
    return database;
  } catch (error) {
    throw databaseProblem(error);
  }
}

/**
 * All that `work` writes, or nothing. Within another transaction it is a part of that one.
 * @throws Problem as `databaseProblem`, or what `work` throws
 */
export function transaction<T>(database: Database, work: () => T): T {
  if (database.inTransaction) return work();
  try {
    database.run("BEGIN IMMEDIATE");
    const result = work();
    database.run("COMMIT");
    return result;
  } catch (error) {
    // SQLite itself has taken it back after some errors, a full disk for one.
    if (database.inTransaction) database.run("ROLLBACK");
    throw databaseProblem(error);
  }
}

/** What a failure of the database means: `full` passes when there is space, `damaged` only when it is made anew. */
export type Damage = "full" | "damaged" | "other";

export function damageOf(error: unknown): Damage | undefined {
  const inner = error instanceof Problem ? error.cause : error;
  const code = inner instanceof Error && "code" in inner ? String(inner.code) : "";
  if (!code.startsWith("SQLITE_")) return undefined;
  if (/^SQLITE_(FULL|IOERR_WRITE|IOERR_FSYNC|IOERR_SHMSIZE|IOERR_TRUNCATE)/.test(code)) return "full";
  if (/^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_DATA)/.test(code)) return "damaged";
  return "other";
}

/** An error of SQLite as a Problem `io`, its cause kept; anything else as it is. */
export function databaseProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const damage = damageOf(error);
  if (damage === undefined) return error;
  const texts: Record<Damage, string> = {
    full: "the listener's database cannot grow: is the disk full?",
    damaged: "the listener's database is damaged",
    other: "the listener's database cannot be read or written",
  };
  return new Problem("io", texts[damage], { cause: error });
}
