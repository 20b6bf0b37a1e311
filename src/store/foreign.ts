/** Reads another program's PostgreSQL database: one consistent state of it, in pieces, every value as text. */
import { type CompiledQuery, Kysely, sql } from "kysely";
import { Problem } from "../problem.ts";
import { type PostgresAddress, parseDatabaseUrl, redactDatabaseUrl } from "./url.ts";

export type ForeignRow = Record<string, string | null>;

export interface ForeignDatabase {
  /** Without password. */
  name: string;
  /** Its time zone: what timestamps inside of JSON are in. */
  zone: string;
  /** Columns of a table; empty where there is no such table. */
  columns(table: string): ReadonlySet<string>;
  /**
   * Rows of a table, those columns that it has; the others are null. Timestamps are epoch milliseconds (without zone:
   * in the zone of the database), addresses without prefix, truths `true` or `false`, arrays JSON.
   * @param where a column and the value its text must have
   */
  read(
    table: string,
    columns: readonly string[],
    where?: readonly [column: string, text: string],
  ): AsyncGenerator<ForeignRow[]>;
}

/** Rows fetched at a time. */
const piece = 5000;

/** @throws Problem `bad-options` for what is no PostgreSQL URL */
function addressOf(url: string): PostgresAddress {
  const address = parseDatabaseUrl(url);
  if (address.kind !== "postgres") throw new Problem("bad-options", "expected postgres://USER@HOST/NAME");
  return address;
}

/**
 * The password for that database: from the file, as of our own; without it URL, .pgpass, PGPASSWORD. For who will not
 * be allowed to read them when the database is opened.
 * @throws Problem `config`
 */
export async function foreignPassword(url: string, passwordFile: string | undefined): Promise<string | undefined> {
  const { completeAddress } = await import("./postgres.ts");
  const { resolvePassword } = await import("./passfile.ts");
  return resolvePassword(completeAddress(addressOf(url)), passwordFile);
}

/**
 * @param password without it URL, .pgpass, PGPASSWORD
 * @throws Problem `config`, `unavailable` as `openStore`; `bad-options` for what is no PostgreSQL URL
 */
export async function readForeign<Result>(
  url: string,
  password: string | undefined,
  work: (database: ForeignDatabase) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const address = { ...addressOf(url), ...(password === undefined ? {} : { password }) };
  const { openPostgres } = await import("./postgres.ts");
  const dialect = await openPostgres({ ...address, poolSize: 1 }, undefined, signal, "any encoding");
  const db = new Kysely<never>({ dialect });
  try {
    return await db.connection().execute(async (connection) => {
      const run = async (query: { compile(db: Kysely<never>): CompiledQuery }) => {
        signal?.throwIfAborted();
        return (await connection.executeQuery<ForeignRow>(query.compile(connection))).rows;
      };
      // It knows of no encoding, so that the server would refuse what is not UTF-8; here it becomes U+FFFD.
      await run(sql`select set_config('client_encoding', 'SQL_ASCII', false)
        where current_setting('server_encoding') = 'SQL_ASCII'`);
      await run(sql`begin transaction isolation level repeatable read read only`);
      const types = new Map<string, Map<string, string>>();
      for (const { name, column, type } of await run(sql`select table_name::text as name, column_name::text as column,
        udt_name::text as type from information_schema.columns where table_schema = any(current_schemas(false))`)) {
        const known = types.get(name ?? "") ?? new Map<string, string>();
        types.set(name ?? "", known.set(column ?? "", type ?? ""));
      }
      const database: ForeignDatabase = {
        name: redactDatabaseUrl(url),
        zone: (await run(sql`select current_setting('TimeZone') as zone`))[0]?.zone ?? "UTC",
        columns: (table) => new Set(types.get(table)?.keys()),
        async *read(table, wanted, where) {
          const known = types.get(table);
          if (!known || (where && !known.has(where[0]))) return;
          const chosen = wanted.map((column) => {
            const type = known.get(column);
            return type === undefined
              ? sql`null as ${sql.ref(column)}`
              : sql`${textOf(column, type)} as ${sql.ref(column)}`;
          });
          const type = where && known.get(where[0]);
          const filter =
            where && type ? sql`where ${sql.ref(where[0])} = cast(${sql.lit(where[1])} as ${sql.raw(type)})` : sql``;
          await run(
            sql`declare import_rows no scroll cursor for select ${sql.join(chosen)} from ${sql.table(table)} ${filter}`,
          );
          try {
            for (;;) {
              const rows = await run(sql`fetch ${sql.lit(piece)} from import_rows`);
              if (rows.length > 0) yield rows;
              if (rows.length < piece) return;
            }
          } finally {
            // After an error the transaction, and the cursor with it, is lost anyway.
            await connection.executeQuery(sql`close import_rows`.compile(connection)).catch(() => undefined);
          }
        },
      };
      return await work(database);
    });
  } finally {
    await db.destroy();
  }
}

function textOf(column: string, type: string) {
  const value = sql.ref(column);
  if (type.startsWith("timestamp")) {
    // Infinity is a timestamp, too, and no number.
    return sql`case when isfinite(${value})
      then floor(extract(epoch from ${value}::timestamptz) * 1000)::bigint::text end`;
  }
  if (type === "inet") return sql`host(${value})`;
  if (type.startsWith("_")) return sql`to_jsonb(${value})::text`;
  return sql`${value}::text`;
}
