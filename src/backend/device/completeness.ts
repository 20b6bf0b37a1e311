/** Is what was read all there is, and if not, what is missing: for people, by the objects' names. */
import { bridge } from "../../snmp/mib/bridge.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { nameOf } from "../../snmp/mib/names.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";

export function completenessOf(tables: Tables, objects: readonly Oid[]): { complete: boolean; reason?: string } {
  const cut = objects.filter((object) => !tables.complete(object));
  if (cut.length === 0) return { complete: true };
  const reasons = Map.groupBy(cut, (object) => tables.column(object).reason ?? "cut off");
  return { complete: false, reason: [...reasons].map(([why, objects]) => `${named(objects)}: ${why}`).join("; ") };
}

/** Has one of these columns nothing in that row because it was cut off before it? */
export function isCut(tables: Tables, columns: readonly Oid[], index: string): boolean {
  return columns.some((column) => !tables.rows(column).has(index) && !tables.complete(column));
}

/** What names of ports come of (port-names.ts, bridge-ports.ts). */
const names: readonly Oid[] = [interfaces.ifDescr, interfaces.ifName, bridge.dot1dBasePortIfIndex];

/** Was it read, but not to its end? Then a port without a name may have one. */
export function portNamesCut(tables: Tables): boolean {
  return names.some((column) => tables.has(column) && !tables.complete(column));
}

/** A dead agent leaves dozens of columns unread, all for one reason. */
const mostNamed = 4;

function named(objects: readonly Oid[]): string {
  const names = objects.slice(0, mostNamed).map(nameOf).join(", ");
  return objects.length > mostNamed ? `${names} and ${objects.length - mostNamed} more` : names;
}
