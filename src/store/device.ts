/** Devices: found by whatever somebody calls them, listed, and what is noted of a visit. */
import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import { parseAddress, parseMac } from "../address.ts";
import { splitTarget } from "../target.ts";
import type { Schema } from "./schema.ts";
import type { DeviceTable } from "./schema-network.ts";
import type { Store } from "./store.ts";
import { cleanText } from "./text.ts";

export type DeviceRow = Selectable<DeviceTable>;

/** The device with this number, or the one it was merged into; deleted ones are not there. */
export async function getDevice(store: Store, id: number): Promise<DeviceRow | undefined> {
  const rows = await store.db.selectFrom("device").selectAll().where("id", "=", id).execute();
  return (await current(store, rows))[0];
}

/**
 * A device by number, address, `HOST:PORT` (`[2001:db8::1]:1161`) or name. An address is first the one it is polled at,
 * then any of its own; a name is sysName or DNS name, whole or up to the first dot. What fits several devices is none.
 */
export async function findDevice(store: Store, wanted: string | number): Promise<DeviceRow | undefined> {
  if (typeof wanted === "number") return getDevice(store, wanted);
  const { host, port } = splitTarget(cleanText(wanted, 255));
  const address = parseAddress(host);
  if (address !== undefined && !host.includes("/")) {
    return (
      (await polledAt(store, address.ipHex, port)) ?? (port === undefined ? byAlias(store, address.ipHex) : undefined)
    );
  }
  if (host === "" || port !== undefined) return undefined;
  const named = await byName(store, host);
  if (named !== undefined) return named;
  return /^\d{1,15}$/.test(host) ? getDevice(store, Number(host)) : undefined;
}

async function polledAt(store: Store, ipHex: string, port: number | undefined): Promise<DeviceRow | undefined> {
  let query = store.db.selectFrom("device").selectAll().where("ip_hex", "=", ipHex);
  if (port !== undefined) query = query.where("snmp_port", "in", port === 161 ? [0, 161] : [port]);
  const found = await current(store, await query.orderBy("snmp_port").execute());
  return found.length > 1 ? found.find((device) => device.snmp_port === 0) : found[0];
}

/** Loopback and link-local addresses are the same on every machine. */
export function isOnEveryMachine(ipHex: string): boolean {
  return /^0{20}ffff(7f|a9fe)|^0{31}1$|^fe[89ab]/.test(ipHex);
}

async function byAlias(store: Store, ipHex: string): Promise<DeviceRow | undefined> {
  if (isOnEveryMachine(ipHex)) return undefined;
  const rows = await store.db
    .selectFrom("device_ip")
    .innerJoin("device", "device.id", "device_ip.device")
    .selectAll("device")
    .select("device_ip.vrf")
    .where("device_ip.alias_hex", "=", ipHex)
    .execute();
  // An address in a VRF may be another's in the default one.
  const plain = await current(
    store,
    rows.filter(({ vrf }) => vrf === ""),
  );
  const found = plain.length > 0 ? plain : await current(store, rows);
  return found.length === 1 ? found[0] : undefined;
}

async function byName(store: Store, name: string): Promise<DeviceRow | undefined> {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const whole = (column: "name" | "dns") => sql<boolean>`lower(${sql.ref(column)}) = ${wanted}`;
  const short = (column: "name" | "dns") =>
    sql<boolean>`lower(${sql.ref(column)}) like ${`${escaped(wanted)}.%`} escape '\\'`;
  for (const test of [whole, short]) {
    const rows = await store.db
      .selectFrom("device")
      .selectAll()
      .where(({ or }) => or([test("name"), test("dns")]))
      .execute();
    const found = await current(store, rows);
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

export function escaped(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

/** What these rows are now: merged ones the device they were merged into, deleted ones nothing; each once. */
async function current(store: Store, rows: readonly DeviceRow[]): Promise<DeviceRow[]> {
  const found = new Map<number, DeviceRow>();
  for (const row of rows) {
    let device: DeviceRow | undefined = row;
    // Merges are kept flat (device-merge.ts); the bound is for a database that somebody has edited.
    for (let step = 0; device !== undefined && device.merged_into !== null && step < 8; step++) {
      device = await store.db.selectFrom("device").selectAll().where("id", "=", device.merged_into).executeTakeFirst();
    }
    if (device !== undefined && device.deleted === null && device.merged_into === null) found.set(device.id, device);
  }
  return [...found.values()];
}

export const deviceSortKeys = [
  ...(["name", "ip", "vendor", "model", "os", "location", "created"] as const),
  ...(["last_discover", "last_macsuck", "last_arpnip"] as const),
] as const;

export interface DeviceQuery {
  /**
   * Words, all of which must occur in name, address (also one of its others), DNS name, description, vendor, model, serial,
   * OS, location or MAC address.
   */
  search?: string | undefined;
  vendor?: string | undefined;
  model?: string | undefined;
  os?: string | undefined;
  location?: string | undefined;
  tag?: string | undefined;
  sort?: (typeof deviceSortKeys)[number] | undefined;
  descending?: boolean | undefined;
  /** At most 1000; 50 when absent. */
  limit?: number | undefined;
  offset?: number | undefined;
}

export async function devices(store: Store, query: DeviceQuery = {}): Promise<{ total: number; devices: DeviceRow[] }> {
  let select = store.db.selectFrom("device").where("merged_into", "is", null).where("deleted", "is", null);
  for (const column of ["vendor", "model", "os", "location"] as const) {
    const value = query[column];
    if (value !== undefined) select = select.where(column, "=", cleanText(value, 1000));
  }
  if (query.tag !== undefined) {
    select = select.where(
      sql<boolean>`tags like ${`%${escaped(JSON.stringify(cleanText(query.tag, 255)))}%`} escape '\\'`,
    );
  }
  for (const word of cleanText(query.search ?? "", 1000)
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 16)) {
    select = select.where((eb) => matches(eb, word));
  }
  const { total } = await select.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const key = deviceSortKeys.find((name) => name === query.sort) ?? "name";
  const direction = query.descending === true ? "desc" : "asc";
  const sorted = /^(ip|created|last_)/.test(key)
    ? sql`coalesce(${sql.ref(key === "ip" ? "ip_hex" : key)}, ${key === "ip" ? sql.lit("") : sql.lit(0)})`
    : sql`lower(${sql.ref(key)})`;
  const rows = await select
    .selectAll()
    .orderBy(sorted, direction)
    .orderBy("id", direction)
    .limit(Math.min(Math.max(query.limit ?? 50, 1), 1000))
    .offset(Math.max(query.offset ?? 0, 0))
    .execute();
  return { total, devices: rows };
}

/** A MAC address in any spelling; an address is any of the device's own. */
function matches({ or, exists, selectFrom }: ExpressionBuilder<Schema, "device">, word: string) {
  const pattern = `%${escaped(parseMac(word) ?? word)}%`;
  const columns = ["name", "ip", "dns", "description", "vendor", "model", "serial", "os", "location", "mac"];
  const hex = parseAddress(word)?.ipHex;
  const own = selectFrom("device_ip").select("device_ip.id").whereRef("device_ip.device", "=", "device.id");
  return or([
    ...columns.map((column) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`),
    ...(hex === undefined ? [] : [exists(own.where("device_ip.alias_hex", "=", hex))]),
  ]);
}

/** Every device that is neither merged into another nor deleted, in the order of their numbers, some at a time. */
export async function* allDevices(store: Store): AsyncGenerator<DeviceRow> {
  for (let after = 0; ; ) {
    const rows = await store.db
      .selectFrom("device")
      .selectAll()
      .where("id", ">", after)
      .where("merged_into", "is", null)
      .where("deleted", "is", null)
      .orderBy("id")
      .limit(500)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** What change gates read at this visit. */
export async function setGates(store: Store, id: number, gates: object): Promise<void> {
  await store.db
    .updateTable("device")
    .set({ gates: JSON.stringify(gates) })
    .where("id", "=", id)
    .execute();
}
