/** What a device is built of: ENTITY-MIB, and the makers' own tables where it is missing. */
import type { ModuleFact, Part } from "../../network/facts.ts";
import { entity } from "../../snmp/mib/entity.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { vendorOf } from "../vendors/vendors.ts";
import { integer, numbered, text } from "./cells.ts";
import { completenessOf } from "./completeness.ts";
import { entityTypes } from "./entity-types.ts";
import type { About } from "./reader.ts";

/** PhysicalClass (RFC 6933), from 1. */
const classes = [
  "other",
  "unknown",
  "chassis",
  "backplane",
  "container",
  "powerSupply",
  "fan",
  "sensor",
  "module",
  "port",
  "stack",
  "cpu",
  "energyObject",
  "battery",
  "storageDrive",
];

const columns: readonly Oid[] = [
  entity.entPhysicalDescr,
  entity.entPhysicalVendorType,
  entity.entPhysicalContainedIn,
  entity.entPhysicalClass,
  entity.entPhysicalParentRelPos,
  entity.entPhysicalName,
  entity.entPhysicalHardwareRev,
  entity.entPhysicalFirmwareRev,
  entity.entPhysicalSoftwareRev,
  entity.entPhysicalSerialNum,
  entity.entPhysicalModelName,
  entity.entPhysicalIsFRU,
];

export function modulesObjects(about: About): Oid[] {
  return [...columns, ...(vendorOf(about)?.moduleObjects ?? [])];
}

/** Rows of entPhysicalTable; without any, of the maker's table. */
export function modules(tables: Tables, about: About): Part<ModuleFact> {
  const rows = entities(tables);
  if (rows.length > 0) return { rows, ...completenessOf(tables, columns) };
  const vendor = vendorOf(about);
  const objects = [...columns, ...(vendor?.moduleObjects ?? [])];
  return { rows: vendor?.modules?.(tables) ?? [], ...completenessOf(tables, objects) };
}

/** A row is one that has a class: the column that no agent leaves out. */
function entities(tables: Tables): ModuleFact[] {
  const found: ModuleFact[] = [];
  for (const [index, value] of numbered(tables, entity.entPhysicalClass)) {
    const cell = (column: Oid) => tables.value(column, String(index));
    const type = text(cell(entity.entPhysicalVendorType)).replace(/^\./, "");
    const fru = integer(cell(entity.entPhysicalIsFRU));
    found.push({
      index,
      description: text(cell(entity.entPhysicalDescr)),
      type: type === "0.0" ? "" : (entityTypes.get(type) ?? type),
      parent: integer(cell(entity.entPhysicalContainedIn)) ?? null,
      name: text(cell(entity.entPhysicalName)),
      class: classes[(integer(value) ?? 0) - 1] ?? "unknown",
      pos: integer(cell(entity.entPhysicalParentRelPos)) ?? null,
      hw_ver: text(cell(entity.entPhysicalHardwareRev)),
      fw_ver: text(cell(entity.entPhysicalFirmwareRev)),
      sw_ver: text(cell(entity.entPhysicalSoftwareRev)),
      serial: text(cell(entity.entPhysicalSerialNum)),
      model: text(cell(entity.entPhysicalModelName)),
      fru: fru === 1 ? true : fru === 2 ? false : null,
    });
  }
  return found;
}
