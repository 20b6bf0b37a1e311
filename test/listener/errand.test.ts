import assert from "node:assert/strict";
import { test } from "node:test";
import { Errand } from "../../src/listener/errand.ts";

function errand(ids: string[], timeout = 60_000) {
  const done: string[] = [];
  const killed = Promise.withResolvers<void>();
  const it = new Errand(ids, timeout, (id) => done.push(id), killed.resolve);
  return { it, done, killed: killed.promise };
}

test("it is done when all are acknowledged, in order", async () => {
  const { it, done } = errand(["a", "b"]);
  assert.equal(it.done("b"), false, "not its turn");
  assert.equal(it.done("a"), true);
  assert.equal(it.done("a"), false, "twice");
  assert.equal(it.at, 1);
  assert.equal(it.done("b"), true);
  assert.deepEqual(await it.end, { end: "done" });
  assert.equal(it.done("b"), false);
  assert.deepEqual(done, ["a", "b"]);
  it.lost("too late to matter", "crash");
  assert.deepEqual(await it.end, { end: "done" });
});

test("the first failure ends it", async () => {
  const { it, done } = errand(["a", "b", "c"]);
  it.done("a");
  assert.equal(it.failed("c", "no", false), false);
  assert.equal(it.failed("b", "no", true), true);
  assert.equal(it.done("c"), false);
  assert.deepEqual(await it.end, { end: "failed", id: "b", error: "no", unavailable: true });
  assert.deepEqual(done, ["a"]);
});

test("a lost process is to blame, or nobody; past the deadline it is the deadline", async () => {
  const crash = errand(["a"]);
  crash.it.lost("ended by SIGKILL", "crash");
  assert.deepEqual(await crash.it.end, { end: "lost", error: "ended by SIGKILL", blame: "crash" });
  const late = errand(["a", "b"], 5);
  await late.killed;
  assert.equal(late.it.done("a"), false, "it is being killed");
  late.it.lost("ended by SIGKILL", "crash");
  assert.deepEqual(await late.it.end, {
    ...{ end: "lost", error: "it took longer than 0.005 s and was killed", blame: "timeout" },
  });
});
