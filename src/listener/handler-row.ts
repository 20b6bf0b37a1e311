/** What the database knows of a handler. */
import type { Database } from "./database.ts";

export interface HandlerRow {
  name: string;
  state: "new" | "loading" | "following";
  paused: boolean;
  position: number;
  start: number;
  cursor: number;
  loads: number;
  prepared: boolean;
  /** JSON; empty: it was never loaded. */
  declaration: string;
  /** What decides which entries an initial load brings, as of the last one: JSON. */
  scope: string;
  error: string;
  errorAt: number;
}

interface Row extends Omit<HandlerRow, "paused" | "prepared" | "errorAt"> {
  paused: number;
  prepared: number;
  error_at: number;
}

export class HandlerRows {
  readonly #all;
  readonly #put;

  constructor(database: Database) {
    this.#all = database.prepare<Row, []>("SELECT * FROM handler ORDER BY name");
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO handler
         (name, state, paused, position, start, cursor, loads, prepared, declaration, scope, error, error_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  all(): HandlerRow[] {
    return this.#all.all().map(({ paused, prepared, error_at, ...row }) => ({
      ...row,
      paused: paused === 1,
      prepared: prepared === 1,
      errorAt: error_at,
    }));
  }

  put(row: HandlerRow): void {
    const { name, state, position, start, cursor, loads, declaration, scope, error, errorAt } = row;
    const [paused, prepared] = [Number(row.paused), Number(row.prepared)];
    this.#put.run(name, state, paused, position, start, cursor, loads, prepared, declaration, scope, error, errorAt);
  }
}

/** A handler that is seen for the first time. */
export function newRow(name: string): HandlerRow {
  return {
    name,
    state: "new",
    paused: false,
    position: 0,
    start: 0,
    cursor: 0,
    loads: 0,
    prepared: false,
    declaration: "",
    scope: "",
    error: "",
    errorAt: 0,
  };
}
