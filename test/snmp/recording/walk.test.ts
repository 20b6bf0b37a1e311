import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Rows } from "../../../src/snmp/recording/rows.ts";
import { isWalkLine, parseWalk } from "../../../src/snmp/recording/walk.ts";
import { tag } from "../../../src/snmp/value.ts";

const text = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value);
const hex = (value: unknown) => Buffer.from(value as Uint8Array).toString("hex");

/** OID → value of what the lines hold; texts as texts. */
function read(...lines: string[]) {
  const parsed = parseWalk(`${lines.join("\n")}\n`);
  return Object.fromEntries(parsed.bindings.map(({ oid, value }) => [oid, text(value)]));
}

describe("OIDs of a walk", () => {
  const cases: [string, string][] = [
    [".1.3.6.1.2.1.2.2.1.2.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["1.3.6.1.2.1.2.2.1.2.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["iso.3.6.1.2.1.2.2.1.2.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["IF-MIB::ifDescr.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["ifDescr.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["IF-MIB::ifDescr[1]", "1.3.6.1.2.1.2.2.1.2.1"],
    [".iso.org.dod.internet.mgmt.mib-2.interfaces.ifTable.ifEntry.ifDescr.1", "1.3.6.1.2.1.2.2.1.2.1"],
    ["SNMPv2-SMI::enterprises.9.1.5", "1.3.6.1.4.1.9.1.5"],
    ["SNMPv2-SMI::mib-2.17.7.1.2.2.1.2.1.0.1", "1.3.6.1.2.1.17.7.1.2.2.1.2.1.0.1"],
    ["DISMAN-EVENT-MIB::sysUpTimeInstance", "1.3.6.1.2.1.1.3.0"],
    ["LLDP-MIB::lldpLocChassisId.0", "1.0.8802.1.1.2.1.3.2.0"],
    ['IP-MIB::ipAddressIfIndex.ipv4."10.0.0.1"', "1.3.6.1.2.1.4.34.1.3.1.4.10.0.0.1"],
    ['IP-MIB::ipAddressIfIndex[ipv4]["10.0.0.1"]', "1.3.6.1.2.1.4.34.1.3.1.4.10.0.0.1"],
    [
      'IP-MIB::ipAddressIfIndex.ipv6."20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:01"',
      "1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1",
    ],
    ['IP-MIB::ipAddressIfIndex.ipv4z."10.0.0.1%258"', "1.3.6.1.2.1.4.34.1.3.3.8.10.0.0.1.0.0.1.2"],
    ["BRIDGE-MIB::dot1dTpFdbPort.'a\"= b''", "1.3.6.1.2.1.17.4.3.1.2.97.34.61.32.98.39"],
    ["BRIDGE-MIB::dot1dTpFdbPort.0:1a:2b:3:4:ff", "1.3.6.1.2.1.17.4.3.1.2.0.26.43.3.4.255"],
    ["BRIDGE-MIB::dot1dTpFdbPort[STRING: 0:1a:2b:3:4:ff]", "1.3.6.1.2.1.17.4.3.1.2.0.26.43.3.4.255"],
    ['SNMPv2-SMI::snmpModules."ab".""', "1.3.6.1.6.3.2.97.98.0"],
  ];
  for (const [printed, oid] of cases)
    it(printed, () => assert.deepEqual(read(`${printed} = INTEGER: 7`), { [oid]: 7 }));

  it("an index whose bytes are not printed is missing, and its column incomplete", () => {
    const parsed = parseWalk(
      "BRIDGE-MIB::dot1dTpFdbPort.'.PV..I' = INTEGER: 7\nSNMPv2-MIB::sysServices.0 = INTEGER: 6\n",
    );
    assert.equal(parsed.bindings.length, 1);
    assert.match(parsed.broken[0]!.reason, /the index '\.PV\.\.I' cannot be read back/);
    assert.equal(new Rows(parsed).column("1.3.6.1.2.1.17.4.3.1.2").complete, false);
  });

  it("objects without a name here are counted", () => {
    const parsed = parseWalk(
      'X-MIB::fooBar.1 = INTEGER: 1\nX-MIB::fooName."a b = c" = STRING: "x"\nIF-MIB::ifIndex.1 = INTEGER: 1\n',
    );
    assert.deepEqual([parsed.unnamed, parsed.bindings.length, parsed.broken.length], [2, 1, 0]);
  });
});

describe("values of a walk", () => {
  const cases: [string, number, unknown][] = [
    ["INTEGER: 6", tag.integer, 6],
    ["INTEGER: -1", tag.integer, -1],
    ["INTEGER: up(1)", tag.integer, 1],
    ["INTEGER: 1500 octets", tag.integer, 1500],
    ["Gauge32: 1000 milli-seconds", tag.gauge32, 1000],
    ["Counter32: 4294967295", tag.counter32, 4_294_967_295],
    ["Counter64: 18446744073709551615", tag.counter64, 18_446_744_073_709_551_615n],
    ["Timeticks: (123) 0:00:01.23", tag.timeTicks, 123],
    ["123456", tag.timeTicks, 123_456],
    ["IpAddress: 192.0.2.1", tag.ipAddress, "192.0.2.1"],
    ["Network Address: C0:00:02:01", tag.ipAddress, "192.0.2.1"],
    ["OID: SNMPv2-SMI::enterprises.9.1.516", tag.oid, "1.3.6.1.4.1.9.1.516"],
    ["OID: SNMPv2-SMI::zeroDotZero", tag.oid, "0.0"],
    ["OID: IF-MIB::ifIndex.1", tag.oid, "1.3.6.1.2.1.2.2.1.1.1"],
    ["OID: .1.3.6.1", tag.oid, "1.3.6.1"],
    ["Wrong Type (should be Gauge32 or Unsigned32): INTEGER: 5", tag.integer, 5],
    ["STRING: eth0", tag.octetString, "eth0"],
    ['STRING: "say \\"hi\\" \\\\ there"', tag.octetString, 'say "hi" \\ there'],
    ["STRING: ", tag.octetString, ""],
    ['""', tag.octetString, ""],
    ["Hex-STRING: 00 1A FF ", tag.octetString, "\x00\x1a\xff"],
    ["BITS: 80 01 be(0) ad(15) ", tag.octetString, "\x80\x01"],
    ["NULL", tag.null, null],
  ];
  for (const [printed, type, value] of cases) {
    it(printed, () => {
      const parsed = parseWalk(`.1.3.6.1.2.1.1.7.0 = INTEGER: 6\n.1.3.6.1.2.1.1.8.0 = ${printed}\n`);
      assert.deepEqual(parsed.broken, []);
      assert.equal(parsed.bindings[1]?.type, type);
      assert.deepEqual(text(parsed.bindings[1]?.value), value);
    });
  }

  it("a physical address is told from a text by its object", () => {
    const rows = read("IF-MIB::ifPhysAddress.1 = STRING: 0:1a:2b:3:4:5", "IF-MIB::ifDescr.1 = STRING: 0:1a:2b:3:4:5");
    assert.equal(rows["1.3.6.1.2.1.2.2.1.6.1"], "\x00\x1a+\x03\x04\x05");
    assert.equal(rows["1.3.6.1.2.1.2.2.1.2.1"], "0:1a:2b:3:4:5");
  });

  it("have several lines", () => {
    const rows = read(
      "SNMPv2-MIB::sysDescr.0 = STRING: Cisco IOS",
      "",
      "Compiled by a = b",
      "SNMPv2-MIB::sysObjectID.0 = OID: SNMPv2-SMI::enterprises.9.1.1",
      '.1.3.6.1.2.1.1.4.0 = STRING: "one',
      'Timeout: two"',
      ".1.3.6.1.2.1.1.6.0 = Hex-STRING: 00 01 ",
      "02 03 ",
      "IF-MIB::ifIndex.1 = INTEGER: 1",
    );
    assert.equal(rows["1.3.6.1.2.1.1.1.0"], "Cisco IOS\n\nCompiled by a = b");
    assert.equal(rows["1.3.6.1.2.1.1.4.0"], "one\nTimeout: two");
    assert.equal(rows["1.3.6.1.2.1.1.6.0"], "\x00\x01\x02\x03");
    assert.equal(Object.keys(rows).length, 5);
  });

  it("where all texts are in quotes, what stands between them is no row", () => {
    const rows = read(
      '.1.3.6.1.2.1.1.4.0 = STRING: "one',
      ".1.3.6.1.2.1.1.5.0 = INTEGER: 7",
      'three"',
      '.1.3.6.1.2.1.1.6.0 = ""',
    );
    assert.deepEqual(rows, {
      "1.3.6.1.2.1.1.4.0": "one\n.1.3.6.1.2.1.1.5.0 = INTEGER: 7\nthree",
      "1.3.6.1.2.1.1.6.0": "",
    });
  });

  it("a row whose name is not understood is no second line of a value", () => {
    const parsed = parseWalk("IF-MIB::ifAlias.1 = STRING: x\nBRIDGE-MIB::dot1dTpFdbPort.'ab = INTEGER: 7\n");
    assert.deepEqual(
      parsed.bindings.map(({ value }) => text(value)),
      ["x"],
    );
    assert.equal(parsed.broken.length, 1);
  });

  it("a text that is printed without quotes may begin with one of its own", () => {
    const rows = read(
      "IF-MIB::ifAlias.1 = STRING: plain",
      'IF-MIB::ifAlias.2 = STRING: "half',
      'IF-MIB::ifAlias.3 = STRING: "whole"',
      'LLDP-MIB::lldpRemPortId.0.1.1 = STRING: "Gi0/1"',
    );
    const alias = "1.3.6.1.2.1.31.1.1.1.18";
    assert.deepEqual(
      [1, 2, 3].map((at) => rows[`${alias}.${at}`]),
      ["plain", '"half', '"whole"'],
    );
    assert.equal(rows["1.0.8802.1.1.2.1.4.1.1.7.0.1.1"], "Gi0/1");
  });

  it("that cannot be read back are missing: they make their column incomplete", () => {
    const parsed = parseWalk(
      "SNMPv2-MIB::sysObjectID.0 = OID: X-PRODUCTS-MIB::x1\nIF-MIB::ifMtu.1 = INTEGER: none\nIF-MIB::ifIndex.1 = INTEGER: 1\n",
    );
    assert.deepEqual(
      parsed.broken.map(({ line, reason }) => [line, reason]),
      [
        [1, "Reeve does not know the name x1"],
        [2, "not a value of INTEGER"],
      ],
    );
    assert.equal(new Rows(parsed).column("1.3.6.1.2.1.1.2.0").complete, false);
  });

  it("exceptions are no rows", () => {
    assert.deepEqual(
      read(
        ".1.3.6.1.2.1.1.7.0 = INTEGER: 6",
        ".1.3.6.1.2.1.99.0 = No Such Object available on this agent at this OID",
        ".1.3.6.1.2.1.98.0 = No Such Instance currently exists at this OID",
        ".1.3.6.1.2.1.98.0 = No more variables left in this MIB View (It is past the end of the MIB tree)",
      ),
      { "1.3.6.1.2.1.1.7.0": 6 },
    );
  });
});

describe("outputs without types", () => {
  it("-OQ", () => {
    const rows = read(
      "SNMPv2-MIB::sysDescr.0 = Linux box",
      "DISMAN-EVENT-MIB::sysUpTimeInstance = 1:2:03:04.05",
      "IF-MIB::ifIndex.1 = 1",
      '.1.3.6.1.2.1.2.2.1.6.1 = "00 1A 2B 03 04 05 "',
      "IF-MIB::ifPhysAddress.2 = 0:1a:2b:3:4:5",
      "IP-MIB::ipAdEntNetMask.192.0.2.1 = 255.255.255.0",
      "IF-MIB::ifHCInOctets.1 = 18446744073709551615",
    );
    assert.equal(rows["1.3.6.1.2.1.1.1.0"], "Linux box");
    assert.equal(rows["1.3.6.1.2.1.1.3.0"], 9_378_405);
    assert.equal(rows["1.3.6.1.2.1.2.2.1.1.1"], 1);
    assert.equal(hex(Buffer.from(rows["1.3.6.1.2.1.2.2.1.6.1"] as string, "latin1")), "001a2b030405");
    assert.equal(rows["1.3.6.1.2.1.2.2.1.6.2"], rows["1.3.6.1.2.1.2.2.1.6.1"]);
    assert.equal(rows["1.3.6.1.2.1.4.20.1.3.192.0.2.1"], "255.255.255.0");
  });

  it("-Oq", () => {
    const rows = read(
      ".1.3.6.1.2.1.1.7.0 72",
      '.1.3.6.1.2.1.1.5.0 "sw 1"',
      "IF-MIB::ifDescr.1 lo",
      "two",
      "IF-MIB::ifIndex.1 1",
    );
    assert.deepEqual(rows, {
      "1.3.6.1.2.1.1.7.0": 72,
      "1.3.6.1.2.1.1.5.0": "sw 1",
      "1.3.6.1.2.1.2.2.1.2.1": "lo\ntwo",
      "1.3.6.1.2.1.2.2.1.1.1": 1,
    });
  });

  it("a name without number may be anything", () => {
    const parsed = parseWalk("IF-MIB::ifIndex.1 = 1\nIF-MIB::ifOperStatus.1 = up\n");
    assert.match(parsed.broken[0]!.reason, /no type is named/);
  });
});

describe("a walk that stopped", () => {
  const rows = [
    ".1.3.6.1.2.1.1.5.0 = STRING: x",
    ".1.0.8802.1.1.2.1.3.1.0 = INTEGER: 4",
    ".1.3.6.1.2.1.2.2.1.2.1 = STRING: lo",
  ];
  for (const end of [
    "Timeout: No Response from 192.0.2.1",
    "Error: OID not increasing: .1.3.6.1.2.1.2.2.1.2.1\n >= .1.3.6.1.2.1.2.2.1.2.1\n",
    "Error in packet.\nReason: (genError) A general failure occured",
  ]) {
    it(end, () => {
      const parsed = parseWalk(`${rows.join("\n")}\n${end}\n`);
      assert.equal(parsed.cutOff, end.split("\n")[0]);
      const found = new Rows(parsed);
      assert.equal(found.size, 3);
      assert.equal(found.column("1.3.6.1.2.1.1.5.0").complete, true);
      assert.equal(found.column("1.3.6.1.2.1.2.2.1.2").complete, false);
      assert.equal(found.column("1.3.6.1.2.1.17.4.3.1.2").complete, false);
    });
  }

  it("within a quoted value", () => {
    const parsed = parseWalk('.1.3.6.1.2.1.1.1.0 = STRING: "a\nb\n');
    assert.deepEqual([parsed.bindings.length, parsed.cutOff], [0, "the last value has no end"]);
  });

  it("a walk of mib-2, as snmpwalk makes without being told more, knows nothing of the rest", () => {
    const found = new Rows(parseWalk(".1.3.6.1.2.1.1.5.0 = STRING: x\n.1.3.6.1.2.1.2.2.1.2.1 = STRING: lo\n"));
    assert.equal(found.column("1.0.8802.1.1.2.1.4.1.1.9").reason, "only 1.3.6.1.2.1 was walked");
    assert.equal(found.column("1.3.6.1.2.1.17.4.3.1.2").complete, true);
  });
});

it("lines of other things are no rows", () => {
  for (const line of ["hello world", "", "1.3.6.1.2.1.1.5.0|4|x", "a = b", "https://example.org/ = x"]) {
    assert.equal(isWalkLine(line), false, line);
  }
});

it("long lines of quotes and dots take no time", () => {
  for (const unit of ["a.", '."', ".'a", "[", "1.", "\\", '" '])
    parseWalk(`IF-MIB::ifDescr.${unit.repeat(60_000)} = INTEGER: 1\n`);
});
