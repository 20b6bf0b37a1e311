/** The system facts of every recording, and the traps that no recording has. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { about } from "../../../src/backend/device/about.ts";
import { chassisOf } from "../../../src/backend/device/chassis.ts";
import { system, systemObjects, uptime } from "../../../src/backend/device/system.ts";
import type { SystemFact } from "../../../src/network/facts.ts";
import { bridge } from "../../../src/snmp/mib/bridge.ts";
import { entity } from "../../../src/snmp/mib/entity.ts";
import { interfaces } from "../../../src/snmp/mib/interfaces.ts";
import { lldp } from "../../../src/snmp/mib/lldp.ts";
import { system as mib } from "../../../src/snmp/mib/system.ts";
import { cisco } from "../../../src/snmp/mib/vendor.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { bytes, hexBytes, netdisco, present, readRecording, tablesOf } from "./recorded.ts";
import { differences } from "./system-differences.ts";

/** Vendor, model, os, os_ver, serial, snmp_class: read off the recordings by hand. */
const expected: Record<string, [string, string, string, string, string, string]> = {
  "arista-dcs-7150s-52-cl": ["arista", "DCS-7150S-52-CL", "EOS", "4.20.5F", "JPE15151458", "arista"],
  arista_eos_1: ["arista", "vEOS", "EOS", "4.16.14M", "", "arista"],
  awplus: ["allied", "AT-SBx8106", "alliedware plus", "5.4.7-2.1", "", "allied"],
  "brocade-icx6430-24": ["brocade", "ICX6430-24", "ironware", "08.0.30tT311", "BZN3215N09A", "foundry"],
  "cisco-c3560": ["cisco", "WS-C3560G-48TS-E", "ios", "12.2(55)SE3", "FOC1408Z61U", "cisco-ios"],
  "cisco-n5000-uk9": ["cisco", "N5K-C5548UP", "nx-os", "6.0(2)N2(3)", "SSI183706KP", "cisco-nxos"],
  comware: ["hp", "FF 5700-40XG-2QSFP", "Comware", "7.1.045 Release 2416", "DM20F3400Z", "comware"],
  "dlink-des3200": ["dlink", "DES-3200-18", "", "4.04.004", "R3MD1DB002523", "dlink"],
  gaia: ["checkpoint", "Check Point 3200", "gaia", "R80.10", "2000AB4000", "checkpoint"],
  "hpe-procurve-516733-b21": ["hp", "516733-B21", "hp", "Z.14.31", "3C421900TX", "hp-procurve"],
  "huawei-s5720": ["huawei", "S5720-36C-EI-AC", "VRP", "V200R007C00SPC500 SPH001", "210235956210F7000410", "huawei"],
  "juniper-mx960-12-3r6-6": ["juniper", "MX960", "junos", "12.3R6.6", "JN11FCEC5AFA", "juniper"],
  "juniper-mx960-13-3r9-13": ["juniper", "MX960", "junos", "13.3R9.13", "JN12002C1AFA", "juniper"],
  routeros: ["mikrotik", "RB952Ui-5ac2nD", "routeros", "6.40.5", "71B1060EE89D", "mikrotik"],
};

/** Fields that both have, in Netdisco's names. */
const compared = [
  "name",
  "description",
  "contact",
  "location",
  "uptime",
  "layers",
  "vendor",
  "model",
  "os",
  "os_ver",
  "serial",
  "mac",
  "chassis_id",
  "snmp_engineid",
  "num_ports",
  "ps1_type",
  "ps1_status",
  "ps2_type",
  "ps2_status",
  "fan",
  "slots",
  "vtp_domain",
  "vtp_mode",
] as const satisfies (keyof SystemFact)[];

console.log(
  present ? `system: ${Object.keys(expected).length} recordings` : "system: recordings skipped, there are none",
);

describe("recordings", { skip: !present }, () => {
  for (const [name, words] of Object.entries(expected)) {
    test(`${name}: what it is`, async () => {
      const read = await readRecording(name, systemObjects);
      const fact = system(read.tables, read.about);
      assert.deepEqual([fact.vendor, fact.model, fact.os, fact.os_ver, fact.serial, fact.snmp_class], words);
    });

    test(`${name}: every difference from Netdisco is known, and only those are`, async () => {
      const read = await readRecording(name, systemObjects);
      const fact = system(read.tables, read.about);
      const [peer] = netdisco("device", name);
      assert.ok(peer);
      const found = compared
        .map((field) => ({ field, netdisco: peer[field] ?? "", reeve: String(fact[field] ?? "") }))
        .filter((one) => one.netdisco !== one.reeve);
      const known = differences.filter(({ recording }) => recording === name);
      assert.deepEqual(
        found,
        known.map(({ field, netdisco, reeve }) => ({ field, netdisco, reeve })),
      );
    });
  }
});

const iosDescription = "Cisco IOS Software, C3750 Software (C3750-IPBASEK9-M), Version 12.2(55)SE12, RELEASE SOFTWARE";
const catalyst = "1.3.6.1.4.1.9.1.516";

function factOf(objectId: string, description: string, columns: Record<Oid, Record<string, Value>>): SystemFact {
  const tables = tablesOf({
    [`${mib.sysObjectID}.0`]: { 0: objectId },
    [`${mib.sysDescr}.0`]: { 0: bytes(description) },
    ...columns,
  });
  return system(tables, about(tables));
}

const scalar = (value: Value) => ({ 0: value });

function parts(rows: Record<string, { kind: number; serial?: string; model?: string; place?: number; type?: string }>) {
  const column = (cell: (row: (typeof rows)[string]) => Value) =>
    Object.fromEntries(Object.entries(rows).map(([index, row]) => [index, cell(row)]));
  return {
    [entity.entPhysicalClass]: column(({ kind }) => kind),
    [entity.entPhysicalSerialNum]: column(({ serial }) => bytes(serial ?? "")),
    [entity.entPhysicalModelName]: column(({ model }) => bytes(model ?? "")),
    [entity.entPhysicalParentRelPos]: column(({ place }) => place ?? 0),
    [entity.entPhysicalVendorType]: column(({ type }) => type ?? "0.0"),
  };
}

describe("serial", () => {
  test("is the chassis's, not a card's or a power supply's", () => {
    const rows = {
      1: { kind: 6, serial: "PSU0000001" },
      2: { kind: 9, serial: "CARD000001" },
      3: { kind: 3, model: "X" },
    };
    assert.equal(factOf(catalyst, iosDescription, parts(rows)).serial, "");
    const own = { ...rows, 3: { kind: 3, serial: "FOC1408Z61U" } };
    assert.equal(factOf(catalyst, iosDescription, parts(own)).serial, "FOC1408Z61U");
  });

  test("of a stack is the master's, whatever its number", () => {
    const stack = parts({
      1001: { kind: 3, serial: "FOC0000AAA1", model: "WS-C3750-24", place: 1 },
      2001: { kind: 3, serial: "FOC0000BBB2", model: "WS-C3750-48", place: 2 },
    });
    assert.equal(factOf(catalyst, iosDescription, stack).serial, "FOC0000AAA1");
    const fact = factOf(catalyst, iosDescription, { ...stack, [cisco.cswSwitchRole]: { 1001: 2, 2001: 1 } });
    assert.deepEqual([fact.serial, fact.model], ["FOC0000BBB2", "WS-C3750-48"]);
  });

  test("of a chassis that has left it to the stack around it", () => {
    const rows = parts({ 10: { kind: 11, serial: "SSI183706KP" }, 149: { kind: 3 } });
    assert.equal(chassisOf(tablesOf(rows))?.serial, "SSI183706KP");
  });

  for (const serial of ["N/A", "0000000000", "0123456789", "None", "To be filled by O.E.M.", "BUILTIN", "xxxxxxxx"]) {
    test(`is never ${serial}`, () => {
      assert.equal(factOf("1.3.6.1.4.1.99999.1", "box", parts({ 1: { kind: 3, serial } })).serial, "");
    });
  }
});

describe("model", () => {
  test("is not that of a chassis that calls itself another product", () => {
    const rows = parts({ 1: { kind: 3, model: "HP 10508", type: "1.3.6.1.4.1.25506.11.1.87" } });
    assert.equal(factOf("1.3.6.1.4.1.25506.11.1.172", "HP Comware Platform", rows).model, "FF 5700-40XG-2QSFP+");
  });
});

describe("a device that nobody knows", () => {
  test("is read by the generic reader alone", () => {
    const columns = parts({ 1: { kind: 3, serial: "AB12345678", model: "Box 9" } });
    const fact = factOf("1.3.6.1.4.1.890.1.5.8.68", "GS2210", {
      ...columns,
      [`${mib.sysName}.0`]: scalar(bytes("sw9")),
    });
    assert.deepEqual(
      [fact.name, fact.vendor, fact.model, fact.serial, fact.snmp_class, fact.os],
      ["sw9", "zyxel", "Box 9", "AB12345678", "generic", ""],
    );
    assert.equal(factOf("1.3.6.1.4.1.999999.7", "?", {}).vendor, "enterprises.999999");
    assert.equal(factOf("0.0", "?", {}).vendor, "");
  });

  test("an agent that answers nothing gives empty fields, and does not throw", () => {
    const fact = system(tablesOf({}), about(tablesOf({})));
    assert.deepEqual([fact.name, fact.uptime, fact.mac, fact.num_ports, fact.layers], ["", null, null, null, ""]);
  });
});

describe("uptime", () => {
  test("goes on after sysUpTime has wrapped, as the engine's time shows", () => {
    const wrap = 2 ** 32;
    assert.equal(uptime(1000, (wrap + 1000) / 100), wrap + 1000);
    assert.equal(uptime(1000, (2 * wrap + 1000) / 100 - 60), 2 * wrap + 1000);
  });

  test("is sysUpTime where the engine's clock is another one", () => {
    assert.equal(uptime(5000, 50), 5000);
    assert.equal(uptime(5000, 900_000), 5000, "an engine that has run for ten days is no wrap");
    assert.equal(uptime(5000, 45_000_000), 5000, "nor one whose remainder does not fit");
    assert.equal(uptime(5000, undefined), 5000);
  });

  test("is the engine's where the agent leaves sysUpTime at 0 or out", () => {
    assert.equal(uptime(0, 78536), 7853600);
    assert.equal(uptime(undefined, 10), 1000);
    assert.equal(uptime(undefined, undefined), null);
  });
});

describe("base MAC address", () => {
  const ports = (...macs: string[]) => ({
    [interfaces.ifPhysAddress]: Object.fromEntries(macs.map((mac, at) => [at + 1, hexBytes(mac)])),
    [interfaces.ifType]: Object.fromEntries(macs.map((_, at) => [at + 1, 6])),
  });
  const macOf = (columns: Record<Oid, Record<string, Value>>) =>
    factOf("1.3.6.1.4.1.8072.3.2.10", "Linux", columns).mac;
  const bridgeIs = (mac: string) => ({ [bridge.dot1dBaseBridgeAddress]: scalar(hexBytes(mac)) });

  test("is the bridge's, else LLDP's, else the lowest port's", () => {
    const local = {
      [lldp.lldpLocChassisIdSubtype]: scalar(4),
      [lldp.lldpLocChassisId]: scalar(hexBytes("00:1c:73:00:00:05")),
    };
    const some = ports("00:1c:73:00:00:09", "00:1c:73:00:00:07");
    assert.equal(macOf({ ...bridgeIs("00:1c:73:00:00:01"), ...local, ...some }), "00:1c:73:00:00:01");
    assert.equal(macOf({ ...bridgeIs("00:00:00:00:00:00"), ...local, ...some }), "00:1c:73:00:00:05");
    assert.equal(macOf(some), "00:1c:73:00:00:07");
  });

  for (const [what, mac] of [
    ["zero", "00:00:00:00:00:00"],
    ["a multicast one", "01:00:5e:00:00:01"],
    ["VRRP's", "00:00:5e:00:01:0a"],
    ["HSRP's", "00:00:0c:07:ac:01"],
  ] as const) {
    test(`is never ${what}`, () => {
      assert.equal(macOf({ ...bridgeIs(mac), ...ports(mac) }), null);
      assert.equal(macOf({ ...bridgeIs(mac), ...ports(mac, "00:1c:73:00:00:07") }), "00:1c:73:00:00:07");
    });
  }

  test("is a made-up one only where the device itself calls it the bridge's and no port has a better one", () => {
    assert.equal(macOf(bridgeIs("52:54:00:12:34:57")), "52:54:00:12:34:57");
    assert.equal(macOf(ports("52:54:00:12:34:57")), null);
    assert.equal(macOf({ ...bridgeIs("52:54:00:12:34:57"), ...ports("00:1c:73:00:00:07") }), "00:1c:73:00:00:07");
  });
});

describe("layers", () => {
  const layersOf = (columns: Record<Oid, Record<string, Value>>) => factOf("1.3.6.1.4.1.890.1", "x", columns).layers;
  test("are what sysServices says, or what the tables show without it", () => {
    assert.equal(layersOf({ [`${mib.sysServices}.0`]: scalar(78) }), "01001110");
    assert.equal(layersOf({ [bridge.dot1dBasePortIfIndex]: { 1: 1 } }), "00000010");
    assert.equal(
      layersOf({ [`${mib.ipForwarding}.0`]: scalar(1), [bridge.dot1dBasePortIfIndex]: { 1: 1 } }),
      "00000110",
    );
    assert.equal(layersOf({ [`${mib.ipForwarding}.0`]: scalar(2) }), "");
  });
});
