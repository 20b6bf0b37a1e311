/** The row of ENTITY-MIB that is the device itself, not one of its parts. */
import { entity } from "../../snmp/mib/entity.ts";
import { cisco } from "../../snmp/mib/vendor.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, text } from "./cells.ts";
import type { About } from "./reader.ts";

export const chassisObjects: readonly Oid[] = [
  entity.entPhysicalClass,
  entity.entPhysicalVendorType,
  entity.entPhysicalParentRelPos,
  entity.entPhysicalSerialNum,
  entity.entPhysicalModelName,
  entity.entPhysicalSoftwareRev,
];

export interface Chassis {
  index: number;
  vendorType: Oid;
  serial: string;
  model: string;
  software: string;
}

const classes = { chassis: 3, stack: 11 } as const;

/**
 * A stack's master where the device names it (CISCO-STACKWISE-MIB), else the chassis in the first place. A chassis
 * without a serial may have left it to the stack around it. Never a card, power supply or transceiver.
 */
export function chassisOf(tables: Tables): Chassis | undefined {
  const all = rowsOf(tables, classes.chassis);
  const master = all.find(({ index }) => tables.value(cisco.cswSwitchRole, String(index)) === 1);
  const own = master ?? all.toSorted((a, b) => a.place - b.place || a.index - b.index)[0];
  if (own === undefined || own.serial !== "" || all.length > 1) return own;
  const [stack] = rowsOf(tables, classes.stack);
  return stack ? { ...own, serial: stack.serial } : own;
}

function rowsOf(tables: Tables, wanted: number): (Chassis & { place: number })[] {
  const found: (Chassis & { place: number })[] = [];
  for (const [index, kind] of numbered(tables, entity.entPhysicalClass)) {
    if (kind !== wanted) continue;
    const cell = (column: Oid) => text(tables.value(column, String(index)));
    found.push({
      index,
      place: integer(tables.value(entity.entPhysicalParentRelPos, String(index))) ?? 0,
      vendorType: cell(entity.entPhysicalVendorType),
      serial: cell(entity.entPhysicalSerialNum),
      model: cell(entity.entPhysicalModelName),
      software: cell(entity.entPhysicalSoftwareRev),
    });
  }
  return found;
}

/**
 * Does the chassis call itself another product than sysObjectID does? Only where both stand in one list of products
 * (the same arc but for its last number) can that be told.
 */
export function isOtherProduct(chassis: Chassis, about: About): boolean {
  const list = (oid: Oid) => oid.slice(0, oid.lastIndexOf("."));
  return chassis.vendorType !== about.objectId && list(chassis.vendorType) === list(about.objectId);
}
