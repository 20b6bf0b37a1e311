/** What was read of an agent: scalars and columns, each with the answer to "is that all of it?". */
import type { Oid, Value } from "./value.ts";

export interface Column {
  /** Index (the OID's rest after the column's, `1.3`) → value, in the agent's order. */
  readonly rows: ReadonlyMap<string, Value>;
  /**
   * False: the walk was cut off (no answer, deadline, loop, malformed answers) or never asked for. What is missing then
   * means nothing: a caller must not delete what it does not see. True with no rows: the agent has no such object.
   */
  readonly complete: boolean;
  /** Why it is not complete, for people. */
  readonly reason?: string | undefined;
}

const notRead: Column = { rows: new Map(), complete: false, reason: "not read" };

/** The columns and scalars of one or several reads. A scalar is an OID that ends in `.0`; no column's OID does. */
export class Tables {
  readonly #columns = new Map<Oid, Column>();

  set(column: Oid, read: Column): void {
    this.#columns.set(column, read);
  }

  /** Takes over what another read brought; the newer one wins. */
  add(other: Tables): this {
    for (const [oid, column] of other.#columns) this.#columns.set(oid, column);
    return this;
  }

  column(oid: Oid): Column {
    return this.#columns.get(oid) ?? notRead;
  }

  rows(oid: Oid): ReadonlyMap<string, Value> {
    return this.column(oid).rows;
  }

  /** A scalar's value by its instance (`1.3.6.1.2.1.1.5.0`), a cell's by column and index. */
  value(oid: Oid, index = "0"): Value | undefined {
    return this.column(oid).rows.get(index);
  }

  has(oid: Oid): boolean {
    return this.#columns.has(oid);
  }

  /** Were all of them read to their end? */
  complete(...oids: Oid[]): boolean {
    return oids.every((oid) => this.column(oid).complete);
  }

  /** What was cut off, with the reason. */
  get missing(): { oid: Oid; reason: string }[] {
    return [...this.#columns]
      .filter(([, column]) => !column.complete)
      .map(([oid, column]) => ({ oid, reason: column.reason ?? "cut off" }));
  }

  /** Every column's OID, in the order in which they came. */
  get oids(): Oid[] {
    return [...this.#columns.keys()];
  }
}
