/** People and groups of a directory, as the listener's handler `people` hands them on. */
import type { Kysely } from "kysely";
import type { StoreKind } from "../store.ts";
import { text } from "./column.ts";

export async function people(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const string = text(kind);
  let person = db.schema.createTable("person").addColumn("uuid", string, (column) => column.primaryKey());
  for (const name of [
    ...["source", "kind", "dn", "dn_key", "account", "account_lower", "name", "mail", "phone", "title", "department"],
    ...["description", "attributes", "search"],
  ]) {
    person = person.addColumn(name, string, (column) => column.notNull());
  }
  await person
    .addColumn("disabled", "integer", (column) => column.notNull())
    .addColumn("member_count", "integer", (column) => column.notNull())
    .addColumn("first_seen", "bigint", (column) => column.notNull())
    .addColumn("changed", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("person_account").on("person").column("account_lower").execute();
  await db.schema.createIndex("person_dn").on("person").column("dn_key").execute();

  await db.schema
    .createTable("person_member")
    .addColumn("group_uuid", string, (column) => column.notNull().references("person.uuid").onDelete("cascade"))
    .addColumn("member", string, (column) => column.notNull())
    .addPrimaryKeyConstraint("person_member_key", ["group_uuid", "member"])
    .execute();
  await db.schema.createIndex("person_member_member").on("person_member").column("member").execute();
}
