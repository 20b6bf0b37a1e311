/** Neighbours by LLDP (IEEE 802.1AB), with what LLDP-MED says of phones and other end devices. */
import type { NeighbourFact, Part } from "../../network/facts.ts";
import {
  type ChassisId,
  type IdForm,
  idOfBytes,
  ipOfBytes,
  isManagementAddress,
  plainText,
} from "../../network/normalise.ts";
import { lldp as mib } from "../../snmp/mib/lldp.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { isCut } from "./completeness.ts";
import { localPortObjects, localPorts, localPortsCut } from "./lldp-port.ts";
import type { About, PortNames } from "./reader.ts";

const remote: readonly Oid[] = [
  mib.lldpRemChassisIdSubtype,
  mib.lldpRemChassisId,
  mib.lldpRemPortIdSubtype,
  mib.lldpRemPortId,
  mib.lldpRemPortDesc,
  mib.lldpRemSysName,
  mib.lldpRemSysDesc,
  mib.lldpRemSysCapSupported,
  mib.lldpRemSysCapEnabled,
  mib.lldpRemManAddrIfSubtype,
];

const med: readonly Oid[] = [
  mib.lldpXMedRemDeviceClass,
  mib.lldpXMedRemFirmwareRev,
  mib.lldpXMedRemSoftwareRev,
  mib.lldpXMedRemSerialNum,
  mib.lldpXMedRemMfgName,
  mib.lldpXMedRemModelName,
];

export function lldpObjects(_about: About): Oid[] {
  return [...remote, ...med, ...localPortObjects];
}

/** Without one of these a row is another neighbour. */
const identity = remote.slice(0, 4);

/**
 * One row for each of lldpRemTable. Complete when that table and the management addresses were read to their end. Left
 * out are rows of which it was cut off who they are, or at which port: stored, they would be neighbours beside the real
 * ones.
 */
export function lldp(tables: Tables, _about: About, names: PortNames): Part<NeighbourFact> {
  const rows: NeighbourFact[] = [];
  const indexes = rowsOfRemoteTable(tables);
  const seen = new Set(indexes.map((index) => localNumber(index)));
  const portOf = localPorts(tables, names, seen);
  const addresses = managementAddresses(tables);
  const portsCut = localPortsCut(tables);
  let nameless = 0;
  for (const index of indexes) {
    const port = portOf(localNumber(index));
    if (portsCut && port === "") nameless++;
    else if (!isCut(tables, identity, index)) rows.push(neighbour(tables, index, port, addresses));
  }
  const cut = tables.missing.filter(({ oid }) => remote.includes(oid));
  const reason = cut[0]?.reason ?? (nameless > 0 ? `the ports of ${nameless} neighbours were cut off` : undefined);
  return { rows, complete: cut.length === 0 && tables.complete(...remote) && nameless === 0, reason };
}

/** Rows by any of the columns that say who it is: an agent that cuts its answers may lack one of them. */
function rowsOfRemoteTable(tables: Tables): string[] {
  const columns = [mib.lldpRemChassisId, mib.lldpRemPortId, mib.lldpRemSysName];
  const indexes = new Set(columns.flatMap((column) => [...tables.rows(column).keys()]));
  return [...indexes].filter((index) => index.split(".").length === 3);
}

const localNumber = (index: string) => Number(index.split(".")[1]);

function neighbour(tables: Tables, index: string, port: string, addresses: Addresses): NeighbourFact {
  const text = (column: Oid) => plain(tables.value(column, index));
  const chassis = idOf(tables, mib.lldpRemChassisId, mib.lldpRemChassisIdSubtype, index, { 4: "mac", 5: "address" });
  const portId = idOf(tables, mib.lldpRemPortId, mib.lldpRemPortIdSubtype, index, { 3: "mac", 4: "address" });
  const descr = text(mib.lldpRemPortDesc);
  const capabilities = capabilityWords(
    tables.value(mib.lldpRemSysCapEnabled, index),
    tables.value(mib.lldpRemSysCapSupported, index),
  );
  // Class III of LLDP-MED is a device that people speak through (ANSI/TIA-1057 §8.2).
  const phone = tables.value(mib.lldpXMedRemDeviceClass, index) === 3 && !capabilities.includes("telephone");
  return {
    protocol: "lldp",
    local_port: port,
    remote_ip: addresses.of(index) ?? (chassis.kind === "ip" && isManagementAddress(chassis.id) ? chassis.id : ""),
    remote_port: portId.id,
    remote_port_descr: descr === portId.id ? "" : descr,
    remote_id: chassis.id,
    remote_id_kind: chassis.kind,
    remote_name: text(mib.lldpRemSysName),
    remote_type: text(mib.lldpRemSysDesc),
    capabilities: phone ? [...capabilities, "telephone"] : capabilities,
    remote_vendor: text(mib.lldpXMedRemMfgName),
    remote_model: text(mib.lldpXMedRemModelName),
    remote_os_ver: text(mib.lldpXMedRemSoftwareRev) || text(mib.lldpXMedRemFirmwareRev),
    remote_serial: text(mib.lldpXMedRemSerialNum),
  };
}

function idOf(tables: Tables, column: Oid, subtype: Oid, index: string, forms: Record<number, IdForm>): ChassisId {
  const value = tables.value(column, index);
  const form = forms[Number(tables.value(subtype, index) ?? 0)] ?? "text";
  if (value === undefined) return { id: "", kind: "text" };
  return idOfBytes(typeof value === "number" || typeof value === "bigint" ? String(value) : value, form);
}

function plain(value: Value | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" || value instanceof Uint8Array ? plainText(value) : String(value);
}

/** LldpSystemCapabilitiesMap, bit 0 is the first byte's highest. */
const capabilityNames = [
  "other",
  "repeater",
  "bridge",
  "wlanAccessPoint",
  "router",
  "telephone",
  "docsisCableDevice",
  "station",
];

/** What is enabled; where nothing is said of that, what the device could be. */
function capabilityWords(enabled: Value | undefined, supported: Value | undefined): string[] {
  const bits = [enabled, supported].find((value) => value instanceof Uint8Array && value.some((byte) => byte !== 0));
  const first = bits instanceof Uint8Array ? bits[0]! : 0;
  return capabilityNames.filter((_, bit) => first & (0x80 >> bit));
}

interface Addresses {
  of(index: string): string | undefined;
}

/**
 * The management address stands in the index: time mark, port, neighbour, kind (1 IPv4, 2 IPv6), [length,] bytes. Of
 * several the first usable IPv4 address is taken, else the first usable IPv6 address. Agents that renew the time mark
 * between two walks have it under another one: then port and neighbour must do, as long as they mean one row.
 */
function managementAddresses(tables: Tables): Addresses {
  const exact = new Map<string, string>();
  const loose = new Map<string, string>();
  for (const index of tables.rows(mib.lldpRemManAddrIfSubtype).keys()) {
    const parts = index.split(".").map(Number);
    const [mark, port, neighbour, kind, ...rest] = parts;
    const size = kind === 1 ? 4 : kind === 2 ? 16 : 0;
    const bytes = rest.length === size + 1 && rest[0] === size ? rest.slice(1) : rest;
    if (size === 0 || bytes.length !== size || bytes.some((byte) => !(byte >= 0 && byte <= 255))) continue;
    const address = ipOfBytes(Uint8Array.from(bytes));
    if (address === undefined || !isManagementAddress(address)) continue;
    for (const [map, key] of [
      [exact, `${mark}.${port}.${neighbour}`],
      [loose, `${port}.${neighbour}`],
    ] as const) {
      const before = map.get(key);
      if (before === undefined || (before.includes(":") && kind === 1)) map.set(key, address);
    }
  }
  const counts = new Map<string, number>();
  for (const index of rowsOfRemoteTable(tables)) counts.set(unmarked(index), (counts.get(unmarked(index)) ?? 0) + 1);
  return {
    of: (index) => exact.get(index) ?? (counts.get(unmarked(index)) === 1 ? loose.get(unmarked(index)) : undefined),
  };
}

const unmarked = (index: string) => index.slice(index.indexOf(".") + 1);
