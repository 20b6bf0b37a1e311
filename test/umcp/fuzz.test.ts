import assert from "node:assert/strict";
import { test } from "node:test";
import { trials } from "../random.ts";
import { fuzz } from "./fuzz.ts";

const mutations = trials(20_000, 1_000_000);
const seeds = [1, 2, 3, 20_061_001];

test(`the parser survives ${mutations} mutated streams`, { timeout: 600_000 }, () => {
  for (const seed of seeds) {
    const result = fuzz(seed, mutations / seeds.length);
    console.log(`umcp fuzz, seed ${seed}: ${JSON.stringify(result)}`);
    assert.equal(result.streams, mutations / seeds.length);
    // The mutations reach every way out of the parser; else they would show nothing.
    const { messages, badBodies, tooLarge, badHeaders } = result;
    for (const reached of [messages, badBodies, tooLarge, badHeaders]) assert.ok(reached > mutations / 2000);
  }
});

test("the same seed gives the same run", () => assert.deepEqual(fuzz(7, 200), fuzz(7, 200)));
