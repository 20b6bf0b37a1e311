/** Devices by what they or their neighbours say of them: what the judgements of network/ are made from. */
import { sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { IdentityFact } from "../network/facts.ts";
import type { KnownLikeness } from "../network/identity.ts";
import type { KnownDevice } from "../network/known.ts";
import { targetText } from "../target.ts";
import { idList, textList } from "./bulk.ts";
import { isOnEveryMachine } from "./device.ts";
import type { Store } from "./store.ts";

/** By any of these. Spellings are those of `neighbourKeys` of network/known.ts. */
export interface DeviceKeys {
  ids?: readonly number[] | undefined;
  /** Polled at, or one of its own. */
  addresses?: readonly string[] | undefined;
  /** Base, chassis or port. */
  macs?: readonly string[] | undefined;
  /** Lower case. */
  chassisIds?: readonly string[] | undefined;
  /** Upper case. */
  serials?: readonly string[] | undefined;
  /** First labels, lower case. */
  names?: readonly string[] | undefined;
}

/** Numbers of the devices that one of the keys fits, as they are now. What a key fits is a candidate, no more. */
export async function deviceIds(store: Store, keys: DeviceKeys): Promise<number[]> {
  const { db } = store;
  const found = new Set<number>(keys.ids);
  const add = async (query: { execute(): Promise<{ id: number }[]> }) => {
    for (const { id } of await query.execute()) found.add(id);
  };
  const list = (texts: readonly string[] | undefined) => textList(store, clean(texts));
  if (keys.addresses?.length) {
    const hexes = textList(
      store,
      keys.addresses.flatMap((ip) => parseAddress(ip)?.ipHex ?? []),
    );
    await add(db.selectFrom("device").select("id").where("ip_hex", "in", hexes));
    await add(db.selectFrom("device_ip").select("device as id").where("alias_hex", "in", hexes).distinct());
  }
  if (keys.macs?.length) {
    const macs = list(keys.macs);
    await add(
      db
        .selectFrom("device")
        .select("id")
        .where(({ or, eb }) => or([eb("mac", "in", macs), eb("chassis_id", "in", macs)])),
    );
    await add(
      db.selectFrom("device_port").select("device as id").where("mac", "in", macs).where("gone", "is", null).distinct(),
    );
    await add(db.selectFrom("device_identity").select("device as id").where("value", "in", macs).distinct());
  }
  if (keys.chassisIds?.length) {
    await add(db.selectFrom("device").select("id").where(sql`lower(chassis_id)`, "in", list(keys.chassisIds)));
  }
  if (keys.serials?.length) {
    await add(db.selectFrom("device").select("id").where(sql`upper(serial)`, "in", list(keys.serials)));
    await add(
      db
        .selectFrom("device_identity")
        .select("device as id")
        .where("kind", "=", "serial")
        .where(sql`upper(value)`, "in", list(keys.serials)),
    );
  }
  if (keys.names?.length) {
    for (const column of ["name", "dns"] as const) {
      await add(db.selectFrom("device").select("id").where(firstLabel(store, column), "in", list(keys.names)));
    }
  }
  const rows = await db
    .selectFrom("device")
    .innerJoin("device as kept", (join) =>
      join.on(({ eb, ref, fn }) => eb("kept.id", "=", fn.coalesce(ref("device.merged_into"), ref("device.id")))),
    )
    .select("kept.id")
    .distinct()
    .where("device.id", "in", idList(store, [...found]))
    .where("kept.deleted", "is", null)
    .orderBy("kept.id")
    .execute();
  return rows.map(({ id }) => id);
}

/** Those of the addresses that `findDevice` would find a device by, in one query. */
export async function knownAddresses(store: Store, addresses: readonly string[]): Promise<Set<string>> {
  const hexes = new Map(addresses.map((address) => [address, parseAddress(address)?.ipHex ?? ""]));
  const among = textList(store, [...hexes.values()]);
  const { rows } = await sql<{ hex: string; id: number; vrf: string | null }>`
    select found.hex, found.vrf, kept.id from (
      select ip_hex as hex, id, null as vrf from device where ip_hex in ${among}
      union all select alias_hex, device, vrf from device_ip where alias_hex in ${among}) found
    join device on device.id = found.id
    join device kept on kept.id = coalesce(device.merged_into, device.id) and kept.deleted is null`.execute(store.db);
  const byHex = Map.groupBy(rows, ({ hex }) => hex);
  const isKnown = (hex: string) => {
    const found = byHex.get(hex) ?? [];
    if (found.some(({ vrf }) => vrf === null)) return true;
    const plain = found.filter(({ vrf }) => vrf === "");
    const ids = new Set((plain.length > 0 ? plain : found).map(({ id }) => id));
    return ids.size === 1 && !isOnEveryMachine(hex);
  };
  return new Set(addresses.filter((address) => isKnown(hexes.get(address) ?? "")));
}

function clean(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).map((text) => text.replaceAll("\0", "").toWellFormed());
}

function firstLabel(store: Store, column: "name" | "dns") {
  const name = sql.ref(column);
  return store.kind === "postgres"
    ? sql<string>`lower(split_part(${name}, '.', 1))`
    : sql<string>`lower(substr(${name}, 1, instr(${name} || '.', '.') - 1))`;
}

/** Everything by which a neighbour may know these devices, in four queries. */
export async function knownDevices(store: Store, keys: DeviceKeys): Promise<KnownDevice[]> {
  const wanted = idList(store, await deviceIds(store, keys));
  const { db } = store;
  const devices = await db.selectFrom("device").selectAll().where("id", "in", wanted).orderBy("id").execute();
  const aliases = await db
    .selectFrom("device_ip")
    .select(["device", "alias", "dns"])
    .where("device", "in", wanted)
    .orderBy("alias_hex")
    .execute();
  const ports = await db
    .selectFrom("device_port")
    .select(["device", "port", "ifindex", "name", "descr", "mac", "bridge_port"])
    .where("device", "in", wanted)
    .where("gone", "is", null)
    .orderBy("ifindex")
    .execute();
  const identities = await db
    .selectFrom("device_identity")
    .select(["device", "kind", "value", "last_seen"])
    .where("device", "in", wanted)
    .execute();
  const [aliasesOf, portsOf, identitiesOf] = [byDevice(aliases), byDevice(ports), byDevice(identities)];
  return devices.map((device) => {
    const own = aliasesOf.get(device.id) ?? [];
    // What it said in former times may be another's now.
    const said = (identitiesOf.get(device.id) ?? []).filter((row) => row.last_seen >= (device.last_discover ?? 0));
    const values = (kind: IdentityFact["kind"]) => said.filter((row) => row.kind === kind).map(({ value }) => value);
    const chassis = [device.chassis_id, ...values("chassis_id")];
    const isMac = (id: string) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(id);
    return {
      id: device.id,
      label: device.name || device.ip,
      addresses: distinct([device.ip, ...own.map(({ alias }) => alias)]),
      macs: distinct([device.mac ?? "", ...values("base_mac"), ...chassis.filter(isMac)]),
      chassisIds: distinct(chassis.filter((id) => !isMac(id))),
      serials: distinct([device.serial, ...values("serial")]),
      names: distinct([device.name, device.dns, ...own.map(({ dns }) => dns)]),
      ports: (portsOf.get(device.id) ?? []).map(({ device: _, ...port }) => port),
    };
  });
}

/**
 * The devices that a reading may be of (`recognise` of network/identity.ts): at this address, or sharing something. Their
 * `ip` is where they are polled, `IP:PORT` where that is not the default port.
 */
export async function likenesses(
  store: Store,
  reading: { identities: readonly IdentityFact[]; names: readonly string[]; addresses: readonly string[] },
  target: string,
): Promise<KnownLikeness[]> {
  const values = reading.identities.map(({ value }) => value);
  const ids = await deviceIds(store, {
    addresses: [target, ...reading.addresses],
    macs: values,
    chassisIds: values.map((value) => value.toLowerCase()),
    serials: values.map((value) => value.toUpperCase()),
    names: reading.names.map((name) => name.toLowerCase().split(".")[0] ?? "").filter((name) => name !== ""),
  });
  const wanted = idList(store, ids);
  const { db } = store;
  const devices = await db
    .selectFrom("device")
    .select(["id", "ip", "snmp_port", "name", "dns", "last_discover"])
    .where("id", "in", wanted)
    .orderBy("id")
    .execute();
  const identities = await db
    .selectFrom("device_identity")
    .select(["device", "kind", "value", "last_seen"])
    .where("device", "in", wanted)
    .execute();
  const aliases = await db
    .selectFrom("device_ip")
    .select(["device", "alias", "dns"])
    .where("device", "in", wanted)
    .execute();
  const [identitiesOf, aliasesOf] = [byDevice(identities), byDevice(aliases)];
  return devices.map(({ id, ip, snmp_port, name, dns, last_discover }) => ({
    // Several agents may answer at one address, each at its own port: where it is polled is both.
    ...{ id, ip: targetText(ip, snmp_port) },
    identities: (identitiesOf.get(id) ?? [])
      .filter((row) => row.last_seen >= (last_discover ?? 0))
      .map(({ kind, value }) => ({ kind, value })),
    names: distinct([name, dns]),
    addresses: distinct([ip, ...(aliasesOf.get(id) ?? []).map(({ alias }) => alias)]),
  }));
}

/** On how many devices each of these was seen: what many share tells none of them. Key: `KIND VALUE`. */
export async function identityCounts(store: Store, identities: readonly IdentityFact[]): Promise<Map<string, number>> {
  if (identities.length === 0) return new Map();
  const rows = await store.db
    .selectFrom("device_identity")
    .select(["kind", "value", ({ fn }) => fn.count<number>("device").distinct().as("count")])
    .where("value", "in", textList(store, clean(identities.map(({ value }) => value))))
    .groupBy(["kind", "value"])
    .execute();
  return new Map(rows.map(({ kind, value, count }) => [`${kind} ${value}`, count]));
}

function byDevice<Row extends { device: number }>(rows: readonly Row[]): Map<number, Row[]> {
  return Map.groupBy(rows, ({ device }) => device);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}
