import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isPattern, matches } from "../../../src/netconf/interfaces/glob.ts";

describe("shell patterns", () => {
  it("match the whole text", () => {
    const rows: [pattern: string, yes: string[], no: string[]][] = [
      ["eth0", ["eth0"], ["eth", "eth00", "Eth0"]],
      ["eth*", ["eth", "eth0", "eth0.5"], ["aeth0"]],
      ["*", ["", "x", ".x", "a/b"], []],
      ["*.*", [".", "a.b", "a.b.c"], ["ab"]],
      ["et?0", ["eth0"], ["et0", "etxx0"]],
      ["eth[01]", ["eth0", "eth1"], ["eth2", "eth"]],
      ["eth[!01]", ["eth2"], ["eth0", "eth"]],
      ["eth[^01]", ["eth2"], ["eth0"]],
      ["eth[0-3x]", ["eth0", "eth3", "ethx"], ["eth4"]],
      ["[]a]", ["]", "a"], ["b"]],
      ["[a-]", ["a", "-"], ["b"]],
      ["[[:digit:]]*", ["0x"], ["x"]],
      ["[[:alpha:]_]", ["a", "_"], ["1"]],
      ["eth[", ["eth["], ["eth"]],
      ["\\*", ["*"], ["x"]],
      ["[\\]]", ["]"], ["\\"]],
      ["\\", ["\\"], [""]],
      ["a*b*c", ["abc", "axxbyyc", "abbc"], ["ab", "acb"]],
      ["ü?", ["üß"], ["ü"]],
    ];
    for (const [pattern, yes, no] of rows) {
      for (const text of yes) assert.equal(matches(pattern, text), true, `${pattern} ${text}`);
      for (const text of no) assert.equal(matches(pattern, text), false, `${pattern} ${text}`);
    }
  });

  it("take no time that explodes", () => {
    assert.equal(matches(`${"*a".repeat(2000)}b`, "a".repeat(4000)), false);
  });

  it("are told from names", () => {
    assert.deepEqual(["eth0", "eth*", "et?", "e[t]"].map(isPattern), [false, true, true, true]);
  });
});
