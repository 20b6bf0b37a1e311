/** How far a column has been read, and where an endless one ends. */
import { follows } from "./order.ts";
import type { Received } from "./pdu.ts";
import { type Oid, tag, type Value } from "./value.ts";

export interface WalkLimits {
  /** Rows of a column. */
  rows: number;
  /** Values of all columns. */
  values: number;
  /** Bytes of all octet strings and texts. */
  bytes: number;
}

export const walkLimits: WalkLimits = { rows: 500_000, values: 2_000_000, bytes: 256 * 1024 * 1024 };

/** What one read may hold. */
export class Budget {
  readonly limits: WalkLimits;
  /** Which limit is passed. */
  exceeded: string | undefined;
  #values = 0;
  #bytes = 0;
  readonly #indexes = new Map<string, string>();

  constructor(limits: WalkLimits) {
    this.limits = limits;
  }

  /** The same text, once for all columns: an index is cut out of an OID, and each would keep the whole of its own. */
  shared(index: string): string {
    const known = this.#indexes.get(index);
    if (known === undefined) this.#indexes.set(index, index);
    return known ?? index;
  }

  /** Is there room for one more? */
  spend(index: string, value: Value): boolean {
    this.#values++;
    this.#bytes += index.length + (typeof value === "string" || value instanceof Uint8Array ? value.length : 8);
    if (this.#values > this.limits.values) this.exceeded ??= `more than ${this.limits.values} values`;
    else if (this.#bytes > this.limits.bytes) this.exceeded ??= `more than ${this.limits.bytes} bytes`;
    return this.exceeded === undefined;
  }
}

/** One column, or one scalar. */
export class Progress {
  readonly oid: Oid;
  readonly rows = new Map<string, Value>();
  /** The OID to go on from. */
  last: Oid;
  done = false;
  /** Why it is not complete. */
  reason: string | undefined;
  readonly #prefix: string;
  /** Index of the last row; "" before the first. */
  #index = "";

  constructor(oid: Oid) {
    this.oid = oid;
    this.last = oid;
    this.#prefix = `${oid}.`;
  }

  end(reason: string): void {
    this.done = true;
    this.reason ??= reason;
  }

  /** The next row, or what comes after the last one. False when the agent's OIDs do not increase. */
  take({ oid, type, value, bad }: Received, budget: Budget): boolean {
    if (type === tag.endOfMibView || type === tag.noSuchObject || type === tag.noSuchInstance) {
      this.done = true;
      return true;
    }
    const inside = oid.startsWith(this.#prefix);
    const index = inside ? oid.slice(this.#prefix.length) : "";
    if (inside ? !follows(this.#index, index) : !follows(this.last, oid)) {
      this.end(`loop: after ${this.last} the agent answers ${oid}`);
      return false;
    }
    if (!inside) {
      this.done = true;
      return true;
    }
    this.last = oid;
    this.#index = index;
    if (bad || value === null) this.reason ??= `the value of ${oid} cannot be read`;
    else if (this.rows.size >= budget.limits.rows) this.end(`more than ${budget.limits.rows} rows`);
    else if (budget.spend(index, value)) this.rows.set(budget.shared(index), value);
    return true;
  }
}
