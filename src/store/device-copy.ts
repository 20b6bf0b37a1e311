/** A device with all that belongs to it, brought into another store under the same numbers: for a dry run. */
import { insertRows } from "./bulk.ts";
import { getDevice } from "./device.ts";
import type { Store } from "./store.ts";

const partTables = [
  ...(["device_identity", "device_ip", "device_port", "device_vlan", "device_port_vlan"] as const),
  ...(["device_power", "device_port_power", "device_module", "link", "node", "node_ip"] as const),
] as const;

/** Closed sightings stay behind: nothing that a poll does looks at them. False when there is no such device. */
export async function copyDevice(from: Store, to: Store, id: number): Promise<boolean> {
  const device = await getDevice(from, id);
  if (device === undefined) return false;
  await to.transaction(async (target) => {
    const present = await target.db.selectFrom("device").select("id").where("id", "=", device.id).executeTakeFirst();
    if (present !== undefined) return;
    await insertRows(target, "device", [device]);
    for (const table of partTables) {
      let query = from.db.selectFrom(table).selectAll().where("device", "=", device.id);
      if (table === "link" || table === "node" || table === "node_ip")
        query = query.where("open" as never, "=", 1 as never);
      await insertRows(target, table, (await query.execute()) as never[]);
    }
  });
  return true;
}
