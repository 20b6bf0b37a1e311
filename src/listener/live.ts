/** Changes as they happen. What the message and the cache alone do not explain is left to be asked about. */
import { rebase, treeKey } from "../ldap/dn.ts";
import { below, type Entry, type NewEntry } from "./cache.ts";
import type { NewEvent } from "./event.ts";
import type { Journal } from "./journal.ts";
import { sameContent, type View } from "./sighting.ts";

export class Live {
  readonly #journal: Journal;
  readonly #release;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#release = journal.database.prepare<null, [Uint8Array]>("DELETE FROM main.held WHERE uuid = ?");
  }

  /**
   * Within `journal.write`: the entry is there, and like this.
   * @returns false, and nothing is done, if something else stands in its way: a missed change, or an access rule
   */
  sight(entry: NewEntry, view: View): boolean {
    const { cache } = this.#journal;
    const known = cache.byUuid(entry.uuid);
    if (known === undefined) {
      if (cache.byKey(entry.key)) return false;
      cache.insert(entry, this.#append({ kind: "create", origin: "live", ...sides(undefined, entry) }));
      return true;
    }
    this.#release.run(entry.uuid);
    if (known.dn === entry.dn) {
      if (sameContent(known.attributes, entry.attributes)) return true;
      cache.change(
        { ...entry, id: known.id },
        this.#append({ kind: "modify", origin: "live", ...sides(known, entry) }),
      );
      return true;
    }
    if (known.key !== entry.key) {
      const [range] = below(known.key);
      if (entry.key.startsWith(range) || cache.byKey(entry.key) || cache.any(below(entry.key))) return false;
    }
    cache.change({ ...entry, id: known.id }, this.#append({ kind: "move", origin: "live", ...sides(known, entry) }));
    this.#follow(known, entry.dn, view);
    return true;
  }

  /**
   * Within `journal.write`: the entry is no more, or not to be seen.
   * @returns false, and nothing is done, if there is still something below it
   */
  gone(uuid: Uint8Array): boolean {
    const { cache } = this.#journal;
    const known = cache.byUuid(uuid);
    if (known === undefined) return true;
    if (cache.any(below(known.key))) return false;
    this.#append({ kind: "delete", origin: "live", ...sides(known, undefined) });
    this.#release.run(uuid);
    cache.remove(known.id);
    return true;
  }

  /** Servers tell of the top of a moved subtree only (RFC 4533 §4.1). */
  #follow(top: Entry, newTop: string, view: View): void {
    const { cache } = this.#journal;
    for (const place of cache.walk(below(top.key))) {
      const child = cache.byUuid(place.uuid)!;
      const dn = rebase(child.dn, top.dn, newTop);
      const moved = { ...child, dn, key: treeKey(dn, view.schema) };
      cache.change(moved, this.#append({ kind: "move", origin: "ancestor", ...sides(child, moved) }));
    }
  }

  #append(event: Omit<NewEvent, "at">): number {
    return this.#journal.append({ at: this.#journal.clock.now(), ...event });
  }
}

type Sides = Pick<NewEvent, "uuid" | "csn" | "oldDn" | "newDn" | "old" | "new">;

function sides(old: NewEntry | undefined, now: NewEntry | undefined): Sides {
  return {
    uuid: (now ?? old)!.uuid,
    csn: (now ?? old)!.csn,
    oldDn: old?.dn ?? null,
    newDn: now?.dn ?? null,
    old: old?.attributes ?? null,
    new: now?.attributes ?? null,
  };
}
