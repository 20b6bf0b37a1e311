/** The database as this machine's configuration names it. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { Settings } from "../src/config/keys.ts";
import { openStore, type Store, type StoreSettings } from "../src/store/database.ts";

export function openConfiguredStore(settings: Settings, migrate?: StoreSettings["migrate"]): Promise<Store> {
  if (!/^\w+:/.test(settings.database)) becomeOwner(settings.database);
  return openStore({ url: settings.database, passwordFile: settings.databasePasswordFile || undefined, migrate });
}

/**
 * root works on another user's database file as that user: a file that root makes beside it would be closed to its
 * owner, and a link that the owner has put there would be followed with root's rights.
 */
function becomeOwner(file: string): void {
  if (process.getuid?.() !== 0) return;
  const found = [file, dirname(file)].map((path) => lstatSync(path, { throwIfNoEntry: false })).find(Boolean);
  if (found === undefined || found.uid === 0) return;
  process.setgroups?.([]);
  process.setgid?.(found.gid);
  process.setuid?.(found.uid);
}
