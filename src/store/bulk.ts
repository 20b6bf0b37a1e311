/**
 * Many rows in few statements, on both databases: rows go in as one JSON text, whatever their number, so neither
 * SQLite's nor PostgreSQL's limit of parameters is met and the statement's text is always the same.
 */
import { type Insertable, type RawBuilder, sql } from "kysely";
import type { Schema } from "./schema.ts";
import type { NetworkSchema } from "./schema-network.ts";
import type { Store } from "./store.ts";

/** Rows of one statement: some MiB of JSON at most. */
const batch = 20_000;

/** The columns that are numbers; one name means the same in every table of the network. */
const numbers = new Set([
  ...["id", "device", "kept", "merged", "at", "undone_at", "first_seen", "last_seen", "gone", "created", "deleted"],
  ...["seen_from", "seen_to", "open", "snmp_port", "snmp_ver", "is_pseudo", "merged_into", "uptime", "num_ports"],
  ...["slots", "pae_is_enabled", "last_discover", "last_macsuck", "last_arpnip", "last_discover_complete"],
  ...["last_macsuck_complete", "last_arpnip_complete", "prefix", "ifindex", "raw_speed", "mtu", "vlan", "pvid"],
  ...["lastchange", "is_master", "has_subinterfaces", "faststart", "pae_is_authenticator", "pae_is_supplicant"],
  ...["native", "egress_tag", "module", "power", "admin", "index", "parent", "pos", "fru", "remote_device"],
  ...["confidence", "server", "bridge_port"],
]);

type Table = keyof NetworkSchema;
type Row = Record<string, unknown>;

export function* batches<Item>(items: readonly Item[], size = batch): Generator<Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** `select` that gives the rows' columns. Texts must be free of NUL and halves of surrogates (`cleanText`). */
function rowSource(store: Store, columns: readonly string[], rows: readonly Row[]): RawBuilder<unknown> {
  const json = JSON.stringify(rows.map((row) => columns.map((column) => row[column] ?? null)));
  if (store.kind === "sqlite") {
    const picked = columns.map((column, at) => sql`r.value ->> ${sql.lit(at)} as ${sql.ref(column)}`);
    return sql`select ${sql.join(picked)} from json_each(${json}) as r`;
  }
  const picked = columns.map((column, at) =>
    numbers.has(column)
      ? sql`(r.v ->> ${sql.lit(at)})::bigint as ${sql.ref(column)}`
      : sql`r.v ->> ${sql.lit(at)} as ${sql.ref(column)}`,
  );
  return sql`select ${sql.join(picked)} from jsonb_array_elements(cast(${json} as text)::jsonb) as r(v)`;
}

/** Inserts rows that all have the same columns. @throws Problem `conflict` */
export async function insertRows<Name extends Table>(
  store: Store,
  table: Name,
  rows: readonly Insertable<Schema[Name]>[],
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const names = sql.join(columns.map((column) => sql.ref(column)));
  for (const some of batches(rows)) {
    const source = rowSource(store, columns, some as Row[]);
    await sql`insert into ${sql.table(table)} (${names}) ${source}`.execute(store.db);
  }
}

/** Sets the columns (all but `id`) of the rows with these ids; every row has the same columns. */
export async function updateRows(store: Store, table: Table, rows: readonly ({ id: number } & Row)[]): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const changes = columns
    .filter((column) => column !== "id")
    .map((column) => sql`${sql.ref(column)} = s.${sql.ref(column)}`);
  for (const some of batches(rows)) {
    const source = rowSource(store, columns, some);
    await sql`update ${sql.table(table)} set ${sql.join(changes)} from (${source}) as s
      where ${sql.table(table)}.id = s.id`.execute(store.db);
  }
}

/** A subquery for `in`: any number of ids as one parameter. */
export function idList(store: Store, ids: readonly number[]): RawBuilder<number> {
  return sql<number>`(${rowSource(
    store,
    ["id"],
    ids.map((id) => ({ id })),
  )})`;
}

/** The same for texts. */
export function textList(store: Store, texts: readonly string[]): RawBuilder<string> {
  return sql<string>`(${rowSource(
    store,
    ["text"],
    texts.map((text) => ({ text })),
  )})`;
}

export async function deleteRows(store: Store, table: Table, ids: readonly number[]): Promise<void> {
  for (const some of batches(ids)) {
    await sql`delete from ${sql.table(table)} where id in ${idList(store, some)}`.execute(store.db);
  }
}
