/** Two hosts that are the same machine: after a new installation, or a changed device id. */
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import { searchText } from "./host-columns.ts";

/**
 * Makes one host of two: `into` keeps its number and its device id, takes the newer of the two inventories and the
 * earlier first sight; `from` is gone, and reports under its device id are `into`'s from now on.
 *
 * @throws Problem `not-found` when one of them is not there, `bad-options` when they are the same.
 */
export async function mergeHosts(store: Store, from: number, into: number): Promise<void> {
  if (from === into) throw new Problem("bad-options", "a host cannot be merged into itself");
  await store.transaction(async ({ db, kind }) => {
    let query = db.selectFrom("host").selectAll().where("id", "in", [from, into]).orderBy("id");
    if (kind === "postgres") query = query.forUpdate();
    const hosts = await query.execute();
    const source = hosts.find(({ id }) => id === from);
    const target = hosts.find(({ id }) => id === into);
    if (source === undefined || target === undefined) {
      throw new Problem("not-found", `there is no host ${source === undefined ? from : into}`);
    }

    const newest = source.last_inventory > target.last_inventory ? source : target;
    if (newest === source) {
      for (const table of ["host_section", "host_address", "host_software"] as const) {
        await db.deleteFrom(table).where("host_id", "=", into).execute();
        await db.updateTable(table).set({ host_id: into }).where("host_id", "=", from).execute();
      }
    }
    await db.updateTable("host_alias").set({ host_id: into }).where("host_id", "=", from).execute();
    await db.insertInto("host_alias").values({ device_id: source.device_id, host_id: into }).execute();
    await db.deleteFrom("host").where("id", "=", from).execute();

    const addresses = await db.selectFrom("host_address").select(["mac", "ip"]).where("host_id", "=", into).execute();
    const { id: _, ...columns } = newest;
    const merged = {
      ...columns,
      device_id: target.device_id,
      tag: newest.tag || source.tag || target.tag,
      first_seen: Math.min(source.first_seen, target.first_seen),
      last_seen: Math.max(source.last_seen, target.last_seen),
      is_new: 0 as const,
    };
    merged.search = searchText(merged, addresses);
    await db.updateTable("host").set(merged).where("id", "=", into).execute();
  });
}
