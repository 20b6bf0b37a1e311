/** What changed on the network, when: the history behind "as of", and what hooks are told. */
import { insertRows } from "./bulk.ts";
import type { EventKind } from "./schema-network.ts";
import type { Store } from "./store.ts";

/** Attribute → what it was, what it is now. */
export type Changes = Record<string, [before: unknown, after: unknown]>;

export interface NetworkEvent {
  at: number;
  device: number;
  /** "" where it is not about a port. */
  port: string;
  kind: EventKind;
  changes: Changes;
}

export async function appendEvents(store: Store, events: readonly NetworkEvent[]): Promise<void> {
  await insertRows(
    store,
    "network_event",
    events.map(({ at, device, port, kind, changes }) => ({ at, device, port, kind, changes: JSON.stringify(changes) })),
  );
}

export interface EventQuery {
  device?: number | undefined;
  port?: string | undefined;
  kinds?: readonly EventKind[] | undefined;
  /** Both included. */
  from?: number | undefined;
  to?: number | undefined;
  /** At most 10 000; 100 when absent. */
  limit?: number | undefined;
  /** Goes on after the event with this id. */
  before?: number | undefined;
}

/** Newest first. */
export async function listEvents(store: Store, query: EventQuery = {}): Promise<(NetworkEvent & { id: number })[]> {
  let select = store.db.selectFrom("network_event").selectAll();
  if (query.device !== undefined) select = select.where("device", "=", query.device);
  if (query.port !== undefined) select = select.where("port", "=", query.port);
  if (query.kinds !== undefined) select = select.where("kind", "in", [...query.kinds]);
  if (query.from !== undefined) select = select.where("at", ">=", query.from);
  if (query.to !== undefined) select = select.where("at", "<=", query.to);
  if (query.before !== undefined) select = select.where("id", "<", query.before);
  const rows = await select
    .orderBy("id", "desc")
    .limit(Math.min(Math.max(query.limit ?? 100, 1), 10_000))
    .execute();
  return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as Changes }));
}

/** Forgets events older than `before`; what was so earlier than that can no longer be told. */
export async function expireEvents(store: Store, before: number): Promise<number> {
  const result = await store.db.deleteFrom("network_event").where("at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** What happened to the ports of a device after `time`, newest first, all of it: to go back to how they were. */
export async function portEventsSince(store: Store, device: number, time: number): Promise<NetworkEvent[]> {
  const rows = await store.db
    .selectFrom("network_event")
    .selectAll()
    .where("device", "=", device)
    .where("at", ">", time)
    .where("kind", "in", ["port-new", "port-changed", "port-gone"])
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as Changes }));
}
