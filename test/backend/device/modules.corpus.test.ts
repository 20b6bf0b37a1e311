/** Modules of every recording against the recording's own rows and against what Netdisco stored. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { modules, modulesObjects } from "../../../src/backend/device/modules.ts";
import type { ModuleFact } from "../../../src/network/facts.ts";
import { entity } from "../../../src/snmp/mib/entity.ts";
import { expected } from "./module-rows.ts";
import { bytes, netdisco, present, readRecording, tablesOf } from "./recorded.ts";

const fields = [
  "description",
  "type",
  "parent",
  "name",
  "class",
  "pos",
  "hw_ver",
  "fw_ver",
  "sw_ver",
  "serial",
  "model",
] as const satisfies (keyof ModuleFact)[];

console.log(
  present ? `modules: ${Object.keys(expected).length} recordings` : "modules: recordings skipped, there are none",
);

describe("recordings", { skip: !present }, () => {
  for (const [name, wanted] of Object.entries(expected)) {
    test(`${name}: ${wanted.rows} rows`, async () => {
      const read = await readRecording(name, modulesObjects);
      const part = modules(read.tables, read.about);
      assert.equal(part.complete, true);
      assert.equal(part.rows.length, wanted.rows);
      const recorded = read.tables.rows(entity.entPhysicalClass).size;
      if (recorded > 0) assert.equal(part.rows.length, recorded);
      assert.equal(new Set(part.rows.map(({ index }) => index)).size, part.rows.length, "indexes are unique");
      const peers = netdisco("device_module", name);
      assert.equal(peers.length, wanted.netdisco);
      const own = new Map(part.rows.map((row) => [String(row.index), row]));
      const differ: Record<string, number> = {};
      for (const peer of peers) {
        const row = own.get(peer.index ?? "");
        const other = row ? fields.filter((field) => String(row[field] ?? "") !== peer[field]) : ["missing"];
        for (const field of other) differ[field] = (differ[field] ?? 0) + 1;
      }
      assert.deepEqual(differ, wanted.differ);
    });
  }

  test("the parts of an MX960 hang together", async () => {
    const read = await readRecording("juniper-mx960-12-3r6-6", modulesObjects);
    const { rows } = modules(read.tables, read.about);
    const indexes = new Set(rows.map(({ index }) => index));
    assert.deepEqual(
      rows.filter(({ parent }) => parent !== 0 && !indexes.has(parent ?? -1)),
      [],
    );
    const engine = rows.find(({ description }) => description === "Routing Engine 0");
    assert.deepEqual(
      [engine?.index, engine?.class, engine?.serial, engine?.fru],
      [9010000, "module", "9009104172", true],
    );
  });
});

describe("tables", () => {
  const about = { objectId: "", enterprise: 0, description: "" };

  test("a cut-off column makes the part incomplete, and says which", () => {
    const tables = tablesOf(
      { [entity.entPhysicalClass]: { 1: 3, 2: 10 }, [entity.entPhysicalSerialNum]: { 1: bytes("A1") } },
      [entity.entPhysicalSerialNum],
    );
    const part = modules(tables, about);
    assert.equal(part.complete, false);
    assert.match(part.reason ?? "", /entPhysicalSerialNum: cut off/);
    assert.deepEqual(
      part.rows.map(({ index, class: kind, serial }) => [index, kind, serial]),
      [
        [1, "chassis", "A1"],
        [2, "port", ""],
      ],
    );
  });

  test("classes and flags outside their range are unknown, not something else", () => {
    const tables = tablesOf({ [entity.entPhysicalClass]: { 7: 99 }, [entity.entPhysicalIsFRU]: { 7: 3 } });
    const [row] = modules(tables, about).rows;
    assert.deepEqual([row?.class, row?.fru, row?.parent], ["unknown", null, null]);
  });
});
