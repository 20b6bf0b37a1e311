/** PoE: no recording has powered ports, so each way of naming them is synthesised here. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { power, powerObjects } from "../../../src/backend/device/power.ts";
import type { About, PortNames } from "../../../src/backend/device/reader.ts";
import { entity } from "../../../src/snmp/mib/entity.ts";
import { interfaces } from "../../../src/snmp/mib/interfaces.ts";
import { foundryPower, power as mib } from "../../../src/snmp/mib/power.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { bytes, netdisco, present, readRecording, tablesOf } from "./recorded.ts";

type Columns = Record<Oid, Record<string, Value>>;

/** Interfaces by ifIndex and name, all of them Ethernet. */
function device(ports: Record<number, string>, bridgePorts: Record<number, number> = {}) {
  const column = (cell: (name: string) => Value) =>
    Object.fromEntries(Object.entries(ports).map(([ifIndex, name]) => [ifIndex, cell(name)]));
  const columns: Columns = { [interfaces.ifDescr]: column(bytes), [interfaces.ifType]: column(() => 6) };
  const names: PortNames = { name: (ifIndex) => ports[ifIndex] ?? "", ofBridgePort: (port) => bridgePorts[port] };
  return { columns, names };
}

const enabled = (...indexes: string[]): Columns => ({
  [mib.pethPsePortAdminEnable]: Object.fromEntries(indexes.map((index) => [index, 1])),
  [mib.pethPsePortDetectionStatus]: Object.fromEntries(indexes.map((index) => [index, 3])),
  [mib.pethPsePortPowerClassifications]: Object.fromEntries(indexes.map((index) => [index, 5])),
});

const by = (enterprise: number): About => ({ objectId: "", enterprise, description: "" });

function portsOf(about: About, { columns, names }: ReturnType<typeof device>, more: Columns) {
  return power(tablesOf({ ...columns, ...more }), about, names).portPower;
}

const named = (part: ReturnType<typeof portsOf>) => part.rows.map(({ port, module }) => [port, module]);

describe("which interface a powered port is", () => {
  test("Cisco: by its own map and entAliasMapping, stacks too", () => {
    const stack = device({ 10101: "Gi1/0/1", 10102: "Gi1/0/2", 10601: "Gi2/0/1" });
    const part = portsOf(by(9), stack, {
      ...enabled("1.1", "1.2", "2.1"),
      [mib.cpeExtPsePortEntPhyIndex]: { "1.1": 1005, "1.2": 1006, "2.1": 2005 },
      [entity.entAliasMappingIdentifier]: {
        "1005.0": "1.3.6.1.2.1.2.2.1.1.10101",
        "1006.0": "1.3.6.1.2.1.2.2.1.1.10102",
        "2005.0": "1.3.6.1.2.1.2.2.1.1.10601",
      },
      [mib.cpeExtPsePortPwrConsumption]: { "1.1": 6300 },
    });
    assert.deepEqual(named(part), [
      ["Gi1/0/1", 1],
      ["Gi1/0/2", 1],
      ["Gi2/0/1", 2],
    ]);
    assert.deepEqual(part.rows[0], {
      port: "Gi1/0/1",
      module: 1,
      admin: true,
      status: "deliveringPower",
      class: "class4",
      power: 6300,
    });
  });

  test("Cisco: by the part's name where no alias is told", () => {
    const part = portsOf(by(9), device({ 10101: "GigabitEthernet1/0/1" }), {
      ...enabled("1.1"),
      [mib.cpeExtPsePortEntPhyIndex]: { "1.1": 1005 },
      [entity.entPhysicalName]: { 1005: bytes("GigabitEthernet1/0/1") },
    });
    assert.deepEqual(named(part), [["GigabitEthernet1/0/1", 1]]);
  });

  test("ProCurve chassis, Comware: the port's number is an ifIndex, whatever the group", () => {
    const part = portsOf(
      by(11),
      device({ 1: "A1", 2: "A2", 25: "B1", 26: "B2" }),
      enabled("1.1", "1.2", "2.25", "2.26"),
    );
    assert.deepEqual(named(part), [
      ["A1", 1],
      ["A2", 1],
      ["B1", 2],
      ["B2", 2],
    ]);
  });

  test("stacks: group and port stand in the name", () => {
    const stack = device({ 100: "1/0/1", 101: "1/0/2", 200: "2/0/1", 201: "2/0/2" });
    assert.deepEqual(named(portsOf(by(674), stack, enabled("1.1", "1.2", "2.1", "2.2"))), [
      ["1/0/1", 1],
      ["1/0/2", 1],
      ["2/0/1", 2],
      ["2/0/2", 2],
    ]);
  });

  test("Junos counts from 0", () => {
    const ports = device({ 503: "ge-0/0/0", 504: "ge-0/0/1", 505: "ge-0/0/2" });
    assert.deepEqual(named(portsOf(by(2636), ports, enabled("1.1", "1.2", "1.3"))), [
      ["ge-0/0/0", 1],
      ["ge-0/0/1", 1],
      ["ge-0/0/2", 1],
    ]);
  });

  test("one group: the number of a bridge port, where names say nothing", () => {
    const ports = device({ 5001: "red", 5002: "blue" }, { 1: 5001, 2: 5002 });
    assert.deepEqual(named(portsOf(by(1), ports, enabled("1.1", "1.2"))), [
      ["red", 1],
      ["blue", 1],
    ]);
  });

  test("where no way fits every port, none is guessed, and the reason says so", () => {
    const part = portsOf(by(1), device({ 5001: "red", 5002: "blue" }), enabled("1.1", "2.1"));
    assert.deepEqual(part.rows, []);
    assert.match(part.reason ?? "", /2 powered ports/);
  });

  test("VLAN interfaces whose ifIndex is a port's number are not taken for ports", () => {
    const ports = device({ 1: "vlan1", 2: "vlan2", 1001: "Port 1", 1002: "Port 2" });
    const type = { 1: 53, 2: 53, 1001: 6, 1002: 6 };
    const part = portsOf(by(1), ports, { ...enabled("1.1", "1.2"), [interfaces.ifType]: type });
    assert.deepEqual(named(part), [
      ["Port 1", 1],
      ["Port 2", 1],
    ]);
  });
});

describe("values", () => {
  test("supplies in watts; a state out of range is none", () => {
    const tables = tablesOf({
      [mib.pethMainPsePower]: { 1: 370, 2: 740 },
      [mib.pethMainPseOperStatus]: { 1: 1, 2: 9 },
    });
    assert.deepEqual(power(tables, by(1), device({}).names).power.rows, [
      { module: 1, power: 370, status: "on" },
      { module: 2, power: 740, status: "" },
    ]);
  });

  test("the class of the last guest is not told of an empty port", () => {
    const ports = device({ 1: "1" });
    const part = portsOf(by(1), ports, { ...enabled("1.1"), [mib.pethPsePortDetectionStatus]: { "1.1": 2 } });
    assert.deepEqual([part.rows[0]?.status, part.rows[0]?.class], ["searching", ""]);
  });

  test("a cut-off column makes the part incomplete", () => {
    const { columns, names } = device({ 1: "1" });
    const all = Object.fromEntries(powerObjects(by(1)).map((oid) => [oid, {}]));
    const tables = tablesOf({ ...all, ...columns, ...enabled("1.1") }, [mib.pethPsePortDetectionStatus]);
    const read = power(tables, by(1), names);
    assert.deepEqual([read.portPower.complete, read.power.complete], [false, true]);
    assert.match(read.portPower.reason ?? "", /pethPsePortDetectionStatus/);
  });

  test("Foundry: by ifIndex, from its own table", () => {
    const part = portsOf(by(1991), device({ 1: "ethernet1/1/1", 65: "ethernet1/2/1" }), {
      [foundryPower.snAgentPoePortControl]: { 1: 3, 65: 2 },
      [foundryPower.snAgentPoePortConsumed]: { 1: 4200, 65: 0 },
      [foundryPower.snAgentPoePortClass]: { 1: 2, 65: 0 },
    });
    assert.deepEqual(
      part.rows.map(({ port, admin, status, class: kind, power }) => [port, admin, status, kind, power]),
      [
        ["ethernet1/1/1", true, "deliveringPower", "class2", 4200],
        ["ethernet1/2/1", false, "disabled", "", 0],
      ],
    );
  });
});

console.log(present ? "power: 1 recording" : "power: the recording skipped, there is none");

test("ICX6430-24: a switch without PoE has no powered ports, though its table has rows", {
  skip: !present,
}, async () => {
  const { tables, about } = await readRecording("brocade-icx6430-24", powerObjects);
  const read = power(tables, about, { name: (ifIndex) => `port ${ifIndex}`, ofBridgePort: () => undefined });
  const control = tables.rows(foundryPower.snAgentPoePortControl);
  assert.equal(control.size, 28);
  assert.deepEqual([...new Set(control.values())], [1], "all are `other`: they can neither be enabled nor disabled");
  assert.deepEqual([read.portPower.rows, read.power.rows, read.portPower.complete], [[], [], true]);
  assert.equal(netdisco("device_port_power", "brocade-icx6430-24").length, 28, "Netdisco calls them disabled");
});
