/**
 * Sightings as intervals: what was seen where, from when to when. Nothing is overwritten; a poll extends, opens or closes
 * intervals, and only a complete poll may close one because of what it did not see. The store does the same in SQL:
 * these functions are the rule that its statements are tested against.
 *
 * One interval is one row per key (MAC, device, port and VLAN; or IP, MAC and VRF; or a link's two ends) and stretch of
 * time. All polls of one *scope* (the FDB of a device, the ARP table of a router, the neighbours of a device) come in
 * order; what is said about another scope never touches it. Times are epoch milliseconds.
 */

export interface Interval {
  /** The first poll that saw it. */
  seen_from: number;
  /** The last poll that saw it; not the time when it was found missing. */
  seen_to: number;
  /** No complete poll since `seen_to` has missed it. */
  open: boolean;
}

export interface Poll<Row> {
  /** When its reading began. */
  at: number;
  seen: Iterable<Row>;
  /** Was the table read to its end? If not, nothing is closed because it was not seen. */
  complete: boolean;
  /**
   * For a poll that is complete in parts only (one VLAN's context did not answer): may the absence of this row be
   * believed? Asked only when `complete` is true; absent means yes for all.
   */
  covers?(row: Row): boolean;
}

export interface SightingRules<Row> {
  /** What is one and the same sighting. */
  key(row: Row): string;
  /**
   * What can be in one place only within this scope (in an FDB that tells VLANs: MAC and VLAN). Seen in another place it
   * closes the old interval even in an incomplete poll: that is a sighting, not an absence. Undefined for rows of which
   * several may stand side by side.
   */
  exclusive?(row: Row): string | undefined;
  /**
   * Longest time in milliseconds between two sightings that still make one interval; after a longer one (nobody polled
   * for weeks) the old interval ends where it was last seen, and a new one begins. Absent: no limit.
   */
  gap?: number | undefined;
}

/** What a poll does to the open intervals of its scope. */
export interface Plan<Kept, Row> {
  /** `seen_to` becomes the poll's time. */
  extend: Kept[];
  /** New: `seen_from` and `seen_to` are the poll's time, open. */
  open: Row[];
  /** `open` becomes false, `seen_to` stays. */
  close: Kept[];
}

/**
 * @param kept the open intervals of the poll's scope (closed ones are passed over)
 * A poll older than what is known (`at` before an interval's `seen_to`: the clock went back, a job came late) neither
 * shortens nor closes that interval. The same poll twice changes nothing the second time but `extend`, which is idempotent.
 */
export function plan<Row, Kept extends Row & Interval>(
  kept: Iterable<Kept>,
  poll: Poll<Row>,
  rules: SightingRules<Row>,
): Plan<Kept, Row> {
  const unseen = new Map<string, Kept>();
  const result: Plan<Kept, Row> = { extend: [], open: [], close: [] };
  for (const interval of kept) {
    if (!interval.open) continue;
    const key = rules.key(interval);
    const twin = unseen.get(key);
    if (twin) result.close.push(twin.seen_to < interval.seen_to ? twin : interval);
    if (!twin || twin.seen_to < interval.seen_to) unseen.set(key, interval);
  }
  const done = new Set<string>();
  const taken = new Set<string>();
  for (const row of poll.seen) {
    const key = rules.key(row);
    if (done.has(key)) continue;
    done.add(key);
    const exclusive = rules.exclusive?.(row);
    if (exclusive !== undefined) taken.add(exclusive);
    const interval = unseen.get(key);
    unseen.delete(key);
    if (interval && poll.at < interval.seen_to) continue;
    if (interval && poll.at - interval.seen_to <= (rules.gap ?? Number.POSITIVE_INFINITY)) {
      result.extend.push(interval);
      continue;
    }
    if (interval) result.close.push(interval);
    result.open.push(row);
  }
  for (const interval of unseen.values()) {
    if (poll.at < interval.seen_to) continue;
    const exclusive = rules.exclusive?.(interval);
    const displaced = exclusive !== undefined && taken.has(exclusive);
    const missed = poll.complete && (poll.covers?.(interval) ?? true);
    if (displaced || missed) result.close.push(interval);
  }
  return result;
}

/**
 * Was it so at this time? Between `seen_from` and `seen_to` yes; after `seen_to` as long as the interval is open, for
 * nobody has said otherwise.
 */
export function holdsAt(interval: Interval, at: number): boolean {
  return interval.seen_from <= at && (at <= interval.seen_to || interval.open);
}

/** Does it hold at any time from `from` to `to`, both included? */
export function holdsWithin(interval: Interval, from: number, to: number): boolean {
  return interval.seen_from <= to && (from <= interval.seen_to || interval.open);
}

export interface CompactRules<Kept> {
  key(interval: Kept): string;
  /** Two intervals of one key with no more than this many milliseconds between them become one. */
  gap: number;
  /**
   * Was it somewhere else in the meantime? Then they stay two: `from` and `to` are the end of the first and the
   * beginning of the second.
   */
  interrupted?(interval: Kept, from: number, to: number): boolean;
}

/** What compacting does: `keep` gets these times and this openness, the others are deleted. */
export interface Merge<Kept> extends Interval {
  keep: Kept;
  drop: Kept[];
}

/**
 * Joins intervals of one key that only a short absence parts (a MAC that ages out of the table between two words), and
 * those that overlap. An open interval stays open. The earliest row is the one that is kept.
 */
export function compact<Kept extends Interval>(
  intervals: Iterable<Kept>,
  rules: CompactRules<NoInfer<Kept>>,
): Merge<Kept>[] {
  const merges: Merge<Kept>[] = [];
  for (const same of Map.groupBy(intervals, rules.key).values()) {
    let current: Merge<Kept> | undefined;
    for (const interval of same.toSorted((a, b) => a.seen_from - b.seen_from || a.seen_to - b.seen_to)) {
      const between = current ? interval.seen_from - current.seen_to : 0;
      const joined =
        current &&
        (between <= 0 || (between <= rules.gap && !rules.interrupted?.(interval, current.seen_to, interval.seen_from)));
      if (current && joined) {
        current.drop.push(interval);
        current.open =
          interval.seen_to >= current.seen_to ? interval.open || (between <= 0 && current.open) : current.open;
        current.seen_to = Math.max(current.seen_to, interval.seen_to);
      } else {
        const { seen_from, seen_to, open } = interval;
        current = { keep: interval, drop: [], seen_from, seen_to, open };
        merges.push(current);
      }
    }
  }
  return merges.filter((merge) => merge.drop.length > 0);
}

/** What becomes of an interval with time alone. Absent limits do nothing. */
export interface ExpiryRules {
  /** Open and not confirmed for this many milliseconds (its device is polled no more): closed where it was last seen. */
  close?: number | undefined;
  /** Last seen longer ago than this: deleted, open or not. */
  forget?: number | undefined;
}

export function expiry(interval: Interval, now: number, rules: ExpiryRules): "keep" | "close" | "forget" {
  const age = now - interval.seen_to;
  if (rules.forget !== undefined && age > rules.forget) return "forget";
  return interval.open && rules.close !== undefined && age > rules.close ? "close" : "keep";
}
