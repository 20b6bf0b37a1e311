/**
 * Links as they are stored: what each protocol says of a port's neighbours, as intervals, and which device that neighbour
 * was found to be. They are read in link-list.ts.
 */
import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import { parseAddress } from "../address.ts";
import type { NeighbourFact } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { idList, insertRows, updateRows } from "./bulk.ts";
import { getDevice } from "./device.ts";
import { appendEvents, type NetworkEvent } from "./network-event.ts";
import { cleanRow, diffRows, type Row, type RowPart, unreadOf } from "./row-diff.ts";
import type { LinkProtocol, LinkTable } from "./schema-network.ts";
import { isCurrent } from "./sighting.ts";
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
