import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setBits } from "../../../src/backend/device/bitmap.ts";
import type { PortNames } from "../../../src/backend/device/reader.ts";
import { vlans, vlansObjects } from "../../../src/backend/device/vlans.ts";
import { ciscoVlan } from "../../../src/snmp/mib/cisco-vlan.ts";
import { foundryVlan, huaweiVlan, vlan } from "../../../src/snmp/mib/vlan.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { agentTables, bytes, hex, maker } from "./agent-tables.ts";

/** Bridge ports 1 to 9 are interfaces 101 to 109, named p1 to p9. */
const names: PortNames = {
  name: (ifIndex) => (ifIndex > 100 ? `p${ifIndex - 100}` : ""),
  ofBridgePort: (port) => (port >= 1 && port <= 9 ? 100 + port : undefined),
};
const read = (columns: Record<Oid, Record<string, Value>>, about = maker(0), cut: Oid[] = []) =>
  vlans(agentTables(vlansObjects(about), columns, cut), about, names);
const members = (columns: Record<Oid, Record<string, Value>>, about = maker(0)) =>
  read(columns, about).portVlans.rows.map(({ port, vlan: number, native, egress_tag, vlantype }) =>
    `${port} ${number}${native ? " native" : ""}${egress_tag ? " tagged" : ""} ${vlantype}`.trimEnd(),
  );

describe("port lists", () => {
  test("count bits from the left", () => {
    assert.deepEqual(setBits(hex("8001"), 1), [1, 16]);
    assert.deepEqual(setBits(hex("8001"), 0), [0, 15]);
    assert.deepEqual(setBits(undefined, 1), []);
    assert.deepEqual(setBits(5, 1), []);
  });

  test("that a recording holds half as snmpwalk's text are read as what they were", () => {
    const spoiled = Uint8Array.from([...hex("80000000000000000000000000000000"), ...bytes("\nC0 00 00 01 \n00 80")]);
    assert.deepEqual(setBits(spoiled, 1), [1, 129, 130, 160, 169]);
    const honest = Uint8Array.from([...new Uint8Array(16), 0x0a, 0xff, 0x30, 0x30, 0x20, 0x30, 0x30, 0x20]);
    assert.ok(setBits(honest, 1).includes(133), "0x0a is four ports and more, when no text follows");
  });
});

describe("Q-BRIDGE", () => {
  test("tells what holds now before what is configured, and passes over ports that are not there", () => {
    const columns = {
      [vlan.dot1qVlanStaticName]: { 5: bytes("five"), 6: bytes("six") },
      [vlan.dot1qVlanStaticEgressPorts]: { 5: hex("ff"), 6: hex("407fff") },
      [vlan.dot1qVlanStaticUntaggedPorts]: { 5: hex("ff"), 6: hex("40") },
      [vlan.dot1qVlanCurrentEgressPorts]: { "77.5": hex("c0"), "0.4091": hex("") },
      [vlan.dot1qVlanCurrentUntaggedPorts]: { "77.5": hex("80") },
      [vlan.dot1qPvid]: { 1: 5, 2: 6 },
    };
    assert.deepEqual(members(columns), ["p1 5 native", "p2 5 tagged", "p2 6 native"]);
    assert.deepEqual(read(columns).vlans.rows, [
      { vlan: 5, description: "five" },
      { vlan: 4091, description: "" },
      { vlan: 6, description: "six" },
    ]);
  });

  test("is incomplete when a column was cut off", () => {
    const { vlans: list, portVlans } = read({}, maker(0), [vlan.dot1qVlanCurrentUntaggedPorts]);
    assert.deepEqual([list.complete, portVlans.complete], [false, false]);
    assert.match(portVlans.reason ?? "", /dot1qVlanCurrentUntaggedPorts/);
  });
});

test("Cisco: access, trunk, voice, and VLANs above 1023; no VLAN that VTP has not", () => {
  const columns = {
    [ciscoVlan.vtpVlanState]: { "1.1": 1, "1.20": 1, "1.2000": 1, "1.1002": 1 },
    [ciscoVlan.vtpVlanType]: { "1.1": 1, "1.20": 1, "1.2000": 1, "1.1002": 2 },
    [ciscoVlan.vtpVlanName]: { "1.1": bytes("default"), "1.20": bytes("desks"), "1.2000": bytes("servers") },
    [ciscoVlan.vmVlan]: { 101: 20, 102: 1 },
    [ciscoVlan.vmVlanType]: { 101: 1, 102: 3 },
    [ciscoVlan.vmVoiceVlanId]: { 101: 2000, 103: 4096 },
    [ciscoVlan.vlanTrunkPortDynamicStatus]: { 101: 2, 102: 1 },
    [ciscoVlan.vlanTrunkPortNativeVlan]: { 101: 1, 102: 1 },
    [ciscoVlan.vlanTrunkPortVlansEnabled]: { 101: hex("ffffff"), 102: hex("7fffff") },
    [ciscoVlan.vlanTrunkPortVlansEnabled2k]: { 102: hex(`${"00".repeat(122)}80`) },
    [ciscoVlan.vtpVlanIfIndex]: { "1.20": 109, "1.1": 0 },
  };
  assert.deepEqual(members(columns, maker(9)).sort(), [
    "p1 20 native static",
    "p1 2000 tagged voice",
    "p2 1 native multiVlan",
    "p2 20 tagged multiVlan",
    "p2 2000 tagged multiVlan",
    "p9 20 native",
  ]);
});

test("Foundry: by its own table, not by bitmaps that are none", () => {
  const columns = {
    [vlan.dot1qVlanCurrentEgressPorts]: { "0.1": hex("000000010018004200430044") },
    [vlan.dot1qPvid]: { 1: 1, 2: 1 },
    [foundryVlan.snVLanByPortMemberTagMode]: { "1.101": 2, "1.102": 2, "7.102": 1 },
    [foundryVlan.snVLanByPortCfgVLanName]: { 1: bytes("DEFAULT-VLAN"), 7: bytes("seven") },
  };
  assert.deepEqual(members(columns, maker(1991)), ["p1 1 native", "p2 1 native", "p2 7 tagged"]);
});

test("Huawei: bits from port 0; a trunk is untagged in its PVID alone", () => {
  const columns = {
    [huaweiVlan.hwL2VlanDescr]: { 1: bytes("VLAN 0001"), 30: bytes("VLAN 0030") },
    [huaweiVlan.hwL2VlanPortList]: { 1: hex("20"), 30: hex("60") },
    [huaweiVlan.hwL2IfPortType]: { 1: 2, 2: 1 },
    [vlan.dot1qPvid]: { 1: 30, 2: 1 },
  };
  assert.deepEqual(members(columns, maker(2011)), ["p2 1 native", "p1 30 native", "p2 30 tagged"]);
});

test("JUNOS: ports as text, the tag in the name or in EX's table", () => {
  const columns = {
    [vlan.dot1qVlanStaticName]: { 7: bytes("lab+7"), 3: bytes("office") },
    [vlan.dot1qVlanStaticEgressPorts]: { 7: bytes("1,3"), 3: bytes("2") },
    [vlan.dot1qVlanStaticUntaggedPorts]: { 7: bytes(""), 3: bytes("2") },
  };
  assert.deepEqual(members(columns, maker(2636)), ["p2 3", "p1 7 tagged", "p3 7 tagged"]);
  const ex = { ...columns, "1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5": { 3: 300 } };
  assert.deepEqual(
    read(ex, maker(2636)).vlans.rows.map((row) => `${row.vlan} ${row.description}`),
    ["300 office", "7 lab"],
  );
});
