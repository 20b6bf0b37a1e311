/** What the ports of a device are called: the identity that everything else refers to. */
import { interfaces } from "../../snmp/mib/interfaces.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { numbered, text } from "./cells.ts";
import type { About } from "./reader.ts";

/**
 * Makers whose ifDescr is no name: D-Link writes model and firmware into it (`D-Link DES-3200-18 R4.04.004 Port 1`), so
 * that an upgrade would make every port a new one. Their ifName is the number on the case.
 */
const namedByIfName: ReadonlySet<number> = new Set([171]);

/** What names are made of. */
export const portNamesObjects: readonly Oid[] = [
  interfaces.ifDescr,
  interfaces.ifName,
  interfaces.ifType,
  interfaces.ifOperStatus,
];

/**
 * ifIndex → name, in the agent's order: ifDescr, with ` (ifIndex)` after it where several have the same; where there is
 * none, ifName, else the ifIndex. When ifDescr was cut off, an interface without one is left out: a name that changes
 * with the next walk is worse than none.
 */
export function portNames(tables: Tables, about: About): Map<number, string> {
  const named = namedByIfName.has(about.enterprise);
  const order = named ? [interfaces.ifName, interfaces.ifDescr] : [interfaces.ifDescr, interfaces.ifName];
  const [first = interfaces.ifDescr] = order;
  const rows = new Set<number>();
  for (const column of [interfaces.ifDescr, interfaces.ifType, interfaces.ifOperStatus]) {
    for (const [ifIndex] of numbered(tables, column)) rows.add(ifIndex);
  }
  if (rows.size === 0) for (const [ifIndex] of numbered(tables, interfaces.ifName)) rows.add(ifIndex);
  const plain = new Map<number, string>();
  for (const ifIndex of rows) {
    const cell = (column: string) => text(tables.value(column, String(ifIndex)));
    const own = cell(first);
    if (own === "" && !tables.complete(...order)) continue;
    plain.set(ifIndex, own || cell(order[1] ?? first) || String(ifIndex));
  }
  return unique(plain);
}

function unique(plain: ReadonlyMap<number, string>): Map<number, string> {
  const count = new Map<string, number>();
  for (const name of plain.values()) count.set(name, (count.get(name) ?? 0) + 1);
  const taken = new Set([...count].filter(([, times]) => times === 1).map(([name]) => name));
  const found = new Map<number, string>();
  for (const [ifIndex, name] of plain) {
    let given = name;
    while (given !== name || (count.get(name) ?? 0) > 1) {
      given = `${given} (${ifIndex})`;
      if (!taken.has(given)) break;
    }
    taken.add(given);
    found.set(ifIndex, given);
  }
  return found;
}
