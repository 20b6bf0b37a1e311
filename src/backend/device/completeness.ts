/** Is what was read all there is, and if not, what is missing: for people, by the objects' names. */
import { nameOf } from "../../snmp/mib/names.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";

export function completenessOf(tables: Tables, objects: readonly Oid[]): { complete: boolean; reason?: string } {
  const cut = objects.filter((object) => !tables.complete(object));
  if (cut.length === 0) return { complete: true };
  const reason = cut.map((object) => `${nameOf(object)}: ${tables.column(object).reason ?? "cut off"}`).join("; ");
  return { complete: false, reason };
}
