import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import type { PortFact } from "../../../src/network/facts.ts";
import { portDifferences } from "./port-differences.ts";
import { rawIndexes, recordings } from "./raw-rows.ts";
import { netdisco, present, readRecording } from "./recorded.ts";

const ifDescr = "1.3.6.1.2.1.2.2.1.2";
const skip = present ? false : "the corpus is not there";

/** Netdisco has no such column. */
const ours = new Set(["bridge_port"]);

/** A field as Netdisco's CSV has it. */
const stored = (value: unknown) => (value === true ? "t" : value === false ? "f" : value === null ? "" : String(value));

async function compared(recording: string) {
  const read = await readRecording(recording, portsObjects);
  const { part } = ports(read.tables, read.about);
  const properties = new Map(netdisco("device_port_properties", recording).map((row) => [row.port, row]));
  const theirs = new Map(netdisco("device_port", recording).map((row) => [row.port ?? "", row]));
  const counts: Record<string, number> = {};
  const count = (field: string) => {
    counts[field] = (counts[field] ?? 0) + 1;
  };
  for (const row of part.rows) {
    const other = { ...properties.get(row.port), ...theirs.get(row.port) };
    if (!theirs.delete(row.port)) count("+port");
    else
      for (const field of Object.keys(row)) {
        if (!ours.has(field) && stored(row[field as keyof PortFact]) !== (other[field] ?? "")) count(field);
      }
  }
  for (const _ of theirs) count("-port");
  return { part, counts };
}

describe("ports of the recordings", { skip }, () => {
  for (const recording of recordings) {
    test(`${recording}: every interface, and what Netdisco stored but for differences with a reason`, async () => {
      const { part, counts } = await compared(recording);
      assert.equal(part.complete, true);
      assert.equal(part.unread, undefined);
      assert.equal(part.rows.length, rawIndexes(recording, ifDescr).length);
      assert.equal(new Set(part.rows.map((row) => row.port)).size, part.rows.length);
      const explained = portDifferences.filter((one) => one.recording === recording);
      assert.deepEqual(counts, Object.fromEntries(explained.map(({ field, ports: number }) => [field, number])));
    });
  }

  test("every difference has its reason once", () => {
    const keys = portDifferences.map(({ recording, field }) => `${recording} ${field}`);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(portDifferences.every(({ why, ports: number }) => why.length > 10 && number > 0));
  });
});
