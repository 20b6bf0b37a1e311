/** Where MAC addresses are seen: forwarding tables as intervals. */
import type { ForwardingFact, Part } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { getDevice } from "./device.ts";
import { cleanMac, cleanName } from "./row-diff.ts";
import { holdsAt, type SightingRules, seenTo, writePoll } from "./sighting.ts";
import type { Store } from "./store.ts";

const rules: SightingRules<ForwardingFact> = {
  table: "node",
  clock: "last_macsuck_complete",
  last: "last_macsuck",
  key: ({ mac, port, vlan }) => `${mac} ${vlan} ${port}`,
  // A table that does not tell VLANs may have one address in several places.
  exclusive: ({ mac, vlan }) => (vlan === 0 ? undefined : `${mac} ${vlan}`),
  details: [],
};

export type ForwardingPart = Part<ForwardingFact> & {
  /**
   * VLANs that were not read to their end: in a part that is complete otherwise, theirs is kept and the others' may end.
   * A part that is not complete ends nothing, whatever stands here.
   */
  incompleteVlans?: readonly number[] | undefined;
};

export interface SavedForwarding {
  seen: number;
  opened: number;
  closed: number;
  /** Left one port for another of the same device. */
  moved: { mac: string; vlan: number; from: string; to: string }[];
}

/**
 * Stores a poll of a device's forwarding table.
 * @throws Problem `not-found`
 */
export async function saveForwarding(
  store: Store,
  id: number,
  part: ForwardingPart,
  now: number,
): Promise<SavedForwarding> {
  const rows = part.rows.flatMap(({ mac, port, vlan }) => {
    const clean = cleanMac(mac);
    return clean === undefined ? [] : [{ mac: clean, port: cleanName(port), vlan }];
  });
  const cut = new Set(part.incompleteVlans);
  // Of a row without VLAN nobody knows whether it belongs to one that was cut off.
  const covers = ({ vlan }: ForwardingFact) => part.complete && vlan !== 0 && !cut.has(vlan);
  const poll = { at: now, rows, complete: part.complete && cut.size === 0, covers };
  const result = await store.transaction(async (transaction) => {
    const device = await getDevice(transaction, id);
    if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
    return writePoll(transaction, device.id, rules, poll);
  });
  const left = new Map(result.closed.map((row) => [`${row.mac} ${row.vlan}`, row]));
  const moved = result.opened.flatMap(({ mac, vlan, port }) => {
    const from = left.get(`${mac} ${vlan}`);
    return from === undefined || from.port === port ? [] : [{ mac, vlan, from: from.port, to: port }];
  });
  return { seen: result.seen, opened: result.opened.length, closed: result.closed.length, moved };
}

export interface NodeSighting {
  id: number;
  mac: string;
  port: string;
  vlan: number;
  seen_from: number;
  seen_to: number;
  open: 0 | 1;
}

export interface NodeQuery {
  port?: string | undefined;
  /** As it was then; without it, as it is. */
  at?: number | undefined;
  /** At most 100 000, which is the default. */
  limit?: number | undefined;
}

/** MAC addresses that a device sees, now or at a time, in the order of port, VLAN and address. */
export async function nodesAt(store: Store, device: number, query: NodeQuery = {}): Promise<NodeSighting[]> {
  let select = store.db
    .selectFrom("node")
    .innerJoin("device", "device.id", "node.device")
    .select(["node.id", "node.mac", "node.port", "node.vlan", "node.seen_from", "node.open"])
    .select(seenTo(store, "node", "last_macsuck_complete").as("seen_to"))
    .where("node.device", "=", device)
    .where(holdsAt("node", query.at));
  if (query.port !== undefined) select = select.where("node.port", "=", query.port);
  return select
    .orderBy("node.port")
    .orderBy("node.vlan")
    .orderBy("node.mac")
    .limit(Math.min(Math.max(query.limit ?? 100_000, 1), 100_000))
    .execute();
}
