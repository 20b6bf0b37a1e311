/** The rows of a recording in an agent's order, and what is known to be missing. */
import type { Column } from "../tables.ts";
import { compareOids, type Oid, tag, type Value, type VarBind } from "../value.ts";
import type { Parsed } from "./parsed.ts";

/**
 * Sorted, one row per OID: the first of several in the file. The recorders of snmpsim end a file with the last row once
 * more and an empty value, which is the answer "end of MIB" and no value; and a walk that comes again to where it was
 * has read that row before.
 */
export class Rows {
  readonly #rows: VarBind[];
  readonly #damaged: Oid[];
  readonly #cutOff: { reason: string; after: Oid | undefined } | undefined;
  readonly #scope: Oid | undefined;
  /** Rows that came later with the same OID and were left out. */
  readonly duplicates: number;
  /** Rows that stood before one with a smaller OID. */
  readonly outOfOrder: number;

  constructor(parsed: Parsed) {
    const rows = parsed.bindings;
    this.outOfOrder = rows.filter((row, at) => at > 0 && compareOids(rows[at - 1]!.oid, row.oid) > 0).length;
    const sorted = this.outOfOrder > 0 ? rows.toSorted((a, b) => compareOids(a.oid, b.oid)) : rows;
    this.#rows = sorted.filter((row, at) => at === 0 || sorted[at - 1]!.oid !== row.oid);
    this.duplicates = sorted.length - this.#rows.length;
    this.#damaged = [...parsed.damaged].sort(compareOids);
    this.#cutOff = parsed.cutOff === undefined ? undefined : { reason: parsed.cutOff, after: rows.at(-1)?.oid };
    this.#scope = parsed.scope;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** The rows below `root`; the row itself where it is one. */
  *below(root: Oid): Generator<VarBind> {
    const start = `${root}.`;
    for (let at = this.#search(root); at < this.#rows.length; at++) {
      const row = this.#rows[at]!;
      if (row.oid !== root && !row.oid.startsWith(start)) return;
      yield row;
    }
  }

  /** A scalar (OID ends in `.0`) or a column. Rows whose value is NULL are not among them. */
  column(oid: Oid): Column {
    const rows = new Map<string, Value>();
    if (oid.endsWith(".0")) {
      const row = this.#rows[this.#search(oid)];
      if (row?.oid === oid && row.value !== null) rows.set("0", row.value);
      if (rows.size > 0) return { rows, complete: true };
    } else {
      for (const row of this.below(oid)) {
        if (row.value !== null && row.oid !== oid && row.type < tag.noSuchObject) {
          rows.set(row.oid.slice(oid.length + 1), row.value);
        }
      }
    }
    const reason = this.missing(oid);
    return reason === undefined ? { rows, complete: true } : { rows, complete: false, reason };
  }

  /** Why rows below `root` may be missing; undefined when all are there. */
  missing(root: Oid): string | undefined {
    const within = (oid: Oid, top: Oid) => oid === top || oid.startsWith(`${top}.`);
    if (this.#scope !== undefined && !within(root, this.#scope)) return `only ${this.#scope} was walked`;
    const cut = this.#cutOff;
    if (cut && (cut.after === undefined || compareOids(cut.after, root) < 0 || within(cut.after, root))) {
      return cut.reason;
    }
    const damaged = this.#damaged.find((oid) => within(oid, root));
    return damaged === undefined ? undefined : `a line at ${damaged} cannot be read`;
  }

  /** Place of the first row that is not before `oid`. */
  #search(oid: Oid): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOids(this.#rows[middle]!.oid, oid) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
