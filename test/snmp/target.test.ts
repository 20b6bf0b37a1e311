import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTarget, resolveTarget } from "../../src/snmp/target.ts";

describe("a target", () => {
  it("is a host, a host with a port, an IPv6 address, one in brackets with a port", () => {
    const cases: [string, string, number, string][] = [
      ["192.0.2.1", "192.0.2.1", 161, "192.0.2.1"],
      ["192.0.2.1:1161", "192.0.2.1", 1161, "192.0.2.1:1161"],
      ["192.0.2.1:161", "192.0.2.1", 161, "192.0.2.1"],
      [" sw1.example.org ", "sw1.example.org", 161, "sw1.example.org"],
      ["sw_1:16100", "sw_1", 16100, "sw_1:16100"],
      ["2001:db8::1", "2001:db8::1", 161, "2001:db8::1"],
      ["[2001:db8::1]", "2001:db8::1", 161, "2001:db8::1"],
      ["[2001:db8::1]:1161", "2001:db8::1", 1161, "[2001:db8::1]:1161"],
      ["fe80::1%eth0", "fe80::1%eth0", 161, "fe80::1%eth0"],
    ];
    for (const [text, host, port, name] of cases) assert.deepEqual(parseTarget(text), { host, port, name });
    assert.deepEqual(parseTarget("sw1", 1161), { host: "sw1", port: 1161, name: "sw1" });
    assert.deepEqual(parseTarget("sw1:161", 1161), { host: "sw1", port: 161, name: "sw1:161" });
  });

  it("is not just any text", () => {
    const wrong = [
      "",
      " ",
      ":161",
      "sw1:",
      "sw1:0",
      "sw1:65536",
      "sw1:1:2",
      "[sw1]:161",
      "[2001:db8::1",
      "a b",
      "a/24",
    ];
    for (const text of [
      ...wrong,
      "192.0.2.256",
      "192.0.2",
      "1.2.3.4.5",
      "public@sw1",
      "x".repeat(300),
      "sw1:-1",
      "-;rm",
    ]) {
      assert.throws(() => parseTarget(text), { code: "bad-request" }, text);
    }
  });

  it("that is an address is not asked of DNS, and is written in one way", async () => {
    const six = await resolveTarget(parseTarget("[2001:0DB8:0::1]:1161"));
    assert.deepEqual([six.address, six.family, six.port], ["2001:db8::1", 6, 1161]);
    const local = await resolveTarget(parseTarget("fe80::1%lo"));
    assert.deepEqual([local.address, local.family], ["fe80::1%lo", 6]);
    const four = await resolveTarget(parseTarget("192.0.2.1"));
    assert.deepEqual([four.address, four.family], ["192.0.2.1", 4]);
  });

  it("without an address is unavailable", async () => {
    await assert.rejects(resolveTarget(parseTarget("nobody.invalid")), { code: "unavailable" });
  });
});
