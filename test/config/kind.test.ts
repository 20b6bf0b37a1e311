import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configSchema, keys, variableOf } from "../../src/config/keys.ts";
import { choice, duration, integer, list, path, toggle } from "../../src/config/kind.ts";

describe("kinds of values", () => {
  it("read what they say they expect, and nothing else", () => {
    assert.equal(duration.read("8h"), 28_800);
    assert.equal(duration.readText("90"), 90);
    assert.equal(duration.read(5), 5);
    for (const wrong of ["", "h", "1w", "-1", "1.5h", "1 h"]) assert.equal(duration.readText(wrong), undefined, wrong);
    assert.equal(integer(1, 10).readText("10"), 10);
    for (const wrong of ["0", "11", "1.5", "0x1", "", " 1"])
      assert.equal(integer(1, 10).readText(wrong), undefined, wrong);
    assert.equal(integer(1, 10).read("5"), undefined);
    assert.deepEqual(
      [toggle.readText("Yes"), toggle.readText("0"), toggle.readText("maybe")],
      [true, false, undefined],
    );
    assert.deepEqual(
      [path.read("/a"), path.read(""), path.read("a"), path.read("/a\0b")],
      ["/a", "", undefined, undefined],
    );
    assert.deepEqual([choice("a", "b").read("b"), choice("a").readText("toString")], ["b", undefined]);
    assert.deepEqual(list.readText(" a, b ,,"), ["a", "b"]);
    assert.deepEqual([list.read("a"), list.read(["a"]), list.read([1])], [["a"], ["a"], undefined]);
  });

  it("a list with commas in its texts is a JSON array", () => {
    assert.deepEqual(list.readText("a, b,"), ["a", "b"]);
    assert.deepEqual(list.readText('["a,b","[c"]'), ["a,b", "[c"]);
    assert.deepEqual(list.readText("[::1],b"), ["[::1]", "b"]);
    assert.equal(list.readText('["a",1]'), undefined);
    assert.equal(list.readText('["a"'), undefined);
  });
});

describe("keys", () => {
  it("each default is a value of its own kind, and each has a variable of its own", () => {
    for (const [name, key] of Object.entries(keys)) {
      assert.deepEqual(key.kind.read(key.default), key.default, name);
      assert.ok(key.help.length > 5, name);
    }
    const variables = Object.keys(keys).map(variableOf);
    assert.equal(new Set(variables).size, variables.length);
    assert.equal(variableOf("agents.secretFile"), "REEVE_AGENTS_SECRET_FILE");
  });

  it("the schema has every key at its place", () => {
    const schema = configSchema() as { properties: Record<string, { properties?: Record<string, unknown> }> };
    for (const name of Object.keys(keys)) {
      const [first = "", second] = name.split(".");
      const place = schema.properties[first];
      assert.ok(second === undefined ? place : place?.properties?.[second], name);
    }
  });
});
