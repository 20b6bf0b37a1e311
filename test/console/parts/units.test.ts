import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { relativeTime, utcTime } from "../../../src/console/parts/time.tsx";
import { counted, formatBytes, formatMebibytes, formatMegahertz } from "../../../src/console/parts/units.ts";

describe("units", () => {
  it("gives sizes three digits and a binary prefix", () => {
    const cases: [number, string][] = [
      [0, "0 B"],
      [1023, "1,023 B"],
      [1024, "1 KiB"],
      [1536, "1.5 KiB"],
      [1024 ** 2 - 1, "1 MiB"],
      [15.5 * 1024 ** 3, "15.5 GiB"],
      [1024 ** 4 * 4.2, "4.2 TiB"],
      [-2048, "−2 KiB"],
    ];
    for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
    assert.equal(formatMebibytes(7936), "7.75 GiB");
  });
  it("gives clock rates and counts", () => {
    assert.equal(formatMegahertz(800), "800 MHz");
    assert.equal(formatMegahertz(2450), "2.45 GHz");
    assert.equal(counted(1, "host"), "1 host");
    assert.equal(counted(2000, "host"), "2,000 hosts");
    assert.equal(counted(0, "entry", "entries"), "0 entries");
  });
  it("says how long ago", () => {
    const now = Date.UTC(2026, 10, 21, 12, 0, 0);
    const cases: [seconds: number, text: string][] = [
      [0, "just now"],
      [59, "just now"],
      [-30, "just now"],
      [61, "1 minute ago"],
      [3 * 3600 + 10, "3 hours ago"],
      [86_400, "yesterday"],
      [400 * 86_400, "last year"],
      [-120, "in 2 minutes"],
    ];
    for (const [seconds, text] of cases) assert.equal(relativeTime(now - seconds * 1000, now), text);
    assert.equal(utcTime(now), "2026-11-21 12:00 UTC");
    assert.equal(utcTime(Number.NaN), "?");
  });
});
