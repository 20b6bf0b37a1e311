/** Who may log in, who has, who tried, and what they did. */
import type { Kysely } from "kysely";
import type { StoreKind } from "../store.ts";
import { identity, text } from "./column.ts";

export async function users(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const string = text(kind);
  await db.schema
    .createTable("user")
    .addColumn("name", string, (column) => column.primaryKey())
    .addColumn("password", string, (column) => column.notNull())
    .addColumn("administrator", "integer", (column) => column.notNull())
    .addColumn("disabled", "integer", (column) => column.notNull())
    .addColumn("created", "bigint", (column) => column.notNull())
    .addColumn("changed", "bigint", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("session")
    .addColumn("id_hash", string, (column) => column.primaryKey())
    .addColumn("user", string, (column) => column.notNull().references("user.name").onDelete("cascade"))
    .addColumn("created", "bigint", (column) => column.notNull())
    .addColumn("last_seen", "bigint", (column) => column.notNull())
    .addColumn("expires", "bigint", (column) => column.notNull())
    .addColumn("address", string, (column) => column.notNull())
    .addColumn("user_agent", string, (column) => column.notNull())
    .addColumn("locale", string, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("session_user").on("session").column("user").execute();
  await db.schema.createIndex("session_expires").on("session").column("expires").execute();

  await db.schema
    .createTable("login_failure")
    .addColumn("key", string, (column) => column.primaryKey())
    .addColumn("count", "integer", (column) => column.notNull())
    .addColumn("last", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("login_failure_last").on("login_failure").column("last").execute();

  await db.schema
    .createTable("audit")
    .addColumn("id", ...identity(kind))
    .addColumn("time", "bigint", (column) => column.notNull())
    .addColumn("user", string, (column) => column.notNull())
    .addColumn("address", string, (column) => column.notNull())
    .addColumn("session", string, (column) => column.notNull())
    .addColumn("action", string, (column) => column.notNull())
    .addColumn("subject", string, (column) => column.notNull())
    .addColumn("detail", string, (column) => column.notNull())
    .addColumn("outcome", string, (column) => column.notNull())
    .addColumn("status", "integer", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("audit_user").on("audit").columns(["user", "id"]).execute();
  await db.schema.createIndex("audit_action").on("audit").columns(["action", "id"]).execute();
}
