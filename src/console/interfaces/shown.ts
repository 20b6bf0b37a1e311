/** What of the daemon's state every page shows, and a watch looks at. Pure. */
import type { EventSummary, NetconfStatus } from "./control.ts";

export interface Shown {
  status: NetconfStatus;
  newest: EventSummary[];
}

/** Events that are looked at: what happens among older ones goes unnoticed until something else happens. */
export const newestEvents = 50;

/** The ends of addresses come nearer, and are counted from when they are asked for: that alone is nothing new. */
export function marked({ status, newest }: Shown): unknown {
  const interfaces = status.interfaces.map(({ addresses, ...rest }) => ({
    ...rest,
    addresses: addresses.map(({ validUntil, ...one }) => ({ ...one, ends: validUntil !== null })),
  }));
  return [{ ...status, interfaces }, newest];
}
