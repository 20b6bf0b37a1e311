/** What somebody who looks at devices wants beside their rows: counts, parts, what they were merged from, names of others. */
import { type Selectable, sql } from "kysely";
import { idList, textList } from "./bulk.ts";
import { escaped } from "./device.ts";
import type { NetworkSchema } from "./schema-network.ts";
import { holdsAt, seenTo } from "./sighting.ts";
import type { Store } from "./store.ts";

type Row<Table extends keyof NetworkSchema> = Selectable<NetworkSchema[Table]>;

export interface DeviceName {
  id: number;
  ip: string;
  name: string;
}

/** Of devices by number; a merged one's is the one it was merged into. Deleted ones keep theirs. */
export async function deviceNames(store: Store, ids: readonly number[]): Promise<Map<number, DeviceName>> {
  if (ids.length === 0) return new Map();
  const rows = await store.db
    .selectFrom("device")
    .innerJoin("device as kept", (join) =>
      join.on(({ eb, ref, fn }) => eb("kept.id", "=", fn.coalesce(ref("device.merged_into"), ref("device.id")))),
    )
    .select(["device.id as asked", "kept.id", "kept.ip", "kept.name", "kept.dns"])
    .where("device.id", "in", idList(store, [...new Set(ids)]))
    .execute();
  return new Map(rows.map(({ asked, id, ip, name, dns }) => [asked, { id, ip, name: name || dns }]));
}

/** Devices that are polled at these addresses, as jobs name them; those at another port than the usual one are not found. */
export async function devicesAt(store: Store, addresses: readonly string[]): Promise<Map<string, DeviceName>> {
  const wanted = [...new Set(addresses)].filter((address) => address !== "");
  if (wanted.length === 0) return new Map();
  const rows = await store.db
    .selectFrom("device")
    .select(["id", "ip", "name"])
    .where("ip", "in", textList(store, wanted))
    .where("snmp_port", "in", [0, 161])
    .where("merged_into", "is", null)
    .where("deleted", "is", null)
    .execute();
  return new Map(rows.map((row) => [row.ip, row]));
}

/** Ports of devices that are there, and how many of them are up. */
export async function portCounts(
  store: Store,
  ids: readonly number[],
): Promise<Map<number, { ports: number; up: number }>> {
  if (ids.length === 0) return new Map();
  const rows = await store.db
    .selectFrom("device_port")
    .select(({ fn }) => [
      "device",
      fn.countAll<number>().as("ports"),
      fn.countAll<number>().filterWhere("up", "=", "up").as("up"),
    ])
    .where("device", "in", idList(store, ids))
    .where("gone", "is", null)
    .groupBy("device")
    .execute();
  return new Map(rows.map(({ device, ports, up }) => [device, { ports, up }]));
}

export interface MergedDevice {
  id: number;
  ip: string;
  name: string;
  at: number;
  /** What spoke for it, as stored: JSON. */
  reason: string;
}

/** Devices that turned out to be this one, the last first. */
export async function mergedDevices(store: Store, id: number): Promise<MergedDevice[]> {
  return store.db
    .selectFrom("device_merge")
    .innerJoin("device", "device.id", "device_merge.merged")
    .select(["device.id", "device.ip", "device.name", "device_merge.at", "device_merge.reason"])
    .where("device_merge.kept", "=", id)
    .where("device_merge.undone_at", "is", null)
    .orderBy("device_merge.at", "desc")
    .limit(100)
    .execute();
}

export interface PartCounts {
  ports: number;
  neighbours: number;
  modules: number;
  addresses: number;
  vlans: number;
  /** Different MAC addresses that it sees now. */
  nodes: number;
}

export async function partCounts(store: Store, id: number): Promise<PartCounts> {
  const { rows } = await sql<PartCounts>`select
    (select count(*) from device_port where device = ${id} and gone is null) as ports,
    (select count(*) from link where open = 1 and (device = ${id} or remote_device = ${id})) as neighbours,
    (select count(*) from device_module where device = ${id}) as modules,
    (select count(*) from device_ip where device = ${id}) as addresses,
    (select count(*) from device_vlan where device = ${id}) as vlans,
    (select count(distinct mac) from node where device = ${id} and open = 1) as nodes`.execute(store.db);
  return rows[0]!;
}

export function addressesOf(store: Store, id: number): Promise<Row<"device_ip">[]> {
  return store.db.selectFrom("device_ip").selectAll().where("device", "=", id).orderBy("alias_hex").execute();
}

export function vlansOf(store: Store, id: number): Promise<Row<"device_vlan">[]> {
  return store.db.selectFrom("device_vlan").selectAll().where("device", "=", id).orderBy("vlan").execute();
}

/** @param port of this port alone */
export function portVlansOf(store: Store, id: number, port?: string): Promise<Row<"device_port_vlan">[]> {
  let query = store.db.selectFrom("device_port_vlan").selectAll().where("device", "=", id);
  if (port !== undefined) query = query.where("port", "=", port);
  return query.orderBy("vlan").orderBy("id").execute();
}

export function modulesOf(store: Store, id: number): Promise<Row<"device_module">[]> {
  return store.db.selectFrom("device_module").selectAll().where("device", "=", id).orderBy("index").execute();
}

export function powerOf(store: Store, id: number): Promise<Row<"device_power">[]> {
  return store.db.selectFrom("device_power").selectAll().where("device", "=", id).orderBy("module").execute();
}

export function portPowerOf(store: Store, id: number): Promise<Row<"device_port_power">[]> {
  return store.db.selectFrom("device_port_power").selectAll().where("device", "=", id).execute();
}

/** When an address was last seen behind each port; ports behind which none ever was are not in it. */
export async function portActivity(store: Store, id: number): Promise<Map<string, number>> {
  const rows = await store.db
    .selectFrom("node")
    .innerJoin("device", "device.id", "node.device")
    .select("node.port")
    .select(sql<number>`max(${seenTo(store, "node", "last_macsuck_complete")})`.as("seen"))
    .where("node.device", "=", id)
    .groupBy("node.port")
    .execute();
  return new Map(rows.map(({ port, seen }) => [port, seen]));
}

export interface FewNodesQuery {
  /** Of each port. */
  each: number;
  /** As it was then; without it, as it is. */
  at?: number | undefined;
}

/** The first few MAC addresses of each port of a device, those that came last first. */
export async function fewNodes(store: Store, id: number, { each, at }: FewNodesQuery) {
  const ranked = store.db
    .selectFrom("node")
    .innerJoin("device", "device.id", "node.device")
    .select(["node.mac", "node.port", "node.vlan", "node.seen_from", "node.open"])
    .select(seenTo(store, "node", "last_macsuck_complete").as("seen_to"))
    .select(({ fn }) =>
      fn
        .agg<number>("row_number")
        .over((over) => over.partitionBy("node.port").orderBy("node.seen_from", "desc").orderBy("node.mac"))
        .as("place"),
    )
    .where("node.device", "=", id)
    .where(holdsAt("node", at));
  return store.db.selectFrom(ranked.as("ranked")).selectAll().where("place", "<=", each).orderBy("place").execute();
}

/** What else is known of a MAC address: its addresses and names, and the inventoried machine that has it. */
export interface Machine {
  addresses: { ip: string; dns: string; seen_from: number }[];
  nbname: string;
  host: { id: number; name: string } | null;
}

const mostOfOne = 5;

/** Of some MAC addresses, now or at a time; those of which nothing is known are not in it. */
export async function machinesOf(store: Store, macs: readonly string[], at?: number): Promise<Map<string, Machine>> {
  const found = new Map<string, Machine>();
  if (macs.length === 0) return found;
  const of = (mac: string): Machine => {
    const machine = found.get(mac) ?? { addresses: [], nbname: "", host: null };
    found.set(mac, machine);
    return machine;
  };
  const { db } = store;
  const list = textList(store, [...new Set(macs)]);
  const bound = await db
    .selectFrom("node_ip")
    .select(["mac", "ip", "ip_hex"])
    .select(({ fn }) => [fn.max("dns").as("dns"), fn.min("seen_from").as("seen_from")])
    .where("mac", "in", list)
    .where(holdsAt("node_ip", at))
    .groupBy(["mac", "ip", "ip_hex"])
    .orderBy("ip_hex")
    .execute();
  for (const { mac, ip, dns, seen_from } of bound) {
    const { addresses } = of(mac);
    if (addresses.length < mostOfOne) addresses.push({ ip, dns: dns ?? "", seen_from: seen_from ?? 0 });
  }
  const names = await db
    .selectFrom("node_nbt")
    .select(["mac", "nbname"])
    .where("mac", "in", list)
    .where(holdsAt("node_nbt", at))
    .execute();
  for (const { mac, nbname } of names) of(mac).nbname = nbname;
  const hosts = await db
    .selectFrom("host_address")
    .innerJoin("host", "host.id", "host_address.host_id")
    .select(["host_address.mac", "host.id", "host.name"])
    .where("host_address.mac", "in", list)
    .orderBy("host.last_seen")
    .execute();
  for (const { mac, id, name } of hosts) if (mac !== null) of(mac).host = { id, name };
  return found;
}

/** MAC addresses of the machines at which this person was last: by the inventory, and as their NetBIOS names tell. */
export async function macsOfPerson(store: Store, person: string, at?: number): Promise<string[]> {
  const { db } = store;
  const is = (column: string) => wroteAs(column, person);
  const inventoried = await db
    .selectFrom("host_address")
    .innerJoin("host", "host.id", "host_address.host_id")
    .select("host_address.mac")
    .where(is("host.last_user"))
    .where("host_address.mac", "is not", null)
    .orderBy("host.last_seen", "desc")
    .limit(100)
    .execute();
  const told = await db
    .selectFrom("node_nbt")
    .select("mac")
    .where(is("nbuser"))
    .where(holdsAt("node_nbt", at))
    .limit(100)
    .execute();
  return [...new Set([...inventoried, ...told].flatMap(({ mac }) => (mac === null ? [] : [mac])))];
}

/** A machine of the inventory at which somebody was last. */
export interface HostOfPerson {
  id: number;
  name: string;
  address: string;
  /** As the machine writes it. */
  lastUser: string;
  lastSeen: number;
}

/** Machines of the inventory at which this person was last, the one that reported last first: a hundred at most. */
export async function hostsOfPerson(store: Store, person: string): Promise<HostOfPerson[]> {
  if (person === "") return [];
  return store.db
    .selectFrom("host")
    .select(["id", "name", "address", "last_user as lastUser", "last_seen as lastSeen"])
    .where(wroteAs("last_user", person))
    .orderBy("last_seen", "desc")
    .orderBy("id")
    .limit(100)
    .execute();
}

/** A machine says who is at it as `alice`, `EXAMPLE\\alice` or `alice@example.org`. */
function wroteAs(column: string, person: string) {
  const lower = person.toLowerCase();
  const at = sql`lower(${sql.ref(column)})`;
  return sql<boolean>`(${at} = ${lower} or ${at} like ${`%\\\\${escaped(lower)}`} escape '\\' or ${at} like ${`${escaped(lower)}@%`} escape '\\')`;
}

/** Who was last at machines of the inventory, by number. */
export async function lastUsers(store: Store, hosts: readonly number[]): Promise<Map<number, string>> {
  if (hosts.length === 0) return new Map();
  const rows = await store.db
    .selectFrom("host")
    .select(["id", "last_user"])
    .where("id", "in", idList(store, hosts))
    .execute();
  return new Map(rows.map(({ id, last_user }) => [id, last_user]));
}
