import assert from "node:assert/strict";
import { it } from "node:test";
import { problemBody, publicProblem } from "../../src/http/problem.ts";
import { Problem } from "../../src/problem.ts";

it("texts that name the service's own files are for administrators", () => {
  const problem = new Problem("io", "the database /srv/reeve.sqlite cannot grow", { cause: "ENOSPC" });
  assert.equal(publicProblem(problem, true), problem);
  const shown = publicProblem(problem, false);
  assert.deepEqual([shown.code, shown.cause], ["io", problem]);
  assert.ok(!JSON.stringify(problemBody(shown)).includes("/srv"));
  const own = new Problem("bad-options", "name: too long");
  assert.equal(publicProblem(own, false), own);
});
