/** What must be written so that stored rows become those of a reading. Pure but for `cleanRow`'s bounds. */
import { parseMac } from "../address.ts";
import type { Changes } from "./network-event.ts";
import { cleanText } from "./text.ts";

export type Row = Record<string, unknown>;

/** Characters of one value; devices have sent descriptions of many kilobytes. */
const longest = 4000;

/**
 * Characters of texts that stand in indexes: PostgreSQL takes rows of 2704 bytes there, at three bytes a character, and
 * refuses all of a device for one that is longer. 255 is what MIBs allow for names.
 */
const bounds = new Map(
  Object.entries({ port: 255, local_port: 255, slave_of: 255, name: 255, vrf: 255, dns: 255, value: 500 }),
);

/** The name of a port or VRF as all tables have it. */
export function cleanName(text: string): string {
  return cleanText(text, 255);
}

/** A fact as it may be stored: text clean and bounded, truths 0 or 1, lists JSON, integers that fit. */
export function cleanRow<Fact extends object>(fact: Fact): Row {
  const row: Row = {};
  for (const [column, value] of Object.entries(fact)) row[column] = cleanValue(value, bounds.get(column));
  return row;
}

function cleanValue(value: unknown, most = longest): unknown {
  if (typeof value === "string") return cleanText(value, most);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : null;
  if (Array.isArray(value)) return JSON.stringify(value.map((item) => cleanText(String(item), longest)));
  return value ?? null;
}

const macSpelling = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** In our spelling; `undefined` for what is none, the all-zero one included. */
export function cleanMac(mac: string | null): string | undefined {
  if (mac === null) return undefined;
  return macSpelling.test(mac) && mac !== "00:00:00:00:00:00" ? mac : parseMac(mac);
}

export function changesBetween(before: Row, after: Row, columns: readonly string[]): Changes {
  const changes: Changes = {};
  for (const column of columns) {
    if (before[column] !== after[column]) changes[column] = [before[column], after[column]];
  }
  return changes;
}

export interface RowDiff<Kept extends Row> {
  added: Row[];
  /** The stored row, the row of the reading, and where they differ; empty where they do not. */
  seen: { before: Kept; after: Row; changes: Changes }[];
  unseen: Kept[];
}

/** A part of a reading, whatever its rows are (`Part` of network/facts.ts). */
export interface RowPart<Fact extends object = object> {
  rows: readonly Fact[];
  complete: boolean;
  unread?: readonly string[] | undefined;
}

/** The columns of a part in which an empty value may only be one that was not read: of a part that was cut off, all. */
export function unreadOf(part: RowPart, columns: readonly string[]): readonly string[] {
  return part.complete ? (part.unread ?? []) : columns;
}

/**
 * @param key the columns that say which row is which; of rows of one key in a reading the first counts
 * @param unread fields that were not read to their end: an empty one is what is stored
 */
export function diffRows<Kept extends Row>(
  kept: readonly Kept[],
  read: readonly Row[],
  key: readonly string[],
  columns: readonly string[],
  unread: readonly string[] = [],
): RowDiff<Kept> {
  const keyOf = (row: Row) => key.map((column) => row[column]).join("\n");
  const unseen = new Map(kept.map((row) => [keyOf(row), row]));
  const done = new Set<string>();
  const diff: RowDiff<Kept> = { added: [], seen: [], unseen: [] };
  for (const after of read) {
    const id = keyOf(after);
    if (done.has(id)) continue;
    done.add(id);
    const before = unseen.get(id);
    unseen.delete(id);
    if (before !== undefined) keepStored(before, after, unread);
    if (before === undefined) diff.added.push(after);
    else diff.seen.push({ before, after, changes: changesBetween(before, after, columns) });
  }
  diff.unseen = [...unseen.values()];
  return diff;
}

/** Empty values of these columns become what is stored. */
function keepStored(before: Row, after: Row, columns: readonly string[]): void {
  for (const column of columns) if (isEmpty(after[column])) after[column] = before[column];
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === "[]" || value === null || value === undefined;
}
