/**
 * Kysely on `bun:sqlite`: one connection for a process, used by one transaction or query at a time (border file).
 *
 * Transactions begin IMMEDIATE: a deferred one that turns from reading to writing fails at once, whatever the busy
 * timeout. While another process writes we wait for it in short turns, so that the event loop goes on. Every commit is
 * synced (`synchronous=FULL`): what was acknowledged survives a power failure.
 */
import { Database, type SQLQueryBindings } from "bun:sqlite";
import { closeSync, constants, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { Problem, type ProblemCode } from "../problem.ts";
import { refuseNul } from "./text.ts";

/** "REEV", in the header of every database of ours: we never write into another program's file. */
const applicationId = 0x52454556;
/** How long one attempt may block the event loop, milliseconds. */
const busyTurn = 100;
/** How long another process's lock is waited for in all, milliseconds. */
const busyPatience = 10_000;
/** What is left of the write-ahead log after a large transaction, bytes. */
const walSize = 16 * 1024 * 1024;
/** How long a query of this process waits for a transaction of this process, milliseconds. */
const queuePatience = 30_000;

// Kysely makes its SQL anew each time; the statements behind it are few. Bun's own limit of 20 is too low for them.
Database.MAX_QUERY_CACHE_SIZE = 200;

/**
 * Opens the file, which is created with mode 0600 (and its folder with 0700).
 *
 * @throws Problem `permission`, `io` or `config`, naming the file; `unavailable` when another process keeps it locked.
 */
export async function openSqlite(path: string, signal?: AbortSignal): Promise<SqliteDialect> {
  if (path !== ":memory:") createFile(path);
  let database: Database | undefined;
  try {
    database = new Database(path, { create: true, readwrite: true });
    const connection = new SqliteConnection(database, path);
    database.run(`PRAGMA busy_timeout = ${busyTurn}`);
    database.run("PRAGMA foreign_keys = ON");
    database.run("PRAGMA trusted_schema = OFF");
    await connection.patiently(() => claim(database!, path), signal);
    // Switching to WAL needs the file alone and does not wait for the busy timeout.
    if (path !== ":memory:") await connection.patiently(() => database!.run("PRAGMA journal_mode = WAL"), signal);
    database.run("PRAGMA synchronous = FULL");
    database.run(`PRAGMA journal_size_limit = ${walSize}`);
    return new SqliteDialect(connection);
  } catch (error) {
    database?.close();
    throw sqliteProblem(error, path);
  }
}

function createFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "";
    const code: ProblemCode = ["EACCES", "EPERM", "EROFS"].includes(reason)
      ? "permission"
      : ["EISDIR", "ENOTDIR", "ENAMETOOLONG"].includes(reason)
        ? "config"
        : "io";
    throw new Problem(code, `the database file ${path} cannot be opened for writing (${reason})`, { cause: error });
  }
}

/** Marks an empty database as ours; refuses one that has content and another mark. */
function claim(database: Database, path: string): void {
  const { application_id } = database.query("PRAGMA application_id").get() as { application_id: number };
  if (application_id === applicationId) return;
  const { objects } = database.query("SELECT count(*) AS objects FROM sqlite_master").get() as { objects: number };
  if (application_id !== 0 || objects > 0) {
    throw new Problem("config", `${path} is a database of another program; Reeve wants a file of its own`);
  }
  database.run(`PRAGMA application_id = ${applicationId}`);
}

const meanings: [prefix: string, code: ProblemCode, text: string][] = [
  ["SQLITE_BUSY", "unavailable", "is locked by another process"],
  ["SQLITE_LOCKED", "unavailable", "is locked"],
  ["SQLITE_FULL", "io", "cannot grow: the disk is full"],
  ["SQLITE_NOTADB", "io", "is not a SQLite database, or is damaged"],
  ["SQLITE_CORRUPT", "io", "is damaged; restore it from a backup"],
  ["SQLITE_READONLY", "permission", "may not be written"],
  ["SQLITE_PERM", "permission", "may not be accessed"],
  ["SQLITE_CANTOPEN", "permission", "cannot be opened, or no file can be created beside it"],
  ["SQLITE_IOERR", "io", "cannot be read or written: is the disk full or failing?"],
  ["SQLITE_TOOBIG", "too-large", "was given a value that is too large"],
  ["SQLITE_CONSTRAINT_UNIQUE", "conflict", "holds such an entry already"],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "conflict", "holds such an entry already"],
  ["SQLITE_CONSTRAINT_FOREIGNKEY", "conflict", "lacks an entry that this one belongs to, or another still needs it"],
];

function sqliteProblem(error: unknown, path: string): Problem {
  if (error instanceof Problem) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = meanings.find(([prefix]) => code.startsWith(prefix));
  if (known === undefined) return new Problem("internal", "a database query failed", { cause: error });
  return new Problem(known[1], `the database ${path} ${known[2]}`, {
    cause: error,
    ...(known[1] === "unavailable" ? { retryAfter: 1 } : {}),
  });
}

class SqliteConnection implements DatabaseConnection {
  readonly database: Database;
  private readonly path: string;

  constructor(database: Database, path: string) {
    this.database = database;
    this.path = path;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    refuseNul(query.parameters);
    try {
      return await this.patiently(() => this.run<Row>(query));
    } catch (error) {
      throw sqliteProblem(error, this.path);
    }
  }

  private run<Row>(query: CompiledQuery): QueryResult<Row> {
    const statement = this.database.query(query.sql);
    const parameters = query.parameters as SQLQueryBindings[];
    if (statement.reader) return { rows: statement.all(...parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /**
   * Repeats what a lock of another process keeps from happening. Only outside a transaction can that be: once begun, a
   * transaction has the lock itself, and it is never repeated in parts.
   */
  async patiently<Result>(work: () => Result, signal?: AbortSignal): Promise<Result> {
    const deadline = performance.now() + busyPatience;
    for (;;) {
      signal?.throwIfAborted();
      try {
        return work();
      } catch (error) {
        const busy = error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_BUSY");
        if (!busy || this.database.inTransaction || performance.now() >= deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
      }
    }
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Problem("internal", "streaming queries are not supported");
  }
}

class SqliteDriver implements Driver {
  private readonly connection: SqliteConnection;
  private busy = false;
  private closed = false;
  private readonly waiting: { resolve: (connection: SqliteConnection) => void; reject: (problem: Problem) => void }[] =
    [];

  constructor(connection: SqliteConnection) {
    this.connection = connection;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<SqliteConnection> {
    if (this.closed) return Promise.reject(new Problem("unavailable", "the database connection is closed"));
    if (!this.busy) {
      this.busy = true;
      return Promise.resolve(this.connection);
    }
    return new Promise((resolve, reject) => {
      const entry = {
        resolve: (connection: SqliteConnection) => {
          clearTimeout(timer);
          resolve(connection);
        },
        reject: (problem: Problem) => {
          clearTimeout(timer);
          reject(problem);
        },
      };
      // A transaction that uses the store instead of what it was given would wait for itself for ever.
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(new Problem("unavailable", "the database connection stayed busy: a transaction does not end"));
      }, queuePatience);
      this.waiting.push(entry);
    });
  }

  async releaseConnection(): Promise<void> {
    const next = this.waiting.shift();
    if (next === undefined) this.busy = false;
    else next.resolve(this.connection);
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("BEGIN IMMEDIATE"));
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("COMMIT"));
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    // A full disk or an I/O error makes SQLite roll back by itself; the first error is the one to tell.
    if (connection.database.inTransaction) await connection.executeQuery(CompiledQuery.raw("ROLLBACK"));
  }

  async destroy(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const entry of this.waiting.splice(0)) {
      entry.reject(new Problem("unavailable", "the database connection is closed"));
    }
    this.connection.database.close();
  }
}

export class SqliteDialect implements Dialect {
  private readonly connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.connection = connection;
  }
  createDriver(): Driver {
    return new SqliteDriver(this.connection);
  }
  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }
  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }
  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}
