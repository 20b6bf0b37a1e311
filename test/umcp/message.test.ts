import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Problem, type ProblemCode, problemCodes } from "../../src/problem.ts";
import { encode, newId, problemBody, problemOf, type Request, respond, statusTexts } from "../../src/umcp/message.ts";
import { bytes, frames } from "./frames.ts";

const text = (data: Uint8Array) => new TextDecoder().decode(data);
const request: Request = {
  type: "REQUEST",
  id: "1-2",
  command: "GET",
  arguments: [],
  mimetype: "application/json",
  body: {},
};

describe("encode", () => {
  for (const { header, body, total, message } of frames) {
    test(`gives back the model's frame: ${header.trim()}`, () => {
      const frame = encode({ ...message, body: bytes(body) });
      assert.equal(text(frame), header + body);
      assert.equal(frame.length, total);
    });
  }

  test("writes our own bodies without spaces, and their length in bytes", () => {
    assert.equal(text(encode(request)), "REQUEST/1-2/2/application/json: GET \n{}");
    const body = { name: "Müller 😀 \ud800" };
    assert.equal(
      text(encode({ ...request, arguments: ["hosts", "ä"], body })),
      `REQUEST/1-2/${bytes(JSON.stringify(body)).length}/application/json: GET hosts ä\n${JSON.stringify(body)}`,
    );
  });

  test("writes a missing command as NONE, and raw bytes under their type", () => {
    assert.equal(text(encode({ ...request, command: "" })), "REQUEST/1-2/2/application/json: NONE \n{}");
    const raw = encode({ ...request, mimetype: "image/png", body: new Uint8Array([0x89, 0x50]) });
    assert.equal(text(raw.subarray(0, -2)), "REQUEST/1-2/2/image/png: GET \n");
    assert.deepEqual([...raw.subarray(-2)], [0x89, 0x50]);
  });

  const refused: [string, Partial<Request>, ProblemCode][] = [
    ["a line end in an argument", { arguments: ["a\nREQUEST/1/0: EXIT"] }, "bad-request"],
    ["a space in an argument", { arguments: ["a b"] }, "bad-request"],
    ["an argument that nobody could read back", { arguments: [""] }, "bad-request"],
    ["a slash in an id", { id: "1/2" }, "bad-request"],
    ["an empty id", { id: "" }, "bad-request"],
    ["a space in a command", { command: "GET x" }, "bad-request"],
    ["a type the model cannot read", { mimetype: "image/svg+xml", body: bytes("<svg/>") }, "unsupported-media"],
    ["an object under another type than JSON", { mimetype: "text/plain" }, "unsupported-media"],
  ];
  for (const [what, change, code] of refused) {
    test(`refuses ${what}`, () => assert.throws(() => encode({ ...request, ...change }), { name: "Problem", code }));
  }
});

test("an id is hundred-thousandths of a second, a dash, and a counter that never repeats", () => {
  const before = Date.now();
  const ids = Array.from({ length: 250 }, newId);
  const [time, first] = ids.at(-1)!.split("-").map(Number);
  assert.ok(time! % 100 === 0 && time! / 100 >= before && time! / 100 <= Date.now());
  assert.ok(Number.isInteger(first));
  assert.equal(new Set(ids).size, 250);
});

describe("problems on the wire", () => {
  test("every code comes back as itself, with message, detail and when to try again", () => {
    for (const code of Object.keys(problemCodes) as ProblemCode[]) {
      const sent = new Problem(code, "no", { detail: { name: "Argument required" }, retryAfter: 2.2 });
      const frame = text(encode(respond(request, problemBody(sent))));
      const body = JSON.parse(frame.slice(frame.indexOf("\n")));
      const { message, detail, retryAfter } = problemOf(body)!;
      assert.equal(problemOf(body)!.code, code);
      assert.deepEqual({ message, detail, retryAfter }, { message: "no", detail: sent.detail, retryAfter: 3 });
    }
  });

  test("a private cause stays here", () => {
    const body = problemBody(new Problem("internal", "internal error", { cause: new Error("password hunter2") }));
    assert.deepEqual(body, {
      status: 500,
      message: "internal error",
      result: null,
      error: { code: "internal", traceback: null },
    });
  });

  const foreign: [number, ProblemCode | undefined][] = [
    [200, undefined],
    [206, undefined],
    [301, undefined],
    [401, "unauthenticated"],
    [407, "bad-options"],
    [412, "auth-failed"],
    [418, "bad-request"],
    [510, "module-died"],
    [552, "unknown-command"],
    [590, "command-failed"],
    [592, "module-start"],
    [199, "protocol"],
    [600, "protocol"],
    [Number.NaN, "protocol"],
  ];
  for (const [status, code] of foreign) {
    test(`status ${status} of another program is ${code}`, () => {
      assert.equal(problemOf({ status, message: null, result: [] })?.code, code);
    });
  }

  test("a code is believed only beside its own status, and odd keys hurt nobody", () => {
    assert.equal(problemOf({ status: 403, error: { code: "internal" } })?.code, "forbidden");
    assert.equal(problemOf({ status: 403, error: { code: "toString" } })?.code, "forbidden");
    assert.equal(problemOf({ status: 403, error: "x", headers: 7, message: 5 })?.message, statusTexts[403]);
    assert.equal(problemOf({})?.code, "protocol");
  });

  test("every status of the closed list has its words", () => {
    for (const { umcp } of Object.values(problemCodes)) assert.ok(statusTexts[umcp], String(umcp));
  });
});
