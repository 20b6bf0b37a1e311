/** The change log, for those who ask over the control socket. */
import { Buffer } from "node:buffer";
import type {
  ChangeDetail,
  ChangedSide,
  ChangeFilter,
  ChangeList,
  ChangeSummary,
  ChangeValue,
} from "../console/directory/control.ts";
import { type Attributes, baseType, decodeAttributes } from "../ldap/attributes.ts";
import { Problem } from "../problem.ts";
import { diff, metadata, sameValues } from "./diff.ts";
import type { JournalEvent } from "./event.ts";
import type { Journal } from "./journal.ts";
import { uuidBytes, uuidText } from "./sighting.ts";

/** Events that a filtered page looks through, and bytes of those it shows. */
const mostLooked = 100_000;
const mostBytes = 64 * 1024 * 1024;
const mostNames = 20;
const mostValues = 100;
const longestText = 4096;
const mostText = 1_000_000;

export function changes(journal: Journal, asked: ChangeFilter & { before?: number; limit: number }): ChangeList {
  const { head, first } = journal.stats();
  const from = Math.min(asked.before ?? head + 1, head + 1);
  const until = filtered(asked) ? Math.max(from - mostLooked, first) : first;
  const found: ChangeSummary[] = [];
  let bytes = 0;
  let last = from;
  for (const seq of numbers(journal, asked, from, until)) {
    if (found.length === asked.limit || bytes > mostBytes) break;
    const event = journal.event(seq);
    if (!event) continue;
    bytes += (event.old?.length ?? 0) + (event.new?.length ?? 0);
    found.push(summary(event));
    last = seq;
  }
  const whole = found.length < asked.limit && bytes <= mostBytes;
  const next = whole ? until : last;
  return { head, first, changes: found, before: next > first ? next : null };
}

function filtered({ dn, uuid, kind, origin, from, to }: ChangeFilter): boolean {
  return [dn, uuid, kind, origin, from, to].some((value) => value !== undefined);
}

/** Newest first: those before `from`, down to `until`. */
function* numbers(
  { database }: Journal,
  { dn, uuid, kind, origin, from: since, to }: ChangeFilter,
  from: number,
  until: number,
): Generator<number> {
  const parts: string[] = [];
  const values: (string | number | Uint8Array)[] = [];
  const where = (sql: string, ...given: (string | number | Uint8Array)[]) => {
    parts.push(sql);
    values.push(...given);
  };
  if (dn !== undefined) {
    const pattern = `%${dn.replace(/[\\%_]/g, "\\$&")}%`;
    where("(old_dn LIKE ? ESCAPE '\\' OR new_dn LIKE ? ESCAPE '\\')", pattern, pattern);
  }
  if (uuid !== undefined) where("uuid = ?", uuidBytes(uuid));
  if (kind !== undefined) where("kind = ?", kind);
  if (origin !== undefined) where("origin = ?", origin);
  if (since !== undefined) where("at >= ?", since);
  if (to !== undefined) where("at <= ?", to);
  where("seq < ?", from);
  where("seq >= ?", until);
  const rows = database.prepare<{ seq: number }, typeof values>(
    `SELECT seq FROM event WHERE ${parts.join(" AND ")} ORDER BY seq DESC`,
  );
  for (const { seq } of rows.iterate(...values)) yield seq;
}

function summary(event: JournalEvent): ChangeSummary {
  const { seq, at, kind, origin, uuid, csn, oldDn, newDn, old, new: now } = event;
  // Of a creation or deletion everything would differ.
  const names = old && now ? [...diff(decodeAttributes(old), decodeAttributes(now)).keys()].sort() : [];
  return {
    ...{ seq, at, kind, origin, uuid: uuid.length === 0 ? "" : uuidText(uuid), csn, oldDn, newDn },
    ...{ differing: names.slice(0, mostNames), differs: names.length },
  };
}

/**
 * @param hidden lower-case types of which nobody sees values
 * @throws Problem `not-found`
 */
export function change(journal: Journal, seq: number, hidden: ReadonlySet<string>): ChangeDetail {
  const event = journal.event(seq);
  if (!event) throw new Problem("not-found", `the journal has no event ${seq} any more, or not yet`);
  const none: Attributes = Object.create(null);
  const old = event.old ? decodeAttributes(event.old) : none;
  const now = event.new ? decodeAttributes(event.new) : none;
  const room = { left: mostText };
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])];
  const attributes = names
    .filter((name) => !hidden.has(baseType(name)))
    .map((name) => {
      const differs = !sameValues(old[name] ?? [], now[name] ?? []);
      return { name, differs, metadata: metadata.has(baseType(name)) };
    });
  const rank = (one: { differs: boolean; metadata: boolean }) => (one.metadata ? 2 : one.differs ? 0 : 1);
  attributes.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return {
    ...summary(event),
    id: `${journal.epoch}.${seq}`,
    attributes: attributes.map((one) => ({
      ...one,
      old: side(old[one.name] ?? [], now[one.name] ?? [], room),
      new: side(now[one.name] ?? [], old[one.name] ?? [], room),
    })),
    earlier: neighbour(journal, event, "<", "DESC"),
    later: neighbour(journal, event, ">", "ASC"),
  };
}

function neighbour({ database }: Journal, { uuid, seq }: JournalEvent, sign: "<" | ">", order: "ASC" | "DESC") {
  if (uuid.length === 0) return null;
  const sql = `SELECT seq FROM event WHERE uuid = ? AND seq ${sign} ? ORDER BY seq ${order} LIMIT 1`;
  return database.prepare<{ seq: number }, [Uint8Array, number]>(sql).get(uuid, seq)?.seq ?? null;
}

function side(values: readonly Uint8Array[], others: readonly Uint8Array[], room: { left: number }): ChangedSide {
  const latin1 = (value: Uint8Array) => Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1");
  const there = new Set(others.map(latin1));
  const marked = values.map((value) => ({ value, only: !there.has(latin1(value)) }));
  const ordered = [...marked.filter(({ only }) => only), ...marked.filter(({ only }) => !only)];
  return {
    total: values.length,
    values: ordered.slice(0, mostValues).map(({ value, only }) => ({ ...shown(value, room), only })),
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const space = 0x20;
const controls = new Set([0x09, 0x0a, 0x0d]);

function shown(value: Uint8Array, room: { left: number }): Omit<ChangeValue, "only"> {
  const bytes = value.length;
  if (value.some((byte) => byte < space && !controls.has(byte))) return { text: null, bytes };
  try {
    const text = decoder.decode(value).slice(0, Math.min(longestText, room.left));
    room.left -= text.length;
    return { text, bytes };
  } catch {
    return { text: null, bytes };
  }
}
