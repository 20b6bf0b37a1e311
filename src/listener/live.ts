/** Changes as they happen. What the message and the cache alone do not explain is left to be asked about. */
import { rebase, treeKey, treeSeparator } from "../ldap/dn.ts";
import { below, type Entry, type NewEntry } from "./cache.ts";
import { stored } from "./damage.ts";
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
   * @param careful some of what we have is newer than the stream: no place is believed
   * @returns false, and nothing is done, if it is not certain: the place is taken or its parent is not there (something was
   * missed, or a rule hides it), or what we have is not older
   */
  sight(entry: NewEntry, view: View, careful: boolean): boolean {
    const { cache } = this.#journal;
    const known = cache.byUuid(entry.uuid);
    if (known === undefined) {
      if (careful || !this.#isFree(entry.key)) return false;
      cache.insert(entry, this.#append({ kind: "create", origin: "live", ...sides(undefined, entry) }));
      return true;
    }
    this.#release.run(entry.uuid);
    const same = sameContent(known.attributes, entry.attributes);
    if (known.dn === entry.dn && same) return true;
    // While a refresh is read, changes are queued that it has shown already, each with the DN of its time.
    if (entry.csn !== "" && entry.csn <= known.csn) return false;
    const now = { ...entry, id: known.id, attributes: same ? known.attributes : entry.attributes };
    if (known.dn === entry.dn) {
      cache.change(now, this.#append({ kind: "modify", origin: "live", ...sides(known, now) }));
      return true;
    }
    if (careful) return false;
    if (known.key !== entry.key) {
      const [range] = below(known.key);
      if (entry.key.startsWith(range) || !this.#isFree(entry.key) || cache.any(below(entry.key))) return false;
    }
    // To handlers that look at a part of the tree only, it may be a deletion: children first.
    const leaves = this.#journal.leavesBase(known.key, entry.key);
    if (leaves) this.#follow(known, entry.dn, view, true);
    cache.change(now, this.#append({ kind: "move", origin: "live", ...sides(known, now) }));
    if (!leaves) this.#follow(known, entry.dn, view, false);
    return true;
  }

  #isFree(key: string): boolean {
    const { cache } = this.#journal;
    const parent = key.slice(0, key.lastIndexOf(treeSeparator));
    return cache.byKey(key) === undefined && cache.byKey(parent) !== undefined;
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
  #follow(top: Entry, newTop: string, view: View, childrenFirst: boolean): void {
    const { cache } = this.#journal;
    const places = cache.walk(below(top.key));
    for (const { uuid } of childrenFirst ? [...places].reverse() : places) {
      const child = cache.byUuid(uuid)!;
      const dn = stored(() => rebase(child.dn, top.dn, newTop));
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
