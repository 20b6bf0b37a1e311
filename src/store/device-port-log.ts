/** Who wrote what to a device, why, and what came of it. */
import type { Insertable, Selectable } from "kysely";
import { cleanRow } from "./row-diff.ts";
import type { DevicePortLogTable } from "./schema-network.ts";
import type { Store } from "./store.ts";

export type PortChange = Omit<Insertable<DevicePortLogTable>, "id">;

/** Gives the row's id, for `endPortChange`. */
export async function logPortChange(store: Store, change: PortChange): Promise<number> {
  const row = cleanRow(change) as unknown as Insertable<DevicePortLogTable>;
  const { id } = await store.db.insertInto("device_port_log").values(row).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** How it ended. A change without an end was killed in the middle: nobody knows. */
export async function endPortChange(store: Store, id: number, end: Pick<PortChange, "outcome" | "log">): Promise<void> {
  const row = cleanRow(end) as unknown as typeof end;
  await store.db.updateTable("device_port_log").set(row).where("id", "=", id).execute();
}

/** Newest first. */
export async function portLog(
  store: Store,
  device: number,
  port?: string,
  limit = 100,
): Promise<Selectable<DevicePortLogTable>[]> {
  let query = store.db.selectFrom("device_port_log").selectAll().where("device", "=", device);
  if (port !== undefined) query = query.where("port", "=", port);
  return query.orderBy("id", "desc").limit(limit).execute();
}
