import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveTarget } from "../../src/snmp/target.ts";
import { parseTarget } from "../../src/target.ts";

describe("a target", () => {
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
