import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { type Coding, codingOf, pack, unpack } from "../../src/inventory/compress.ts";
import { Problem, type ProblemCode } from "../../src/problem.ts";

const text = new TextEncoder().encode('<?xml version="1.0"?><REQUEST/>');

async function refuses(body: Uint8Array, limit: number, code: ProblemCode) {
  await assert.rejects(unpack(body, limit), (error) => error instanceof Problem && error.code === code);
}

describe("unpack and pack", () => {
  for (const coding of ["zlib", "gzip", "plain"] satisfies Coding[])
    it(`goes both ways in ${coding}`, async () => {
      const packed = await pack(text, coding);
      assert.equal(codingOf(packed), coding);
      const unpacked = await unpack(packed, text.length);
      assert.equal(unpacked.coding, coding);
      assert.deepEqual(new Uint8Array(unpacked.content), text);
      await refuses(packed, text.length - 1, "too-large");
    });

  it("knows zlib of every level, a BOM and leading blanks", () => {
    for (const level of [0, 1, 6, 9]) assert.equal(codingOf(deflateSync(text, { level })), "zlib");
    assert.equal(codingOf(new TextEncoder().encode("\ufeff<a/>")), "plain");
    assert.equal(codingOf(new TextEncoder().encode("\r\n  <a/>")), "plain");
  });

  it("stops a bomb at the limit", async () => {
    const zeros = new Uint8Array(64 * 1024 * 1024);
    await refuses(deflateSync(zeros), 1024 * 1024, "too-large");
    await refuses(gzipSync(zeros), 1024 * 1024, "too-large");
  });

  it("refuses broken, cut and foreign data", async () => {
    const whole = deflateSync(text);
    await refuses(whole.subarray(0, whole.length - 5), 1000, "bad-request");
    const broken = Uint8Array.from(whole);
    broken[6] = 0xff ^ (broken[6] ?? 0);
    await refuses(broken, 1000, "bad-request");
    await refuses(gzipSync(text).subarray(0, 15), 1000, "bad-request");
    for (const foreign of ["", "x", "{}", "PK\u0003\u0004", "hello"])
      await refuses(new TextEncoder().encode(foreign), 1000, "unsupported-media");
  });
});
