/** Hosts: what agents report of machines, and what administrators do with them. */
import { type Insertable, sql } from "kysely";
import type { InventoryDocument, Row } from "../inventory/document.ts";
import type { HostDetail } from "../inventory/host.ts";
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import { columnSections, hostAddresses, hostColumns, searchText } from "./host-columns.ts";
import { hostSummary, summaryColumns } from "./host-search.ts";
import { readSections, removeSections, sectionDigest, storedSections, writeSection } from "./host-section.ts";
import type { HostTable } from "./schema.ts";
import { linkSoftware } from "./software.ts";
import { cleanText } from "./text.ts";

export interface StoredInventory {
  id: number;
  /** The host was not known before. */
  created: boolean;
  /** Names of the sections that were written or removed. */
  changedSections: string[];
}

/**
 * Stores an inventory, all of it or nothing. The host is known by its device id, by the id of a host that was merged
 * into it, or by the id it says it had before. Sections that are the same as before are not written. A section that the
 * agent calls incomplete never removes what an earlier report brought: without rows the old ones stay, and of a single
 * row (HARDWARE, BIOS) so do the fields it now lacks. A document without any row removes nothing.
 *
 * @param report.address where it came from
 * @param report.now epoch milliseconds
 * @throws Problem `bad-request` for a device id that cannot be one, `too-large`
 */
export async function storeInventory(
  store: Store,
  document: InventoryDocument,
  report: { address: string; now: number },
): Promise<StoredInventory> {
  checkDeviceId(document.deviceId);
  return store.transaction(async (transaction) => {
    const known = await lockHost(transaction, document);
    const stored = known === undefined ? new Map() : await storedSections(transaction, known.id);
    const old = known === undefined ? {} : await readSections(transaction, known.id, columnSections);
    const sections = complement(document, old);
    const present = sections.size > 0;
    const incomplete = new Set(document.incomplete.map(({ section }) => section));

    const rowsNow = (name: (typeof columnSections)[number]) =>
      sections.get(name) ?? (incomplete.has(name) || !present ? old[name] : undefined) ?? [];
    const effective = Object.fromEntries(columnSections.map((name) => [name, rowsNow(name)]));
    const addresses = hostAddresses(rowsNow("NETWORKS"));
    const columns = hostColumns(effective, document.deviceId, report.address);
    const tag = known?.tag || cleanText(document.tag ?? "", 255);
    const softwareRows = sections.get("SOFTWARES");
    const keepsSoftware = softwareRows === undefined && (incomplete.has("SOFTWARES") || !present);
    const values = {
      ...columns,
      // A host that was found by an alias keeps its own id; one that was renamed takes the new one.
      device_id: known === undefined || known.renamed ? document.deviceId : known.device_id,
      tag,
      agent: cleanText(document.agent, 255),
      software_count: keepsSoftware ? (stored.get("SOFTWARES")?.count ?? 0) : (softwareRows?.length ?? 0),
      last_seen: report.now,
      last_inventory: report.now,
      incomplete: JSON.stringify(document.incomplete),
      search: "",
    };
    values.search = searchText(values, addresses);
    const id = known?.id ?? (await insertHost(transaction, { ...values, is_new: 1, first_seen: report.now }));
    if (known !== undefined) {
      await transaction.db.updateTable("host").set(values).where("id", "=", id).execute();
    }

    const changedSections: string[] = [];
    for (const [name, rows] of sections) {
      const digest = sectionDigest(rows);
      if (stored.get(name)?.digest === digest) continue;
      changedSections.push(name);
      await writeSection(transaction, id, name, rows, digest, report.now);
      if (name === "SOFTWARES") await linkSoftware(transaction, id, rows);
      if (name === "NETWORKS") await replaceAddresses(transaction, id, addresses);
    }
    const gone = present ? [...stored.keys()].filter((name) => !sections.has(name) && !incomplete.has(name)) : [];
    await removeSections(transaction, id, gone);
    if (gone.includes("SOFTWARES")) await linkSoftware(transaction, id, []);
    if (gone.includes("NETWORKS")) await replaceAddresses(transaction, id, []);
    return { id, created: known === undefined, changedSections: [...changedSections, ...gone] };
  });
}

function checkDeviceId(deviceId: string): void {
  if (deviceId === "" || deviceId.length > 255 || deviceId !== cleanText(deviceId, 255)) {
    throw new Problem("bad-request", "the device id is empty, longer than 255 characters, or not well-formed text");
  }
}

const singleRow = new Set(["HARDWARE", "BIOS"]);

/** The sections of the document that have rows; an incomplete single row keeps the old fields that it lacks. */
function complement(document: InventoryDocument, old: Record<string, Row[]>): Map<string, Row[]> {
  const incomplete = new Set(document.incomplete.map(({ section }) => section));
  const sections = new Map<string, Row[]>();
  for (const [name, rows] of Object.entries(document.sections)) {
    if (rows.length === 0) continue;
    const before = old[name]?.[0];
    const merge = singleRow.has(name) && incomplete.has(name) && before !== undefined;
    sections.set(name, merge ? [{ ...before, ...rows[0] }] : rows);
  }
  return sections;
}

interface KnownHost {
  id: number;
  device_id: string;
  tag: string;
  renamed: boolean;
}

/** Finds the host and, on PostgreSQL, keeps other reports about it waiting until this one is stored. */
async function lockHost(store: Store, document: InventoryDocument): Promise<KnownHost | undefined> {
  const { deviceId, oldDeviceId } = document;
  // There is no row to lock yet when a host reports for the first time, perhaps twice at once.
  if (store.kind === "postgres") await sql`select pg_advisory_xact_lock(1, hashtext(${deviceId}))`.execute(store.db);
  const known = await lockBy(store, deviceId);
  if (known !== undefined) return { ...known, renamed: false };
  const alias = await store.db
    .selectFrom("host_alias")
    .innerJoin("host", "host.id", "host_alias.host_id")
    .select("host.device_id")
    .where("host_alias.device_id", "=", deviceId)
    .executeTakeFirst();
  const merged = alias && (await lockBy(store, alias.device_id));
  if (merged !== undefined) return { ...merged, renamed: false };
  // Not by alias: clones of one image all name the id the image had, and each is a host of its own.
  if (oldDeviceId === undefined || oldDeviceId === "" || oldDeviceId.includes("\0")) return undefined;
  const before = await lockBy(store, oldDeviceId);
  return before && { ...before, renamed: true };
}

async function lockBy(store: Store, deviceId: string): Promise<Omit<KnownHost, "renamed"> | undefined> {
  let query = store.db.selectFrom("host").select(["id", "device_id", "tag"]).where("device_id", "=", deviceId);
  if (store.kind === "postgres") query = query.forUpdate();
  return query.executeTakeFirst();
}

async function insertHost(store: Store, values: Insertable<HostTable>): Promise<number> {
  return (await store.db.insertInto("host").values(values).returning("id").executeTakeFirstOrThrow()).id;
}

async function replaceAddresses(store: Store, host: number, rows: ReturnType<typeof hostAddresses>): Promise<void> {
  await store.db.deleteFrom("host_address").where("host_id", "=", host).execute();
  for (let from = 0; from < rows.length; from += 500) {
    const batch = rows.slice(from, from + 500).map((row) => ({ host_id: host, ...row }));
    await store.db.insertInto("host_address").values(batch).execute();
  }
}

/** Notes that the agent has asked what to do (PROLOG). False: no host has this device id yet. */
export async function touchHost(store: Store, deviceId: string, now: number): Promise<boolean> {
  if (deviceId.includes("\0")) return false;
  const result = await store.db
    .updateTable("host")
    .set({ last_seen: now })
    .where(({ or, eb, selectFrom }) =>
      or([
        eb("device_id", "=", deviceId),
        eb("id", "in", selectFrom("host_alias").select("host_id").where("host_alias.device_id", "=", deviceId)),
      ]),
    )
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** @throws Problem `not-found` */
export async function getHost(store: Store, id: number): Promise<HostDetail> {
  const host = await store.db
    .selectFrom("host")
    .select([...summaryColumns, "incomplete"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (host === undefined) throw new Problem("not-found", `there is no host ${id}`);
  const sections = await store.db
    .selectFrom("host_section")
    .select(["section as name", "count", "changed"])
    .where("host_id", "=", id)
    .orderBy("section")
    .execute();
  const { incomplete, ...summary } = host;
  return {
    ...hostSummary(summary),
    sections,
    incomplete: JSON.parse(incomplete) as HostDetail["incomplete"],
  };
}

/** Forgets hosts with all they reported. Gives the number of those there were. */
export async function deleteHosts(store: Store, ids: number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const result = await store.db.deleteFrom("host").where("id", "in", ids).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Nobody need look at these any more as at new ones. Gives the number of those that were new. */
export async function acknowledgeHosts(store: Store, ids: number[]): Promise<number> {
  if (ids.length === 0) return 0;
  const result = await store.db
    .updateTable("host")
    .set({ is_new: 0 })
    .where("id", "in", ids)
    .where("is_new", "=", 1)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
