/** Who somebody is: name and password against the store, slowed per user and per address. */
import { randomBytes } from "node:crypto";
import { Problem } from "../problem.ts";
import { appendAudit } from "../store/audit.ts";
import type { Store } from "../store/database.ts";
import { beginTry, clearFailures } from "../store/login-failure.ts";
import { removeSessionsOf } from "../store/session.ts";
import { findUser, setPassword } from "../store/user.ts";
import { hashPassword, verifyPassword } from "../system/password.ts";
import { Gate } from "./gate.ts";
import type { User } from "./session.ts";

/**
 * Verifying takes 19 MiB and some 20 ms on purpose: so many at a time, the rest waits or is refused. Fewer than the free
 * failures, for a try counts as one until it has proved right.
 */
const atOnce = 2;
const mostWaiting = 32;
const longestPassword = 1024;
const longestName = 64;
/** Rows in the audit table about throttled tries in a minute: who hammers at the door shall not fill the disk with it. */
const mostThrottledRows = 20;

export class Logins {
  readonly #store: Store;
  readonly #gate = new Gate(atOnce, mostWaiting);
  // Checked when the name is unknown, so that the time tells nothing about which names exist.
  #decoy: Promise<string> | undefined;
  readonly #endSession: (hash: string) => Promise<void>;
  #minute = 0;
  #throttledRows = 0;

  /** @param endSession told each session that a new password has ended */
  constructor(store: Store, endSession: (hash: string) => Promise<void>) {
    this.#store = store;
    this.#endSession = endSession;
  }

  /**
   * @param newPassword set once the old one has proved right
   * @throws Problem `auth-failed`; `throttled`; `bad-options` for a new password that is none
   */
  async login(name: string, password: string, address: string, newPassword?: string): Promise<User> {
    // Before anything else, or the answer would tell whether the old one is right, and leave no trace.
    if (newPassword !== undefined) checkNewPassword(newPassword);
    const known = name.slice(0, longestName);
    const keys = [`user:${known.toLowerCase()}`, `address:${address}`];
    const user = await this.#gate.run(async () => {
      const wait = Math.ceil(await beginTry(this.#store, keys, Date.now()));
      if (wait > 0) {
        await this.#noteThrottled(known, address);
        throw new Problem("throttled", "too many failed logins", { retryAfter: wait });
      }
      const found = await findUser(this.#store, known);
      this.#decoy ??= hashPassword(randomBytes(16).toString("hex"));
      const hash = found && !found.disabled ? found.password : await this.#decoy;
      const fits = password.length <= longestPassword && (await verifyPassword(password, hash));
      return fits && found && !found.disabled && name.length <= longestName ? found : undefined;
    });
    if (!user) {
      await this.#note("login", known, address, "refused", 401);
      throw new Problem("auth-failed", "user name or password is wrong", { detail: {} });
    }
    for (const key of keys) await clearFailures(this.#store, key);
    if (newPassword !== undefined) {
      await setPassword(this.#store, user.name, await hashPassword(newPassword));
      await this.#note("password", user.name, address, "ok", 200);
      await Promise.all((await removeSessionsOf(this.#store, user.name)).map(this.#endSession));
    }
    await this.#note("login", user.name, address, "ok", 200);
    return { name: user.name, administrator: user.administrator };
  }

  async #noteThrottled(user: string, address: string): Promise<void> {
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.#minute) this.#throttledRows = 0;
    this.#minute = minute;
    if (this.#throttledRows++ < mostThrottledRows) await this.#note("login", user, address, "refused", 429);
  }

  async #note(
    action: "login" | "password",
    user: string,
    address: string,
    outcome: "ok" | "refused",
    status: number,
  ): Promise<void> {
    await appendAudit(this.#store, {
      time: Date.now(),
      user,
      address,
      session: "",
      action,
      subject: "",
      outcome,
      status,
    });
  }
}

/** @throws Problem `bad-options` */
export function checkNewPassword(password: string): void {
  if (password.length < 8) throw new Problem("bad-options", "a password has at least 8 characters");
  if (password.length > longestPassword)
    throw new Problem("bad-options", `a password has at most ${longestPassword} characters`);
}
