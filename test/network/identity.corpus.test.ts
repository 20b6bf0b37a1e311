import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "../../src/network/identity.ts";
import { recordings } from "../backend/device/raw-rows.ts";
import { corpus, haveCorpus, recorded } from "./recorded.ts";

describe("recordings", { skip: haveCorpus ? false : `no recordings in ${corpus}` }, () => {
  it(`none of the ${(recordings.length * (recordings.length - 1)) / 2} pairs merges, each is itself under another address`, {
    timeout: 60_000,
  }, async () => {
    const read = await Promise.all(recordings.map((name) => recorded(name)));
    const likeness = read.map(({ identities, device: { names, addresses } }) => ({ identities, names, addresses }));
    let pairs = 0;
    for (const [index, left] of likeness.entries()) {
      assert.equal(judge(left, left).same, true, recordings[index]!);
      for (const [at, right] of likeness.entries()) {
        if (at <= index) continue;
        const verdict = judge(left, right);
        assert.equal(verdict.same, false, `${recordings[index]} and ${recordings[at]}: ${verdict.reasons}`);
        assert.ok(verdict.score <= 0.5, `${recordings[index]} and ${recordings[at]}: ${verdict.reasons}`);
        pairs++;
      }
    }
    assert.equal(pairs, 91);
  });
});
