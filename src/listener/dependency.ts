/**
 * What must wait behind what. A thing depends on an earlier one when it is about the same entry, at or under one of the
 * other's names, or takes away an entry above it. Counted, so that one question costs the depth of the name, however
 * many there are.
 */
import { treeSeparator } from "../ldap/dn.ts";

export interface Dependent {
  /** entryUUID, as text. */
  uuid: string;
  /** treeKey of its names before and after; null where there is none. */
  oldKey: string | null;
  newKey: string | null;
}

export class Dependencies {
  readonly #uuids = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  /** Keys of everything above one of `#keys`. */
  readonly #ancestors = new Map<string, number>();

  add(item: Dependent): void {
    this.#count(item, 1);
  }

  remove(item: Dependent): void {
    this.#count(item, -1);
  }

  /** Whether the item must wait behind one of those that are in here. */
  block(item: Dependent): boolean {
    if (this.#uuids.size === 0) return false;
    if (this.#uuids.has(item.uuid)) return true;
    for (const key of keysOf(item)) {
      if (this.#keys.has(key) || above(key).some((ancestor) => this.#keys.has(ancestor))) return true;
    }
    return item.oldKey !== null && item.oldKey !== item.newKey && this.#ancestors.has(item.oldKey);
  }

  #count(item: Dependent, by: 1 | -1): void {
    step(this.#uuids, item.uuid, by);
    for (const key of keysOf(item)) {
      step(this.#keys, key, by);
      for (const ancestor of above(key)) step(this.#ancestors, ancestor, by);
    }
  }
}

function keysOf({ oldKey, newKey }: Dependent): string[] {
  const keys = oldKey === null ? [] : [oldKey];
  if (newKey !== null && newKey !== oldKey) keys.push(newKey);
  return keys;
}

function step(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}

/** Keys of all entries above one. */
function above(key: string): string[] {
  const keys: string[] = [];
  for (let end = key.lastIndexOf(treeSeparator); end > 0; end = key.lastIndexOf(treeSeparator, end - 1)) {
    keys.push(key.slice(0, end));
  }
  return keys;
}
