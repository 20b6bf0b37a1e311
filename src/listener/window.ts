/** The newest events, decoded, for all queues that keep up; those that are behind read for themselves. */
import { Change } from "./change.ts";
import type { Journal } from "./journal.ts";

const stride = 256;
/** Of sides as they are stored; decoded they take several times as much. */
const mostBytes = 4 * 1024 * 1024;
const mostEvents = 1024;

export class Window {
  readonly #journal: Pick<Journal, "read" | "event">;
  /** All events after `#from` up to `#to`. */
  #changes: Change[] = [];
  #bytes = 0;
  #from = 0;
  #to = 0;

  constructor(journal: Pick<Journal, "read" | "event">) {
    this.#journal = journal;
  }

  /** Events after `position` up to `bound`. Not to be held across a wait. */
  *after(position: number, bound: number): Generator<Change> {
    let at = position;
    while (at < bound) {
      const block = this.#block(at);
      for (const change of block) {
        if (change.seq > bound) return;
        at = change.seq;
        yield change;
      }
      if (block.length === 0) return;
    }
  }

  /** One event; undefined: it is not kept any more. */
  get(seq: number): Change | undefined {
    const [change] = seq > this.#from && seq <= this.#to ? this.#known(seq - 1) : [];
    if (change?.seq === seq) return change;
    const event = this.#journal.event(seq);
    return event && new Change(event);
  }

  #block(at: number): Change[] {
    if (at < this.#from && this.#changes.length > 0) return this.#journal.read(at, stride).map(made);
    if (at < this.#to) return this.#known(at);
    if (at > this.#to || this.#changes.length === 0) {
      this.#changes = [];
      this.#bytes = 0;
      this.#from = this.#to = at;
    }
    const block = this.#journal.read(at, stride).map(made);
    this.#changes.push(...block);
    for (const { size } of block) this.#bytes += size;
    this.#to = block.at(-1)?.seq ?? at;
    this.#trim();
    return block;
  }

  #known(at: number): Change[] {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#changes[middle]!.seq <= at) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low, low + stride);
  }

  #trim(): void {
    let drop = 0;
    for (; drop < this.#changes.length - 1; drop++) {
      if (this.#bytes <= mostBytes && this.#changes.length - drop <= mostEvents) break;
      this.#bytes -= this.#changes[drop]!.size;
      this.#from = this.#changes[drop]!.seq;
    }
    // Taken away by the hundred: each time costs a copy of what stays.
    if (drop > 0) this.#changes.splice(0, drop);
  }
}

const made = (event: ConstructorParameters<typeof Change>[0]): Change => new Change(event);
