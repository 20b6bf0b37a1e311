/** The sections of a host's inventory, kept as the agent sent them, one JSON text each. */
import { createHash } from "node:crypto";
import type { Row } from "../inventory/document.ts";
import type { SectionRow, SectionRows } from "../inventory/host.ts";
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import { folded } from "./host-columns.ts";

export interface SectionQuery {
  /** Words that must all occur in a row. */
  search?: string | undefined;
  /** Name of a field. */
  sort?: string | undefined;
  descending?: boolean | undefined;
  /** At most 20 000; 50 when absent. */
  limit?: number | undefined;
  offset?: number | undefined;
}

/** Characters of one section's JSON: what no real machine has, and no request should cost. */
const longestSection = 64 * 1024 * 1024;

/**
 * The same for the same rows in any order and with fields in any order, since Perl agents shuffle both. CHECKSUM is the
 * agent's word on what changed, not a property of the machine.
 */
export function sectionDigest(rows: Row[]): string {
  const lines = rows.map((row) => {
    const fields = Object.keys(row).filter((field) => field !== "CHECKSUM");
    return JSON.stringify(fields.sort().map((field) => [field, row[field]]));
  });
  const hash = createHash("sha256");
  for (const line of lines.sort()) hash.update(line).update("\n");
  return hash.digest("hex");
}

export interface StoredSection {
  digest: string;
  count: number;
}

/** What is stored of a host, by section. */
export async function storedSections(store: Store, host: number): Promise<Map<string, StoredSection>> {
  const rows = await store.db
    .selectFrom("host_section")
    .select(["section", "digest", "count"])
    .where("host_id", "=", host)
    .execute();
  return new Map(rows.map(({ section, digest, count }) => [section, { digest, count }]));
}

/** Rows of some sections of a host; a section that is not stored is absent. */
export async function readSections(
  store: Store,
  host: number,
  sections: readonly string[],
): Promise<Record<string, Row[]>> {
  const found = await store.db
    .selectFrom("host_section")
    .select(["section", "items"])
    .where("host_id", "=", host)
    .where("section", "in", sections)
    .execute();
  return Object.fromEntries(found.map(({ section, items }) => [section, JSON.parse(items) as Row[]]));
}

/** @throws Problem `too-large` */
export async function writeSection(
  store: Store,
  host: number,
  section: string,
  rows: Row[],
  digest: string,
  now: number,
): Promise<void> {
  const items = JSON.stringify(rows);
  if (items.length > longestSection) throw new Problem("too-large", `section ${section} of the inventory is too large`);
  const values = { items, count: rows.length, digest, changed: now };
  await store.db
    .insertInto("host_section")
    .values({ host_id: host, section, ...values })
    .onConflict((conflict) => conflict.columns(["host_id", "section"]).doUpdateSet(values))
    .execute();
}

export async function removeSections(store: Store, host: number, sections: string[]): Promise<void> {
  if (sections.length === 0) return;
  await store.db.deleteFrom("host_section").where("host_id", "=", host).where("section", "in", sections).execute();
}

/**
 * Rows of one section, searched, sorted and cut; a section the host does not have has none.
 *
 * @throws Problem `not-found` when there is no such host.
 */
export async function getSection(
  store: Store,
  host: number,
  section: string,
  query: SectionQuery = {},
): Promise<SectionRows> {
  const found = await store.db
    .selectFrom("host")
    .leftJoin("host_section", (join) =>
      join.onRef("host_section.host_id", "=", "host.id").on("host_section.section", "=", section.replaceAll("\0", " ")),
    )
    .select("host_section.items")
    .where("host.id", "=", host)
    .executeTakeFirst();
  if (found === undefined) throw new Problem("not-found", `there is no host ${host}`);
  const all = (found.items === null ? [] : JSON.parse(found.items)) as SectionRow[];
  const columns = [...new Set(all.flatMap((row) => Object.keys(row)))];
  const rows = sorted(matching(all, query.search ?? ""), query.sort, query.descending === true);
  const offset = Math.max(query.offset ?? 0, 0);
  const limit = Math.min(Math.max(query.limit ?? 50, 0), 20_000);
  return { section, total: rows.length, columns, rows: rows.slice(offset, offset + limit) };
}

function matching(rows: SectionRow[], search: string): SectionRow[] {
  const words = folded(search).split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = folded(Object.values(row).join("\n"));
    return words.every((word) => text.includes(word));
  });
}

// "1.10" after "1.9", whatever the case.
const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function sorted(rows: SectionRow[], field: string | undefined, descending: boolean): SectionRow[] {
  if (field === undefined) return rows;
  const direction = descending ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [left, right] = [one[field], other[field]];
    if (left === undefined || right === undefined) {
      // Rows without a value come last in either direction.
      return left === right ? 0 : left === undefined ? 1 : -1;
    }
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : natural.compare(String(left), String(right));
    return order * direction;
  });
}
