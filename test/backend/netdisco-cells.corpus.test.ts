/** What `reeve backend do --walk … --dry-run --json` prints of each recording, cell by cell against Netdisco's database. */
import { describe, expect, test } from "bun:test";
import { recordings } from "./device/raw-rows.ts";
import { present } from "./device/recorded.ts";
import { always, compareCells, explained } from "./netdisco-cells.ts";
import { recordedRows } from "./recorded-do.ts";

if (!present) console.log("cells: skipped, the corpus is not there");

describe.skipIf(!present)("cells of the recordings", () => {
  const anyNumber = new Set(always.flatMap(({ table, fields }) => fields.map((field) => `${table}.${field}`)));

  for (const recording of recordings) {
    test(`${recording}: what differs from Netdisco is explained, to the number of rows`, async () => {
      const { counts, cells } = compareCells(recording, await recordedRows(recording));
      expect(cells).toBeGreaterThan(100);
      const reasons = new Map(explained(recording).map((one) => [`${one.table}.${one.field}`, one.rows]));
      const told = [...counts].filter(([column]) => !anyNumber.has(column));
      const wanted = told.map(([column, rows]) => [column, reasons.get(column) === 0 ? rows : reasons.get(column)]);
      expect(told).toEqual(wanted as typeof told);
      const stale = [...reasons].filter(([column, rows]) => rows > 0 && !counts.has(column)).map(([column]) => column);
      expect(stale).toEqual([]);
    }, 30_000);
  }

  test("no reason is given twice", () => {
    for (const recording of recordings) {
      const columns = explained(recording).map(({ table, field }) => `${table}.${field}`);
      expect([recording, columns.filter((column, at) => columns.indexOf(column) !== at)]).toEqual([recording, []]);
    }
  });
});
