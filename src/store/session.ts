/** Sessions of logged-in users, so that they survive a restart of the daemon. Ids come here as hashes only. */
import type { Store } from "./database.ts";
import { cleanText } from "./text.ts";

export interface NewSession {
  /** SHA-256 of the id in hex. */
  idHash: string;
  user: string;
  /** Epoch milliseconds. */
  created: number;
  expires: number;
  address: string;
  userAgent: string;
  locale: string;
}

export interface SessionSummary extends NewSession {
  lastSeen: number;
}

/** A live session with what its user may do now. */
export interface SessionRow extends SessionSummary {
  administrator: boolean;
}

/** How rarely a session that is used is written, milliseconds. */
const touchInterval = 60_000;

const columns = [
  "session.id_hash as idHash",
  "session.user as user",
  "session.created as created",
  "session.last_seen as lastSeen",
  "session.expires as expires",
  "session.address as address",
  "session.user_agent as userAgent",
  "session.locale as locale",
] as const;

/** Throws `conflict` when the user is not (or no longer) in the store. */
export async function insertSession(store: Store, session: NewSession): Promise<void> {
  await store.db
    .insertInto("session")
    .values({
      id_hash: session.idHash,
      user: session.user,
      created: session.created,
      last_seen: session.created,
      expires: session.expires,
      address: session.address,
      user_agent: cleanText(session.userAgent, 512),
      locale: cleanText(session.locale, 64),
    })
    .execute();
}

/** The session, unless it has expired or its user is disabled. */
export async function findSession(store: Store, idHash: string, now: number): Promise<SessionRow | undefined> {
  const row = await store.db
    .selectFrom("session")
    .innerJoin("user", "user.name", "session.user")
    .select([...columns, "user.administrator as administrator"])
    .where("session.id_hash", "=", idHash)
    .where("session.expires", ">", now)
    .where("user.disabled", "=", 0)
    .executeTakeFirst();
  return row && { ...row, administrator: row.administrator === 1 };
}

/**
 * Moves the end of a session that is in use; writes at most once a minute, and never revives one that was removed or
 * has expired.
 */
export async function touchSession(store: Store, idHash: string, now: number, expires: number): Promise<void> {
  await store.db
    .updateTable("session")
    .set({ last_seen: now, expires })
    .where("id_hash", "=", idHash)
    .where("expires", ">", now)
    .where("last_seen", "<=", now - touchInterval)
    .execute();
}

/** False when there was none. */
export async function removeSession(store: Store, idHash: string): Promise<boolean> {
  const result = await store.db.deleteFrom("session").where("id_hash", "=", idHash).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Ends every session of a user but `exceptHash`, and gives the hashes of those that ended. */
export async function removeSessionsOf(store: Store, user: string, exceptHash?: string): Promise<string[]> {
  let query = store.db.deleteFrom("session").where("user", "=", user.toLowerCase());
  if (exceptHash !== undefined) query = query.where("id_hash", "!=", exceptHash);
  const rows = await query.returning("id_hash").execute();
  return rows.map((row) => row.id_hash);
}

/** Sessions that live at `now`, most recently used first; of one user, or of all. */
export async function listSessions(store: Store, now: number, user?: string): Promise<SessionSummary[]> {
  let query = store.db.selectFrom("session").select(columns).where("expires", ">", now);
  if (user !== undefined) query = query.where("user", "=", user.toLowerCase());
  return query.orderBy("last_seen", "desc").orderBy("id_hash").limit(10_000).execute();
}

/** Removes what has expired and gives the hashes, so that modules of those sessions can end. */
export async function expireSessions(store: Store, now: number): Promise<string[]> {
  const rows = await store.db.deleteFrom("session").where("expires", "<=", now).returning("id_hash").execute();
  return rows.map((row) => row.id_hash);
}
