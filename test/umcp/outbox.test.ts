import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers";
import { Outbox, sizeOf } from "../../src/umcp/outbox.ts";
import { bytes, join } from "./frames.ts";

/** A socket whose kernel takes what `room` says. */
function sink(room: (offered: number) => number) {
  const taken: Uint8Array[] = [];
  const sizes: number[] = [];
  let flushes = 0;
  const outbox = new Outbox(
    (offered) => {
      sizes.push(offered.length);
      const count = room(offered.length);
      if (count > 0) taken.push(offered.slice(0, count));
      return count;
    },
    () => void flushes++,
  );
  const push = (frame: string | Uint8Array) => outbox.push(frame, sizeOf(frame));
  return { outbox, push, sizes, flushes: () => flushes, text: () => new TextDecoder().decode(join(...taken)) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("outbox", () => {
  test("frames of one turn leave in one write", async () => {
    const { push, sizes, text, outbox } = sink((offered) => offered);
    for (const frame of ["a", "ä", bytes("b").slice()]) push(frame);
    await Promise.resolve();
    push("c");
    assert.equal(outbox.queued, 5);
    assert.deepEqual(sizes, []);
    await turn();
    assert.equal(text(), "aäbc");
    assert.deepEqual(sizes, [3, 1, 1]);
    assert.equal(outbox.queued, 0);
  });

  test("whatever the socket takes, every byte leaves once and in order", async () => {
    const frames = Array.from({ length: 400 }, (_, i) => {
      const frame = `${i}:${"xä😀"[i % 3]}`.repeat(1 + ((i * 7919) % 5000));
      return i % 5 === 0 ? bytes(frame) : frame.toWellFormed();
    });
    const expected = frames
      .map((frame) => (typeof frame === "string" ? frame : new TextDecoder().decode(frame)))
      .join("");
    for (const step of [1000, 4096, 65_535, 1_000_000]) {
      let budget = step;
      const { outbox, push, text } = sink((offered) => {
        const count = Math.min(offered, budget);
        budget -= count;
        return count;
      });
      for (const frame of frames) {
        push(frame);
        if (frame.length % 3 === 0) await turn();
      }
      await turn();
      while (outbox.queued > 0) {
        budget = step;
        outbox.drain();
      }
      assert.equal(text() === expected, true, `in steps of ${step}`);
    }
  });

  test("a socket that is full is not asked again before it drains", async () => {
    let full = true;
    const { outbox, push, sizes, text } = sink((offered) => (full ? 0 : offered));
    push("a");
    await turn();
    push("b");
    await turn();
    assert.deepEqual(sizes, [1]);
    full = false;
    outbox.drain();
    assert.equal(text(), "ab");
  });

  test("a peer that has gone empties it for good", async () => {
    const { outbox, push, sizes, flushes } = sink(() => -1);
    push("a");
    push(new Uint8Array(100_000));
    await turn();
    assert.equal(outbox.queued, 0);
    push("b");
    outbox.drain();
    await turn();
    assert.equal(outbox.queued, 0);
    assert.deepEqual(sizes, [1]);
    assert.equal(flushes(), 2);
  });

  test("discarding in the middle of a write is heeded", async () => {
    const { outbox, push } = sink((offered) => {
      outbox.discard();
      return offered;
    });
    push("a");
    push(new Uint8Array(100_000));
    await turn();
    assert.equal(outbox.queued, 0);
  });
});
