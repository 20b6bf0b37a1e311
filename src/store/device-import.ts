/** What an import knows of a device that no reading would say. */
import { updateRows } from "./bulk.ts";
import { cleanRow } from "./row-diff.ts";
import type { Store } from "./store.ts";

export interface ImportedDevice {
  /** Epoch ms, as all times. */
  created: number | null;
  lastMacsuck: number | null;
  lastArpnip: number | null;
  isPseudo: boolean;
  customFields: Record<string, string>;
  tags: string[];
  ports: { port: string; customFields: Record<string, string>; tags: string[] }[];
}

/** Fills in what is not known here, and changes nothing that is. */
export async function noteImportedDevice(store: Store, id: number, given: ImportedDevice): Promise<void> {
  await store.transaction(async (inside) => {
    const device = await inside.db.selectFrom("device").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    const earlier = given.created !== null && given.created < device.created;
    await inside.db
      .updateTable("device")
      .set({
        created: earlier ? (given.created ?? device.created) : device.created,
        last_macsuck: device.last_macsuck ?? given.lastMacsuck,
        last_arpnip: device.last_arpnip ?? given.lastArpnip,
        is_pseudo: given.isPseudo && device.last_discover_complete === null ? 1 : device.is_pseudo,
        custom_fields: filled(device.custom_fields, "{}", given.customFields),
        tags: filled(device.tags, "[]", given.tags),
      })
      .where("id", "=", id)
      .execute();
    const labels = new Map(given.ports.map((port) => [port.port, port]));
    if (labels.size === 0) return;
    const ports = await inside.db
      .selectFrom("device_port")
      .select(["id", "port", "custom_fields", "tags"])
      .where("device", "=", id)
      .execute();
    const changes = ports.flatMap((row) => {
      const label = labels.get(row.port);
      if (!label) return [];
      const custom_fields = filled(row.custom_fields, "{}", label.customFields);
      const tags = filled(row.tags, "[]", label.tags);
      return custom_fields === row.custom_fields && tags === row.tags ? [] : [{ id: row.id, custom_fields, tags }];
    });
    await updateRows(inside, "device_port", changes);
  });
}

function filled(present: string, empty: string, given: object): string {
  if (present !== empty) return present;
  return Array.isArray(given) ? String(cleanRow({ given }).given) : JSON.stringify(cleanRow(given));
}
