/** Users of the console. Passwords come here as hashes; the daemon makes and checks them. */
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";

export interface User {
  name: string;
  password: string;
  administrator: boolean;
  disabled: boolean;
  /** Epoch milliseconds. */
  created: number;
  changed: number;
}

export type UserSummary = Omit<User, "password">;

/**
 * The name as it is stored: lower case.
 *
 * @throws Problem `bad-options` for what cannot be a user's name.
 */
export function userName(text: string): string {
  const name = text.toLowerCase();
  if (/^[a-z_][a-z0-9_.@-]{0,63}$/.test(name)) return name;
  throw new Problem(
    "bad-options",
    "a user name begins with a letter or _ and goes on with at most 63 letters, digits or any of _ . @ -",
  );
}

/** @throws Problem `conflict` when the name is taken, `bad-options` when it cannot be a name. */
export async function createUser(
  store: Store,
  user: { name: string; password: string; administrator: boolean },
  now = Date.now(),
): Promise<void> {
  const name = userName(user.name);
  const created = await store.db
    .insertInto("user")
    .values({
      name,
      password: user.password,
      administrator: user.administrator ? 1 : 0,
      disabled: 0,
      created: now,
      changed: now,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  if (created.numInsertedOrUpdatedRows !== 1n) throw new Problem("conflict", `there is a user ${name} already`);
}

/** Upper and lower case are the same; what cannot be a name is nobody's. */
export async function findUser(store: Store, name: string): Promise<User | undefined> {
  const row = await store.db
    .selectFrom("user")
    .selectAll()
    .where("name", "=", name.toLowerCase().replaceAll("\0", " "))
    .executeTakeFirst();
  return row && { ...row, administrator: row.administrator === 1, disabled: row.disabled === 1 };
}

/** All users by name. */
export async function listUsers(store: Store): Promise<UserSummary[]> {
  const rows = await store.db
    .selectFrom("user")
    .select(["name", "administrator", "disabled", "created", "changed"])
    .orderBy("name")
    .execute();
  return rows.map((row) => ({ ...row, administrator: row.administrator === 1, disabled: row.disabled === 1 }));
}

/** Stores a new hash. Ending the user's sessions is for the caller to decide. Throws `not-found`. */
export async function setPassword(store: Store, name: string, hash: string, now = Date.now()): Promise<void> {
  await change(store, name, { password: hash, changed: now });
}

/** Throws `not-found`. */
export async function setUserFlags(
  store: Store,
  name: string,
  flags: { administrator?: boolean; disabled?: boolean },
  now = Date.now(),
): Promise<void> {
  await change(store, name, {
    ...(flags.administrator === undefined ? {} : { administrator: flags.administrator ? (1 as const) : (0 as const) }),
    ...(flags.disabled === undefined ? {} : { disabled: flags.disabled ? (1 as const) : (0 as const) }),
    changed: now,
  });
}

async function change(
  store: Store,
  name: string,
  values: { password?: string; administrator?: 0 | 1; disabled?: 0 | 1; changed: number },
): Promise<void> {
  const result = await store.db.updateTable("user").set(values).where("name", "=", userName(name)).executeTakeFirst();
  if (result.numUpdatedRows === 0n) throw new Problem("not-found", `there is no user ${userName(name)}`);
}

/** Removes the user and ends every session of it. Throws `not-found`. */
export async function removeUser(store: Store, name: string): Promise<void> {
  const result = await store.db.deleteFrom("user").where("name", "=", userName(name)).executeTakeFirst();
  if (result.numDeletedRows === 0n) throw new Problem("not-found", `there is no user ${userName(name)}`);
}
