import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTarget, splitTarget, targetText } from "../src/target.ts";

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
      "sw1:123456",
      "fe80::1%a b",
      "[fe80::1%a b]:161",
      "[192.0.2.1]",
      "sw-",
      "-;rm",
    ]) {
      assert.throws(() => parseTarget(text), { code: "bad-request" }, text);
    }
  });

  it("is split where a name may be any text", () => {
    assert.deepEqual(splitTarget(" [2001:db8::1]:1161"), { host: "2001:db8::1", port: 1161 });
    assert.deepEqual(splitTarget("2001:db8::1"), { host: "2001:db8::1", port: undefined });
    assert.deepEqual(splitTarget("Room 7, 2/OG:161"), { host: "Room 7, 2/OG", port: 161 });
    assert.deepEqual(splitTarget(""), { host: "", port: undefined });
  });

  it("is written with the port where that is not the usual one", () => {
    assert.equal(targetText("2001:db8::1", 1161), "[2001:db8::1]:1161");
    assert.equal(targetText("2001:db8::1", 0), "2001:db8::1");
    assert.equal(targetText("192.0.2.1", 1161), "192.0.2.1:1161");
  });
});
