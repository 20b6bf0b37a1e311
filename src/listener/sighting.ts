/** An entry as a provider shows it, in the form in which the cache keeps it. */
import { Buffer } from "node:buffer";
import { type Attributes, decodeAttributes, scan } from "../ldap/attributes.ts";
import { treeKey } from "../ldap/dn.ts";
import type { Schema } from "../ldap/schema.ts";
import type { SyncEntry } from "../ldap/sync-message.ts";
import { Problem } from "../problem.ts";
import type { NewEntry } from "./cache.ts";
import { stored } from "./damage.ts";

/** How entries are looked at. */
export interface View {
  /** Lower-case types that are cut out; not changed, but replaced as a whole. */
  withheld: ReadonlySet<string>;
  schema: Schema;
}

/** Of no entry in particular, or different on every server and at every moment. */
export const volatile: readonly string[] = [
  "entrydn",
  "subschemasubentry",
  "hassubordinates",
  "numsubordinates",
  // Of the suffix: it changes with every write anywhere.
  "contextcsn",
];

const nothing: ReadonlySet<string> = new Set();

/** As a provider shows it. */
export type Sighted = Pick<SyncEntry, "uuid" | "dn" | "illegalDn" | "attributes">;

/** @throws Problem `bad-request`, `too-large` (the DN), `protocol` (either) */
export function sighting(entry: Sighted, view: View): NewEntry {
  if (entry.illegalDn) throw new Problem("protocol", "its DN is no UTF-8");
  const { raw, csn } = scan(entry.attributes, view.withheld);
  return { uuid: entry.uuid, dn: entry.dn, key: treeKey(entry.dn, view.schema), csn, attributes: raw };
}

/** Whether both say the same, maybe in another order: neither attributes nor their values have one (X.501). `one` is stored. */
export function sameContent(one: Uint8Array, other: Uint8Array): boolean {
  // Another order takes the same space.
  if (one.length !== other.length) return false;
  if (Buffer.compare(one, other) === 0) return true;
  // A change that takes as much space as what it replaces: told without looking at every value.
  if (stored(() => scan(one, nothing).csn) !== scan(other, nothing).csn) return false;
  const [a, b] = [stored(() => decodeAttributes(one)), decodeAttributes(other)];
  const types = Object.keys(a);
  return types.length === Object.keys(b).length && types.every((type) => sameValues(a, b, type));
}

function sameValues(a: Attributes, b: Attributes, type: string): boolean {
  const [one = [], other] = [a[type], b[type]];
  if (other === undefined || one.length !== other.length) return false;
  const sorted = (values: Uint8Array[]) => values.map((value) => Buffer.from(value).toString("latin1")).sort();
  const others = sorted(other);
  return sorted(one).every((value, index) => value === others[index]);
}

/** entryUUID: 16 bytes, its text (RFC 4530), and a key for maps. Empty of none. */
export function uuidText(uuid: Uint8Array): string {
  if (uuid.length === 0) return "";
  const hex = Buffer.from(uuid).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function uuidBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll("-", ""), "hex"));
}
