/**
 * Against mass deletion by mistake: a narrowed access rule and a truncated list of what is present look just like entries
 * that were deleted. Too many at a time are held: no event, they stay in the cache until a person approves, or until they
 * are seen again.
 */
import type { Place } from "./cache.ts";
import type { Journal } from "./journal.ts";
import { uuidText } from "./sighting.ts";

export interface GuardLimits {
  /** Share of the cache, percent; 0: never guard. */
  percent: number;
  /** As many are always believed. */
  least: number;
}

export interface HeldEntry extends Place {
  /** Milliseconds since 1970. */
  since: number;
}

/** More deletions than this at a time are held. */
export function allowance(limits: GuardLimits, entries: number): number {
  if (limits.percent === 0) return Number.POSITIVE_INFINITY;
  return Math.max(limits.least, Math.floor((entries * limits.percent) / 100));
}

/** What waits for approval, parents before their children. */
export function held(journal: Journal): HeldEntry[] {
  return journal.database
    .prepare<HeldEntry, []>("SELECT id, uuid, dn, key, csn, since FROM held JOIN entry USING (uuid) ORDER BY key")
    .all();
}

/**
 * The person in charge says that they are gone: makes their events, children before parents. While a follower runs, it is
 * to be called by its `alone`.
 * @param chosen entryUUIDs; absent: all
 * @returns how many
 */
export function approve(journal: Journal, chosen?: readonly Uint8Array[]): number {
  const drop = journal.database.prepare<null, [Uint8Array]>("DELETE FROM held WHERE uuid = ?");
  return journal.write(() => {
    const gone = among(held(journal), chosen).reverse();
    for (const { id, uuid, csn, dn } of gone) {
      const old = journal.cache.byUuid(uuid)?.attributes ?? null;
      const at = journal.clock.now();
      journal.append({ at, kind: "delete", origin: "refresh", uuid, csn, oldDn: dn, newDn: null, old, new: null });
      journal.cache.remove(id);
      drop.run(uuid);
    }
    return gone.length;
  });
}

/** They stay as they were, until a refresh or a verification misses them again. @returns how many */
export function reject(journal: Journal, chosen?: readonly Uint8Array[]): number {
  const drop = journal.database.prepare<null, [Uint8Array]>("DELETE FROM held WHERE uuid = ?");
  return journal.write(() => {
    const kept = among(held(journal), chosen);
    for (const { uuid } of kept) drop.run(uuid);
    return kept.length;
  });
}

function among(all: HeldEntry[], chosen: readonly Uint8Array[] | undefined): HeldEntry[] {
  if (chosen === undefined) return all;
  const names = new Set(chosen.map(uuidText));
  return all.filter(({ uuid }) => names.has(uuidText(uuid)));
}
