/** The parts of a running console, as its HTTP and UMCP sides use them. */
import type { Store } from "../store/database.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CommandCaller } from "./command.ts";
import type { Logins } from "./login.ts";
import type { Modules } from "./modules.ts";
import type { Sessions } from "./session.ts";

export interface Console {
  store: Store;
  logins: Logins;
  sessions: Sessions;
  catalogue: Catalogue;
  modules: Modules;
  caller: CommandCaller;
}

/** Ends a session: its id is worth nothing any more, and what runs for it ends. */
export async function endSession(
  { sessions, modules }: Pick<Console, "sessions" | "modules">,
  hash: string,
): Promise<void> {
  await sessions.close(hash);
  await modules.endSession(hash);
}
