/** How much there is, one row a day. */
import { sql } from "kysely";
import type { StatisticsTable } from "./schema-network.ts";
import type { Store } from "./store.ts";

/** Counts, and keeps the counts as today's (UTC), in place of earlier ones of today. */
export async function saveStatistics(store: Store, now: number): Promise<StatisticsTable> {
  const counts = await sql<Omit<StatisticsTable, "day">>`select
    (select count(*) from device where merged_into is null and deleted is null) as device_count,
    (select count(*) from device_ip) as device_ip_count,
    (select count(*) from link where open = 1) as device_link_count,
    (select count(*) from device_port where gone is null) as device_port_count,
    (select count(*) from device_port where gone is null and up = 'up') as device_port_up_count,
    (select count(*) from node_ip) as ip_table_count,
    (select count(*) from node_ip where open = 1) as ip_active_count,
    (select count(*) from node) as node_table_count,
    (select count(*) from node where open = 1) as node_active_count`.execute(store.db);
  const row = { day: new Date(now).toISOString().slice(0, 10), ...counts.rows[0]! };
  await store.db
    .insertInto("statistics")
    .values(row)
    .onConflict((conflict) => conflict.column("day").doUpdateSet(row))
    .execute();
  return row;
}

/** Newest first. */
export async function listStatistics(store: Store, limit = 366): Promise<StatisticsTable[]> {
  return store.db.selectFrom("statistics").selectAll().orderBy("day", "desc").limit(limit).execute();
}
