/** Values of table cells as readers want them: what an agent left out or spelled oddly is undefined, never a guess. */
import { parseMac } from "../../address.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";

/** INTEGER, Counter, Gauge, TimeTicks; undefined for others. */
export function integer(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : undefined;
}

const strict = new TextDecoder("utf-8", { fatal: true });
const latin = new TextDecoder("latin1");

/** Text without NUL padding and blanks at its ends: UTF-8, and Latin-1 where it is not; "" for what is no text. */
export function text(value: Value | undefined): string {
  if (typeof value === "string") return value.trim();
  if (!(value instanceof Uint8Array)) return "";
  let decoded: string;
  try {
    decoded = strict.decode(value);
  } catch {
    decoded = latin.decode(value);
  }
  return decoded.replaceAll("\0", "").trim();
}

/** Six bytes, or their text (some agents and recordings write it out) → `00:11:22:33:44:55`; undefined for all zeros. */
export function macAddress(value: Value | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return typeof value === "string" ? parseMac(value) : undefined;
  return value.length === 6 ? macOfBytes([...value]) : parseMac(text(value));
}

/** Six numbers, as they stand in an index. */
export function macOfBytes(bytes: readonly number[]): string | undefined {
  if (bytes.length !== 6 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return undefined;
  return parseMac(bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":"));
}

/** `1.3.10` → [1, 3, 10]. */
export function parts(index: string): number[] {
  return index.split(".").map(Number);
}

/** A column that is indexed by one number: number → value, other rows left out. */
export function* numbered(tables: Tables, column: Oid): Generator<[number, Value]> {
  for (const [index, value] of tables.rows(column)) if (/^\d+$/.test(index)) yield [Number(index), value];
}
