/** What people change in the store's picture of a device, and devices that move or go. */

import { parseAddress } from "../address.ts";
import { Problem } from "../problem.ts";
import { type DeviceRow, getDevice } from "./device.ts";
import { lockMerges } from "./device-merge.ts";
import { appendEvents, type NetworkEvent } from "./network-event.ts";
import { changesBetween, cleanRow, type Row } from "./row-diff.ts";
import { closeDeviceSightings } from "./sighting.ts";
import type { Store } from "./store.ts";

/** What was written to the device, or is only ours (a pseudo device's). @throws Problem `not-found` */
export async function setDeviceText(
  store: Store,
  id: number,
  text: { location?: string | undefined; contact?: string | undefined; name?: string | undefined },
  now = Date.now(),
): Promise<void> {
  await store.transaction(async (transaction) => {
    const device = await known(transaction, id);
    const values = cleanRow(given(text)) as Partial<DeviceRow>;
    const changes = changesBetween(device as unknown as Row, values as Row, Object.keys(values));
    if (Object.keys(changes).length === 0) return;
    await transaction.db.updateTable("device").set(values).where("id", "=", device.id).execute();
    await appendEvents(transaction, [{ at: now, device: device.id, port: "", kind: "device-changed", changes }]);
  });
}

/** What a port was set to. @throws Problem `not-found` */
export async function setPortState(
  store: Store,
  id: number,
  port: string,
  state: { up_admin?: string | undefined; up?: string | undefined; name?: string | undefined },
  now = Date.now(),
): Promise<void> {
  await store.transaction(async (transaction) => {
    const row = await transaction.db
      .selectFrom("device_port")
      .selectAll()
      .where("device", "=", id)
      .where("port", "=", port)
      .executeTakeFirst();
    if (row === undefined) throw new Problem("not-found", `device ${id} has no port ${port}`);
    const values = cleanRow(given(state)) as Partial<typeof row>;
    const changes = changesBetween(row as unknown as Row, values as Row, Object.keys(values));
    if (Object.keys(changes).length === 0) return;
    await transaction.db.updateTable("device_port").set(values).where("id", "=", row.id).execute();
    await appendEvents(transaction, [{ at: now, device: id, port, kind: "port-changed", changes }]);
  });
}

/** Fields and tags of the site's own. @throws Problem `not-found` */
export async function setDeviceLabels(
  store: Store,
  id: number,
  labels: { customFields?: Record<string, string> | undefined; tags?: string[] | undefined },
): Promise<void> {
  const device = await known(store, id);
  await store.db
    .updateTable("device")
    .set({
      custom_fields: labels.customFields === undefined ? device.custom_fields : JSON.stringify(labels.customFields),
      tags: labels.tags === undefined ? device.tags : JSON.stringify([...new Set(labels.tags)].sort()),
    })
    .where("id", "=", device.id)
    .execute();
}

/**
 * The device is polled at another address from now on. What it has and has seen stays with it.
 *
 * @throws Problem `not-found`, `bad-options` for what is no address, `conflict` when another device has that one
 */
export async function renumberDevice(store: Store, id: number, address: string, now = Date.now()): Promise<void> {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Problem("bad-options", `${address} is no address`);
  await store.transaction(async (transaction) => {
    await lockMerges(transaction);
    const device = await known(transaction, id);
    if (device.ip === parsed.ip) return;
    const holder = await transaction.db
      .selectFrom("device")
      .select(["id", "name", "merged_into", "deleted"])
      .where("ip_hex", "=", parsed.ipHex)
      .where("snmp_port", "=", device.snmp_port)
      .executeTakeFirst();
    if (holder !== undefined) {
      if (holder.merged_into !== device.id && holder.deleted === null) {
        throw new Problem("conflict", `${parsed.ip} is the address of device ${holder.id} (${holder.name})`);
      }
      // Nothing is polled there; a deleted device keeps its address as history.
      const aside = { snmp_port: -holder.id };
      await transaction.db.updateTable("device").set(aside).where("id", "=", holder.id).execute();
    }
    await transaction.db
      .updateTable("device")
      .set({ ip: parsed.ip, ip_hex: parsed.ipHex, dns: "" })
      .where("id", "=", device.id)
      .execute();
    if (holder !== undefined && holder.deleted === null) {
      // One that was merged into this one takes the other address: the merge stays reversible.
      const { ip, ip_hex, snmp_port } = device;
      await transaction.db.updateTable("device").set({ ip, ip_hex, snmp_port }).where("id", "=", holder.id).execute();
    }
    await appendEvents(transaction, [
      { at: now, device: device.id, port: "", kind: "device-renumbered", changes: { ip: [device.ip, parsed.ip] } },
    ]);
  });
}

/**
 * Forgets a device, and those merged into it. With `archive` only as something to poll and list: its sightings end and
 * stay as history, and it comes back with them when it is discovered again at the same address.
 *
 * @throws Problem `not-found`
 */
export async function deleteDevice(
  store: Store,
  id: number,
  { archive = false, now = Date.now() }: { archive?: boolean | undefined; now?: number | undefined } = {},
): Promise<void> {
  await store.transaction(async (transaction) => {
    await lockMerges(transaction);
    const device = await known(transaction, id);
    const { db } = transaction;
    const rows = await db
      .selectFrom("device")
      .select("id")
      .where(({ or, eb }) => or([eb("id", "=", device.id), eb("merged_into", "=", device.id)]))
      .execute();
    const ids = rows.map((row) => row.id);
    const lost = { remote_device: null, remote_device_port: "", confidence: null, reason: "" };
    await db.updateTable("link").set(lost).where("remote_device", "in", ids).where("open", "=", 1).execute();
    if (archive) {
      for (const one of ids) await closeDeviceSightings(transaction, one);
      await db.updateTable("device").set({ deleted: now }).where("id", "in", ids).execute();
    } else {
      await db
        .deleteFrom("device_merge")
        .where(({ or, eb }) => or([eb("kept", "in", ids), eb("merged", "in", ids)]))
        .execute();
      await db.updateTable("link").set(lost).where("remote_device", "in", ids).execute();
      await db.deleteFrom("device").where("id", "in", ids).execute();
    }
    const changes: NetworkEvent["changes"] = { ip: [device.ip, null], name: [device.name, null] };
    await appendEvents(transaction, [{ at: now, device: device.id, port: "", kind: "device-gone", changes }]);
  });
}

async function known(store: Store, id: number): Promise<DeviceRow> {
  const device = await getDevice(store, id);
  if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
  return device;
}

function given(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
