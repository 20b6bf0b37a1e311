/** Answers about devices: lists, one, and what it consists of. */
import { Problem } from "../../problem.ts";
import { type DeviceQuery, type DeviceRow, devices, getDevice } from "../../store/device.ts";
import {
  addressesOf,
  type DeviceName,
  mergedDevices,
  modulesOf,
  partCounts,
  portCounts,
  portVlansOf,
  vlansOf,
} from "../../store/device-view.ts";
import type { Store } from "../../store/store.ts";
import type { AddressRow, DeviceDetail, DeviceLink, DeviceList, DeviceSummary, ModuleRow, VlanRow } from "./answer.ts";

/** @throws Problem `not-found` */
export async function deviceOf(store: Store, id: number): Promise<DeviceRow> {
  const device = await getDevice(store, id);
  if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
  return device;
}

/** As jobs and people name it: with the port where that is not the usual one. */
export function addressOf({ ip, snmp_port }: Pick<DeviceRow, "ip" | "snmp_port">): string {
  if (snmp_port === 0 || snmp_port === 161) return ip;
  return ip.includes(":") ? `[${ip}]:${snmp_port}` : `${ip}:${snmp_port}`;
}

export function deviceLink({ id, ip, name }: DeviceName): DeviceLink {
  return { id, address: ip, name };
}

function summary(row: DeviceRow, counts: { ports: number; up: number } | undefined): DeviceSummary {
  return {
    id: row.id,
    address: addressOf(row),
    name: row.name || row.dns,
    vendor: row.vendor,
    model: row.model,
    os: row.os,
    osVersion: row.os_ver,
    serial: row.serial,
    location: row.location,
    ports: counts?.ports ?? 0,
    portsUp: counts?.up ?? 0,
    created: row.created,
    lastDiscover: row.last_discover,
    lastMacsuck: row.last_macsuck,
    lastArpnip: row.last_arpnip,
  };
}

export async function deviceList(store: Store, query: DeviceQuery): Promise<DeviceList> {
  const found = await devices(store, query);
  const counts = await portCounts(
    store,
    found.devices.map(({ id }) => id),
  );
  return { total: found.total, devices: found.devices.map((row) => summary(row, counts.get(row.id))) };
}

export async function deviceDetail(store: Store, id: number): Promise<DeviceDetail> {
  const row = await deviceOf(store, id);
  const counts = await portCounts(store, [row.id]);
  const merged = await mergedDevices(store, row.id);
  return {
    ...summary(row, counts.get(row.id)),
    description: row.description,
    contact: row.contact,
    dns: row.dns,
    mac: row.mac ?? "",
    chassisId: row.chassis_id,
    engineId: row.snmp_engineid,
    objectId: row.object_id,
    vendorClass: row.snmp_class,
    snmpVersion: row.snmp_ver,
    uptime: row.uptime === null ? null : row.uptime * 10,
    vtpDomain: row.vtp_domain,
    fans: row.fan,
    pseudo: row.is_pseudo === 1,
    discoverComplete: row.last_discover_complete,
    macsuckComplete: row.last_macsuck_complete,
    arpnipComplete: row.last_arpnip_complete,
    merged: merged.map(({ id: part, ip, name, at }) => ({ id: part, address: ip, name, at })),
    counts: await partCounts(store, row.id),
  };
}

type StoredModule = Awaited<ReturnType<typeof modulesOf>>[number];

/** In the order of a tree: what contains others before them, siblings by position, then index. */
export function moduleTree(rows: readonly StoredModule[]): ModuleRow[] {
  const known = new Set(rows.map(({ index }) => index));
  const children = Map.groupBy(rows, ({ parent, index }) =>
    parent !== null && parent !== index && known.has(parent) ? parent : 0,
  );
  const ordered: ModuleRow[] = [];
  const done = new Set<number>();
  const add = (row: StoredModule, depth: number) => {
    if (done.has(row.index)) return;
    done.add(row.index);
    ordered.push(moduleRow(row, depth));
    const own = children.get(row.index) ?? [];
    for (const child of own.toSorted((a, b) => (a.pos ?? 0) - (b.pos ?? 0) || a.index - b.index)) {
      add(child, depth + 1);
    }
  };
  for (const row of children.get(0) ?? []) add(row, 0);
  // What is left contains itself by way of others: no device should say so, but nothing is kept back for it.
  for (const row of rows) add(row, 0);
  return ordered;
}

function moduleRow(row: StoredModule, depth: number): ModuleRow {
  return {
    index: row.index,
    depth,
    name: row.name,
    description: row.description,
    class: row.class,
    model: row.model,
    serial: row.serial,
    hardware: row.hw_ver,
    firmware: row.fw_ver,
    software: row.sw_ver,
    replaceable: row.fru === null ? null : row.fru === 1,
  };
}

export async function moduleList(store: Store, id: number): Promise<ModuleRow[]> {
  return moduleTree(await modulesOf(store, (await deviceOf(store, id)).id));
}

export async function addressList(store: Store, id: number): Promise<AddressRow[]> {
  const rows = await addressesOf(store, (await deviceOf(store, id)).id);
  return rows.map(({ alias, subnet, port, vrf, dns, first_seen, last_seen }) => ({
    address: alias,
    ...{ subnet, port, vrf, dns },
    firstSeen: first_seen,
    lastSeen: last_seen,
  }));
}

export async function vlanList(store: Store, id: number): Promise<VlanRow[]> {
  const device = await deviceOf(store, id);
  const named = await vlansOf(store, device.id);
  const carried = await portVlansOf(store, device.id);
  const rows = new Map<number, VlanRow>();
  const of = (vlan: number): VlanRow => {
    const row = rows.get(vlan) ?? { vlan, name: "", tagged: [], untagged: [] };
    rows.set(vlan, row);
    return row;
  };
  for (const { vlan, description } of named) of(vlan).name = description;
  for (const { vlan, port, egress_tag } of carried) of(vlan)[egress_tag === 1 ? "tagged" : "untagged"].push(port);
  return [...rows.values()].sort((a, b) => a.vlan - b.vlan);
}
