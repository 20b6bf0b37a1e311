/** Up to where each provider has told us everything. A cookie means something to its provider only. */
import type { Cookie } from "../ldap/sync-message.ts";
import type { Journal } from "./journal.ts";

export class Cookies {
  readonly #journal: Journal;
  readonly #get;
  readonly #set;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#get = journal.database.prepare<{ cookie: Cookie | null }, [string]>(
      "SELECT cookie FROM provider WHERE uri = ?",
    );
    this.#set = journal.database.prepare<null, [string, Cookie, number]>(
      "INSERT OR REPLACE INTO provider (uri, cookie, at) VALUES (?, ?, ?)",
    );
  }

  get(uri: string): Cookie | undefined {
    return this.#get.get(uri)?.cookie ?? undefined;
  }

  /** Within the transaction that holds what it stands for. One without content stands for nothing. */
  set(uri: string, cookie: Cookie | undefined): void {
    if (cookie && cookie.length > 0) this.#set.run(uri, cookie, this.#journal.clock.now());
  }

  /** @param uri undefined: of all providers */
  forget(uri?: string): void {
    const { database } = this.#journal;
    if (uri === undefined) database.run("DELETE FROM provider");
    else database.prepare("DELETE FROM provider WHERE uri = ?").run(uri);
  }
}
