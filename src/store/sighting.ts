/** Intervals of sightings: the rule for the end of an open one, and what ends all of a device. */
import { type RawBuilder, sql } from "kysely";
import { Problem } from "../problem.ts";
import { batches, idList, insertRows, updateRows } from "./bulk.ts";
import type { Store } from "./store.ts";

/**
 * When it was last seen, for tables whose open rows are not written by a poll that sees nothing new. The query must have
 * joined `device`, whose clock that is, under `device`.
 *
 * @param table what the sightings' table is called in the query
 */
export function seenTo(
  store: Store,
  table: string,
  clock: "last_macsuck_complete" | "last_arpnip_complete",
): RawBuilder<number> {
  const greatest = sql.raw(store.kind === "sqlite" ? "max" : "greatest");
  const [open, to] = [sql.ref(`${table}.open`), sql.ref(`${table}.seen_to`)];
  return sql<number>`case ${open} when 1 then ${greatest}(${to}, coalesce(${sql.ref(`device.${clock}`)}, 0)) else ${to} end`;
}

/** Was it so at `at`? Open intervals hold as long as nobody has said otherwise. Without `at`: is it so now? */
export function holdsAt(table: string, at: number | undefined): RawBuilder<boolean> {
  const [open, from, to] = [sql.ref(`${table}.open`), sql.ref(`${table}.seen_from`), sql.ref(`${table}.seen_to`)];
  if (at === undefined) return sql<boolean>`${open} = 1`;
  return sql<boolean>`(${from} <= ${at} and (${to} >= ${at} or ${open} = 1))`;
}

/** Ends the open sightings of a device where it was last asked: nobody will ask it again. */
export async function closeDeviceSightings(store: Store, device: number): Promise<void> {
  const greatest = sql.raw(store.kind === "sqlite" ? "max" : "greatest");
  for (const [table, clock] of [
    ["node", "last_macsuck_complete"],
    ["node_ip", "last_arpnip_complete"],
  ] as const) {
    await sql`update ${sql.table(table)} set open = 0, seen_to = ${greatest}(seen_to,
      coalesce((select ${sql.ref(clock)} from device where device.id = ${device}), 0))
      where device = ${device} and open = 1`.execute(store.db);
  }
  await store.db.updateTable("link").set({ open: 0 }).where("device", "=", device).where("open", "=", 1).execute();
}

/** A poll that is older than what is known by more than this is not late: the clock was ahead, milliseconds. */
const latest = 86_400_000;

/** Is what was read at `at` at least as new as what was seen at `since`? */
export function isCurrent(at: number, since: number): boolean {
  return at >= since || since - at > latest;
}

/** An open interval of longer than this without a poll ends where it was last seen, milliseconds. */
export const longestGap = 7 * 86_400_000;

interface Kept {
  id: number;
  seen_to: number;
}

/** How the polls of one table become intervals. */
export interface SightingRules<Row> {
  table: "node" | "node_ip";
  clock: "last_macsuck_complete" | "last_arpnip_complete";
  last: "last_macsuck" | "last_arpnip";
  /** What is one and the same sighting. */
  key(row: Row): string;
  /** Seen elsewhere, it is here no more, however incomplete the poll is; undefined for what may be in several places. */
  exclusive(row: Row): string | undefined;
  /** Columns that may change without being another sighting. */
  details: readonly (keyof Row & string)[];
}

export interface Poll<Row> {
  at: number;
  rows: readonly Row[];
  /** Was everything read? */
  complete: boolean;
  /** May this row's absence be believed? Asked when not everything was read. */
  covers(row: Row): boolean;
  /** Details that were not read to their end: an empty one is what is stored. */
  unread?: readonly string[] | undefined;
}

export interface SightingResult<Row> {
  /** Distinct rows of the poll. */
  seen: number;
  opened: Row[];
  closed: Row[];
}

/**
 * Writes one poll of a device: what is seen and open goes on, what is new begins, what is missed ends. A poll that is
 * complete and finds nothing new writes the device's row alone. One that is older than what is known ends nothing.
 */
export async function writePoll<Row extends object>(
  store: Store,
  device: number,
  rules: SightingRules<Row>,
  poll: Poll<Row>,
): Promise<SightingResult<Row>> {
  const { table, clock, last } = rules;
  const { at } = poll;
  let lock = store.db.selectFrom("device").select([clock, last]).where("id", "=", device);
  if (store.kind === "postgres") lock = lock.forUpdate();
  const before = await lock.executeTakeFirst();
  // Deleted while this waited for it.
  if (before === undefined) throw new Problem("not-found", `there is no device ${device}`);
  const since = before[clock] ?? 0;
  const current = isCurrent(at, since);
  const complete = poll.complete && current;

  const kept = (await store.db
    .selectFrom(table)
    .selectAll()
    .where("device", "=", device)
    .where("open", "=", 1)
    .execute()) as unknown as (Row & Kept)[];
  const unseen = new Map(kept.map((row) => [rules.key(row), row]));
  const done = new Set<string>();
  const taken = new Set<string>();
  const opened: Row[] = [];
  const closed: (Row & Kept)[] = [];
  const extended: number[] = [];
  const changed: { id: number }[] = [];
  const mayBeUnread = (name: string) => !poll.complete || poll.unread?.includes(name);
  for (const row of poll.rows) {
    const key = rules.key(row);
    if (done.has(key)) continue;
    done.add(key);
    const exclusive = rules.exclusive(row);
    if (exclusive !== undefined) taken.add(exclusive);
    const old = unseen.get(key);
    unseen.delete(key);
    if (old !== undefined && at - Math.max(old.seen_to, since) > longestGap) {
      closed.push(old);
      opened.push(row);
    } else if (old === undefined) opened.push(row);
    else {
      if (at > old.seen_to) extended.push(old.id);
      const now = Object.fromEntries(
        rules.details.map((name) => [name, row[name] === "" && mayBeUnread(name) ? old[name] : row[name]]),
      );
      if (rules.details.some((name) => old[name] !== now[name])) changed.push({ id: old.id, ...now });
    }
  }
  for (const row of unseen.values()) {
    if (!current || !isCurrent(at, row.seen_to)) continue;
    const exclusive = rules.exclusive(row);
    const displaced = exclusive !== undefined && taken.has(exclusive);
    if (displaced || complete || poll.covers(row)) closed.push(row);
  }

  for (const ids of batches(closed.map(({ id }) => id))) {
    const until = Math.min(since, at);
    await sql`update ${sql.table(table)} set open = 0, seen_to = case when seen_to < ${until} then ${until} else seen_to end
      where id in ${idList(store, ids)}`.execute(store.db);
  }
  await insertRows(
    store,
    table,
    opened.map((row) => ({ device, ...row, seen_from: at, seen_to: at, open: 1 })) as never[],
  );
  await updateRows(store, table, changed);
  // After a complete poll the device's clock says it of all that is open.
  for (const ids of complete ? [] : batches(extended)) {
    await sql`update ${sql.table(table)} set seen_to = ${at} where id in ${idList(store, ids)}`.execute(store.db);
  }
  await store.db
    .updateTable("device")
    .set({ [last]: isCurrent(at, before[last] ?? 0) ? at : before[last], ...(complete ? { [clock]: at } : {}) })
    .where("id", "=", device)
    .execute();
  return { seen: done.size, opened, closed };
}
