/** What becomes of sightings with time: joined, thinned, forgotten. */
import { type RawBuilder, sql } from "kysely";
import { batches, deleteRows, updateRows } from "./bulk.ts";
import { deleteDevice } from "./device-change.ts";
import { expireEvents } from "./network-event.ts";
import type { Store } from "./store.ts";

type SightingTable = "node" | "node_ip";

const clocks = { node: "last_macsuck_complete", node_ip: "last_arpnip_complete" } as const;
/** Within these, one value of `place` at a time makes a history. */
const subjects: Record<SightingTable, { of: string[]; place: string }> = {
  node: { of: ["device", "mac", "vlan"], place: "port" },
  node_ip: { of: ["device", "vrf", "ip_hex"], place: "mac" },
};

export interface CompactionRule {
  /** For intervals whose successor began longer ago than this, milliseconds. */
  olderThan: number;
  /** Absences of up to this many milliseconds are passed over. */
  gap: number;
}

/** An hour always; a day after a month; a week after half a year. */
export const compactionRules: readonly CompactionRule[] = [
  { olderThan: 0, gap: 3_600_000 },
  { olderThan: 30 * 86_400_000, gap: 86_400_000 },
  { olderThan: 180 * 86_400_000, gap: 7 * 86_400_000 },
];

interface Piece {
  island: number;
  id: number;
  seen_from: number;
  seen_to: number;
  open: 0 | 1;
}

/**
 * Joins intervals of one place that only a short absence parts: a MAC address that was silent for longer than a switch
 * remembers. Not where it was seen elsewhere (of the same device) in the meantime. Gives the number of rows it saved.
 */
export async function compactSightings(
  store: Store,
  now: number,
  rules: readonly CompactionRule[] = compactionRules,
): Promise<number> {
  let saved = 0;
  for (const table of ["node", "node_ip"] as const) {
    const devices = await store.db
      .selectFrom(table)
      .select("device")
      .groupBy("device")
      .having(({ fn }) => fn.countAll(), ">", 1)
      .execute();
    // One device a transaction: polls of the others go on.
    for (const { device } of devices) {
      saved += await store.transaction((transaction) => compactDevice(transaction, table, device, now, rules));
    }
  }
  return saved;
}

async function compactDevice(
  store: Store,
  table: SightingTable,
  device: number,
  now: number,
  rules: readonly CompactionRule[],
): Promise<number> {
  if (store.kind === "postgres") {
    await store.db.selectFrom("device").select("id").where("id", "=", device).forUpdate().execute();
  }
  const { of, place } = subjects[table];
  const subject = sql.join(of.map((name) => sql.ref(name)));
  const order = sql`partition by ${subject} order by seen_from, id`;
  // Oldest rule first: the widest gap that the age allows.
  const gaps = rules
    .toSorted((one, other) => other.olderThan - one.olderThan)
    .map(({ olderThan, gap }) => sql`when seen_from < ${now - olderThan} then cast(${gap} as bigint)`);
  const gap: RawBuilder<unknown> = gaps.length > 0 ? sql`case ${sql.join(gaps, sql` `)} else 0 end` : sql`0`;
  const pieces = await sql<Piece>`
    with placed as (
      select id, ${subject}, ${sql.ref(place)} as place, seen_from, seen_to, ${sql.ref("open")},
        lag(${sql.ref(place)}) over (${order}) as place_before, lag(seen_to) over (${order}) as before
      from ${sql.table(table)} where device = ${device}),
    islands as (
      select placed.*, sum(case when place_before = place and seen_from - before <= ${gap} then 0 else 1 end)
        over (order by ${subject}, seen_from, id rows unbounded preceding) as island
      from placed),
    joined as (select island from islands group by island having count(*) > 1)
    select cast(island as bigint) as island, id, seen_from, seen_to, ${sql.ref("open")} from islands
    where island in (select island from joined) order by island, seen_from, id`.execute(store.db);
  const kept: { id: number; seen_to: number; open: number }[] = [];
  const dropped: number[] = [];
  for (const [first, ...rest] of Map.groupBy(pieces.rows, ({ island }) => island).values()) {
    if (first === undefined) continue;
    const all = [first, ...rest];
    kept.push({
      id: first.id,
      seen_to: Math.max(...all.map((piece) => piece.seen_to)),
      open: Math.max(...all.map((piece) => piece.open)),
    });
    dropped.push(...rest.map(({ id }) => id));
  }
  // Two open rows of one key must not be, not even in between.
  await deleteRows(store, table, dropped);
  await updateRows(store, table, kept);
  return dropped.length;
}

export interface Expiry {
  /** Sightings, links and NetBIOS names last seen before this are forgotten. */
  sightings?: number | undefined;
  /** The same for those that are over (not open); at least as late as `sightings`. */
  closed?: number | undefined;
  /** Events, and ports that went, before this. */
  events?: number | undefined;
}

export interface Expired {
  node: number;
  node_ip: number;
  node_nbt: number;
  link: number;
  device_port: number;
  network_event: number;
}

/** Forgets by age; times are epoch milliseconds. Links entered by hand stay. */
export async function expireSightings(store: Store, before: Expiry): Promise<Expired> {
  const { db } = store;
  const counts: Expired = { node: 0, node_ip: 0, node_nbt: 0, link: 0, device_port: 0, network_event: 0 };
  const open = before.sightings ?? 0;
  const closed = Math.max(before.closed ?? 0, open);
  for (const table of ["node", "node_ip"] as const) {
    const clock = sql.ref(clocks[table]);
    // An open row counts as seen when its device was last asked.
    const stale = sql<boolean>`(open = 0 and seen_to < ${closed}) or (open = 1 and seen_to < ${open}
      and device in (select id from device where coalesce(${clock}, 0) < ${open}))`;
    counts[table] = Number((await db.deleteFrom(table).where(stale).executeTakeFirst()).numDeletedRows);
  }
  const over = sql<boolean>`(open = 0 and seen_to < ${closed}) or (open = 1 and seen_to < ${open})`;
  counts.node_nbt = Number((await db.deleteFrom("node_nbt").where(over).executeTakeFirst()).numDeletedRows);
  counts.link = Number(
    (await db.deleteFrom("link").where(over).where("protocol", "!=", "manual").executeTakeFirst()).numDeletedRows,
  );
  if (before.events !== undefined) {
    const gone = await db.deleteFrom("device_port").where("gone", "<", before.events).executeTakeFirst();
    counts.device_port = Number(gone.numDeletedRows);
    counts.network_event = await expireEvents(store, before.events);
  }
  return counts;
}

/**
 * Deletes devices that no action has reached since `before`; pseudo devices stay. Gives those that went.
 * @param archive keep their sightings as history
 */
export async function expireDevices(
  store: Store,
  before: number,
  { archive = false, now = Date.now() }: { archive?: boolean | undefined; now?: number | undefined } = {},
): Promise<{ id: number; ip: string; name: string }[]> {
  const last = sql<number>`coalesce(last_discover, 0)`;
  const due = await store.db
    .selectFrom("device")
    .select(["id", "ip", "name"])
    .where("is_pseudo", "=", 0)
    .where("merged_into", "is", null)
    .where("deleted", "is", null)
    .where("created", "<", before)
    .where(last, "<", before)
    .where(sql<number>`coalesce(last_macsuck, 0)`, "<", before)
    .where(sql<number>`coalesce(last_arpnip, 0)`, "<", before)
    .orderBy("id")
    .execute();
  for (const some of batches(due, 50)) {
    await store.transaction(async (transaction) => {
      for (const { id } of some) await deleteDevice(transaction, id, { archive, now });
    });
  }
  return due;
}
