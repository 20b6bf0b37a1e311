/** Links read: as they are or were, of whom, and towards whom. */
import { sql } from "kysely";
import { idList, textList } from "./bulk.ts";
import { escaped } from "./device.ts";
import type { LinkRow } from "./link.ts";
import type { LinkProtocol } from "./schema-network.ts";
import { holdsAt } from "./sighting.ts";
import type { Store } from "./store.ts";

/**
 * What a link's other end is called: spanning tree knows no names, but another witness on the same port may call the same
 * id by one.
 */
export function remoteNames(links: readonly LinkRow[]): (link: LinkRow) => string {
  const key = ({ device, port, remote_id }: LinkRow) => `${device} ${port} ${remote_id}`;
  const names = new Map<string, string>();
  for (const link of links) if (link.remote_id && link.remote_name) names.set(key(link), link.remote_name);
  return (link) => link.remote_name || names.get(key(link)) || link.remote_id || link.remote_ip;
}

export interface LinkQuery {
  /** Links of this device: its own evidence, and that of others which leads to it. */
  device?: number | undefined;
  /** The same for several devices at once. */
  devices?: readonly number[] | undefined;
  port?: string | undefined;
  protocols?: readonly LinkProtocol[] | undefined;
  /** As it was then; without it, as it is. */
  at?: number | undefined;
}

/** Links as they are or were, in the order of device and port. */
export async function listLinks(store: Store, query: LinkQuery = {}): Promise<LinkRow[]> {
  let select = store.db.selectFrom("link").selectAll().where(holdsAt("link", query.at));
  const { device, port } = query;
  if (device !== undefined) {
    select = select.where(({ or, and, eb }) =>
      or([
        and([eb("device", "=", device), ...(port === undefined ? [] : [eb("port", "=", port)])]),
        and([eb("remote_device", "=", device), ...(port === undefined ? [] : [eb("remote_device_port", "=", port)])]),
      ]),
    );
  }
  if (query.devices !== undefined) {
    const among = idList(store, query.devices);
    select = select.where(({ or, eb }) => or([eb("device", "in", among), eb("remote_device", "in", among)]));
  }
  if (query.protocols !== undefined) select = select.where("protocol", "in", [...query.protocols]);
  return select.orderBy("device").orderBy("port").orderBy("id").execute();
}

/** The links of a device as they are, or were at a time: its own evidence and that of others which leads to it. */
export function linksAt(store: Store, device: number, at?: number): Promise<LinkRow[]> {
  return listLinks(store, { device, at });
}

/** What a device itself says of a port (of all its ports) now. */
export async function openLinksOf(store: Store, device: number, port?: string): Promise<LinkRow[]> {
  let query = store.db.selectFrom("link").selectAll().where("device", "=", device).where("open", "=", 1);
  if (port !== undefined) query = query.where("port", "=", port);
  return query.orderBy("port").orderBy("id").execute();
}

/** What other devices' open links may call this one by. */
export interface SaidOf {
  addresses: readonly string[];
  /** Chassis ids, MAC addresses of the device and its ports. */
  ids: readonly string[];
  names: readonly string[];
}

/** Open links of other devices that lead, or may lead, to this one. */
export async function linksTowards(store: Store, device: number, said: SaidOf): Promise<LinkRow[]> {
  const words = [...new Set([...said.ids, ...said.addresses, ...said.names])];
  const among = textList(store, words.length > 0 ? words : [""]);
  const rows = await store.db
    .selectFrom("link")
    .selectAll()
    .where("open", "=", 1)
    .where("device", "!=", device)
    .where(({ or, eb }) =>
      or([
        eb("remote_device", "=", device),
        eb("remote_ip", "in", among),
        eb("remote_id", "in", among),
        eb("remote_port", "in", among),
        eb("remote_name", "in", among),
        ...said.names.flatMap((name) => [
          begins("remote_name", name, "."),
          ...["", "."].map((after) => begins("remote_id", name, after)),
          // CDP's NAME(SERIAL).
          begins("remote_id", name, "("),
        ]),
      ]),
    )
    .orderBy("id")
    .execute();
  return rows.filter(({ remote_device, confidence }) => remote_device !== device || confidence !== 100);
}

/** Without regard to case: the name and what stands after it at the beginning; the name alone without that. */
function begins(column: "remote_name" | "remote_id", name: string, after: string) {
  const wanted = name.toLowerCase();
  const lower = sql`lower(${sql.ref(column)})`;
  if (after === "") return sql<boolean>`${lower} = ${wanted}`;
  return sql<boolean>`${lower} like ${`${escaped(wanted)}${after}%`} escape '\\'`;
}
