/** Backends that run: each has a lease that it renews; one whose lease is over counts as dead. */
import { sql } from "kysely";
import type { Store } from "./database.ts";
import type { BackendTable } from "./schema-queue.ts";

export type BackendRow = BackendTable;

export async function registerBackend(store: Store, row: BackendRow): Promise<void> {
  await store.db.insertInto("backend").values(row).execute();
}

/**
 * Renews the lease, also one that is over when nobody has noticed: then the jobs are still its own.
 * @returns false when somebody has taken this backend for dead: its jobs are others' now
 */
export async function renewLease(store: Store, id: string, now: number, lease: number): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable("backend")
    .set({ seen: now, lease_until: now + lease })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Ends the leases of backends of this place whose process is gone: a restart need not wait for them.
 * @param lives whether a process of this place lives
 * @param self the one that asks
 */
export async function endLeasesOfGone(
  store: Store,
  place: string,
  lives: (pid: number) => boolean,
  self: string,
): Promise<void> {
  const rows = await store.db.selectFrom("backend").select(["id", "pid"]).where("place", "=", place).execute();
  const gone = rows.filter(({ id, pid }) => id !== self && !lives(pid)).map(({ id }) => id);
  if (gone.length > 0) await store.db.updateTable("backend").set({ lease_until: 0 }).where("id", "in", gone).execute();
}

/** It ends in order; what it forbade itself goes with it. */
export async function removeBackend(store: Store, id: string): Promise<void> {
  await store.transaction(async ({ db }) => {
    await db.deleteFrom("backend").where("id", "=", id).execute();
    await db.deleteFrom("device_skip").where("backend", "=", id).execute();
  });
}

/** Forgets those whose lease is over; gives them. */
export async function removeDead(store: Store, now: number): Promise<BackendRow[]> {
  return store.transaction(async ({ db }) => {
    const dead = await db.deleteFrom("backend").where("lease_until", "<", now).returningAll().execute();
    if (dead.length > 0) {
      const ids = dead.map(({ id }) => id);
      await db.deleteFrom("device_skip").where("backend", "in", ids).execute();
    }
    return dead;
  });
}

export async function listBackends(store: Store, now: number): Promise<(BackendRow & { alive: boolean })[]> {
  const rows = await store.db.selectFrom("backend").selectAll().orderBy("started").execute();
  return rows.map((row) => ({ ...row, alive: row.lease_until >= now }));
}

/**
 * The clock that all backends of a database share, epoch milliseconds: PostgreSQL's own, for clocks of hosts differ;
 * with SQLite, this host's.
 */
export async function databaseTime(store: Store): Promise<number> {
  if (store.kind === "sqlite") return Date.now();
  const { rows } = await sql<{ now: number }>`
    select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`.execute(store.db);
  return rows[0]?.now ?? Date.now();
}
