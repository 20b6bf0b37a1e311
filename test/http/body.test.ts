import assert from "node:assert/strict";
import { it } from "node:test";
import { readFields } from "../../src/http/body.ts";

function fields(body: string) {
  return readFields(
    new Request("http://x/", { method: "POST", body, headers: { "Content-Type": "application/json" } }),
    1e7,
  );
}

it("JSON may have as many levels as UMCP carries on", async () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  assert.ok("a" in (await fields(nested(64))));
  for (const levels of [65, 100_000]) {
    await assert.rejects(fields(nested(levels)), { name: "Problem", code: "bad-request", message: /64 levels/ });
  }
});
