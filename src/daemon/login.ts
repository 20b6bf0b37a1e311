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

export class Logins {
  readonly #store: Store;
  readonly #gate = new Gate(atOnce, mostWaiting);
  // Checked when the name is unknown, so that the time tells nothing about which names exist.
  #decoy: Promise<string> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @param newPassword set once the old one has proved right
   * @throws Problem `auth-failed`; `throttled`
   */
  async login(name: string, password: string, address: string, newPassword?: string): Promise<User> {
    const known = name.slice(0, longestName);
    const keys = [`user:${known.toLowerCase()}`, `address:${address}`];
    const user = await this.#gate.run(async () => {
      const wait = Math.ceil(await beginTry(this.#store, keys, Date.now()));
      if (wait > 0) {
        await this.#note(known, address, "refused", 429);
        throw new Problem("throttled", "too many failed logins", { retryAfter: wait });
      }
      const found = await findUser(this.#store, known);
      this.#decoy ??= hashPassword(randomBytes(16).toString("hex"));
      const hash = found && !found.disabled ? found.password : await this.#decoy;
      const fits = password.length <= longestPassword && (await verifyPassword(password, hash));
      return fits && found && !found.disabled && name.length <= longestName ? found : undefined;
    });
    if (!user) {
      await this.#note(known, address, "refused", 401);
      throw new Problem("auth-failed", "user name or password is wrong", { detail: {} });
    }
    for (const key of keys) await clearFailures(this.#store, key);
    if (newPassword !== undefined) {
      checkNewPassword(newPassword);
      await setPassword(this.#store, user.name, await hashPassword(newPassword));
      await removeSessionsOf(this.#store, user.name);
    }
    await this.#note(user.name, address, "ok", 200);
    return { name: user.name, administrator: user.administrator };
  }

  async #note(user: string, address: string, outcome: "ok" | "refused", status: number): Promise<void> {
    await appendAudit(this.#store, {
      time: Date.now(),
      user,
      address,
      session: "",
      action: "login",
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
