import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Framer } from "../../src/ldap/framer.ts";
import type { Problem } from "../../src/problem.ts";
import { bindResponse, done, entry, join, syncInfo, syncState, uuid } from "../fake/ldap-messages.ts";
import { trials } from "../random.ts";

const messages = [
  bindResponse(2),
  entry(2 ** 30 + 1, "dc=a", { o: ["x".repeat(50)] }, [syncState(1, uuid(1))]),
  syncInfo(2 ** 30 + 1, (value) => value.text("cookie", 0x80)),
  entry(3, "dc=b", { description: ["y".repeat(300), "z".repeat(70_000)] }),
  done(3),
];
const whole = join(...messages);

/** Messages and what is left over, as pieces of these sizes come. */
function cut(bytes: Uint8Array, size: (at: number) => number, maximum = 1 << 20) {
  const found: Uint8Array[] = [];
  const framer = new Framer(maximum, (buffer, start, end) => found.push(buffer.slice(start, end)));
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + size(at));
    // A copy, as from a socket, which may be overwritten afterwards.
    const chunk = bytes.slice(at, next);
    framer.push(chunk);
    chunk.fill(0x55);
    at = next;
  }
  return { found, incomplete: framer.incomplete };
}

describe("whatever the pieces, the messages are the same", () => {
  test("all at once", () =>
    assert.deepEqual(
      cut(whole, () => whole.length),
      { found: messages, incomplete: 0 },
    ));

  test("octet by octet", () =>
    assert.deepEqual(
      cut(whole, () => 1),
      { found: messages, incomplete: 0 },
    ));

  test("cut in two at every place", () => {
    const short = join(...messages.slice(0, 3), messages[4] as Uint8Array);
    const expected = [...messages.slice(0, 3), messages[4]];
    for (let place = 1; place < short.length; place++) {
      assert.deepEqual(cut(short, (at) => (at === 0 ? place : short.length)).found, expected, `at ${place}`);
    }
  });

  test("pieces of all sizes to 400, of sockets' sizes, and odd ones", () => {
    for (const size of [...Array.from({ length: 399 }, (_, at) => at + 2), 1460, 4096, 16_384, 65_536])
      assert.deepEqual(cut(whole, () => size).found, messages, `of ${size}`);
    let seed = 7;
    const odd = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return 1 + (seed % 2_000);
    };
    for (let round = 0; round < trials(200); round++)
      assert.deepEqual(cut(whole, odd).found, messages, `round ${round}`);
  });
});

test("a message of 6 MB in pieces", () => {
  const big = entry(5, "dc=big", { photo: ["p".repeat(6_000_000)] });
  const { found } = cut(join(big, done(5)), () => 65_536, 1 << 24);
  assert.deepEqual(
    found.map(({ length }) => length),
    [big.length, done(5).length],
  );
  assert.deepEqual(found[0], big);
});

test("what is cut off waits", () => {
  for (let length = 1; length < messages[0]!.length; length++)
    assert.deepEqual(
      cut(messages[0]!.slice(0, length), () => 100),
      { found: [], incomplete: length },
    );
});

test("a length that is promised is not set aside before it comes", () => {
  const framer = new Framer(1 << 30, () => {});
  const before = process.memoryUsage().arrayBuffers;
  framer.push(Uint8Array.of(0x30, 0x84, 0x3f, 0, 0, 0, 1, 2));
  assert.equal(framer.incomplete, 8);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
});

describe("what is no LDAP message ends it", () => {
  const wrong: [string, number[], string][] = [
    ["an answer of HTTP", [...Buffer.from("HTTP/1.1 400 Bad Request\r\n")], "protocol"],
    ["an alert of TLS", [0x15, 0x03, 0x01, 0, 2, 2, 40], "protocol"],
    ["an indefinite length", [0x30, 0x80, 2, 1, 1], "protocol"],
    ["a length of five octets", [0x30, 0x85, 0, 0, 0, 0, 1], "protocol"],
    ["larger than allowed", [0x30, 0x84, 0, 0x10, 0, 1], "too-large"],
  ];
  for (const [name, octets, code] of wrong)
    test(name, () => {
      const bytes = Uint8Array.from(octets);
      for (const size of [1, 2, 3, bytes.length])
        assert.throws(
          () => cut(bytes, () => size),
          (error: Problem) => error.code === code,
          `in pieces of ${size}`,
        );
      // Also behind a good one, which is taken.
      const found: number[] = [];
      const framer = new Framer(1 << 20, (_, start, end) => found.push(end - start));
      assert.throws(() => framer.push(join(done(1), bytes)));
      assert.deepEqual(found, [done(1).length]);
    });

  test("the largest that is allowed passes", () => {
    const exactly = entry(1, "dc=a", { o: ["x".repeat(1000)] });
    assert.equal(cut(exactly, () => 10, exactly.length).found.length, 1);
    assert.throws(() => cut(exactly, () => 10, exactly.length - 1), { code: "too-large" });
  });
});
