/**
 * Kysely on Bun's PostgreSQL client (border file). Every query takes a connection of the pool for itself; `bigint` and
 * `numeric` come back as numbers, since every integer we store is below 2^53.
 */
import { accessSync, constants } from "node:fs";
import { userInfo } from "node:os";
import { type ReservedSQL, SQL } from "bun";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import { Problem, type ProblemCode } from "../problem.ts";
import { resolvePassword } from "./passfile.ts";
import { refuseNul } from "./text.ts";
import type { PostgresAddress } from "./url.ts";

/**
 * Connections a process opens at most. Bun opens all of them at the first query and closes the idle ones after
 * `idleTimeout`; Debian's server admits 100 in all.
 */
const poolSize = 4;
/** Seconds. */
const idleTimeout = 60;
/** Seconds. */
const connectTimeout = 10;
/** How long a query waits for a connection of the pool, milliseconds. */
const queuePatience = 30_000;

const oid = { int8: 20, numeric: 1700 };

/** `database "reeve" at db.example.org:5432`: for messages. */
export function placeOf(address: PostgresAddress): string {
  const where = address.host.startsWith("/")
    ? `${address.host} (port ${address.port})`
    : `${address.host}:${address.port}`;
  return `database "${address.database}" at ${where}`;
}

/** Host, user and database as libpq fills them in when the URL leaves them out. */
export function completeAddress(
  address: PostgresAddress,
  environment: Record<string, string | undefined> = process.env,
): PostgresAddress {
  const user = address.user || environment.PGUSER || userInfo().username;
  const host = address.host || environment.PGHOST || "/var/run/postgresql";
  return { ...address, user, host, database: address.database || environment.PGDATABASE || user };
}

/**
 * A pool for the server, tried with one query.
 *
 * @throws Problem `unavailable` when nobody answers, `config` when the server refuses user, password, database or TLS;
 * both name host and database and never a password.
 */
export async function openPostgres(
  url: PostgresAddress,
  passwordFile: string | undefined,
  signal?: AbortSignal,
  encodings: "UTF8" | "any encoding" = "UTF8",
): Promise<PostgresDialect> {
  const address = completeAddress(url);
  const password = resolvePassword(address, passwordFile);
  const socket = address.host.startsWith("/");
  // Given as first argument, the URL keeps Bun from taking parts of DATABASE_URL; as options, the rest from PG* variables.
  const tls = new URLSearchParams({ sslmode: socket ? "disable" : (address.sslMode ?? "prefer") });
  if (address.sslRootCert !== undefined) tls.set("sslrootcert", readable(address.sslRootCert));
  const pool = new SQL(`postgres://localhost/?${tls}`, {
    adapter: "postgres",
    ...(socket ? { path: address.host } : { hostname: address.host }),
    port: address.port,
    username: address.user,
    password: password ?? "",
    database: address.database,
    max: address.poolSize ?? poolSize,
    idleTimeout,
    connectionTimeout: address.connectTimeout ?? connectTimeout,
    connection: { application_name: "reeve", client_min_messages: "warning" },
  });
  try {
    using connection = await pool.reserve(signal === undefined ? {} : { signal });
    const [answer] = await connection.unsafe("select current_setting('server_encoding') as encoding", []);
    if (answer?.encoding !== "UTF8" && encodings === "UTF8") {
      throw new Problem("config", `the ${placeOf(address)} has encoding ${answer?.encoding}; Reeve wants UTF8`);
    }
    return new PostgresDialect(pool, address);
  } catch (error) {
    await pool.close({ timeout: 0 });
    signal?.throwIfAborted();
    throw openingProblem(error, address, password);
  }
}

function readable(path: string): string {
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch (error) {
    throw new Problem("config", `the file of TLS authorities ${path} (sslrootcert) cannot be read`, { cause: error });
  }
}

function openingProblem(error: unknown, address: PostgresAddress, password: string | undefined): Problem {
  if (error instanceof Problem) return error;
  const place = placeOf(address);
  const state = sqlState(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (state === "28P01" || state === "28000" || code.includes("SASL") || code.includes("AUTHENTICATION")) {
    const given = password === undefined ? "no password was found" : "wrong password, or pg_hba.conf refuses us";
    return new Problem("config", `the ${place} does not admit user "${address.user}": ${given}`, { cause: error });
  }
  if (state === "3D000") return new Problem("config", `the ${place} does not exist`, { cause: error });
  if (code.includes("TLS") || /CERT|SELF_SIGNED|ERR_SSL|ALTNAME/.test(code)) {
    return new Problem("config", `the ${place} gives no TLS connection as asked for by sslmode (${code})`, {
      cause: error,
    });
  }
  const problem = queryProblem(error, address);
  if (problem.code !== "internal") return problem;
  return new Problem("unavailable", `the ${place} cannot be used (${state ?? code})`, { cause: error });
}

function sqlState(error: unknown): string | undefined {
  return error instanceof SQL.PostgresError ? error.errno : undefined;
}

/** SQLSTATE (PostgreSQL manual, appendix A) or its class → what it means for the asker. */
const meanings: [state: string, code: ProblemCode, text: string][] = [
  ["23505", "conflict", "holds such an entry already"],
  ["23503", "conflict", "lacks an entry that this one belongs to, or another still needs it"],
  ["40001", "unavailable", "is too busy: others change the same rows"],
  ["40P01", "unavailable", "is too busy: others change the same rows"],
  ["42501", "permission", "does not allow that to the user we log in as"],
  ["22021", "bad-request", "was given a text it cannot store"],
  ["25006", "unavailable", "is read-only"],
  ["53100", "io", "cannot grow: the server's disk is full"],
  ["53", "unavailable", "has no room for another connection"],
  ["57014", "cancelled", "was asked to end the query"],
  ["57", "unavailable", "is shutting down or starting"],
  ["58", "io", "reports an error of its own files"],
  ["08", "unavailable", "does not answer"],
  ["XX001", "io", "is damaged; restore it from a backup"],
  ["XX002", "io", "has a damaged index"],
];

function queryProblem(error: unknown, address: PostgresAddress): Problem {
  if (error instanceof Problem) return error;
  const state = sqlState(error);
  const known = state === undefined ? undefined : meanings.find(([prefix]) => state.startsWith(prefix));
  const lost = state === undefined && error instanceof SQL.PostgresError && /CONNECTION|TIMEOUT/.test(error.code);
  const late = error instanceof DOMException && error.name === "TimeoutError";
  if (known === undefined && !lost && !late)
    return new Problem("internal", "a database query failed", { cause: error });
  const code = known?.[1] ?? "unavailable";
  const text = known?.[2] ?? (late ? "has no connection free: a transaction does not end" : "does not answer");
  return new Problem(code, `the ${placeOf(address)} ${text}`, {
    cause: error,
    ...(code === "unavailable" ? { retryAfter: 1 } : {}),
  });
}

/** The connection went away under us: nothing of what it was just given has an effect unless it was committed. */
function isLost(error: unknown): boolean {
  if (!(error instanceof SQL.PostgresError)) return false;
  return error.errno === undefined ? /CONNECTION_(CLOSED|FAILED)/.test(error.code) : /^(08|57P0[12])/.test(error.errno);
}

class PostgresConnection implements DatabaseConnection {
  private reserved: ReservedSQL;
  private readonly driver: PostgresDriver;
  private inTransaction = false;

  constructor(driver: PostgresDriver, reserved: ReservedSQL) {
    this.driver = driver;
    this.reserved = reserved;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    refuseNul(query.parameters);
    try {
      if (this.inTransaction || query.query.kind !== "SelectQueryNode") return await this.run<Row>(query);
      return await this.onLiveConnection(() => this.run<Row>(query));
    } catch (error) {
      throw queryProblem(error, this.driver.address);
    }
  }

  async begin(): Promise<void> {
    try {
      await this.onLiveConnection(() => this.run(CompiledQuery.raw("begin")));
      this.inTransaction = true;
    } catch (error) {
      throw queryProblem(error, this.driver.address);
    }
  }

  /**
   * A restarted server leaves dead connections in the pool, as many as it holds, which Bun notices when they are used.
   * What changes nothing is asked again until a live one answers.
   */
  private async onLiveConnection<Result>(ask: () => Promise<Result>): Promise<Result> {
    for (let dead = 0; ; dead++) {
      try {
        return await ask();
      } catch (error) {
        if (!isLost(error) || dead >= this.driver.size) throw error;
        await this.reserved.close({ timeout: 0 });
        this.reserved = await this.driver.reserve();
      }
    }
  }

  async commit(): Promise<void> {
    let command: string | null | undefined;
    try {
      command = (await this.reserved.unsafe("commit", [])).command;
    } catch (error) {
      throw queryProblem(error, this.driver.address);
    }
    this.inTransaction = false;
    // The server's way to say that a statement failed before and nothing was kept.
    if (command !== "COMMIT")
      throw new Problem("internal", "a transaction with a failed statement was to be committed");
  }

  async rollback(): Promise<void> {
    if (!this.inTransaction) return;
    this.inTransaction = false;
    // On a dead connection the server has rolled back already; Bun closes one that is released inside a transaction.
    await this.reserved.unsafe("rollback", []).catch(() => {});
  }

  release(): void {
    this.reserved.release().catch(() => {});
  }

  private async run<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.reserved.unsafe(query.sql, [...query.parameters]);
    const rows: Record<string, unknown>[] = Array.from(result);
    for (const { name, type } of result.columns ?? []) {
      if (type === oid.int8 || type === oid.numeric) for (const row of rows) row[name] = toNumber(row[name]);
    }
    return { rows: rows as Row[], numAffectedRows: BigInt(result.affectedRows) };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Problem("internal", "streaming queries are not supported");
  }
}

function toNumber(value: unknown): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new Problem("internal", "the database holds an integer beyond 2^53");
  }
  return number;
}

class PostgresDriver implements Driver {
  readonly address: PostgresAddress;
  /** Connections in the pool at most. */
  readonly size: number;
  private readonly pool: SQL;

  constructor(pool: SQL, address: PostgresAddress) {
    this.pool = pool;
    this.address = address;
    this.size = address.poolSize ?? poolSize;
  }

  async init(): Promise<void> {}

  /** A connection of the pool for one caller alone. */
  reserve(): Promise<ReservedSQL> {
    return this.pool.reserve({ signal: AbortSignal.timeout(queuePatience) });
  }

  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(this, await this.reserve());
    } catch (error) {
      throw queryProblem(error, this.address);
    }
  }
  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }
  beginTransaction(connection: PostgresConnection): Promise<void> {
    return connection.begin();
  }
  commitTransaction(connection: PostgresConnection): Promise<void> {
    return connection.commit();
  }
  rollbackTransaction(connection: PostgresConnection): Promise<void> {
    return connection.rollback();
  }
  async destroy(): Promise<void> {
    await this.pool.close({ timeout: 5 });
  }
}

export class PostgresDialect implements Dialect {
  readonly address: PostgresAddress;
  private readonly pool: SQL;

  constructor(pool: SQL, address: PostgresAddress) {
    this.pool = pool;
    this.address = address;
  }

  /**
   * One connection more than the pool's, for all that listen. Bun makes it anew when it is lost.
   * @returns the way to end it
   */
  async listen(channel: string, heard: () => void): Promise<() => Promise<void>> {
    try {
      const subscription = await this.pool.listen(channel, heard, heard);
      return () => subscription.unlisten();
    } catch (error) {
      throw queryProblem(error, this.address);
    }
  }

  createDriver(): Driver {
    return new PostgresDriver(this.pool, this.address);
  }
  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }
  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }
  createIntrospector(db: Kysely<unknown>): PostgresIntrospector {
    return new PostgresIntrospector(db);
  }
}
