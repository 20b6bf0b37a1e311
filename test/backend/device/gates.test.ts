import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closedGates, type GateTimes, gateObjects, gateTimes } from "../../../src/backend/device/gates.ts";
import { Tables } from "../../../src/snmp/tables.ts";

const start = Date.UTC(2026, 10, 22);
const [uptime = "", interfaces = "", entities = "", lldp = ""] = gateObjects;

function tables(values: Record<string, number>): Tables {
  const read = new Tables();
  for (const [oid, value] of Object.entries(values)) read.set(oid, { rows: new Map([["0", value]]), complete: true });
  return read;
}

/** A visit so many seconds after the first, of a device that was up 1000 s then. */
function visit(seconds: number, change: Partial<GateTimes> = {}): GateTimes {
  return {
    at: start + seconds * 1000,
    uptime: 100_000 + seconds * 100,
    interfaces: 500,
    entities: 600,
    lldp: 700,
    ...change,
  };
}

const before = visit(0, { read: { interfaces: start, entities: start, lldp: start } });

describe("change gates", () => {
  test("are read from scalars; without an uptime there are none", () => {
    assert.deepEqual(gateTimes(tables({ [uptime]: 9, [interfaces]: 1, [entities]: 2, [lldp]: 3 }), start), {
      at: start,
      uptime: 9,
      interfaces: 1,
      entities: 2,
      lldp: 3,
    });
    assert.deepEqual(gateTimes(tables({ [uptime]: 9 }), start), { at: start, uptime: 9 });
    assert.equal(gateTimes(tables({ [lldp]: 3 }), start), undefined);
  });

  test("close over what has not changed", () => {
    assert.deepEqual([...closedGates(before, visit(3600))], ["interfaces", "entities", "lldp"]);
    assert.deepEqual([...closedGates(before, visit(3600, { lldp: 250_000 }))], ["interfaces", "entities"]);
  });

  test("stand open after a reboot, though the numbers may look the same", () => {
    assert.equal(closedGates(before, visit(3600, { uptime: 50_000 })).size, 0);
    // Up for longer than at the last visit, but not for as long as it would be had it stayed up.
    assert.equal(closedGates(before, visit(7200, { uptime: 400_000 })).size, 0);
  });

  test("stand open after a wrap of sysUpTime", () => {
    const late = { ...visit(0, { uptime: 2 ** 32 - 1000 }), read: before.read ?? {} };
    assert.equal(closedGates(late, visit(100, { uptime: 9000 })).size, 0);
  });

  test("stand open where the device lacks the object or leaves it at 0", () => {
    const { lldp: _lldp, ...without } = visit(60);
    assert.deepEqual([...closedGates(before, { ...without, entities: 0 })], ["interfaces"]);
    assert.deepEqual([...closedGates({ ...before, entities: 0 }, visit(60, { entities: 0 }))], ["interfaces", "lldp"]);
  });

  test("open once a day whatever the device says, and over what was not read whole", () => {
    const day = 24 * 3600;
    assert.equal(closedGates(before, visit(day)).size, 0);
    assert.deepEqual([...closedGates({ ...before, read: { lldp: start } }, visit(60))], ["lldp"]);
    assert.equal(closedGates(undefined, visit(60)).size, 0);
  });
});
