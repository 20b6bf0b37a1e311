import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { page, pageFile } from "./calls-page.ts";
import { expected } from "./scenarios/expected.ts";
import type { Scenario } from "./scenarios/words.ts";
import { scenarios } from "./scenarios.ts";

describe("docs/listener-calls.md", () => {
  it("says what the scenarios say; else write it anew: bun test/listener/calls-page.ts", () => {
    assert.equal(readFileSync(pageFile, "utf8"), page());
  });

  it("has every case of the model's 31 once, and names each case once", () => {
    const numbers = scenarios.flatMap(({ model = [] }) => model);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: 31 }, (_, at) => at + 1),
    );
    assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
  });
});

describe("what follows from the calls", () => {
  const move: Scenario = {
    name: "",
    changes: [],
    live: ["r cn=a (1)", "a cn=b (2)", "m cn=b (1 → 2)", "m cn=b (2 → 2 l=x)", "d cn=b (2 l=x)"],
    away: ["r cn=b (2)", "r cn=a (1)", "a cn=b (1)", "a cn=a (2)"],
  };

  it("a class: a move is one call, of which m is a part only if it belongs to it", () => {
    assert.deepEqual(expected(move, "objects", "live"), [
      ["modify cn=b from cn=a (1 → 2)", "modify cn=b (2 → 2 l=x)", "remove cn=b (2 l=x)"],
    ]);
    assert.deepEqual(expected(move, "objects", "away"), [
      ["remove cn=b (2)", "modify cn=b from cn=a (1 → 1)", "create cn=a (2)"],
    ]);
  });

  it("limited to an attribute, without letters; deletions", () => {
    assert.deepEqual(expected(move, "limited", "live"), [
      ["− cn=a (1)", "+ cn=b (2)", "m cn=b (2 → 2 l=x)", "− cn=b (2 l=x)"],
    ]);
    assert.deepEqual(expected(move, "deletes", "live"), [["d cn=b (2 l=x)"]]);
    assert.deepEqual(expected(move, "deletes", "away"), []);
  });
});
