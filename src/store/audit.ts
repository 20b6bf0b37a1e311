/** Who did what: rows are added and never changed. */
import { redact } from "../log.ts";
import type { Store } from "./database.ts";
import { cleanText } from "./text.ts";

export type AuditOutcome = "ok" | "refused" | "failed";

export interface AuditEntry {
  /** Epoch milliseconds. */
  time: number;
  /** Name, known or as it was tried; "" when nobody is logged in. */
  user: string;
  address: string;
  /** First characters of the session's hash. */
  session: string;
  /** `login`, or the path of a command. */
  action: string;
  /** What it was done to. */
  subject: string;
  /** Anything JSON can hold. Values whose key tells a secret are not kept; what is too long is cut. */
  detail?: unknown;
  outcome: AuditOutcome;
  /** UMCP or HTTP status; 0 when there is none. */
  status: number;
}

export interface AuditRow extends AuditEntry {
  /** Grows with time. */
  id: number;
}

export interface AuditQuery {
  /** At most 1000; 100 when absent. */
  limit?: number | undefined;
  /** Only rows older than the one with this id: the next page. */
  before?: number | undefined;
  user?: string | undefined;
  action?: string | undefined;
}

const longestDetail = 8192;

export async function appendAudit(store: Store, entry: AuditEntry): Promise<void> {
  await store.db
    .insertInto("audit")
    .values({
      time: entry.time,
      user: cleanText(entry.user, 128),
      address: cleanText(entry.address, 64),
      session: cleanText(entry.session, 64),
      action: cleanText(entry.action, 128),
      subject: cleanText(entry.subject, 256),
      detail: detailText(entry.detail),
      outcome: entry.outcome,
      status: Math.trunc(entry.status),
    })
    .execute();
}

function detailText(detail: unknown): string {
  // A function, say, has no JSON at all.
  const text: string = JSON.stringify(redact(detail)) ?? "null";
  return text.length <= longestDetail ? text : JSON.stringify({ cut: text.slice(0, longestDetail / 2).toWellFormed() });
}

/** Newest first. */
export async function listAudit(store: Store, query: AuditQuery = {}): Promise<AuditRow[]> {
  let select = store.db.selectFrom("audit").selectAll();
  if (query.before !== undefined) select = select.where("id", "<", query.before);
  if (query.user !== undefined) select = select.where("user", "=", cleanText(query.user, 128));
  if (query.action !== undefined) select = select.where("action", "=", cleanText(query.action, 128));
  const limit = Math.min(Math.max(query.limit ?? 100, 1), 1000);
  const rows = await select.orderBy("id", "desc").limit(limit).execute();
  return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as unknown }));
}
