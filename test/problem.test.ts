import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Problem, problemCodes } from "../src/problem.ts";

describe("problem", () => {
  it("every code has an HTTP status, a UMCP status, an exit code and a meaning", () => {
    for (const [code, { http, umcp, exit, meaning }] of Object.entries(problemCodes)) {
      assert.ok(http >= 400 && http <= 599, code);
      assert.ok(umcp >= 400 && umcp <= 599, code);
      // 1 is what a shell or runtime says of itself, 126 and above but 130 (interrupted) belong to the shell.
      assert.ok(exit > 1 && (exit < 126 || exit === 130), code);
      assert.ok(meaning.length > 10, code);
    }
  });

  it("what is not ours becomes internal and gives nothing away", () => {
    const problem = Problem.from(new TypeError("/secret/path"));
    assert.deepEqual([problem.code, problem.message, problem.exit], ["internal", "internal error", 70]);
    assert.ok(problem.cause instanceof TypeError);
    const mine = new Problem("conflict", "taken");
    assert.equal(Problem.from(mine), mine);
  });
});
