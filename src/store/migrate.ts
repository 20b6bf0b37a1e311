/**
 * Brings the tables of a database to this version. The migrations are part of the program (a static table, no files);
 * each runs in a transaction of its own, under a lock, together with the row that says it was done.
 */
import { type Kysely, sql } from "kysely";
import { Problem } from "../problem.ts";
import { type Migration, migrations } from "./migrations/list.ts";
import type { Store } from "./store.ts";

/** Any constant of our own: the advisory lock that keeps two deployments apart on PostgreSQL. */
const lockId = 7_306_574_022;

export interface SchemaStatus {
  state: "current" | "outdated" | "newer";
  /** Names, in the order they were made. */
  applied: string[];
  /** Known to us and not yet in the database. */
  pending: string[];
  /** In the database and not known to us. */
  unknown: string[];
}

/** Compares the database with what this program knows. An empty database is `outdated`. */
export async function schemaStatus(store: Store, known: readonly Migration[] = migrations): Promise<SchemaStatus> {
  const applied = (await hasTable(store))
    ? (await sql<{ name: string }>`select name from schema_migration order by name`.execute(store.db)).rows.map(
        (row) => row.name,
      )
    : [];
  const pending = known.map((migration) => migration.name).filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.some((migration) => migration.name === name));
  const state = unknown.length > 0 ? "newer" : pending.length > 0 ? "outdated" : "current";
  return { state, applied, pending, unknown };
}

/** @throws Problem `schema-outdated` (the message names the command to run) or `schema-newer`. */
export async function checkSchema(store: Store, known: readonly Migration[] = migrations): Promise<void> {
  const status = await schemaStatus(store, known);
  if (status.state === "newer") throw newer(store, status);
  if (status.state === "outdated") {
    const what = status.applied.length === 0 ? "has no tables yet" : `lacks ${status.pending.join(", ")}`;
    throw new Problem("schema-outdated", `the database ${store.name} ${what}; run: reeve backend db deploy`, {
      detail: status,
    });
  }
}

/**
 * Applies what is missing and gives the names of what it applied. Safe to run in several processes at once.
 *
 * @throws Problem `schema-newer` when the database has migrations that this program does not know.
 */
export async function deploySchema(store: Store, known: readonly Migration[] = migrations): Promise<string[]> {
  const done: string[] = [];
  const before = await schemaStatus(store, known);
  if (before.state === "newer") throw newer(store, before);
  if (before.state === "current") return done;
  for (const migration of known) {
    const applied = await store.transaction((transaction) => apply(transaction, migration, known));
    if (applied) done.push(migration.name);
  }
  return done;
}

/** False when another process was there first. */
async function apply(store: Store, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  // SQLite's transactions are exclusive among writers from their first statement on.
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(store.db);
  const status = await schemaStatus(store, known);
  if (status.state === "newer") throw newer(store, status);
  if (!status.pending.includes(migration.name)) return false;
  if (!(await hasTable(store))) {
    await sql`create table schema_migration (name text not null primary key, applied bigint not null)`.execute(
      store.db,
    );
  }
  await migration.up(store.db as unknown as Kysely<unknown>, store.kind);
  await sql`insert into schema_migration (name, applied) values (${migration.name}, ${Date.now()})`.execute(store.db);
  return true;
}

async function hasTable(store: Store): Promise<boolean> {
  // Not to_regclass(): it answers from a cache that does not yet know what another process has just committed.
  const query =
    store.kind === "sqlite"
      ? sql<{ found: number }>`select count(*) as found from sqlite_master where name = 'schema_migration'`
      : sql<{ found: number }>`select count(*) as found from pg_catalog.pg_tables
          where tablename = 'schema_migration' and schemaname = any (current_schemas(false))`;
  return (await query.execute(store.db)).rows[0]?.found === 1;
}

function newer(store: Store, status: SchemaStatus): Problem {
  return new Problem(
    "schema-newer",
    `the database ${store.name} was made by a newer Reeve (it has ${status.unknown.join(", ")}); install that version`,
    { detail: status },
  );
}
