/** Vendors told by what devices say of themselves, beyond those of whom there is a recording. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { about } from "../../../src/backend/device/about.ts";
import { system } from "../../../src/backend/device/system.ts";
import { enterprises } from "../../../src/backend/vendors/enterprises.ts";
import { modelOf } from "../../../src/backend/vendors/models.ts";
import { vendors } from "../../../src/backend/vendors/vendors.ts";
import { system as mib } from "../../../src/snmp/mib/system.ts";
import { others } from "../../../src/snmp/mib/vendor.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { bytes, tablesOf } from "../device/recorded.ts";

function fact(objectId: string, description: string, more: Record<Oid, Record<string, Value>> = {}) {
  const tables = tablesOf({
    [`${mib.sysObjectID}.0`]: { 0: objectId },
    [`${mib.sysDescr}.0`]: { 0: bytes(description) },
    ...more,
  });
  return system(tables, about(tables));
}

/** sysObjectID below enterprises, sysDescr → class, vendor, os, os_ver, model. */
const told: [string, string, [string, string, string, string, string]][] = [
  [
    "9.1.1208",
    "Cisco IOS Software, C2960S Software (C2960S-UNIVERSALK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)",
    ["cisco-ios", "cisco", "ios", "15.0(2)SE11", ""],
  ],
  [
    "9.1.2494",
    "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE SOFTWARE",
    ["cisco-xe", "cisco", "ios-xe", "17.3.4", ""],
  ],
  [
    "9.1.1641",
    "Cisco IOS XR Software (ASR9K), Version 6.4.2[Default]\r\nCopyright (c) 2018 by Cisco Systems",
    ["cisco-xr", "cisco", "ios-xr", "6.4.2", ""],
  ],
  ["9.1.2114", "Cisco Adaptive Security Appliance Version 9.8(2)", ["cisco-asa", "cisco", "asa", "9.8(2)", ""]],
  ["9.6.1.83.24.1", "SG300-28 28-Port Gigabit Managed Switch", ["generic", "cisco", "", "", ""]],
  [
    "2636.1.1.1.4.82.8",
    "Juniper Networks, Inc. ex4300-48p Ethernet Switch, kernel JUNOS 18.4R2-S3, Build date: 2020-01-22",
    ["juniper", "juniper", "junos", "18.4R2-S3", "EX4300-48P"],
  ],
  [
    "11.2.3.7.11.154",
    "HP J9729A 2920-48G-POE+ Switch, revision WB.16.10.0011, ROM WB.16.03",
    ["hp-procurve", "hp", "hp", "WB.16.10.0011", "J9729A"],
  ],
  [
    "11.2.3.7.11.109",
    "ProCurve J9280A Switch 2510G-48, revision Y.11.35, ROM N.10.02",
    ["hp-procurve", "hp", "hp", "Y.11.35", "J9280A"],
  ],
  [
    "47196.4.1.1.1.303",
    "Aruba JL727A 6200F 48G CL4 4SFP+370W Swch ML.10.07.0005",
    ["aruba-cx", "aruba", "aos-cx", "ML.10.07.0005", ""],
  ],
  [
    "25506.1.1466",
    "H3C Comware Platform Software, Software Version 7.1.070, Release 6126P20\r\nH3C S5560X-30C-EI\r\nCopyright (c) 2004-2019",
    ["comware", "h3c", "Comware", "7.1.070 Release 6126P20", "S5560X-30C-EI"],
  ],
  [
    "1991.1.3.62.2.1.1.1",
    "Ruckus Wireless, Inc. ICX7150-48P-4X10GR, IronWare Version 08.0.92T213 Compiled on Sep 17 2019",
    ["foundry", "ruckus", "ironware", "08.0.92T213", "ICX7150-48P-4X10GR"],
  ],
  ["14988.1", "RouterOS CCR1036-12G-4S", ["mikrotik", "mikrotik", "routeros", "", "CCR1036-12G-4S"]],
  ["12356.101.1.641", "", ["fortinet", "fortinet", "", "", ""]],
  ["25461.2.3.21", "Palo Alto Networks PA-3000 series firewall", ["paloalto", "paloalto", "pan-os", "", "PA-3000"]],
  [
    "1916.2.141",
    "ExtremeXOS (X450G2-48t-10G4) version 22.5.1.7 v1.0.0 by release-manager on Tue May 22 2018",
    ["extreme", "extreme", "xos", "22.5.1.7", "X450G2-48t-10G4"],
  ],
  [
    "41112.1.5",
    "EdgeOS v1.10.11.5274249.200221.1028",
    ["ubiquiti", "ubiquiti", "edgeos", "1.10.11.5274249.200221.1028", ""],
  ],
  [
    "8072.3.2.10",
    "Linux web1 6.1.0-18-amd64 #1 SMP Debian 6.1.76-1 x86_64",
    ["net-snmp", "net-snmp", "linux", "6.1.0-18-amd64", ""],
  ],
  [
    "8072.3.2.8",
    "FreeBSD fw 13.2-RELEASE FreeBSD 13.2-RELEASE",
    ["net-snmp", "net-snmp", "freebsd", "13.2-RELEASE", ""],
  ],
  [
    "311.1.1.3.1.2",
    "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)",
    ["windows", "microsoft", "windows", "6.3", ""],
  ],
  ["890.1.5.8.68", "GS2210-24", ["generic", "zyxel", "", "", ""]],
];

console.log(`vendors: ${told.length} descriptions`);

describe("descriptions", () => {
  for (const [id, description, expected] of told) {
    test(`${id}: ${expected[0]}`, () => {
      const read = fact(`1.3.6.1.4.1.${id}`, description);
      assert.deepEqual([read.snmp_class, read.vendor, read.os, read.os_ver, read.model], expected);
    });
  }

  test("Fortinet and Palo Alto tell version and serial in objects of their own", () => {
    const fortigate = fact("1.3.6.1.4.1.12356.101.1.641", "", {
      [`${others.fnSysSerial}.0`]: { 0: bytes("FGT60E4Q16000001") },
      [`${others.fgSysVersion}.0`]: { 0: bytes("v6.4.9,build1966,220421 (GA)") },
    });
    assert.deepEqual([fortigate.os, fortigate.os_ver, fortigate.serial], ["fortios", "6.4.9", "FGT60E4Q16000001"]);
  });
});

describe("tables", () => {
  test("enterprise numbers: enough of them, and names in one spelling", () => {
    assert.ok(enterprises.size >= 150, `${enterprises.size}`);
    for (const [number, name] of enterprises) assert.match(name, /^[a-z0-9][a-z0-9-]*$/, `${number}`);
  });

  test("models by sysObjectID, and none for a prefix of one", () => {
    assert.equal(modelOf("1.3.6.1.4.1.2636.1.1.1.2.29"), "MX240");
    assert.equal(modelOf("1.3.6.1.4.1.207.1.14.118"), "AT-x930-28GTX");
    assert.equal(modelOf("1.3.6.1.4.1.207.1.14"), "");
  });

  test("no vendor claims a device of which nothing is known", () => {
    const nobody = { objectId: "", enterprise: 0, description: "" };
    assert.deepEqual(
      vendors.filter((vendor) => vendor.matches(nobody)),
      [],
    );
  });

  test("what a vendor's file reads from empty tables is empty, and does not throw", () => {
    for (const vendor of vendors) {
      const empty = vendor.system?.(tablesOf({}), { objectId: "", enterprise: 0, description: "" }) ?? {};
      assert.ok(!empty.serial && !empty.os_ver && !empty.model, vendor.name);
      assert.deepEqual(vendor.modules?.(tablesOf({})) ?? [], []);
    }
  });
});
