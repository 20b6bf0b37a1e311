/**
 * Sessions of people and API clients. The store knows the hash of a session's id only, so that whoever reads the
 * database cannot use one; a session survives the daemon's restart and slides while it is used.
 */
import { randomBytes, hash as sha, timingSafeEqual } from "node:crypto";
import type { Store } from "../store/database.ts";
import {
  expireSessions,
  findSession,
  insertSession,
  removeSession,
  type SessionRow,
  touchSession,
} from "../store/session.ts";

export interface User {
  name: string;
  administrator: boolean;
}

export interface Session {
  /** SHA-256 of the id, hex. */
  hash: string;
  user: User;
  locale: string;
  /** Epoch milliseconds. */
  expires: number;
  /** What forms and htmx requests of a page carry. */
  xsrf: string;
}

export interface Visitor {
  address: string;
  userAgent: string;
  locale: string;
}

/** Milliseconds a session is trusted without asking the store again: another process may have removed its user. */
const fresh = 1000;
const mostCached = 10_000;

export function hashOf(id: string): string {
  return sha("sha256", id, "hex");
}

function xsrfOf(id: string): string {
  return sha("sha256", `xsrf ${id}`, "base64url");
}

export class Sessions {
  readonly #store: Store;
  readonly #lifetime: number;
  readonly #cache = new Map<string, { session: Session; checked: number }>();

  /** @param lifetime seconds without use until a session ends */
  constructor(store: Store, lifetime: number) {
    this.#store = store;
    this.#lifetime = lifetime * 1000;
  }

  /** A new session: always a new id, so that none that was known before the login is worth anything. */
  async open(user: User, visitor: Visitor): Promise<{ id: string; session: Session }> {
    const id = randomBytes(32).toString("base64url");
    const hash = hashOf(id);
    const now = Date.now();
    const expires = now + this.#lifetime;
    await insertSession(this.#store, {
      idHash: hash,
      user: user.name,
      created: now,
      expires,
      address: visitor.address,
      userAgent: visitor.userAgent,
      locale: visitor.locale,
    });
    return { id, session: { hash, user, locale: visitor.locale, expires, xsrf: xsrfOf(id) } };
  }

  /** @param slide false: looking at the session does not lengthen it */
  async resolve(id: string, slide = true): Promise<Session | undefined> {
    if (!/^[\w-]{43}$/.test(id)) return undefined;
    const hash = hashOf(id);
    const now = Date.now();
    const cached = this.#cache.get(hash);
    if (cached && now - cached.checked < fresh && cached.session.expires > now) return cached.session;
    const row = await findSession(this.#store, hash, now);
    if (!row) {
      this.#cache.delete(hash);
      return undefined;
    }
    const expires = slide ? now + this.#lifetime : row.expires;
    if (slide) await touchSession(this.#store, hash, now, expires);
    const session = sessionOf(row, id, expires);
    if (this.#cache.size >= mostCached) this.#cache.clear();
    if (slide) this.#cache.set(hash, { session, checked: now });
    return session;
  }

  async close(hash: string): Promise<void> {
    this.#cache.delete(hash);
    await removeSession(this.#store, hash);
  }

  /** Forgets what has expired; called now and then. */
  async expire(): Promise<string[]> {
    return expireSessions(this.#store, Date.now());
  }
}

function sessionOf(row: SessionRow, id: string, expires: number): Session {
  const user = { name: row.user, administrator: row.administrator };
  return { hash: row.idHash, user, locale: row.locale, expires, xsrf: xsrfOf(id) };
}

/** Whether `given` is the page's token or the session's id itself, which is what the model's clients send. */
export function isXsrfToken(session: Session, given: string): boolean {
  if (given === "" || given.length > 100) return false;
  return equal(given, session.xsrf) || equal(hashOf(given), session.hash);
}

function equal(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}
