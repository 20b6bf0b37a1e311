/** Machines and what is in them, as their agents report it. */
import type { CreateTableBuilder, Kysely } from "kysely";
import type { StoreKind } from "../store.ts";
import { identity, text } from "./column.ts";

export async function hosts(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const string = text(kind);
  const ofHost = (table: string): CreateTableBuilder<string, "host_id"> =>
    db.schema
      .createTable(table)
      .addColumn("host_id", "bigint", (column) => column.notNull().references("host.id").onDelete("cascade"));

  let host = db.schema.createTable("host").addColumn("id", ...identity(kind));
  host = host.addColumn("device_id", string, (column) => column.notNull().unique());
  for (const name of [
    ...["name", "os_name", "os_version", "kernel", "cpu", "manufacturer", "model", "serial", "uuid", "tag"],
    ...["last_user", "address", "address_hex", "agent", "incomplete", "search"],
  ]) {
    host = host.addColumn(name, string, (column) => column.notNull());
  }
  await host
    .addColumn("memory_mb", "bigint")
    .addColumn("software_count", "integer", (column) => column.notNull())
    .addColumn("is_new", "integer", (column) => column.notNull())
    .addColumn("first_seen", "bigint", (column) => column.notNull())
    .addColumn("last_seen", "bigint", (column) => column.notNull())
    .addColumn("last_inventory", "bigint", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("host_alias")
    .addColumn("device_id", string, (column) => column.primaryKey())
    .addColumn("host_id", "bigint", (column) => column.notNull().references("host.id").onDelete("cascade"))
    .execute();
  await db.schema.createIndex("host_alias_host").on("host_alias").column("host_id").execute();

  await ofHost("host_section")
    .addColumn("section", string, (column) => column.notNull())
    .addColumn("items", string, (column) => column.notNull())
    .addColumn("count", "integer", (column) => column.notNull())
    .addColumn("digest", string, (column) => column.notNull())
    .addColumn("changed", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("host_section_key", ["host_id", "section"])
    .execute();

  await ofHost("host_address")
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("interface", string, (column) => column.notNull())
    .addColumn("mac", string)
    .addColumn("ip", string)
    .addColumn("ip_hex", string)
    .addColumn("prefix", "integer")
    .addPrimaryKeyConstraint("host_address_key", ["host_id", "position"])
    .execute();
  await db.schema.createIndex("host_address_mac").on("host_address").column("mac").execute();
  await db.schema.createIndex("host_address_ip").on("host_address").column("ip_hex").execute();

  await db.schema
    .createTable("software")
    .addColumn("id", ...identity(kind))
    .addColumn("key", string, (column) => column.notNull().unique())
    .addColumn("name", string, (column) => column.notNull())
    .addColumn("name_lower", string, (column) => column.notNull())
    .addColumn("version", string, (column) => column.notNull())
    .addColumn("publisher", string, (column) => column.notNull())
    .addColumn("architecture", string, (column) => column.notNull())
    .execute();

  await ofHost("host_software")
    .addColumn("software_id", "bigint", (column) => column.notNull().references("software.id"))
    .addPrimaryKeyConstraint("host_software_key", ["host_id", "software_id"])
    .execute();
  await db.schema.createIndex("host_software_software").on("host_software").column("software_id").execute();
}
