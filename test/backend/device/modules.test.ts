/** Modules of every recording against the recording's own rows and against what Netdisco stored. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { modules, modulesObjects } from "../../../src/backend/device/modules.ts";
import type { ModuleFact } from "../../../src/network/facts.ts";
import { entity } from "../../../src/snmp/mib/entity.ts";
import { bytes, netdisco, present, readRecording, tablesOf } from "./recorded.ts";

interface Expected {
  rows: number;
  /** Rows that Netdisco stored. */
  netdisco: number;
  /** Fields in which rows differ from Netdisco's, and in how many rows; `missing`: rows that only Netdisco has. */
  differ: Partial<Record<keyof ModuleFact | "missing", number>>;
  why: string;
}

const noType = 'a vendor type of 0.0 is none; Netdisco prints ".0.0"';
const alone = "no table of parts in the recording; Netdisco makes up one row for the chassis";
const junos =
  "rows of jnxContainers and jnxContents as Netdisco has them, but with part numbers, places, serials without the " +
  "words S/N, the midplane as backplane, and what sits in the power slot as power supply";

export const expected: Readonly<Record<string, Expected>> = {
  "arista-dcs-7150s-52-cl": { rows: 280, netdisco: 280, differ: { type: 280 }, why: noType },
  arista_eos_1: { rows: 11, netdisco: 11, differ: { type: 11 }, why: noType },
  awplus: { rows: 8, netdisco: 1, differ: { missing: 1 }, why: `AT-SYSINFO-MIB's boards; ${alone}` },
  "brocade-icx6430-24": {
    rows: 2,
    netdisco: 2,
    differ: { type: 2, name: 2, model: 2 },
    why: "snAgentConfigModule: the model is its first word; Netdisco names types after another MIB, and all rows alike",
  },
  "cisco-c3560": { rows: 61, netdisco: 61, differ: {}, why: "" },
  "cisco-n5000-uk9": {
    rows: 52,
    netdisco: 52,
    differ: { parent: 1 },
    why: "slot 220 has no row; it is still the parent",
  },
  comware: { rows: 322, netdisco: 322, differ: { type: 17 }, why: "types that the MIB has no name for stay OIDs" },
  "dlink-des3200": { rows: 0, netdisco: 1, differ: { missing: 1 }, why: alone },
  gaia: { rows: 0, netdisco: 1, differ: { missing: 1 }, why: alone },
  "hpe-procurve-516733-b21": {
    rows: 27,
    netdisco: 27,
    differ: { type: 24, parent: 24 },
    why: `${noType}; parents that have no row of their own are still parents`,
  },
  "huawei-s5720": {
    rows: 63,
    netdisco: 63,
    differ: { type: 63 },
    why: `${noType}, and OIDs that it has no name for in halves`,
  },
  "juniper-mx960-12-3r6-6": {
    rows: 68,
    netdisco: 68,
    differ: { pos: 68, model: 59, serial: 40, parent: 1, class: 2 },
    why: junos,
  },
  "juniper-mx960-13-3r9-13": {
    rows: 61,
    netdisco: 61,
    differ: { pos: 61, model: 52, serial: 37, parent: 1, class: 2 },
    why: junos,
  },
  routeros: { rows: 3, netdisco: 3, differ: { type: 3 }, why: noType },
};

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
