/** What may tell a device from others: of every recording, and of the traps. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { about } from "../../../src/backend/device/about.ts";
import { doubtOfMac, doubtOfSerial, identities } from "../../../src/backend/device/identity-facts.ts";
import { system, systemObjects } from "../../../src/backend/device/system.ts";
import { bridge } from "../../../src/snmp/mib/bridge.ts";
import { ip } from "../../../src/snmp/mib/ip.ts";
import { lldp } from "../../../src/snmp/mib/lldp.ts";
import { system as mib } from "../../../src/snmp/mib/system.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { bytes, hexBytes, present, readRecording, tablesOf } from "./recorded.ts";

/** Engine id, serial, chassis id, base MAC address; "" for what tells nothing. */
const expected: Record<string, [engine: string, serial: string, chassis: string, base: string]> = {
  "arista-dcs-7150s-52-cl": ["f5717f001c73b4fd6900", "JPE15151458", "00:1c:73:b4:fd:69", "00:1c:73:b4:fd:69"],
  // All its ids are made from 50:00:00:d5:5d:c0, which the simulator gives to every first node.
  arista_eos_1: ["", "", "", ""],
  // Its bridge address is a stack's virtual one; its boards are of several chassis.
  awplus: ["", "", "", ""],
  "brocade-icx6430-24": ["800007c703609c9f8a75c0", "BZN3215N09A", "", "60:9c:9f:8a:75:c0"],
  "cisco-c3560": ["800000090300e8046278f201", "FOC1408Z61U", "e8:04:62:78:f2:00", "e8:04:62:78:f2:00"],
  "cisco-n5000-uk9": ["80000009038c604f191620", "SSI183706KP", "8c:60:4f:19:16:7c", "8c:60:4f:19:16:7c"],
  // The serial is that of an HP 10508, while sysObjectID and sysDescr speak of an FF 5700.
  comware: ["", "", "", "b8:af:67:63:e5:22"],
  "dlink-des3200": ["", "R3MD1DB002523", "", "9c:d6:43:fc:e2:c0"],
  gaia: ["", "2000AB4000", "", ""],
  "hpe-procurve-516733-b21": ["0000000b0000ac162d927d21", "3C421900TX", "ac:16:2d:92:7d:21", "ac:16:2d:92:7d:21"],
  "huawei-s5720": ["800007db03d494e80de120", "210235956210F7000410", "", "d4:94:e8:0d:e1:20"],
  // Both engine ids are made from IPv4 addresses: 10.196.1.1 and 10.196.1.3.
  "juniper-mx960-12-3r6-6": ["", "JN11FCEC5AFA", "a8:d0:e5:f6:17:c0", "a8:d0:e5:f6:17:d0"],
  "juniper-mx960-13-3r9-13": ["", "JN12002C1AFA", "a8:d0:e5:f5:af:c0", "a8:d0:e5:f5:af:d0"],
  // Not rb400_usb, which is a part's; the bridge address is zero.
  routeros: ["", "71B1060EE89D", "", ""],
};

console.log(
  present ? `identities: ${Object.keys(expected).length} recordings` : "identities: recordings skipped, there are none",
);

describe("recordings", { skip: !present }, () => {
  for (const [name, wanted] of Object.entries(expected)) {
    test(name, async () => {
      const read = await readRecording(name, systemObjects);
      const facts = identities(read.tables, system(read.tables, read.about), undefined);
      const of = (kind: string) => facts.find((fact) => fact.kind === kind)?.value ?? "";
      assert.deepEqual([of("engine_id"), of("serial"), of("chassis_id"), of("base_mac")], wanted);
    });
  }

  test("the chassis of comware's ENTITY-MIB is another product than the device", async () => {
    const { tables, about } = await readRecording("comware", systemObjects);
    assert.match(doubtOfSerial(tables, system(tables, about)) ?? "", /HP 10508/);
  });
});

function kindsOf(columns: Record<Oid, Record<string, Value>>): string[] {
  const tables = tablesOf(columns);
  return identities(tables, system(tables, about(tables)), undefined).map(({ kind, value }) => `${kind} ${value}`);
}

describe("traps", () => {
  for (const [what, mac] of [
    ["zero", "00:00:00:00:00:00"],
    ["multicast", "01:80:c2:00:00:00"],
    ["VRRP", "00:00:5e:00:01:01"],
    ["HSRP", "00:00:0c:9f:f0:01"],
    ["locally made up", "02:42:ac:11:00:02"],
    ["a simulator's", "50:00:00:03:37:66"],
    ["a stack's virtual one", "00:00:cd:37:02:ad"],
    ["a cluster's virtual one", "00:09:0f:09:00:02"],
  ] as const) {
    test(`a MAC address that is ${what} is no identity, as chassis id or in an engine id neither`, () => {
      assert.notEqual(doubtOfMac(mac), undefined);
      const columns = {
        [bridge.dot1dBaseBridgeAddress]: { 0: hexBytes(mac) },
        [lldp.lldpLocChassisIdSubtype]: { 0: 4 },
        [lldp.lldpLocChassisId]: { 0: hexBytes(mac) },
        [`${mib.snmpEngineID}.0`]: { 0: hexBytes(`80001f8803${mac.replaceAll(":", "")}`) },
      };
      assert.deepEqual(kindsOf(columns), []);
    });
  }

  test("an engine id that holds one of the device's own addresses is none", () => {
    const engine = { [`${mib.snmpEngineID}.0`]: { 0: hexBytes("80001f88800ac40101aabbccdd") } };
    assert.deepEqual(kindsOf(engine), ["engine_id 80001f88800ac40101aabbccdd"]);
    assert.deepEqual(kindsOf({ ...engine, [ip.ipAdEntIfIndex]: { "10.196.1.1": 3 } }), []);
  });

  test("a chassis id that is an interface's name or an address of the network is none", () => {
    const chassis = (subtype: number, id: Uint8Array) =>
      kindsOf({ [lldp.lldpLocChassisIdSubtype]: { 0: subtype }, [lldp.lldpLocChassisId]: { 0: id } });
    assert.deepEqual(chassis(6, bytes("eth0")), []);
    assert.deepEqual(chassis(5, Uint8Array.from([1, 192, 0, 2, 1])), []);
    assert.deepEqual(chassis(7, bytes("rack-7-node-12")), ["chassis_id rack-7-node-12"]);
  });

  test("the lowest port's address stands for the device on a page, but is no base MAC address: cards come and go", () => {
    const facts = kindsOf({
      "1.3.6.1.2.1.2.2.1.6": { 1: hexBytes("00:1c:73:00:00:07") },
      "1.3.6.1.2.1.2.2.1.3": { 1: 6 },
    });
    assert.deepEqual(facts, []);
  });

  test("ports' addresses are told once each, and only those that a vendor gave", () => {
    const tables = tablesOf({});
    const rows = ["00:1c:73:00:00:07", "00:1c:73:00:00:07", "02:00:00:00:00:04", null].map((mac) => ({ mac }) as never);
    const facts = identities(tables, system(tables, about(tables)), { rows, complete: true });
    assert.deepEqual(facts, [{ kind: "port_mac", value: "00:1c:73:00:00:07" }]);
  });
});
