/** Forwarding tables of many devices at once, as the conclusion of links wants them (network/topology.ts). */
import type { BridgeTable } from "../network/topology.ts";
import { batches, idList } from "./bulk.ts";
import { longestGap } from "./sighting.ts";
import type { Store } from "./store.ts";

/** Devices whose rows are read by one statement. */
const atOnce = 50;

export interface BridgeDevice {
  id: number;
  ip: string;
  name: string;
  /** Base address; null where unknown. */
  mac: string | null;
  /** All its own addresses: base, chassis, ports. */
  macs: string[];
  /** It was asked for its table within the last week. What an older one says is passed over. */
  current: boolean;
  /** Its last reading was a whole one. */
  complete: boolean;
}

/** All devices that are there, with their own addresses. */
export async function bridgeDevices(store: Store, now: number): Promise<Map<number, BridgeDevice>> {
  const rows = await store.db
    .selectFrom("device")
    .select(["id", "ip", "name", "mac", "chassis_id", "last_macsuck", "last_macsuck_complete"])
    .where("merged_into", "is", null)
    .where("deleted", "is", null)
    .orderBy("id")
    .execute();
  const ports = await store.db
    .selectFrom("device_port")
    .select(["device", "mac"])
    .where("gone", "is", null)
    .where("mac", "is not", null)
    .execute();
  const own = new Map(rows.map(({ id, mac, chassis_id }) => [id, new Set([mac, chassis_id])]));
  for (const { device, mac } of ports) own.get(device)?.add(mac);
  return new Map(
    rows.map(({ id, ip, name, mac, last_macsuck, last_macsuck_complete }) => {
      const macs = [...(own.get(id) ?? [])].filter((one) => one !== null && spelling.test(one)) as string[];
      const current = last_macsuck !== null && now - last_macsuck <= longestGap;
      const complete = last_macsuck !== null && last_macsuck === last_macsuck_complete;
      return [id, { id, ip, name, mac, macs, current, complete }];
    }),
  );
}

const spelling = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** Open sightings of these devices, some thousands at a time. */
export async function* forwardingOf(
  store: Store,
  devices: readonly number[],
): AsyncGenerator<{ device: number; mac: string; port: string }[]> {
  for (const some of batches(devices, atOnce)) {
    yield await store.db
      .selectFrom("node")
      .select(["device", "mac", "port"])
      .where("device", "in", idList(store, some))
      .where("open", "=", 1)
      .execute();
  }
}

/** The tables of these devices; members of an aggregate stand under its name. */
export async function bridgeTables(
  store: Store,
  devices: ReadonlyMap<number, BridgeDevice>,
  wanted: readonly number[],
): Promise<BridgeTable[]> {
  const master = await aggregatesOf(store, wanted);
  const ports = new Map(wanted.map((id) => [id, new Map<string, Set<string>>()]));
  // One text for each address, however many tables it stands in.
  const texts = new Map<string, string>();
  const readable = wanted.filter((id) => devices.get(id)?.current);
  for await (const rows of forwardingOf(store, readable)) {
    for (const { device, mac, port } of rows) {
      const of = ports.get(device);
      if (!of || port === "") continue;
      const name = master(device, port);
      const text = texts.get(mac) ?? mac;
      texts.set(text, text);
      const macs = of.get(name);
      if (macs) macs.add(text);
      else of.set(name, new Set([text]));
    }
  }
  return wanted.flatMap((id) => {
    const device = devices.get(id);
    if (!device) return [];
    const { name, ip, macs, complete } = device;
    return [{ device: id, label: name || ip, macs, ports: ports.get(id) ?? new Map(), complete }];
  });
}

/** Port → the aggregate it is a member of, else itself. */
export async function aggregatesOf(
  store: Store,
  devices: readonly number[],
): Promise<(device: number, port: string) => string> {
  const rows = await store.db
    .selectFrom("device_port")
    .select(["device", "port", "slave_of"])
    .where("device", "in", idList(store, devices))
    .where("gone", "is", null)
    .where("slave_of", "!=", "")
    .execute();
  const masters = new Map(rows.map(({ device, port, slave_of }) => [`${device} ${port}`, slave_of]));
  return (device, port) => masters.get(`${device} ${port}`) ?? port;
}
