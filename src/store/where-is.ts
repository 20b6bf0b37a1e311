/** "Where is it?": everything known of a MAC address, an IP address or a name, now or at another time. */
import { sql } from "kysely";
import { parseAddress, parseMac } from "../address.ts";
import type { EdgeContext, Sighting } from "../network/edge.ts";
import { Problem } from "../problem.ts";
import { textList } from "./bulk.ts";
import { escaped, findDevice } from "./device.ts";
import { edgeContext } from "./port-view.ts";
import { holdsAt, seenTo } from "./sighting.ts";
import type { Store } from "./store.ts";
import { cleanText } from "./text.ts";

export interface WhereQuery {
  mac?: string | undefined;
  ip?: string | undefined;
  /** DNS name (whole, or up to a dot), NetBIOS name, or an inventoried machine's. */
  name?: string | undefined;
}

export interface PlacedSighting extends Sighting {
  /** Of the switch. */
  deviceIp: string;
  deviceName: string;
}

export interface WhereBinding {
  ip: string;
  mac: string;
  vrf: string;
  /** The router that says so. */
  device: number;
  deviceIp: string;
  deviceName: string;
  port: string;
  state: string;
  dns: string;
  seen_from: number;
  seen_to: number;
  open: boolean;
}

export interface WhereName {
  mac: string;
  ip: string;
  nbname: string;
  domain: string;
  nbuser: string;
  seen_from: number;
  seen_to: number;
  open: boolean;
}

/** A machine that its agent has inventoried. */
export interface WhereHost {
  id: number;
  name: string;
  interface: string;
  mac: string | null;
  ip: string | null;
}

export interface WhereIs {
  macs: string[];
  /** Newest first; each to be judged by `placeOf` with `context`. */
  sightings: PlacedSighting[];
  bindings: WhereBinding[];
  names: WhereName[];
  hosts: WhereHost[];
  /** The network device that is called so or has that address. */
  device?: { id: number; ip: string; name: string } | undefined;
  context: EdgeContext;
  /** There is more than was fetched. */
  cut: boolean;
}

/** Sightings and bindings of one answer. */
const most = 2000;
const mostMacs = 200;

/**
 * @param at as it was then; without it, all that is on record, with what is open as such
 * @throws Problem `bad-options` when nothing, or what is no address, is asked for
 */
export async function whereIs(store: Store, query: WhereQuery, at?: number): Promise<WhereIs> {
  const { macs, device, cut } = await wanted(store, query, at);
  const list = textList(store, macs);
  const kept = sql<number>`coalesce(device.merged_into, device.id)`;
  let nodes = store.db
    .selectFrom("node")
    .innerJoin("device", "device.id", "node.device")
    .innerJoin("device as kept", (join) => join.on("kept.id", "=", kept))
    .select(["node.mac", "kept.id as device", "node.port", "node.vlan", "node.seen_from", "node.open"])
    .select(["kept.ip as deviceIp", "kept.name as deviceName"])
    .select(seenTo(store, "node", "last_macsuck_complete").as("seen_to"))
    .where("node.mac", "in", list);
  let ips = store.db
    .selectFrom("node_ip")
    .innerJoin("device", "device.id", "node_ip.device")
    .innerJoin("device as kept", (join) => join.on("kept.id", "=", kept))
    .select(["node_ip.ip", "node_ip.mac", "node_ip.vrf", "kept.id as device", "node_ip.port", "node_ip.state"])
    .select(["node_ip.dns", "node_ip.seen_from", "node_ip.open", "kept.ip as deviceIp", "kept.name as deviceName"])
    .select(seenTo(store, "node_ip", "last_arpnip_complete").as("seen_to"))
    .where("node_ip.mac", "in", list);
  let names = store.db.selectFrom("node_nbt").selectAll().where("mac", "in", list);
  if (at !== undefined) {
    nodes = nodes.where(holdsAt("node", at));
    ips = ips.where(holdsAt("node_ip", at));
    names = names.where(holdsAt("node_nbt", at));
  }
  const sightings = await nodes
    .orderBy("node.open", "desc")
    .orderBy("seen_to", "desc")
    .orderBy("node.id")
    .limit(most)
    .execute();
  const bindings = await ips
    .orderBy("node_ip.open", "desc")
    .orderBy("seen_to", "desc")
    .orderBy("node_ip.id")
    .limit(most)
    .execute();
  const nbt = await names.orderBy("open", "desc").orderBy("seen_to", "desc").limit(most).execute();
  const truth = <Row extends { open: 0 | 1 }>(rows: Row[]) => rows.map((row) => ({ ...row, open: row.open === 1 }));
  return {
    macs,
    sightings: truth(sightings),
    bindings: truth(bindings),
    names: truth(nbt).map(({ mac, ip, nbname, domain, nbuser, seen_from, seen_to, open }) => ({
      ...{ mac, ip, nbname, domain, nbuser, seen_from, seen_to, open },
    })),
    hosts: await hostsOf(store, macs, query),
    device,
    context: await edgeContext(store, sightings, macs, at),
    cut: cut || sightings.length === most || bindings.length === most,
  };
}

async function wanted(
  store: Store,
  { mac, ip, name }: WhereQuery,
  at: number | undefined,
): Promise<{ macs: string[]; device: WhereIs["device"]; cut: boolean }> {
  if (mac !== undefined) {
    const parsed = parseMac(mac);
    if (parsed === undefined) throw new Problem("bad-options", `${mac} is no MAC address`);
    return { macs: [parsed], device: await ownerOf(store, parsed), cut: false };
  }
  const word = cleanText(ip ?? name ?? "", 255).trim();
  if (word === "") throw new Problem("bad-options", "a MAC address, an IP address or a name is wanted");
  const macs = ip === undefined ? await macsOfName(store, word, at) : await macsOfAddress(store, word, at);
  const found = await findDevice(store, word);
  const device = found && { id: found.id, ip: found.ip, name: found.name };
  if (found?.mac) macs.push(found.mac);
  const all = [...new Set(macs)];
  return { macs: all.slice(0, mostMacs), device, cut: all.length > mostMacs };
}

async function ownerOf(store: Store, mac: string): Promise<WhereIs["device"]> {
  const { ownerOf: owner } = await edgeContext(store, [], [mac]);
  const found = owner(mac);
  const device = found && (await findDevice(store, found.device));
  return device && { id: device.id, ip: device.ip, name: device.name };
}

type MacQuery = { execute(): Promise<{ mac: string | null }[]> };

async function collect(queries: readonly MacQuery[]): Promise<string[]> {
  const macs: string[] = [];
  for (const query of queries) for (const { mac } of await query.execute()) if (mac !== null) macs.push(mac);
  return macs;
}

async function macsOfAddress(store: Store, ip: string, at: number | undefined): Promise<string[]> {
  const address = parseAddress(ip);
  if (address === undefined) throw new Problem("bad-options", `${ip} is no IP address`);
  const { db } = store;
  let bound = db.selectFrom("node_ip").select("mac").where("ip_hex", "=", address.ipHex);
  if (at !== undefined) bound = bound.where(holdsAt("node_ip", at));
  return collect([
    bound.orderBy("open", "desc").orderBy("seen_to", "desc").limit(most),
    db
      .selectFrom("node_nbt")
      .select("mac")
      .where("ip_hex", "=", address.ipHex)
      .where(holdsAt("node_nbt", at))
      .limit(most),
    db.selectFrom("host_address").select("mac").where("ip_hex", "=", address.ipHex).limit(most),
  ]);
}

async function macsOfName(store: Store, name: string, at: number | undefined): Promise<string[]> {
  const { db } = store;
  const lower = name.toLowerCase().replace(/\.$/, "");
  const within = `${escaped(lower)}.%`;
  let named = db
    .selectFrom("node_ip")
    .select("mac")
    .where(sql<boolean>`(dns = ${lower} or dns like ${within} escape '\\')`);
  if (at !== undefined) named = named.where(holdsAt("node_ip", at));
  return collect([
    named.orderBy("open", "desc").orderBy("seen_to", "desc").limit(most),
    db.selectFrom("node_nbt").select("mac").where("nbname", "in", [name, name.toUpperCase()]).limit(most),
    db
      .selectFrom("host_address")
      .innerJoin("host", "host.id", "host_address.host_id")
      .select("host_address.mac")
      .where(sql<boolean>`(lower(host.name) = ${lower} or lower(host.name) like ${within} escape '\\')`)
      .limit(most),
  ]);
}

/** Machines with one of these MAC addresses, or of that name or address themselves. */
async function hostsOf(store: Store, macs: readonly string[], { ip, name }: WhereQuery): Promise<WhereHost[]> {
  const hex = ip === undefined ? undefined : parseAddress(ip)?.ipHex;
  const lower = cleanText(name ?? "", 255).toLowerCase();
  return store.db
    .selectFrom("host_address")
    .innerJoin("host", "host.id", "host_address.host_id")
    .select(["host.id", "host.name", "host_address.interface", "host_address.mac", "host_address.ip"])
    .where(({ or, eb }) =>
      or([
        eb("host_address.mac", "in", textList(store, macs)),
        ...(hex === undefined ? [] : [eb("host_address.ip_hex", "=", hex)]),
        ...(lower === "" ? [] : [sql<boolean>`lower(host.name) = ${lower}`]),
      ]),
    )
    .orderBy("host.id")
    .orderBy("host_address.position")
    .limit(most)
    .execute();
}
