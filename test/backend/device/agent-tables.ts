/** Tables of an agent of a test's own. */
import type { About } from "../../../src/backend/device/reader.ts";
import { Tables } from "../../../src/snmp/tables.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";

/** All that is asked for is read to its end and empty, but for the rows that are given and the columns that are cut off. */
export function agentTables(
  objects: readonly Oid[],
  columns: Record<Oid, Record<string, Value>>,
  cut: readonly Oid[] = [],
): Tables {
  const tables = new Tables();
  for (const oid of new Set([...objects, ...Object.keys(columns)])) {
    const rows = new Map(Object.entries(columns[oid] ?? {}));
    tables.set(oid, cut.includes(oid) ? { rows, complete: false, reason: "no answer" } : { rows, complete: true });
  }
  return tables;
}

export const maker = (enterprise: number): About => ({ objectId: "", enterprise, description: "" });
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const hex = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
