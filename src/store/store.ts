/** What a store is, for the functions that are given one. `openStore` of database.ts makes it. */
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export type StoreKind = "sqlite" | "postgres";

export interface Store {
  kind: StoreKind;
  /** For messages: without a password. */
  name: string;
  db: Kysely<Schema>;
  /**
   * Runs `work` in a transaction; what it throws rolls everything back. Keep it short and await nothing but the store
   * it is given. Inside a transaction it joins that one. On PostgreSQL `work` may run again when another transaction
   * got in its way, so it must have no effect but on the store.
   */
  transaction<Result>(work: (store: Store) => Promise<Result>): Promise<Result>;
  /**
   * Calls `heard` for each notification on that channel of the database, and after a lost connection came back; gives
   * the way to end it. Only where the database can (PostgreSQL).
   */
  listen?(channel: string, heard: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
