/** One device that was taken for two: which rows share an identity, making one of them, and two again. */
import { sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { IdentityFact } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { textList } from "./bulk.ts";
import { type DeviceRow, getDevice } from "./device.ts";
import { appendEvents } from "./network-event.ts";
import { closeDeviceSightings } from "./sighting.ts";
import type { Store } from "./store.ts";

export interface IdentityCandidate extends IdentityFact {
  device: number;
  /** That device's polling address and name, for messages. */
  ip: string;
  name: string;
  last_seen: number;
  /** It still said so when it was last discovered. */
  current: boolean;
}

/** Devices that say, or once said, one of these things of themselves; merged ones as the device they are now. */
export async function candidatesByIdentity(
  store: Store,
  identities: readonly IdentityFact[],
  except?: number,
): Promise<IdentityCandidate[]> {
  if (identities.length === 0) return [];
  const wanted = new Set(identities.map(({ kind, value }) => `${kind} ${value}`));
  const values = [...new Set(identities.map(({ value }) => value.replaceAll("\0", "").toWellFormed()))];
  const rows = await store.db
    .selectFrom("device_identity")
    .innerJoin("device as said", "said.id", "device_identity.device")
    .innerJoin("device", (join) =>
      join.on(({ eb, ref, fn }) => eb("device.id", "=", fn.coalesce(ref("said.merged_into"), ref("said.id")))),
    )
    .select(["device.id as device", "device.ip", "device.name"])
    .select(["device_identity.kind", "device_identity.value", "device_identity.last_seen", "said.last_discover"])
    .where("device_identity.value", "in", textList(store, values))
    .where("device.deleted", "is", null)
    .orderBy("device.id")
    .execute();
  return rows
    .filter((row) => wanted.has(`${row.kind} ${row.value}`) && row.device !== except)
    .map(({ last_discover, ...row }) => ({ ...row, current: row.last_seen >= (last_discover ?? 0) }));
}

/**
 * Takes two devices for one. No row goes: the merged one's sightings end, it is polled and listed no more, and whoever
 * asks for it, by number, address or name, gets the one that was kept.
 *
 * @param reason what spoke for it, for people
 * @returns number of the merge, for `undoMerge`
 * @throws Problem `not-found`; `bad-options` when they are one already
 */
export async function mergeDevices(
  store: Store,
  kept: number,
  merged: number,
  reason: object,
  now: number,
): Promise<number> {
  return store.transaction(async (transaction) => {
    await lockMerges(transaction);
    const [into, from] = [await present(transaction, kept), await present(transaction, merged)];
    if (into.id === from.id) throw new Problem("bad-options", `device ${from.id} is part of device ${into.id} already`);
    const { db } = transaction;
    await closeDeviceSightings(transaction, from.id);
    // One step from every row to the one that is kept; what had been merged into `from` keeps its own merge's row.
    await db
      .updateTable("device")
      .set({ merged_into: into.id })
      .where(({ or, eb }) => or([eb("id", "=", from.id), eb("merged_into", "=", from.id)]))
      .execute();
    const lost = { remote_device: into.id };
    await db.updateTable("link").set(lost).where("remote_device", "=", from.id).where("open", "=", 1).execute();
    const { id } = await db
      .insertInto("device_merge")
      .values({ kept: into.id, merged: from.id, reason: JSON.stringify(reason), at: now, undone_at: null })
      .returning("id")
      .executeTakeFirstOrThrow();
    const changes = { merged: [null, from.id], ip: [null, from.ip], name: [null, from.name] } as const;
    await appendEvents(transaction, [
      { at: now, device: into.id, port: "", kind: "device-merged", changes: { ...mutable(changes) } },
    ]);
    return id;
  });
}

/**
 * An address, under which a known device was met, and which is none of its own (behind NAT, a virtual one): whoever asks
 * for it gets the device. It is a merge, so `undoMerge` takes it back. A device that is polled there already stays one.
 */
export async function mergeAddress(
  store: Store,
  kept: number,
  target: { ip: string; port: number },
  reason: object,
  now: number,
): Promise<void> {
  await store.transaction(async (transaction) => {
    await lockMerges(transaction);
    const { id: _, ...device } = await present(transaction, kept);
    const address = parseAddress(target.ip);
    if (address === undefined) throw new Problem("bad-options", `${target.ip} is no address`);
    const none = { last_discover: null, last_macsuck: null, last_arpnip: null, last_discover_complete: null };
    const row = { ...device, ...none, ip: address.ip, ip_hex: address.ipHex, snmp_port: target.port, dns: "" };
    const added = await transaction.db
      .insertInto("device")
      .values({ ...row, last_macsuck_complete: null, last_arpnip_complete: null, created: now })
      .onConflict((conflict) => conflict.columns(["ip_hex", "snmp_port"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (added) await mergeDevices(transaction, kept, added.id, reason, now);
  });
}

/**
 * One merge at a time: two discovers of one device under two addresses find each other, and each would merge the other
 * into its own, so that none is left.
 */
export async function lockMerges(store: Store): Promise<void> {
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(2, 0)`.execute(store.db);
}

function mutable(changes: Record<string, readonly [unknown, unknown]>): Record<string, [unknown, unknown]> {
  return Object.fromEntries(Object.entries(changes).map(([name, [before, after]]) => [name, [before, after]]));
}

/**
 * Makes them two devices again. The other one's sightings begin anew with its next poll; its history is as it was.
 *
 * @throws Problem `not-found`, `conflict` when it was undone before
 */
export async function undoMerge(store: Store, merge: number, now: number): Promise<void> {
  await store.transaction(async (transaction) => {
    await lockMerges(transaction);
    const { db } = transaction;
    const row = await db.selectFrom("device_merge").selectAll().where("id", "=", merge).executeTakeFirst();
    if (row === undefined) throw new Problem("not-found", `there is no merge ${merge}`);
    if (row.undone_at !== null) throw new Problem("conflict", `merge ${merge} is undone already`);
    // Merged into `merged` before: they go with it.
    const earlier = await db
      .selectFrom("device_merge")
      .select("merged")
      .where("kept", "=", row.merged)
      .where("undone_at", "is", null)
      .execute();
    await db.updateTable("device").set({ merged_into: null }).where("id", "=", row.merged).execute();
    const ids = earlier.map(({ merged }) => merged);
    if (ids.length > 0) {
      await db.updateTable("device").set({ merged_into: row.merged }).where("id", "in", ids).execute();
    }
    await db.updateTable("device_merge").set({ undone_at: now }).where("id", "=", merge).execute();
    await appendEvents(transaction, [
      { at: now, device: row.kept, port: "", kind: "device-unmerged", changes: { merged: [row.merged, null] } },
    ]);
  });
}

export interface DeviceMerge {
  id: number;
  kept: number;
  merged: number;
  reason: unknown;
  at: number;
}

/** Merges that stand, newest first. */
export async function listMerges(store: Store, device?: number): Promise<DeviceMerge[]> {
  let query = store.db
    .selectFrom("device_merge")
    .select(["id", "kept", "merged", "reason", "at"])
    .where("undone_at", "is", null);
  if (device !== undefined) query = query.where("kept", "=", device);
  const rows = await query.orderBy("id", "desc").execute();
  return rows.map((row) => ({ ...row, reason: JSON.parse(row.reason) as unknown }));
}

async function present(store: Store, id: number): Promise<DeviceRow> {
  const device = await getDevice(store, id);
  if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
  return device;
}
