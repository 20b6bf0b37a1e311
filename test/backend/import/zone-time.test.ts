import assert from "node:assert/strict";
import { it } from "node:test";
import { epochOf } from "../../../src/backend/import/zone-time.ts";

it("times without zone are read in the zone that is told", () => {
  const cases: [string, string, string | undefined][] = [
    ["2026-11-21T20:57:35.929798", "UTC", "2026-11-21T20:57:35.929Z"],
    ["2026-11-21 20:57:35", "Europe/Berlin", "2026-11-21T19:57:35.000Z"],
    ["2026-07-01T00:00:00", "Europe/Berlin", "2026-06-30T22:00:00.000Z"],
    ["2026-10-25T01:59:59", "Europe/Berlin", "2026-10-24T23:59:59.000Z"],
    ["2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-10-25T03:00:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z"],
    ["2026-03-29T03:00:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
    ["2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59.000Z"],
    ["2026-01-01T00:00:00", "America/New_York", "2026-01-01T05:00:00.000Z"],
    ["2026-01-01T00:00:00", "Asia/Kathmandu", "2025-12-31T18:15:00.000Z"],
    ["2026-01-01T00:00:00", "No/Where", undefined],
    ["yesterday", "UTC", undefined],
  ];
  for (const [text, zone, expected] of cases) {
    const at = epochOf(text, zone);
    assert.equal(at === undefined ? undefined : new Date(at).toISOString(), expected, `${text} ${zone}`);
  }
});
