/** The database as this machine's configuration names it. */
import type { Settings } from "../src/config/keys.ts";
import { openStore, type Store, type StoreSettings } from "../src/store/database.ts";

export function openConfiguredStore(settings: Settings, migrate?: StoreSettings["migrate"]): Promise<Store> {
  return openStore({ url: settings.database, passwordFile: settings.databasePasswordFile || undefined, migrate });
}
