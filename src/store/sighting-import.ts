/** Sightings that somebody else made: joined with ours, so that importing them again changes nothing. */
import { idList, insertRows, textList, updateRows } from "./bulk.ts";
import type { NetworkSchema } from "./schema-network.ts";
import type { Store } from "./store.ts";

interface Interval {
  seen_from: number;
  seen_to: number;
  open: 0 | 1;
}

type SightingTable = "node" | "node_ip" | "node_nbt";
export type ImportedNode = Interval & { device: number; mac: string; port: string; vlan: number };
export type ImportedBinding = Interval & {
  device: number;
  ip: string;
  ip_hex: string;
  mac: string;
  vrf: string;
  port: string;
  state: string;
  dns: string;
};
export type ImportedName = Interval & {
  mac: string;
  ip: string;
  ip_hex: string;
  nbname: string;
  domain: string;
  server: 0 | 1;
  nbuser: string;
};

export interface ImportedSightings {
  added: number;
  /** Joined with one that was there, which grew or ended by it. */
  changed: number;
}

/** MAC addresses that one device has seen. */
export function importNodes(store: Store, device: number, rows: readonly ImportedNode[]): Promise<ImportedSightings> {
  return store.transaction(async (inside) => {
    const kept = await inside.db.selectFrom("node").selectAll().where("device", "=", device).execute();
    const polled = await inside.db
      .selectFrom("device")
      .select("last_macsuck_complete as at")
      .where("id", "=", device)
      .executeTakeFirst();
    return join(inside, "node", kept, rows, {
      key: ({ mac, vlan, port }) => `${mac} ${vlan} ${port}`,
      place: ({ mac, vlan }) => (vlan === 0 ? undefined : `${mac} ${vlan}`),
      polled: () => polled?.at ?? 0,
    });
  });
}

/** Addresses that routers have in their tables. */
export function importBindings(store: Store, rows: readonly ImportedBinding[]): Promise<ImportedSightings> {
  return store.transaction(async (inside) => {
    const addresses = [...new Set(rows.map(({ ip_hex }) => ip_hex))];
    const kept = await inside.db
      .selectFrom("node_ip")
      .selectAll()
      .where("ip_hex", "in", textList(inside, addresses))
      .execute();
    const devices = [...new Set(rows.map(({ device }) => device))];
    const clocks = await inside.db
      .selectFrom("device")
      .select(["id", "last_arpnip_complete as at"])
      .where("id", "in", idList(inside, devices))
      .execute();
    const polled = new Map(clocks.map(({ id, at }) => [id, at ?? 0]));
    return join(inside, "node_ip", kept, rows, {
      key: ({ device, vrf, ip_hex, mac }) => `${device} ${vrf} ${ip_hex} ${mac}`,
      place: ({ device, vrf, ip_hex }) => `${device} ${vrf} ${ip_hex}`,
      polled: ({ device }) => polled.get(device) ?? 0,
    });
  });
}

/** NetBIOS names of hosts. */
export function importNames(store: Store, rows: readonly ImportedName[]): Promise<ImportedSightings> {
  return store.transaction(async (inside) => {
    const macs = [...new Set(rows.map(({ mac }) => mac))];
    const kept = await inside.db
      .selectFrom("node_nbt")
      .selectAll()
      .where("mac", "in", textList(inside, macs))
      .execute();
    return join(inside, "node_nbt", kept, rows, {
      key: ({ mac, ip_hex, nbname, domain, nbuser, server }) => [mac, ip_hex, nbname, domain, nbuser, server].join(" "),
      place: ({ mac }) => mac,
      polled: () => 0,
    });
  });
}

interface Joining<Row> {
  key(row: Row): string;
  /** What can be in one place at a time only. */
  place(row: Row): string | undefined;
  /** When we ourselves asked to the end: what is open and older was not there any more. */
  polled(row: Row): number;
}

async function join<Row extends Interval>(
  store: Store,
  table: SightingTable,
  kept: readonly (Interval & { id: number })[],
  rows: readonly Row[],
  rules: Joining<Row>,
): Promise<ImportedSightings> {
  type Held = Row & { id?: number; changed?: boolean };
  const byKey = new Map<string, Held[]>();
  const open = new Map<string, Held>();
  const hold = (row: Held) => {
    const key = rules.key(row);
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
    const place = rules.place(row);
    if (row.open === 1 && place !== undefined) open.set(place, row);
  };
  for (const row of kept) hold({ ...(row as unknown as Held) });
  const added: Held[] = [];
  // The latest first: of several that claim to be open in one place it is the one.
  for (const row of [...rows].sort((a, b) => b.seen_to - a.seen_to)) {
    const held = byKey.get(rules.key(row)) ?? [];
    const same = held.find((old) => old.seen_from <= row.seen_to && row.seen_from <= old.seen_to);
    const rival = open.get(rules.place(row) ?? "");
    const ended =
      rules.polled(row) > row.seen_to ||
      (rival !== undefined && rival !== same) ||
      held.some((old) => old !== same && old.open === 1);
    const openNow: 0 | 1 = ended ? 0 : row.open;
    if (same === undefined) {
      const one = { ...row, open: openNow };
      added.push(one);
      hold(one);
      continue;
    }
    const later = row.seen_to > same.seen_to;
    const state = later ? openNow : row.seen_to === same.seen_to && row.open === 0 ? 0 : same.open;
    const [from, to] = [Math.min(same.seen_from, row.seen_from), Math.max(same.seen_to, row.seen_to)];
    if (from === same.seen_from && to === same.seen_to && state === same.open) continue;
    Object.assign(same, { seen_from: from, seen_to: to, open: state, changed: true });
  }
  // What ends first, or an index would see two open at a time.
  const changed = [...byKey.values()].flat().filter((row) => row.changed && row.id !== undefined);
  for (const state of [0, 1]) {
    const some = changed.filter((row) => row.open === state);
    await updateRows(
      store,
      table,
      some.map(({ id = 0, seen_from, seen_to, open: one }) => ({ id, seen_from, seen_to, open: one })),
    );
  }
  const fresh = added.map(({ changed: _, ...row }) => row);
  await insertRows(store, table as keyof NetworkSchema, fresh as never[]);
  return { added: added.length, changed: changed.length };
}
