/** The first administrator of a new store. */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSecretFile } from "../config/load.ts";
import type { Store } from "../store/database.ts";
import { createUser, listUsers } from "../store/user.ts";
import { replaceFile } from "../system/file.ts";
import { hashPassword } from "../system/password.ts";
import { checkNewPassword } from "./login.ts";

export interface FirstUser {
  name: string;
  /** Shown on a terminal, once; absent where a file has it. */
  password?: string;
  /** File the password was written to, or came from. */
  file?: string;
}

/** Where the first password lies until it is changed. */
export function passwordFileOf(state: string): string {
  return join(state, "admin-password");
}

/** No letters or digits that look alike; 20 of 54 are 115 bits. */
const alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * Makes the user `admin` when the store has no user at all.
 * @returns also on later starts, while the first password still lies in its file
 * @param given file with the password, for unattended set-up
 * @param show true: somebody sits at the terminal and will read the password there
 */
export async function createFirstUser(
  store: Store,
  state: string,
  given: string | undefined,
  show: boolean,
): Promise<FirstUser | undefined> {
  const name = "admin";
  const file = passwordFileOf(state);
  if ((await listUsers(store)).length > 0) return existsSync(file) ? { name, file } : undefined;
  if (given !== undefined) {
    const password = readSecretFile(given, "--admin-password-file");
    checkNewPassword(password);
    await createUser(store, { name, password: await hashPassword(password), administrator: true });
    return { name, file: given };
  }
  const password = Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join("");
  // The file first: a user whose password nobody ever saw is worse than a file that fits no user.
  if (!show) replaceFile(file, `${password}\n`);
  await createUser(store, { name, password: await hashPassword(password), administrator: true });
  return show ? { name, password } : { name, file };
}
