import assert from "node:assert/strict";
import { test } from "node:test";
import { eachAtATime } from "../../src/backend/each.ts";

test("the first failure is thrown when all that have begun have ended, and no more begin", async () => {
  const slow = Promise.withResolvers<void>();
  const begun: number[] = [];
  const ended: number[] = [];
  const done = eachAtATime(3, [0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 1) throw new Error("one");
    if (item === 2) await slow.promise.then(() => Promise.reject(new Error("two")));
    await slow.promise;
    ended.push(item);
  });
  let over = false;
  const failed = assert.rejects(done, { message: "one" }).then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(over, false);
  slow.resolve();
  await failed;
  assert.deepEqual([begun, ended], [[0, 1, 2], [0]]);
});
