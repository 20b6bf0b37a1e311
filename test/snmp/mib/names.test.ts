import assert from "node:assert/strict";
import { test } from "node:test";
import { mibs, nameOf, oidOf } from "../../../src/snmp/mib/names.ts";

test("a name has one OID, and every OID is one", () => {
  const seen = new Map<string, string>();
  for (const mib of mibs) {
    for (const [name, oid] of Object.entries(mib)) {
      assert.match(oid, /^\d+(\.\d+)*$/, name);
      const object = oid.replace(/(.)\.0$/, "$1");
      assert.equal(seen.get(name) ?? object, object, name);
      seen.set(name, object);
    }
  }
  assert.ok(seen.size > 200, `${seen.size} names`);
});

test("names and OIDs are found both ways", () => {
  assert.equal(oidOf("sysName"), "1.3.6.1.2.1.1.5");
  assert.equal(oidOf("lldpLocChassisId"), "1.0.8802.1.1.2.1.3.2");
  assert.equal(oidOf("sysUpTimeInstance"), "1.3.6.1.2.1.1.3.0");
  assert.equal(oidOf("nothingOfThatName"), undefined);
  assert.equal(oidOf("constructor"), undefined);
  assert.equal(nameOf("1.3.6.1.2.1.2.2.1.2.17"), "ifDescr.17");
  assert.equal(nameOf("1.3.6.1.4.1.9.1.516"), "enterprises.9.1.516");
  assert.equal(nameOf("2.5"), "joint-iso-ccitt.5");
  assert.equal(nameOf("7.1"), "7.1");
});
