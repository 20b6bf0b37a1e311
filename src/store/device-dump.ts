/** All rows of devices under Netdisco's column names: what a dry run would have stored, for people and comparisons. */
import { allDevices, type DeviceRow, getDevice } from "./device.ts";
import { linksAt } from "./link-list.ts";
import { nodesAt } from "./node.ts";
import { bindingsAt } from "./node-ip.ts";
import { portNeighbours } from "./port-neighbour.ts";
import type { Store } from "./store.ts";

type Rows = Record<string, unknown>[];

export interface DeviceDump {
  device: Rows;
  device_ip: Rows;
  device_port: Rows;
  device_vlan: Rows;
  device_port_vlan: Rows;
  device_power: Rows;
  device_port_power: Rows;
  device_module: Rows;
  neighbors: Rows;
  node: Rows;
  node_ip: Rows;
}

const ours = new Set([
  "id",
  "device",
  "first_seen",
  "last_seen",
  "gone",
  "ip_hex",
  "alias_hex",
  "seen_from",
  "seen_to",
]);
const ourDevice = new Set([
  ...["id", "ip_hex", "gates", "merged_into", "deleted", "last_discover_complete", "last_macsuck_complete"],
  "last_arpnip_complete",
]);
const truths = new Set([
  ...["is_pseudo", "pae_is_enabled", "is_master", "has_subinterfaces", "faststart", "pae_is_authenticator"],
  ...["pae_is_supplicant", "native", "egress_tag", "admin", "fru"],
]);
const texts = new Set(["custom_fields", "tags", "capabilities"]);

/** What is known of a device now; with every list empty when there is no such device. */
export async function dumpDevice(store: Store, id: number): Promise<DeviceDump> {
  const device = await getDevice(store, id);
  return device === undefined ? empty() : dump(store, device);
}

/** The same of every device of the store; in the order of their numbers. */
export async function dumpDevices(store: Store): Promise<DeviceDump & Record<string, Rows>> {
  const all = empty();
  for await (const device of allDevices(store)) {
    const rows = await dump(store, device);
    for (const table of Object.keys(all) as (keyof DeviceDump)[]) for (const row of rows[table]) all[table].push(row);
  }
  return all as DeviceDump & Record<string, Rows>;
}

function empty(): DeviceDump {
  return {
    ...{ device: [], device_ip: [], device_port: [], device_vlan: [], device_port_vlan: [], device_power: [] },
    ...{ device_port_power: [], device_module: [], neighbors: [], node: [], node_ip: [] },
  };
}

async function dump(store: Store, device: DeviceRow): Promise<DeviceDump> {
  const { id, ip } = device;
  const rows = async (
    table: "device_ip" | "device_vlan" | "device_port_vlan" | "device_power" | "device_port_power" | "device_module",
  ) =>
    (await store.db.selectFrom(table).selectAll().where("device", "=", id).orderBy("id").execute()).map((row) =>
      plain(ip, row),
    );
  const ports = await store.db
    .selectFrom("device_port")
    .selectAll()
    .where("device", "=", id)
    .where("gone", "is", null)
    .orderBy("ifindex")
    .orderBy("port")
    .execute();
  const { created, ...values } = Object.fromEntries(Object.entries(device).filter(([name]) => !ourDevice.has(name)));
  const links = (await linksAt(store, id)).filter((link) => link.device === id);
  const neighbour = await portNeighbours(store, links);
  return {
    device: [plain(ip, { ...values, creation: created })],
    device_ip: await rows("device_ip"),
    device_port: ports.map((row) => ({ ...plain(ip, row), ...neighbour(row.port) })),
    device_vlan: await rows("device_vlan"),
    device_port_vlan: await rows("device_port_vlan"),
    device_power: await rows("device_power"),
    device_port_power: await rows("device_port_power"),
    device_module: await rows("device_module"),
    neighbors: links.map(({ port, remote_key: _, ...row }) => plain(ip, { local_port: port, ...row })),
    node: (await nodesAt(store, id)).map(({ mac, port, vlan, seen_from, seen_to, open }) => ({
      ...{
        switch: ip,
        mac,
        port,
        vlan,
        active: open === 1,
        time_first: seen_from,
        time_recent: seen_from,
        time_last: seen_to,
      },
    })),
    node_ip: (await bindingsAt(store, id)).map(
      ({ ip: address, mac, vrf, port, state, dns, seen_from, seen_to, open }) => ({
        ...{ ip: address, mac, vrf, router: ip, port, state, dns },
        ...{ active: open === 1, time_first: seen_from, time_last: seen_to },
      }),
    ),
  };
}

function plain(ip: string, row: object): Record<string, unknown> {
  const named: Record<string, unknown> = { ip };
  if ("first_seen" in row) named.creation = row.first_seen;
  for (const [name, value] of Object.entries(row)) {
    if (ours.has(name) || name === "open") continue;
    if (truths.has(name)) named[name] = value === null ? null : value === 1;
    else named[name] = texts.has(name) ? (JSON.parse(String(value)) as unknown) : value;
  }
  return named;
}
