/** Stores what discover has read of a device: one transaction, differences only, history beside it. */
import type { Insertable } from "kysely";
import { parseAddress } from "../address.ts";
import type { DeviceFacts, IdentityFact, NeighbourProtocol, SystemFact } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { insertRows, updateRows } from "./bulk.ts";
import { type DeviceRow, getDevice } from "./device.ts";
import { saveParts } from "./device-part.ts";
import { savePorts } from "./device-port.ts";
import { writeLinks } from "./link.ts";
import { appendEvents, type NetworkEvent } from "./network-event.ts";
import { changesBetween, cleanMac, cleanRow, type Row } from "./row-diff.ts";
import type { DeviceTable } from "./schema-network.ts";
import type { Store } from "./store.ts";

export interface DiscoveryInput {
  /** The device it is, where identity has told; else the one that is polled at `target`, or a new one. */
  device?: number | undefined;
  /** Where it answered; port 0 is the default one. */
  target: { ip: string; port: number };
  facts: DeviceFacts;
  /** False: fields of the system group that are empty were perhaps not read, and keep what they were. */
  systemComplete?: boolean | undefined;
  /** Fields of the system group that may be wrong, for what they come from was cut off: they only fill what is empty. */
  systemUnread?: readonly (keyof SystemFact)[] | undefined;
  credential?: { version: number; readTag?: string | undefined; writeTag?: string | undefined } | undefined;
  now: number;
}

export interface SavedDiscovery {
  id: number;
  isNew: boolean;
  /** What changed; of a new device that it is new, alone. */
  events: NetworkEvent[];
}

const protocols: readonly NeighbourProtocol[] = ["lldp", "cdp", "stp", "ospf", "bgp"];

/** @throws Problem `bad-options` for a target that is no address, `not-found` for a device that is not there */
export async function saveDiscovery(store: Store, input: DiscoveryInput): Promise<SavedDiscovery> {
  const { facts, now } = input;
  return store.transaction(async (transaction) => {
    const values = systemRow(facts.system);
    const { device, isNew } = await deviceOf(transaction, input, values);
    const events = isNew ? [] : await saveSystem(transaction, device, values, input);
    if (isNew) await noteVisit(transaction, device, input);
    const partly = input.systemComplete === false || !facts.ports.complete || Boolean(facts.ports.unread?.length);
    await saveIdentities(transaction, device, facts.identities, now, partly);
    events.push(...(await savePorts(transaction, device.id, facts.ports, now)));
    events.push(...(await saveParts(transaction, device.id, facts, now)));
    for (const protocol of protocols) {
      events.push(...(await writeLinks(transaction, device.id, protocol, facts.neighbours[protocol], now)));
    }
    const news: NetworkEvent = {
      ...{ at: now, device: device.id, port: "", kind: "device-new" as const },
      changes: {
        ip: [null, device.ip],
        name: [null, values.name],
        vendor: [null, values.vendor],
        model: [null, values.model],
      },
    };
    // All of a new device is new; its rows say since when.
    const told = isNew ? [news] : events;
    await appendEvents(transaction, told);
    return { id: device.id, isNew, events: told };
  });
}

type SystemValues = { [Key in keyof SystemFact]: DeviceRow[Key] };

function systemRow(system: SystemFact): SystemValues {
  return { ...cleanRow(system), mac: cleanMac(system.mac) ?? null } as unknown as SystemValues;
}

async function deviceOf(
  store: Store,
  { device: id, target, now }: DiscoveryInput,
  system: SystemValues,
): Promise<{ device: DeviceRow; isNew: boolean }> {
  const address = parseAddress(target.ip);
  if (address === undefined) throw new Problem("bad-options", `${target.ip} is no address`);
  if (id !== undefined) {
    const device = await getDevice(store, id);
    if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
    return { device: await locked(store, device.id), isNew: false };
  }
  const added = await store.db
    .insertInto("device")
    .values(newDevice(address, target.port, system, now))
    .onConflict((conflict) => conflict.columns(["ip_hex", "snmp_port"]).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (added !== undefined) return { device: added, isNew: true };
  const there = await store.db
    .selectFrom("device")
    .selectAll()
    .where("ip_hex", "=", address.ipHex)
    .where("snmp_port", "=", target.port)
    .executeTakeFirst();
  if (there === undefined) throw new Problem("not-found", `the device at ${target.ip} was deleted meanwhile`);
  const kept = await locked(store, there.merged_into ?? there.id);
  if (kept.deleted === null) return { device: kept, isNew: false };
  // A deleted device that answers again: it is back, with its history.
  await store.db.updateTable("device").set({ deleted: null, created: now }).where("id", "=", kept.id).execute();
  await saveSystem(store, kept, system, { target, now } as DiscoveryInput);
  return { device: kept, isNew: true };
}

async function locked(store: Store, id: number): Promise<DeviceRow> {
  let query = store.db.selectFrom("device").selectAll().where("id", "=", id);
  if (store.kind === "postgres") query = query.forUpdate();
  const device = await query.executeTakeFirst();
  if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
  return device;
}

/** A row for a device of which nothing is known but where it is. */
export function newDevice(
  address: { ip: string; ipHex: string },
  port: number,
  system: SystemValues,
  now: number,
): Insertable<DeviceTable> {
  return {
    ...system,
    ...{ ip: address.ip, ip_hex: address.ipHex, snmp_port: port, dns: "", snmp_ver: 0 },
    ...{ snmp_auth_tag_read: "", snmp_auth_tag_write: "", is_pseudo: 0, custom_fields: "{}", tags: "[]", gates: "{}" },
    ...{ created: now, last_discover: null, last_macsuck: null, last_arpnip: null },
    ...{ last_discover_complete: null, last_macsuck_complete: null, last_arpnip_complete: null },
    ...{ merged_into: null, deleted: null },
  };
}

async function saveSystem(
  store: Store,
  device: DeviceRow,
  system: SystemValues,
  input: DiscoveryInput,
): Promise<NetworkEvent[]> {
  const values: Row = { ...system };
  if (input.systemComplete === false) {
    for (const [column, value] of Object.entries(values)) {
      if (value === "" || value === null) values[column] = device[column as keyof DeviceRow];
    }
  }
  // Another description tells of other software or another device: then what is known is older than what was guessed.
  const same = system.description === device.description && system.object_id === device.object_id;
  for (const column of same ? (input.systemUnread ?? []) : []) {
    if (device[column] !== "" && device[column] !== null) values[column] = device[column];
  }
  // Uptime changes by itself.
  const columns = Object.keys(values).filter((column) => column !== "uptime");
  const changes = changesBetween(device as unknown as Row, values, columns);
  await store.db.updateTable("device").set(values).where("id", "=", device.id).execute();
  if (input.facts !== undefined) await noteVisit(store, device, input);
  if (Object.keys(changes).length === 0) return [];
  return [{ at: input.now, device: device.id, port: "", kind: "device-changed", changes }];
}

async function noteVisit(
  store: Store,
  device: DeviceRow,
  { facts, credential, now, ...input }: DiscoveryInput,
): Promise<void> {
  const { addresses, ports, vlans, portVlans, power, portPower, modules, neighbours } = facts;
  const parts = [addresses, ports, vlans, portVlans, power, portPower, modules, ...Object.values(neighbours)];
  const complete = input.systemComplete !== false && parts.every((part) => part.complete || part.passedOver);
  await store.db
    .updateTable("device")
    .set({
      last_discover: Math.max(now, device.last_discover ?? 0),
      last_discover_complete: complete ? now : device.last_discover_complete,
      snmp_ver: credential?.version ?? device.snmp_ver,
      snmp_auth_tag_read: credential?.readTag ?? device.snmp_auth_tag_read,
      snmp_auth_tag_write: credential?.writeTag ?? device.snmp_auth_tag_write,
    })
    .where("id", "=", device.id)
    .execute();
}

/**
 * What it once said of itself is kept: an old serial number tells which device this was. What it says now is what was seen
 * with its last discover (`noteVisit`).
 * @param device as it was before this discover
 * @param partly what is missing may not have been read: it stands, unless another value speaks against it
 */
async function saveIdentities(
  store: Store,
  { id: device, last_discover }: DeviceRow,
  identities: readonly IdentityFact[],
  at: number,
  partly: boolean,
): Promise<void> {
  const now = Math.max(at, last_discover ?? 0);
  const kept = await store.db.selectFrom("device_identity").selectAll().where("device", "=", device).execute();
  const old = new Map(kept.map((row) => [`${row.kind} ${row.value}`, row.id]));
  const seen: { id: number; last_seen: number }[] = [];
  const told = new Map(identities.filter(({ kind }) => kind !== "port_mac").map(({ kind, value }) => [kind, value]));
  const current = kept.filter((row) => row.last_seen >= (last_discover ?? 0));
  const another = current.some((row) => (told.get(row.kind as IdentityFact["kind"]) ?? row.value) !== row.value);
  if (partly && !another) seen.push(...current.map(({ id }) => ({ id, last_seen: now })));
  const added = new Map<string, Row>();
  for (const identity of identities) {
    const { kind, value } = cleanRow(identity);
    const key = `${kind} ${value}`;
    const id = old.get(key);
    if (id !== undefined) seen.push({ id, last_seen: now });
    else if (value !== "") added.set(key, { device, kind, value, first_seen: now, last_seen: now });
  }
  await updateRows(store, "device_identity", seen);
  await insertRows(store, "device_identity", [...added.values()] as never[]);
}

/** The credential that answered last, where that is learnt outside of a discovery. */
export async function setCredential(
  store: Store,
  device: number,
  credential: { version?: number | undefined; readTag?: string | undefined; writeTag?: string | undefined },
): Promise<void> {
  const { version, readTag, writeTag } = credential;
  const values = {
    ...(version === undefined ? {} : { snmp_ver: version }),
    ...(readTag === undefined ? {} : { snmp_auth_tag_read: readTag }),
    ...(writeTag === undefined ? {} : { snmp_auth_tag_write: writeTag }),
  };
  if (Object.keys(values).length > 0) {
    await store.db.updateTable("device").set(values).where("id", "=", device).execute();
  }
}
