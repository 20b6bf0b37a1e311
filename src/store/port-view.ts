/** What must be known of ports to say whether a MAC address is at home there (`placeOf` of network/edge.ts). */
import { sql } from "kysely";
import type { EdgeContext, PortNeighbour, PortView } from "../network/edge.ts";
import { idList, textList } from "./bulk.ts";
import type { LinkRow } from "./link.ts";
import { listLinks, remoteNames } from "./link-list.ts";
import { holdsAt } from "./sighting.ts";
import type { Store } from "./store.ts";

export interface PortPlace {
  device: number;
  port: string;
}

/** Evidence that says something of what is bridged; routing adjacencies, ARP's among them, do not. */
const bridged = ["lldp", "cdp", "fdb", "stp", "manual"] as const;
/** Of evidence that nobody has judged yet. */
const unjudged = 0.5;

const keyOf = ({ device, port }: PortPlace) => `${device} ${port}`;

/**
 * The ports, with their aggregates and those aggregates' members; and whose own addresses `macs` are. In seven queries,
 * however many ports.
 *
 * @param at as it was then; without it, as it is
 */
export async function edgeContext(
  store: Store,
  places: readonly PortPlace[],
  macs: readonly string[],
  at?: number,
): Promise<EdgeContext & { views: PortView[] }> {
  const owners = await ownersOf(store, macs);
  const devices = [...new Set(places.map(({ device }) => device))];
  if (devices.length === 0) return { port: () => undefined, ownerOf: (mac) => owners.get(mac), views: [] };
  const ports = await portsWanted(store, devices, places);
  const names = [...new Set([...ports.values()].map(({ port }) => port))];
  const counts = await macCounts(store, devices, names, at);
  const leads = await ownAddressesOn(store, devices, names, at);
  const links = await listLinks(store, { devices, protocols: bridged, at });
  const labels = await labelsOf(store, [
    ...devices,
    ...links.flatMap(({ device, remote_device }) => (remote_device === null ? [device] : [device, remote_device])),
    ...leads.map(({ owner }) => owner),
  ]);
  const told = neighboursOf(links, labels);
  const leadsOn = Map.groupBy(leads, keyOf);
  const views = [...ports].map(([key, { device, port, slave_of, members }]): PortView => {
    const on = leadsOn.get(key) ?? [];
    return {
      ...{ device, port, slaveOf: slave_of, members, macs: counts.get(key) ?? 0 },
      deviceLabel: labels.get(device)?.label ?? String(device),
      neighbours: told.get(key) ?? [],
      leadsTo: on.map(({ owner }) => ({
        device: owner,
        label: labels.get(owner)?.label ?? String(owner),
        sees: labels.get(owner)?.sees ?? false,
      })),
    };
  });
  const byKey = new Map(views.map((view) => [keyOf(view), view]));
  return { views, port: (device, port) => byKey.get(keyOf({ device, port })), ownerOf: (mac) => owners.get(mac) };
}

interface WantedPort extends PortPlace {
  slave_of: string;
  members: string[];
}

async function portsWanted(
  store: Store,
  devices: readonly number[],
  places: readonly PortPlace[],
): Promise<Map<string, WantedPort>> {
  const rows = await store.db
    .selectFrom("device_port")
    .select(["device", "port", "slave_of"])
    .where("device", "in", idList(store, devices))
    .where("gone", "is", null)
    .execute();
  const all = new Map(rows.map((row): [string, WantedPort] => [keyOf(row), { ...row, members: [] }]));
  for (const row of rows) {
    if (row.slave_of !== "") all.get(keyOf({ device: row.device, port: row.slave_of }))?.members.push(row.port);
  }
  const wanted = new Map<string, WantedPort>();
  for (const place of places) {
    const port = all.get(keyOf(place)) ?? { ...place, slave_of: "", members: [] };
    const master = all.get(keyOf({ device: place.device, port: port.slave_of }));
    const members = (master ?? port).members.map((name) => all.get(keyOf({ device: place.device, port: name })));
    for (const one of [port, master, ...members]) if (one !== undefined) wanted.set(keyOf(one), one);
  }
  return wanted;
}

async function macCounts(
  store: Store,
  devices: readonly number[],
  ports: readonly string[],
  at: number | undefined,
): Promise<Map<string, number>> {
  const rows = await store.db
    .selectFrom("node")
    .select(["device", "port", ({ fn }) => fn.count<number>("mac").distinct().as("macs")])
    .where("device", "in", idList(store, devices))
    .where("port", "in", textList(store, ports))
    .where(holdsAt("node", at))
    .groupBy(["device", "port"])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), row.macs]));
}

/** Devices of which an own address stands on one of these ports. */
async function ownAddressesOn(
  store: Store,
  devices: readonly number[],
  ports: readonly string[],
  at: number | undefined,
): Promise<(PortPlace & { owner: number })[]> {
  const { db } = store;
  const seen = db
    .selectFrom("node")
    .where("node.device", "in", idList(store, devices))
    .where("node.port", "in", textList(store, ports))
    .where(holdsAt("node", at));
  const byPort = seen
    .innerJoin("device_port", "device_port.mac", "node.mac")
    .innerJoin("device as owner", "owner.id", "device_port.device")
    .select(["node.device", "node.port", sql<number>`coalesce(owner.merged_into, owner.id)`.as("owner")])
    .where("device_port.gone", "is", null)
    .where("owner.deleted", "is", null)
    .distinct();
  const byBase = seen
    .innerJoin("device as owner", "owner.mac", "node.mac")
    .select(["node.device", "node.port", sql<number>`coalesce(owner.merged_into, owner.id)`.as("owner")])
    .where("owner.deleted", "is", null)
    .distinct();
  const rows = await byPort.union(byBase).execute();
  return rows.filter(({ device, owner }) => device !== owner);
}

interface Label {
  label: string;
  /** Its forwarding table has been read. */
  sees: boolean;
}

async function labelsOf(store: Store, ids: readonly number[]): Promise<Map<number, Label>> {
  const rows = await store.db
    .selectFrom("device")
    .select(["id", "ip", "name"])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom("node").select("node.id").whereRef("node.device", "=", "device.id").where("node.open", "=", 1),
      ).as("sees"),
    )
    .where("id", "in", idList(store, [...new Set(ids)]))
    .execute();
  return new Map(rows.map(({ id, ip, name, sees }) => [id, { label: name || ip, sees: Boolean(sees) }]));
}

/** What each port's own evidence says of its neighbours, and what others' says of this port; one entry a neighbour. */
function neighboursOf(links: readonly LinkRow[], labels: ReadonlyMap<number, Label>): Map<string, PortNeighbour[]> {
  const ports = new Map<string, Map<string, PortNeighbour>>();
  const add = (place: PortPlace, other: number | null, name: string, link: LinkRow, capabilities: string[]) => {
    const known = other === null ? undefined : labels.get(other);
    const who = other === null ? name : String(other);
    const neighbours = ports.get(keyOf(place)) ?? new Map<string, PortNeighbour>();
    ports.set(keyOf(place), neighbours);
    const before = neighbours.get(who);
    const confidence = link.confidence === null ? unjudged : link.confidence / 100;
    neighbours.set(who, {
      protocols: [...new Set([...(before?.protocols ?? []), link.protocol])],
      label: known?.label ?? name,
      ...(other === null ? {} : { device: other }),
      capabilities: [...new Set([...(before?.capabilities ?? []), ...capabilities])],
      confidence: Math.max(before?.confidence ?? 0, confidence),
      sees: known?.sees ?? false,
    });
  };
  const nameOf = remoteNames(links);
  for (const link of new Map(links.map((row) => [row.id, row])).values()) {
    const { device, port, remote_device, remote_device_port } = link;
    const name = nameOf(link);
    add({ device, port }, remote_device, name, link, JSON.parse(link.capabilities) as string[]);
    if (remote_device !== null && remote_device_port !== "") {
      add({ device: remote_device, port: remote_device_port }, device, "", link, []);
    }
  }
  return new Map([...ports].map(([key, neighbours]) => [key, [...neighbours.values()]]));
}

async function ownersOf(
  store: Store,
  macs: readonly string[],
): Promise<Map<string, { device: number; label: string }>> {
  if (macs.length === 0) return new Map();
  const { db } = store;
  const list = textList(store, macs);
  const port = db
    .selectFrom("device_port")
    .select(["mac", "device"])
    .where("mac", "in", list)
    .where("gone", "is", null);
  const base = db.selectFrom("device").select(["mac", "id as device"]).where("mac", "in", list);
  const rows = await db
    .selectFrom(port.union(base).as("own"))
    .innerJoin("device", "device.id", "own.device")
    .innerJoin("device as kept", (join) =>
      join.on(({ eb, ref, fn }) => eb("kept.id", "=", fn.coalesce(ref("device.merged_into"), ref("device.id")))),
    )
    .select(["own.mac", "kept.id as device", "kept.name", "kept.ip"])
    .where("kept.deleted", "is", null)
    .orderBy("kept.id", "desc")
    .execute();
  return new Map(rows.map(({ mac, device, name, ip }) => [mac ?? "", { device, label: name || ip }]));
}
