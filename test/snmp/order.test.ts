import assert from "node:assert/strict";
import { test } from "node:test";
import { follows } from "../../src/snmp/order.ts";
import { compareOids } from "../../src/snmp/value.ts";

test("follows() is the order of OIDs, strictly", () => {
  const oids = [
    "1",
    "2",
    "9",
    "10",
    "11",
    "100",
    "1.1",
    "1.2",
    "1.10",
    "1.1.1",
    "2.1",
    "10.1",
    "1.255.3",
    "1.26",
    "4294967295",
  ];
  for (const a of oids) {
    for (const b of oids) assert.deepEqual([a, b, follows(a, b)], [a, b, compareOids(a, b) < 0]);
  }
  assert.equal(follows("", "0"), true);
  assert.equal(follows("", ""), false);
});
