/**
 * The first time: everything goes into the cache as it comes, without events. What is interrupted begins again, so until
 * the end there are no indexes, and the disk is not waited for.
 */
import type { SyncMessage } from "../ldap/sync-message.ts";
import type { NewEntry } from "./cache.ts";
import type { Journal } from "./journal.ts";
import type { Sighted } from "./sighting.ts";

export type Sight = (entry: Sighted) => NewEntry | undefined;

const nothing = new Uint8Array(0);

export class FirstLoad {
  /** Entries so far. */
  count = 0;
  #deletions = 0;
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
      // With it, every transaction would write most of its pages anew: entryUUIDs come in no order.
      database.run("DROP INDEX IF EXISTS entry_uuid");
    });
  }

  take(messages: readonly SyncMessage[]): void {
    const { cache } = this.#journal;
    this.#journal.write(() => {
      for (const message of messages) {
        if (message.kind === "set" && message.deleted) message.uuids.forEach((uuid) => void this.#gone(uuid));
        if (message.kind !== "entry") continue;
        if (message.state === "delete") this.#gone(message.uuid);
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
      this.#index();
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

  /** A row without attributes says so. */
  #gone(uuid: Uint8Array): void {
    this.#deletions++;
    this.#journal.cache.load({ uuid, dn: "", key: "", csn: "", attributes: nothing });
  }

  /** Where something was told more than once, what came last holds. */
  #index(): void {
    const { database } = this.#journal;
    const unique = "CREATE UNIQUE INDEX entry_uuid ON entry (uuid)";
    try {
      database.run(unique);
    } catch (error) {
      if (!/^SQLITE_CONSTRAINT/.test((error as { code?: string }).code ?? "")) throw error;
      database.run("DELETE FROM entry WHERE id NOT IN (SELECT max(id) FROM entry GROUP BY uuid)");
      database.run(unique);
    }
    if (this.#deletions > 0) database.run("DELETE FROM entry WHERE length(attributes) = 0");
    database.run("CREATE INDEX entry_key ON entry (key)");
    // Deleted and made anew while we were loading: the older one is no more.
    database.run(`DELETE FROM entry WHERE id IN (
      SELECT a.id FROM (SELECT key FROM entry GROUP BY key HAVING count(*) > 1) AS twice
      JOIN entry a ON a.key = twice.key
      JOIN entry b ON b.key = a.key AND b.dn = a.dn AND (b.csn, b.id) > (a.csn, a.id))`);
  }
}
