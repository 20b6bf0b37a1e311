/**
 * The store: one database, SQLite or PostgreSQL, behind one set of queries. Functions of the other files of this folder
 * take a `Store`; inside `transaction` they are given the one that speaks for the transaction.
 */
import { Kysely } from "kysely";
import { Problem } from "../problem.ts";
import { checkSchema, deploySchema } from "./migrate.ts";
import type { Schema } from "./schema.ts";
import type { Store, StoreKind } from "./store.ts";
import { parseDatabaseUrl, redactDatabaseUrl } from "./url.ts";

export type { Store } from "./store.ts";

export interface StoreSettings {
  /** A file path, `sqlite:PATH`, `:memory:`, or `postgres://user@host:port/database` (see src/store/url.ts). */
  url: string;
  /** File with PostgreSQL's password; without it: URL, .pgpass, PGPASSWORD. */
  passwordFile?: string | undefined;
  /**
   * What to do about the tables: `auto` makes or updates them, `check` refuses a database that is not of our version,
   * `none` leaves them alone. By default `auto` for SQLite and `check` for PostgreSQL.
   */
  migrate?: "auto" | "check" | "none" | undefined;
}

/**
 * @throws Problem `config` for a wrong URL or refused credentials, `unavailable` when nobody answers, `permission` or
 * `io` for the file, `schema-outdated` and `schema-newer` by the check of the tables.
 */
export async function openStore(settings: StoreSettings, signal?: AbortSignal): Promise<Store> {
  signal?.throwIfAborted();
  const address = parseDatabaseUrl(settings.url);
  // Each driver is loaded only where it is used.
  const dialect =
    address.kind === "sqlite"
      ? await (await import("./sqlite.ts")).openSqlite(address.path, signal)
      : await (await import("./postgres.ts")).openPostgres(address, settings.passwordFile, signal);
  const db = new Kysely<Schema>({ dialect });
  const store = storeOn(db, address.kind, redactDatabaseUrl(settings.url));
  if ("listen" in dialect) store.listen = (channel, heard) => dialect.listen(channel, heard);
  try {
    const migrate = settings.migrate ?? (address.kind === "sqlite" ? "auto" : "check");
    if (migrate === "auto") await deploySchema(store);
    if (migrate === "check") await checkSchema(store);
    signal?.throwIfAborted();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Tries of a transaction that PostgreSQL gave up in favour of another. */
const tries = 5;

function storeOn(db: Kysely<Schema>, kind: StoreKind, name: string): Store {
  return {
    kind,
    name,
    db,
    close: () => db.destroy(),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await db.transaction().execute((transaction) => work(joined(transaction, kind, name)));
        } catch (error) {
          if (attempt === tries || !isCollision(error)) throw error;
        }
      }
    },
  };
}

function joined(db: Kysely<Schema>, kind: StoreKind, name: string): Store {
  const store: Store = {
    kind,
    name,
    db,
    transaction: (work) => work(store),
    close: () => Promise.reject(new Problem("internal", "a transaction does not close its store")),
  };
  return store;
}

/** SQLSTATE serialization_failure or deadlock_detected. */
function isCollision(error: unknown): boolean {
  const cause = error instanceof Problem ? error.cause : undefined;
  return cause instanceof Error && "errno" in cause && (cause.errno === "40001" || cause.errno === "40P01");
}
