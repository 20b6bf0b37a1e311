/** What differs between two sides of an entry. Values are sets: their order means nothing (RFC 4511 §4.1.7). */
import { Buffer } from "node:buffer";
import { type Attributes, baseType } from "../ldap/attributes.ts";

/** Operational attributes that every write changes, whatever it was about; lower case. */
export const metadata: ReadonlySet<string> = new Set([
  "contextcsn",
  "createtimestamp",
  "creatorsname",
  "entrycsn",
  "entrydn",
  "hassubordinates",
  "modifiersname",
  "modifytimestamp",
  "numsubordinates",
  "subschemasubentry",
]);

/**
 * Attribute descriptions, as spelled, whose values differ, with both sides' values (empty for an absent one).
 * @param keys only these types (lower case, without options); undefined: all
 * @param ignore types (lower case) that do not count
 */
export function diff(
  old: Attributes,
  now: Attributes,
  keys?: ReadonlySet<string>,
  ignore: ReadonlySet<string> = metadata,
): Map<string, { old: Uint8Array[]; new: Uint8Array[] }> {
  const differing = new Map<string, { old: Uint8Array[]; new: Uint8Array[] }>();
  for (const type of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const base = baseType(type);
    if (ignore.has(base) || (keys && !keys.has(base))) continue;
    const sides = { old: old[type] ?? [], new: now[type] ?? [] };
    if (!sameValues(sides.old, sides.new)) differing.set(type, sides);
  }
  return differing;
}

/** True when both hold the same values, in whatever order. */
export function sameValues(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false;
  // A large group has one value changed as a rule: what stands at its place is not looked at twice.
  let from = 0;
  let to = a.length;
  while (from < to && Buffer.compare(a[from]!, b[from]!) === 0) from++;
  while (to > from && Buffer.compare(a[to - 1]!, b[to - 1]!) === 0) to--;
  const latin1 = (value: Uint8Array): string =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  const rest = new Set(a.slice(from, to).map(latin1));
  return b.slice(from, to).every((value) => rest.delete(latin1(value)));
}
