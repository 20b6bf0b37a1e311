/** Ports of a device: diffed, never replaced, and as they were at another time. */
import type { Insertable, Selectable } from "kysely";
import type { Part, PortFact } from "../network/facts.ts";
import { insertRows, updateRows } from "./bulk.ts";
import { type NetworkEvent, portEventsSince } from "./network-event.ts";
import { cleanMac, cleanRow, diffRows, type Row, unreadOf } from "./row-diff.ts";
import type { DevicePortTable } from "./schema-network.ts";
import type { Store } from "./store.ts";

export type DevicePortRow = Selectable<DevicePortTable>;

const columns = [
  ...["ifindex", "descr", "name", "up", "up_admin", "type", "duplex", "duplex_admin", "speed", "speed_admin"],
  ...["raw_speed", "mac", "mtu", "stp", "vlan", "pvid", "lastchange", "slave_of", "is_master", "has_subinterfaces"],
  ...["error_disable_cause", "faststart", "pae_authconfig_state", "pae_authconfig_port_status", "pae_authsess_user"],
  ...["pae_is_authenticator", "pae_is_supplicant", "bridge_port"],
];

/** A reboot changes it on every port: by itself it is no event. */
const quiet = new Set(["lastchange"]);

/** A port that a complete reading does not have any more is marked gone; its row and its history stay. */
export async function savePorts(
  store: Store,
  device: number,
  part: Part<PortFact>,
  now: number,
): Promise<NetworkEvent[]> {
  const kept = await store.db.selectFrom("device_port").selectAll().where("device", "=", device).execute();
  const read = part.rows.map((fact) => ({ ...cleanRow(fact), mac: cleanMac(fact.mac) ?? null }));
  const diff = diffRows(kept as (Row & DevicePortRow)[], read, ["port"], columns, unreadOf(part, columns));
  const event = (port: string, kind: NetworkEvent["kind"], changes: NetworkEvent["changes"] = {}): NetworkEvent => ({
    ...{ at: now, device, port, kind, changes },
  });
  const events: NetworkEvent[] = [];

  const fresh = { device, custom_fields: "{}", tags: "[]", first_seen: now, last_seen: now, gone: null };
  const added = diff.added.map((row) => ({
    ...fresh,
    ...Object.fromEntries(["port", ...columns].map((column) => [column, row[column]])),
  }));
  await insertRows(store, "device_port", added as unknown as Insertable<DevicePortTable>[]);
  events.push(...diff.added.map((row) => event(String(row.port), "port-new")));

  const updates: ({ id: number } & Row)[] = [];
  const unchanged: { id: number; last_seen: number }[] = [];
  for (const { before, after, changes } of diff.seen) {
    const names = Object.keys(changes);
    if (names.length === 0 && before.gone === null) {
      unchanged.push({ id: before.id, last_seen: now });
      continue;
    }
    const values = Object.fromEntries(columns.map((column) => [column, after[column]]));
    updates.push({ id: before.id, ...values, last_seen: now, gone: null });
    if (before.gone !== null) events.push(event(before.port, "port-new", changes));
    else if (names.some((name) => !quiet.has(name))) events.push(event(before.port, "port-changed", changes));
  }
  await updateRows(store, "device_port", updates);
  await updateRows(store, "device_port", unchanged);

  if (part.complete) {
    const gone = diff.unseen.filter((row) => row.gone === null);
    await updateRows(
      store,
      "device_port",
      gone.map(({ id }) => ({ id, gone: now })),
    );
    events.push(...gone.map((row) => event(row.port, "port-gone")));
  }
  return events;
}

/** ifIndex → name of the ports that are there. */
export async function portNamesOf(store: Store, device: number): Promise<Map<number, string>> {
  const rows = await store.db
    .selectFrom("device_port")
    .select(["ifindex", "port"])
    .where("device", "=", device)
    .where("gone", "is", null)
    .execute();
  return new Map(rows.map(({ ifindex, port }) => [ifindex, port]));
}

/** The port itself, its aggregate, and all that belong to that. */
export async function aggregateOf(store: Store, device: number, port: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom("device_port")
    .select(["port", "slave_of"])
    .where("device", "=", device)
    .where("gone", "is", null)
    .execute();
  const master = rows.find((row) => row.port === port)?.slave_of || port;
  const members = rows.filter(({ slave_of }) => slave_of === master).map((row) => row.port);
  return [...new Set([port, master, ...members])];
}

/**
 * The ports of a device, in the order of ifIndex; with `at`, as they were then, as far back as events are kept
 * (`lastchange`, which alone makes no event, may be a later one).
 */
export async function portsAt(store: Store, device: number, at?: number): Promise<DevicePortRow[]> {
  const rows = await store.db
    .selectFrom("device_port")
    .selectAll()
    .where("device", "=", device)
    .orderBy("ifindex")
    .orderBy("port")
    .execute();
  if (at === undefined) return rows.filter((row) => row.gone === null);
  const events = Map.groupBy(await portEventsSince(store, device, at), (event) => event.port);
  const then = rows.flatMap((row) => {
    if (row.first_seen > at) return [];
    const was: Row = { ...row };
    let there = row.gone === null;
    for (const { kind, changes } of events.get(row.port) ?? []) {
      if (kind === "port-gone") there = true;
      if (kind === "port-new") there = false;
      for (const [column, [before]] of Object.entries(changes)) was[column] = before;
    }
    return there ? [{ ...(was as unknown as DevicePortRow), gone: null }] : [];
  });
  return then.sort((one, other) => one.ifindex - other.ifindex);
}
