/**
 * Puts changes that were found together (after an absence nobody knows in which order they happened) into an order in
 * which every prefix makes sense: a place is vacated before another takes it, a parent is there before its children
 * come, children are gone before their parent is deleted. What moves with its parent follows right behind it.
 */

/** Keys as `treeKey` makes them. No two changes share an old key, or a new one. */
export interface KeyChange {
  /** Null: it was not there. */
  old: string | null;
  /** Null: it is gone. Another than `old`. */
  new: string | null;
  /** It moves to where nobody looks: children first, as with deletions. */
  leaves?: boolean;
}

export interface Step {
  /** Which of the changes. */
  index: number;
  /** Moves that stand in a circle: one of it goes out (with what is below it), the others move, it comes in again. */
  part: "whole" | "out" | "in";
}

/** @param separator what stands between a key and what its descendants' keys add to it */
export function orderChanges(changes: readonly KeyChange[], separator: string): Step[] {
  return new Order(changes, separator).run();
}

/** `left`: it must have left its old place; `came`: it must have come to its new one. */
interface Wait {
  on: number;
  until: "left" | "came";
}

class Order {
  readonly #changes: readonly KeyChange[];
  readonly #separator: string;
  readonly #oldAt = new Map<string, number>();
  readonly #newAt = new Map<string, number>();
  readonly #waits: Wait[][];
  /** Who waits for it, by what they wait for. */
  readonly #waiting: Record<Wait["until"], (number[] | undefined)[]> = { left: [], came: [] };
  readonly #open: number[];
  readonly #left: boolean[];
  readonly #came: boolean[];
  /** Ready: the last is the next. Deletions go first. */
  readonly #deletions: number[] = [];
  readonly #others: number[] = [];
  readonly #steps: Step[] = [];
  /** Changes with an old key, in its order. */
  readonly #byOld: number[];

  constructor(changes: readonly KeyChange[], separator: string) {
    this.#changes = changes;
    this.#separator = separator;
    changes.forEach(({ old, new: place }, index) => {
      if (old !== null) this.#oldAt.set(old, index);
      if (place !== null) this.#newAt.set(place, index);
    });
    this.#waits = changes.map((_, index) => this.#waitsOf(index));
    this.#open = this.#waits.map(({ length }) => length);
    this.#left = changes.map(() => false);
    this.#came = changes.map(() => false);
    this.#byOld = [...changes.keys()].filter((index) => changes[index]!.old !== null);
    this.#byOld.sort((a, b) => compare(changes[a]!.old!, changes[b]!.old!));
    // A deletion waits for all below it; each tells the nearest one. So does one that leaves.
    for (const index of this.#byOld) {
      const above = this.#goneAbove(changes[index]!.old!);
      if (above === undefined) continue;
      this.#waits[above]!.push({ on: index, until: "left" });
      this.#open[above]!++;
    }
    const byNew = [...changes.keys()].sort((a, b) => compare(changes[a]!.new ?? "", changes[b]!.new ?? ""));
    for (const index of byNew)
      for (const { on, until } of this.#waits[index]!) {
        const list = this.#waiting[until];
        list[on] ??= [];
        list[on].push(index);
      }
    for (const index of this.#byOld) if (changes[index]!.new === null && this.#open[index] === 0) this.#ready(index);
    for (const index of byNew.reverse())
      if (changes[index]!.new !== null && this.#open[index] === 0) this.#ready(index);
  }

  run(): Step[] {
    for (let first = 0; first < this.#changes.length; ) {
      const next = this.#deletions.pop() ?? this.#others.pop();
      if (next !== undefined) {
        if (this.#changes[next]!.new === null) this.#leave(next, "whole");
        else this.#come(next);
        continue;
      }
      while (first < this.#changes.length && this.#finished(first)) first++;
      if (first < this.#changes.length) this.#breakCircle(first);
    }
    return this.#steps;
  }

  #waitsOf(index: number): Wait[] {
    const place = this.#changes[index]!.new;
    if (place === null) return [];
    const waits: Wait[] = [];
    const holder = this.#oldAt.get(place);
    if (holder !== undefined) waits.push({ on: holder, until: "left" });
    const parent = this.#parentOf(place);
    if (parent === undefined) return waits;
    const comer = this.#newAt.get(parent);
    // No parent in the end (an access rule hides it): then behind the one that was.
    const leaver = comer === undefined ? this.#oldAt.get(parent) : undefined;
    const together = comer !== undefined && this.#changes[comer]!.leaves && this.#changes[index]!.leaves;
    if (comer !== undefined && !together) waits.push({ on: comer, until: "came" });
    else if (leaver !== undefined && leaver !== index) waits.push({ on: leaver, until: "left" });
    return waits;
  }

  #parentOf(key: string): string | undefined {
    const end = key.lastIndexOf(this.#separator);
    return end < 0 ? undefined : key.slice(0, end);
  }

  #goneAbove(key: string): number | undefined {
    for (let above = this.#parentOf(key); above !== undefined; above = this.#parentOf(above)) {
      const index = this.#oldAt.get(above);
      if (index === undefined) continue;
      const { new: place, leaves } = this.#changes[index]!;
      if (place === null || leaves) return index;
    }
    return undefined;
  }

  #finished(index: number): boolean {
    return this.#changes[index]!.new === null ? this.#left[index]! : this.#came[index]!;
  }

  #ready(index: number): void {
    if (this.#finished(index)) return;
    (this.#changes[index]!.new === null ? this.#deletions : this.#others).push(index);
  }

  #tell(index: number, until: Wait["until"]): void {
    const waiting = this.#waiting[until][index] ?? [];
    for (const other of waiting.toReversed()) if (--this.#open[other]! === 0) this.#ready(other);
  }

  #come(index: number): void {
    const { old } = this.#changes[index]!;
    const whole = old === null || !this.#left[index];
    this.#steps.push({ index, part: whole ? "whole" : "in" });
    this.#came[index] = true;
    if (whole) {
      this.#left[index] = true;
      this.#tell(index, "left");
    }
    this.#tell(index, "came");
  }

  #leave(index: number, part: "whole" | "out"): void {
    if (this.#left[index]) return;
    this.#steps.push({ index, part });
    this.#left[index] = true;
    this.#tell(index, "left");
  }

  /** Nothing is ready: whatever is open waits in a circle, or behind one. */
  #breakCircle(from: number): void {
    const path: Wait[] = [];
    const places = new Map<number, number>();
    let at = from;
    while (!places.has(at)) {
      places.set(at, path.length);
      const wait = this.#waits[at]!.find(({ on, until }) => (until === "left" ? !this.#left[on] : !this.#came[on]))!;
      path.push(wait);
      at = wait.on;
    }
    // Such a circle has a move that another waits to see gone: parents come before children without circles, and
    // deletions wait only for what is deeper.
    const movers = path
      .slice(places.get(at))
      .filter(({ on, until }) => until === "left" && this.#changes[on]!.new !== null)
      .map(({ on }) => ({ on, below: this.#below(on) }));
    const least = movers.reduce((a, b) => (b.below.length < a.below.length ? b : a));
    for (const index of [least.on, ...least.below].reverse())
      this.#leave(index, this.#changes[index]!.new === null ? "whole" : "out");
  }

  /** What was below it and has not left yet, parents first. */
  #below(index: number): number[] {
    const range = this.#changes[index]!.old! + this.#separator;
    const found: number[] = [];
    for (let at = this.#lowerBound(range); at < this.#byOld.length; at++) {
      const other = this.#byOld[at]!;
      if (!this.#changes[other]!.old!.startsWith(range)) break;
      if (!this.#left[other]) found.push(other);
    }
    return found;
  }

  #lowerBound(key: string): number {
    let [low, high] = [0, this.#byOld.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#changes[this.#byOld[middle]!]!.old! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
