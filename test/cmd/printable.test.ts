import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, printable } from "../../cmd/printable.ts";

test("what a device is called does not steer the terminal", () => {
  const named = "sw1\u001b]0;owned\u0007\u009b2J\r\u202egnp";
  assert.equal(printable(named), "sw1\\u001b]0;owned\\u0007\\u009b2J\\u000d\\u202egnp");
  assert.equal(printable("Zürich\tbüro 1\nswitch 日本"), "Zürich\tbüro 1\nswitch 日本");
  const told = { name: `a\u001b[2J\u009b1m\u007f` };
  assert.deepEqual(JSON.parse(printable(JSON.stringify(told))), told);
});

test("nor does it begin another column or line", () => {
  assert.equal(cell("cn=a\n17\tdead\tcn=b"), "cn=a\\u000a17\\u0009dead\\u0009cn=b");
});
