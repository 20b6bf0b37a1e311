/**
 * Answers to questions are newer than what the stream tells for a while, and so may be the places of entries below them.
 * Until the stream has come as far, places that it tells are not believed.
 */
import { uuidText } from "./sighting.ts";

/** Milliseconds: the stream has come as far by then, or will not tell of it (an access rule was changed). */
const patience = 60_000;

export class Ahead {
  /** entryCSN by entryUUID. */
  readonly #states = new Map<string, string>();
  #until = 0;

  /** The answer was newer than what we had. */
  add(uuid: Uint8Array, csn: string, now: number): void {
    this.#states.set(uuidText(uuid), csn);
    this.#until = now + patience;
  }

  /** The stream tells of it. @param csn absent: it is gone */
  passed(uuid: Uint8Array, csn?: string): void {
    if (this.#states.size === 0) return;
    const name = uuidText(uuid);
    const known = this.#states.get(name);
    if (known !== undefined && (csn === undefined || csn >= known)) this.#states.delete(name);
  }

  any(now: number): boolean {
    if (this.#states.size > 0 && now > this.#until) this.clear();
    return this.#states.size > 0;
  }

  clear(): void {
    this.#states.clear();
  }
}
