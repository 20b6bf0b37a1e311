import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bridgePorts } from "../../../src/backend/device/bridge-ports.ts";
import { interfaceType } from "../../../src/backend/device/interface-types.ts";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import type { About } from "../../../src/backend/device/reader.ts";
import { bitsPerSecond, speedText } from "../../../src/backend/device/speed.ts";
import { bridge } from "../../../src/snmp/mib/bridge.ts";
import { ciscoPort } from "../../../src/snmp/mib/cisco-vlan.ts";
import { dot1x } from "../../../src/snmp/mib/dot1x.ts";
import { interfaces } from "../../../src/snmp/mib/interfaces.ts";
import { lag } from "../../../src/snmp/mib/lag.ts";
import { Tables } from "../../../src/snmp/tables.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { agentTables, bytes, maker } from "./agent-tables.ts";

const { ifDescr, ifName, ifAlias, ifType, ifOperStatus } = interfaces;
const generic = maker(0);

const tablesOf = (
  about: About,
  columns: Record<Oid, Record<string, Value>>,
  cut: readonly Oid[] = [],
  objects: readonly Oid[] = portsObjects(about),
) => agentTables(objects, columns, cut);

const described = (names: Record<string, string>) =>
  Object.fromEntries(Object.entries(names).map(([index, name]) => [index, bytes(name)]));
const namesOf = (about: About, tables: Tables) => ports(tables, about).part.rows.map(({ port }) => port);

describe("names of ports", () => {
  test("are ifDescr; all of several equal ones have their ifIndex behind them", () => {
    const tables = tablesOf(generic, { [ifDescr]: described({ 1: "eth", 2: "eth", 3: "eth (1)", 4: "lo" }) });
    assert.deepEqual(namesOf(generic, tables), ["eth (1) (1)", "eth (2)", "eth (1)", "lo"]);
  });

  test("lose NUL padding and blanks; what is not UTF-8 is Latin-1", () => {
    const tables = tablesOf(generic, {
      [ifDescr]: { 1: bytes("Gi0/1\0\0\0"), 2: bytes("  Gi0/2 "), 3: Uint8Array.of(0x42, 0xfc, 0x72, 0x6f) },
    });
    assert.deepEqual(namesOf(generic, tables), ["Gi0/1", "Gi0/2", "Büro"]);
  });

  test("fall back to ifName, then to ifIndex", () => {
    const tables = tablesOf(generic, { [ifDescr]: described({ 1: "", 2: "\0" }), [ifName]: described({ 1: "ge1" }) });
    assert.deepEqual(namesOf(generic, tables), ["ge1", "2"]);
  });

  test("are not made up while ifDescr was cut off", () => {
    const columns = {
      [ifDescr]: described({ 1: "a" }),
      [ifName]: described({ 1: "x", 2: "y" }),
      [ifType]: { 1: 6, 2: 6 },
    };
    const tables = tablesOf(generic, columns, [ifDescr]);
    const { part } = ports(tables, generic);
    assert.deepEqual(
      part.rows.map(({ port }) => port),
      ["a"],
    );
    assert.equal(part.complete, false);
    assert.match(part.reason ?? "", /^ifDescr: no answer$/);
    assert.deepEqual(namesOf(generic, tablesOf(generic, columns)), ["a", "y"]);
  });

  test("are ifName on D-Link, where ifDescr names the firmware", () => {
    const columns = {
      [ifDescr]: described({ 1: "DES R4.04 Port 1", 2: "DES R4.04 Port 2" }),
      [ifName]: described({ 1: "1" }),
    };
    assert.deepEqual(namesOf(maker(171), tablesOf(maker(171), columns)), ["1", "DES R4.04 Port 2"]);
  });

  test("stay when a reboot renumbers the interfaces", () => {
    const before = tablesOf(generic, { [ifDescr]: described({ 1: "Gi0/1", 2: "Gi0/2" }) });
    const after = tablesOf(generic, { [ifDescr]: described({ 7: "Gi0/2", 9: "Gi0/1" }) });
    assert.deepEqual(namesOf(generic, before).sort(), namesOf(generic, after).sort());
    assert.equal(ports(after, generic).names.name(9), "Gi0/1");
    assert.equal(ports(after, generic).names.name(1), "");
  });
});

describe("a port", () => {
  test("says which fields were cut off; the rows are complete all the same", () => {
    const columns = { [ifDescr]: described({ 1: "a" }), [ifAlias]: described({ 1: "desk" }) };
    const { part } = ports(tablesOf(generic, columns, [ifAlias, dot1x.dot1xAuthPaeState]), generic);
    assert.equal(part.complete, true);
    assert.ok(part.unread?.includes("name") && part.unread.includes("pae_authconfig_state"));
    assert.ok(!part.unread?.includes("speed"));
  });

  test("without the first read has nothing and is not complete", () => {
    assert.deepEqual(ports(new Tables(), generic).part.rows, []);
    assert.equal(ports(new Tables(), generic).part.complete, false);
  });

  test("has its state in words, and none for numbers that mean nothing", () => {
    const columns = { [ifDescr]: described({ 1: "a", 2: "b", 3: "c" }), [ifOperStatus]: { 1: 1, 2: 7, 3: 99 } };
    const rows = ports(tablesOf(generic, columns), generic).part.rows;
    assert.deepEqual(
      rows.map(({ up }) => up),
      ["up", "lowerLayerDown", ""],
    );
    assert.deepEqual(
      [interfaceType(6), interfaceType(161), interfaceType(9999)],
      ["ethernetCsmacd", "ieee8023adLag", "9999"],
    );
  });

  test("belongs to its aggregate by LACP, PAgP or the stack, and only when that exists", () => {
    const columns = {
      [ifDescr]: described({ 1: "e1", 2: "e2", 3: "e3", 4: "e4", 10: "po1", 11: "po2" }),
      [ifType]: { 1: 6, 2: 6, 3: 6, 4: 6, 10: 161, 11: 161 },
      [lag.dot3adAggPortAttachedAggID]: { 1: 10, 2: 0, 4: 99 },
      [lag.pagpGroupIfIndex]: { 1: 11, 2: 11, 4: 4 },
      [interfaces.ifStackStatus]: { "10.3": 1, "0.10": 1, "10.0": 1 },
    };
    const rows = ports(tablesOf(maker(9), columns), maker(9)).part.rows;
    assert.deepEqual(
      rows.map(({ slave_of }) => slave_of),
      ["po1", "po2", "po1", "", "", ""],
    );
    assert.deepEqual(
      rows.filter(({ is_master }) => is_master).map(({ port }) => port),
      ["po1", "po2"],
    );
  });

  test("has subinterfaces by name and by stack", () => {
    const columns = {
      [ifDescr]: described({ 1: "ge-0/0/0", 2: "ge-0/0/0.10", 3: "eth0", 4: "vlan5", 5: "eth1" }),
      [ifType]: { 1: 6, 2: 53, 3: 6, 4: 135, 5: 6 },
      [interfaces.ifStackStatus]: { "4.3": 1 },
    };
    const rows = ports(tablesOf(generic, columns), generic).part.rows;
    assert.deepEqual(
      rows.filter((row) => row.has_subinterfaces).map(({ port }) => port),
      ["ge-0/0/0", "eth0"],
    );
  });

  test("tells of error-disable and access control", () => {
    const columns = {
      [ifDescr]: described({ 5: "Gi0/5" }),
      [ciscoPort.cErrDisableIfStatusCause]: { "5.0": 2 },
      [dot1x.dot1xAuthPaeState]: { 5: 5 },
      [dot1x.dot1xAuthAuthControlledPortStatus]: { 5: 1 },
      [dot1x.cafSessionAuthUserName]: { "5.1.65": bytes("alice") },
      [dot1x.dot1xPaePortCapabilities]: { 5: Uint8Array.of(0x80) },
    };
    const [row] = ports(tablesOf(maker(9), columns), maker(9)).part.rows;
    assert.deepEqual(
      [row?.error_disable_cause, row?.pae_authconfig_state, row?.pae_authconfig_port_status, row?.pae_authsess_user],
      ["bpduGuard", "authenticated", "authorized", "alice"],
    );
    assert.deepEqual([row?.pae_is_authenticator, row?.pae_is_supplicant], [true, false]);
    const off = { ...columns, [`${dot1x.dot1xPaeSystemAuthControl}.0`]: { 0: 2 } };
    assert.equal(ports(tablesOf(maker(9), off), maker(9)).part.rows[0]?.pae_authconfig_state, "");
  });
});

describe("bridge ports", () => {
  const all = portsObjects(generic);
  test("are interfaces of the same number only where the whole set proves it", () => {
    const types = { [ifType]: { 1: 6, 2: 6, 3: 24 } };
    const same = tablesOf(generic, { ...types, [bridge.dot1dStpPortState]: { 1: 5, 2: 5 } }, [], all);
    assert.deepEqual(
      [...bridgePorts(same, generic)],
      [
        [1, 1],
        [2, 2],
      ],
    );
    const fewer = tablesOf(generic, { ...types, [bridge.dot1dStpPortState]: { 1: 5 } }, [], all);
    assert.equal(bridgePorts(fewer, generic).size, 0);
    const cut = tablesOf(
      generic,
      { ...types, [bridge.dot1dStpPortState]: { 1: 5, 2: 5 } },
      [bridge.dot1dBasePortIfIndex],
      all,
    );
    assert.equal(bridgePorts(cut, generic).size, 0);
  });

  test("are told by place on JUNOS only where the device's own mapping does not speak against it", () => {
    const about = maker(2636);
    const places = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [500 + n, bytes(`ge-0/0/${n - 1}`)]));
    const zero = Object.fromEntries([2, 3, 4, 5, 6, 7, 8].map((n) => [n, 0]));
    const agreeing = tablesOf(about, { [ifDescr]: places, [bridge.dot1dBasePortIfIndex]: { 1: 501, ...zero } });
    assert.equal(bridgePorts(agreeing, about).get(8), 508);
    const other = tablesOf(about, { [ifDescr]: places, [bridge.dot1dBasePortIfIndex]: { 1: 509, ...zero } });
    assert.deepEqual([...bridgePorts(other, about)], [[1, 509]]);
    const gap = tablesOf(about, { [ifDescr]: places, [bridge.dot1dBasePortIfIndex]: { 1: 501, ...zero, 77: 0 } });
    assert.deepEqual([...bridgePorts(gap, about)], [[1, 501]]);
  });
});

test("speeds are spelled as Netdisco spells them", () => {
  const spelled = [0, 64_000, 1_544_000, 10_000_000, 100_000_000, 1e9, 2.5e9, 10e9, 25e9, 400e9, 1.6e12].map(speedText);
  assert.deepEqual(spelled, [
    "0",
    "64 kbps",
    "1.5 Mbps",
    "10 Mbps",
    "100 Mbps",
    "1.0 Gbps",
    "2.5 Gbps",
    "10 Gbps",
    "25 Gbps",
    "400 Gbps",
    "1.6 Tbps",
  ]);
  assert.equal(bitsPerSecond(4_294_967_295, 40_000), 40e9);
  assert.equal(bitsPerSecond(0, 10_000), 10e9);
  assert.equal(bitsPerSecond(undefined, undefined), undefined);
  assert.equal(bitsPerSecond(1000, 0), 1000);
});
