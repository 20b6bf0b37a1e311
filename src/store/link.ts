/** Links: what each protocol says of a port's neighbours, as intervals, and which device that neighbour was found to be. */
import { createHash } from "node:crypto";
import { type Selectable, sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { NeighbourFact } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { idList, insertRows, textList, updateRows } from "./bulk.ts";
import { escaped, getDevice } from "./device.ts";
import { appendEvents, type NetworkEvent } from "./network-event.ts";
import { cleanRow, diffRows, type Row, type RowPart, unreadOf } from "./row-diff.ts";
import type { LinkProtocol, LinkTable } from "./schema-network.ts";
import { holdsAt, isCurrent } from "./sighting.ts";
import type { Store } from "./store.ts";

export type LinkRow = Selectable<LinkTable>;

/** A neighbour as a protocol tells of it, or as we concluded it (FDB, STP, ARP) or were told (manual). */
export type LinkEvidence = Pick<NeighbourFact, "local_port"> &
  Partial<Omit<NeighbourFact, "protocol" | "local_port">> & { resolution?: Omit<Resolution, "id"> | undefined };

/** Which device a link leads to. */
export interface Resolution {
  /** Of the link's row. */
  id: number;
  remote_device: number | null;
  /** That device's `port`; "" where unknown. */
  remote_device_port: string;
  /** Hundredths, 0 to 100; null where nobody can say. */
  confidence: number | null;
  reason: string;
}

const said = [
  ...["remote_ip", "remote_port", "remote_port_descr", "remote_id", "remote_id_kind", "remote_name", "remote_type"],
  ...["capabilities", "remote_vendor", "remote_model", "remote_os_ver", "remote_serial"],
];
const resolved = ["remote_device", "remote_device_port", "confidence", "reason"];

/**
 * What makes it the same neighbour at the next poll: who it is and by which port, not what it is called or runs. Routing
 * protocols know neighbours by address.
 */
function remoteKey(protocol: LinkProtocol, row: Row): string {
  const key = remoteIdentity(protocol, row);
  // It stands in an index; who writes more than that into an announcement is told from others all the same.
  return key.length <= 500 ? key : createHash("sha256").update(key).digest("hex");
}

function remoteIdentity(protocol: LinkProtocol, row: Row): string {
  const { remote_id, remote_port, remote_ip, remote_name } = row;
  if (protocol === "ospf" || protocol === "bgp") return JSON.stringify([remote_id, remote_ip]);
  return JSON.stringify(remote_id === "" ? [remote_ip, remote_name, remote_port] : [remote_id, remote_port]);
}

/**
 * Stores what one protocol says of a device's neighbours and gives what changed. Links that a complete part no longer
 * has end.
 * @throws Problem `not-found`
 */
export async function saveLinks(
  store: Store,
  id: number,
  protocol: LinkProtocol,
  part: RowPart<LinkEvidence>,
  now: number,
): Promise<NetworkEvent[]> {
  return store.transaction(async (transaction) => {
    const device = await getDevice(transaction, id);
    if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
    const events = await writeLinks(transaction, device.id, protocol, part, now);
    await appendEvents(transaction, events);
    return events;
  });
}

/** The same within a transaction, for who appends the events himself. */
export async function writeLinks(
  store: Store,
  device: number,
  protocol: LinkProtocol,
  part: RowPart<LinkEvidence>,
  now: number,
): Promise<NetworkEvent[]> {
  const kept = await store.db
    .selectFrom("link")
    .selectAll()
    .where("device", "=", device)
    .where("protocol", "=", protocol)
    .where("open", "=", 1)
    .execute();
  const read = part.rows.map((evidence) => linkRow(protocol, evidence));
  const diff = diffRows(kept as (Row & LinkRow)[], read, ["port", "remote_key"], said, unreadOf(part, said));
  const events: NetworkEvent[] = [];
  const tell = (kind: "link-new" | "link-gone", row: Row) => {
    const names = ["remote_id", "remote_port", "remote_ip", "remote_name"];
    const word = (value: unknown): [unknown, unknown] => (kind === "link-new" ? [null, value] : [value, null]);
    const changes = Object.fromEntries([["protocol", word(protocol)], ...names.map((name) => [name, word(row[name])])]);
    events.push({ at: now, device, port: String(row.port), kind, changes });
  };

  const unjudged = { remote_device: null, remote_device_port: "", confidence: null, reason: "" };
  const added = diff.added.map((row) => ({
    device,
    protocol,
    ...unjudged,
    ...row,
    seen_from: now,
    seen_to: now,
    open: 1,
  }));
  await insertRows(store, "link", added as never[]);
  for (const row of added) tell("link-new", row);

  const seen = diff.seen.filter(({ before }) => isCurrent(now, before.seen_to));
  await updateRows(
    store,
    "link",
    seen.map(({ before, after }) => ({
      id: before.id,
      ...Object.fromEntries(said.map((name) => [name, after[name]])),
      // A judgement stands until the next one.
      ...Object.fromEntries(resolved.map((name) => [name, after[name] === undefined ? before[name] : after[name]])),
      seen_to: now,
    })),
  );
  if (part.complete) {
    const gone = diff.unseen.filter((row) => isCurrent(now, row.seen_to));
    await updateRows(
      store,
      "link",
      gone.map(({ id }) => ({ id, open: 0 })),
    );
    for (const row of gone) tell("link-gone", row);
  }
  return events;
}

function linkRow(protocol: LinkProtocol, { resolution, ...evidence }: LinkEvidence): Row {
  const empty = Object.fromEntries(said.map((name) => [name, name === "capabilities" ? "[]" : ""]));
  const { local_port, ...rest } = cleanRow({ ...empty, remote_id_kind: "text", ...given(evidence) });
  const remote_ip = parseAddress(String(rest.remote_ip))?.ip ?? "";
  const row: Row = { ...rest, port: local_port, remote_ip };
  delete row.protocol;
  row.remote_key = remoteKey(protocol, row);
  if (resolution !== undefined) Object.assign(row, judgement(resolution));
  return row;
}

function judgement({ remote_device, remote_device_port, confidence, reason }: Omit<Resolution, "id">): Row {
  const hundredths = confidence === null ? null : Math.round(Math.min(Math.max(confidence, 0), 100));
  return cleanRow({ remote_device, remote_device_port, confidence: hundredths, reason });
}

function given(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}

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

/** Writes judgements. Those of rows that are gone do nothing. */
export async function resolveLinks(store: Store, resolutions: readonly Resolution[]): Promise<void> {
  if (resolutions.length === 0) return;
  const rows = resolutions.map((resolution) => ({ id: resolution.id, ...judgement(resolution) }));
  await store.transaction(async (transaction) => {
    if (store.kind === "postgres") {
      // Discovers of neighbours judge the same links at the same time: in one order, none waits for the other in a ring.
      const among = idList(
        store,
        rows.map(({ id }) => id),
      );
      await transaction.db.selectFrom("link").select("id").where("id", "in", among).orderBy("id").forUpdate().execute();
    }
    await updateRows(transaction, "link", rows);
  });
}

/** A link that a person knows of. It stays until that person takes it away. */
export async function addManualLink(
  store: Store,
  ends: { device: number; port: string; remote_device: number; remote_port: string },
  now: number,
): Promise<void> {
  const [device, remote] = [await getDevice(store, ends.device), await getDevice(store, ends.remote_device)];
  if (device === undefined || remote === undefined)
    throw new Problem("not-found", "one of the two devices is not there");
  const evidence: LinkEvidence = {
    ...{ local_port: ends.port, remote_ip: remote.ip, remote_port: ends.remote_port, remote_name: remote.name },
    resolution: {
      remote_device: remote.id,
      remote_device_port: ends.remote_port,
      ...{ confidence: 100, reason: "entered by hand" },
    },
  };
  await saveLinks(store, device.id, "manual", { rows: [evidence], complete: false }, now);
}

/** Ends a link entered by hand; false when there was none. */
export async function removeManualLink(store: Store, device: number, port: string, now: number): Promise<boolean> {
  return store.transaction(async (transaction) => {
    const rows = await openLinksOf(transaction, device, port);
    const manual = rows.filter((row) => row.protocol === "manual");
    await updateRows(
      transaction,
      "link",
      manual.map(({ id }) => ({ id, open: 0, seen_to: now })),
    );
    await appendEvents(
      transaction,
      manual.map((row) => ({
        ...{ at: now, device, port, kind: "link-gone" as const },
        changes: { protocol: ["manual", null], remote_ip: [row.remote_ip, null], remote_port: [row.remote_port, null] },
      })),
    );
    return manual.length > 0;
  });
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
