/** Entries that a provider shows and nobody can read: left out, and remembered so that a person can be told. */
import { logger } from "../log.ts";
import type { Problem } from "../problem.ts";
import { type Sighted, uuidText } from "./sighting.ts";

const log = logger("listener");

/** Entries that are remembered, and characters of their DNs. */
const most = 1000;
const longest = 1000;

export class Unreadable {
  /** DNs by entryUUID. */
  readonly #known = new Map<string, string>();

  /** The first thousand. */
  get dns(): string[] {
    return [...this.#known.values()];
  }

  add({ uuid, dn }: Sighted, error: Problem): void {
    const name = uuidText(uuid);
    const shown = dn.slice(0, longest);
    if (!this.#known.has(name)) log.error("an entry cannot be read and is left out", { dn: shown, error });
    if (this.#known.size < most) this.#known.set(name, shown);
  }

  /** It can be read now. */
  remove(uuid: Uint8Array): void {
    if (this.#known.size > 0) this.#known.delete(uuidText(uuid));
  }

  clear(): void {
    this.#known.clear();
  }
}
