/** `--trace`: every row as it goes to the store. */
import type { JobContext } from "./action.ts";

export function traceRows(context: JobContext, tables: Readonly<Record<string, readonly object[]>>): void {
  if (!context.tracing) return;
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows) context.report(`row ${table}`, row as Record<string, unknown>);
  }
}
