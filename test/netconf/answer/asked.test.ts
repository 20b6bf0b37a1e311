import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readOptions } from "../../../src/netconf/answer/asked.ts";

describe("options of a verb", () => {
  it("are taken as they are", () => {
    const options = { names: ["eth0"], all: true, timeout: 1.5, scripts: false };
    assert.deepEqual(readOptions("up", options), options);
    assert.deepEqual(readOptions("status", undefined), {});
    assert.deepEqual(readOptions("wait-online", { state: "carrier" }), { state: "carrier" });
    assert.deepEqual(readOptions("events", { limit: 1000, before: 0 }), { limit: 1000, before: 0 });
  });

  const wrong: [Parameters<typeof readOptions>[0], unknown, RegExp][] = [
    ["up", null, /^up: expected an object/],
    ["up", [], /^up: expected an object/],
    ["up", "eth0", /^up: expected an object/],
    ["up", { name: "eth0" }, /^up: there is no option "name"$/],
    ["up", { constructor: 1 }, /^up: there is no option "constructor"$/],
    ["up", { names: "eth0" }, /^up: names: expected a list/],
    ["up", { names: [""] }, /^up: names: expected a list/],
    ["up", { names: ["x".repeat(257)] }, /^up: names: expected a list/],
    ["up", { names: new Array(4097).fill("x") }, /^up: names: expected a list/],
    ["up", { all: 1 }, /^up: all: expected true or false$/],
    ["up", { timeout: -1 }, /^up: timeout: expected a number from 0 to 86400$/],
    ["up", { timeout: Number.NaN }, /^up: timeout: expected a number/],
    ["up", { timeout: "5" }, /^up: timeout: expected a number/],
    ["why", {}, /^why: name is missing/],
    ["events", { limit: 0 }, /^events: limit: expected a whole number from 1 to 1000$/],
    ["events", { limit: 1.5 }, /^events: limit: expected a whole number/],
    ["hotplug", { name: "eth0", action: "move" }, /^hotplug: action: expected add or remove$/],
    ["reload", { all: true }, /^reload: there is no option "all"$/],
  ];
  for (const [verb, given, message] of wrong) {
    it(`refuses ${verb} ${String(JSON.stringify(given)).slice(0, 60)}`, () => {
      assert.throws(() => readOptions(verb, given), { code: "bad-options", message });
    });
  }
});
