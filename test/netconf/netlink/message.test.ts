import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAnswer } from "../../../src/netconf/netlink/answer.ts";
import {
  attribute,
  joined,
  listAttributes,
  message,
  NLM_F,
  NLMSG,
  nested,
  readAttributes,
  readMessages,
  readText,
  setSequence,
  text,
} from "../../../src/netconf/netlink/message.ts";
import { numberBytes, readNumber, s32, u16, u32 } from "../../../src/netconf/netlink/number.ts";

describe("messages in a datagram", () => {
  const one = message(16, 5, u32(0x01020304), u16(7));
  setSequence(one, 99);

  it("have a length, a type, flags and a sequence number", () => {
    assert.equal(one.length, 22);
    assert.equal(readNumber(one, "u32"), 22);
    // The next one begins at a multiple of four.
    const { messages, whole } = readMessages(joined([one, new Uint8Array(2), message(3, 2)]));
    assert.equal(whole, true);
    assert.deepEqual(
      messages.map(({ type, flags, sequence, payload }) => [type, flags, sequence, payload.length]),
      [
        [16, 5, 99, 6],
        [3, 2, 0, 0],
      ],
    );
  });

  it("that are cut short, or too short to be one, are told of", () => {
    const two = joined([one, new Uint8Array(2), one]);
    for (let length = 0; length < two.length; length++) {
      const { messages, whole } = readMessages(two.subarray(0, length));
      assert.deepEqual([length, messages.length], [length, length >= 22 ? 1 : 0]);
      assert.equal(whole, length === 0 || (length >= 22 && length <= 24));
    }
    assert.deepEqual(readMessages(u32(8)), { messages: [], whole: false });
    assert.deepEqual(readMessages(joined([u32(0), new Uint8Array(32)])), { messages: [], whole: false });
    assert.deepEqual(readMessages(joined([u32(0xffff_ffff), new Uint8Array(32)])), { messages: [], whole: false });
  });
});

describe("attributes", () => {
  it("stand in each other", () => {
    const bytes = joined([attribute(3, text("eth0")), nested(18, attribute(1, text("bridge")), attribute(2, u32(7)))]);
    const outer = readAttributes(bytes);
    assert.equal(readText(outer.get(3)), "eth0");
    const inner = readAttributes(outer.get(18));
    assert.deepEqual([readText(inner.get(1)), readNumber(inner.get(2), "u32")], ["bridge", 7]);
  });

  it("that are longer than what holds them end the list, and nothing beyond is read", () => {
    const bytes = joined([attribute(1, u32(1)), attribute(2, u32(2))]);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(listAttributes(bytes.subarray(0, length)).length, Math.floor(length / 8));
    }
    assert.deepEqual(listAttributes(joined([u16(3), u16(1), u32(0)])), []);
    assert.deepEqual(listAttributes(bytes, 16), []);
    assert.deepEqual(listAttributes(undefined), []);
  });

  it("too short for their number have none", () => {
    for (const form of ["u16", "u32", "u64", "s32", "be16", "be32"] as const) {
      assert.equal(readNumber(new Uint8Array(1), form), undefined);
    }
    assert.equal(readNumber(new Uint8Array(0), "u8"), undefined);
  });

  it("numbers that do not fit are no bytes", () => {
    for (const [value, form] of [
      [256, "u8"],
      [-1, "u32"],
      [2 ** 32, "u32"],
      [1.5, "u16"],
      [Number.NaN, "u8"],
      [2 ** 31, "s32"],
    ] as const) {
      assert.equal(numberBytes(value, form), undefined);
    }
    assert.deepEqual([...(numberBytes(0x1234, "be16") ?? [])], [0x12, 0x34]);
    assert.equal(readNumber(numberBytes(-5, "s32"), "s32"), -5);
    assert.equal(readNumber(numberBytes(2 ** 40, "u64"), "u64"), 2 ** 40);
  });
});

describe("the kernel's answer", () => {
  const request = message(16, 5, new Uint8Array(20));
  const words = attribute(1, text("no such luck"));
  const answer = (flags: number, ...parts: Uint8Array[]) =>
    readAnswer(readMessages(message(NLMSG.ERROR, flags, ...parts)).messages[0]!);

  it("says what went wrong, in words where it has some", () => {
    assert.deepEqual(answer(0, s32(-17), request), { errno: 17, message: "" });
    assert.deepEqual(answer(NLM_F.ACK_TLVS, s32(-17), request, words), { errno: 17, message: "no such luck" });
    const capped = NLM_F.ACK_TLVS | NLM_F.CAPPED;
    assert.deepEqual(answer(capped, s32(-22), request.subarray(0, 16), words), { errno: 22, message: "no such luck" });
    assert.deepEqual(answer(NLM_F.ACK_TLVS, s32(0), request.subarray(0, 16), words)?.errno, 0);
  });

  it("cut short is an error all the same", () => {
    assert.deepEqual(answer(0), { errno: 5, message: "" });
    assert.deepEqual(answer(NLM_F.ACK_TLVS, s32(-1)), { errno: 1, message: "" });
  });

  it("ends a dump", () => {
    const done = (...parts: Uint8Array[]) => readAnswer(readMessages(message(NLMSG.DONE, 2, ...parts)).messages[0]!);
    assert.deepEqual(
      [done(), done(s32(0)), done(s32(-1))].map((each) => each?.errno),
      [0, 0, 1],
    );
    assert.equal(readAnswer(readMessages(message(16, 0)).messages[0]!), undefined);
  });
});
