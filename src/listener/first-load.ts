/**
 * The first time: everything goes into the cache as it comes, without events. What is interrupted begins again, so until
 * the end there is no index by place, and the disk is not waited for.
 */
import type { SyncMessage } from "../ldap/sync-message.ts";
import type { NewEntry } from "./cache.ts";
import type { Journal } from "./journal.ts";

export type Sight = (entry: { uuid: Uint8Array; dn: string; attributes: Uint8Array }) => NewEntry | undefined;

export class FirstLoad {
  /** Entries so far. */
  count = 0;
  readonly #journal: Journal;
  readonly #sight: Sight;

  constructor(journal: Journal, sight: Sight) {
    this.#journal = journal;
    this.#sight = sight;
    const { database } = journal;
    // Still safe against a crash; a loss of power may take the last seconds.
    database.run("PRAGMA synchronous = NORMAL");
    journal.write(() => {
      database.run("DELETE FROM entry");
      database.run("DROP INDEX IF EXISTS entry_key");
    });
  }

  take(messages: readonly SyncMessage[]): void {
    const { cache } = this.#journal;
    this.#journal.write(() => {
      for (const message of messages) {
        if (message.kind === "set" && message.deleted) for (const uuid of message.uuids) this.#remove(uuid);
        if (message.kind !== "entry") continue;
        if (message.state === "delete") this.#remove(message.uuid);
        const entry = message.attributes.length > 0 ? this.#sight(message) : undefined;
        if (entry === undefined) continue;
        cache.load(entry);
        this.count++;
      }
    });
  }

  /** @param also written in the same transaction */
  finish(also: () => void): void {
    const { database, meta, clock, cache } = this.#journal;
    database.run("PRAGMA synchronous = FULL");
    this.#journal.write(() => {
      database.run("CREATE INDEX entry_key ON entry (key)");
      // Deleted and made anew while we were loading: the older one is no more.
      database.run(`DELETE FROM entry WHERE id IN (
        SELECT a.id FROM entry a JOIN entry b ON b.key = a.key AND b.dn = a.dn AND (b.csn, b.id) > (a.csn, a.id))`);
      meta.set("loaded", clock.now());
      meta.unset("missing");
      also();
    });
    cache.recount();
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    database.run("PRAGMA optimize");
  }

  /** It was interrupted. */
  abandon(): void {
    this.#journal.database.run("PRAGMA synchronous = FULL");
    this.#journal.cache.recount();
  }

  #remove(uuid: Uint8Array): void {
    const id = this.#journal.cache.idOf(uuid);
    if (id !== undefined) this.#journal.cache.remove(id);
  }
}
