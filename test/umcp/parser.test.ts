import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encode, type Message } from "../../src/umcp/message.ts";
import { Parser, parserLimits } from "../../src/umcp/parser.ts";
import { bytes, frames, join } from "./frames.ts";

const parse = (input: string | Uint8Array, limits = {}) =>
  new Parser(limits).push(typeof input === "string" ? bytes(input) : input);
const whole = join(...frames.map(({ header, body }) => bytes(header + body)));
const expected = frames.map(({ message }) => message);

describe("the model's four frames", () => {
  for (const { header, body, total, message } of frames) {
    test(header.trim(), () => {
      assert.equal(bytes(header + body).length, total);
      assert.deepEqual(parse(header + body), [message]);
    });
  }

  test("all in one chunk", () => assert.deepEqual(parse(whole), expected));

  test("cut in two at every byte", () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const parser = new Parser();
      assert.deepEqual([...parser.push(whole.slice(0, cut)), ...parser.push(whole.slice(cut))], expected, `at ${cut}`);
      assert.equal(parser.buffered, 0);
    }
  });

  test("in equal chunks of every size", () => {
    for (let size = 1; size <= 200; size++) {
      const parser = new Parser();
      const messages: Message[] = [];
      for (let at = 0; at < whole.length; at += size) messages.push(...parser.push(whole.slice(at, at + size)));
      assert.deepEqual(messages, expected, `of ${size}`);
    }
  });
});

describe("framing where the model was loose", () => {
  const good: [string, string, Partial<Message>][] = [
    ["no mimetype, no body", "REQUEST/1/0: GET modules\n", { command: "GET", arguments: ["modules"], body: {} }],
    ["no space after the colon", "REQUEST/1/0:GET\n", { command: "GET", arguments: [] }],
    ["a trailing space is no argument", "REQUEST/1/0: AUTH \n", { arguments: [] }],
    ["two spaces make an empty argument", "REQUEST/1/0: SET a  b\n", { arguments: ["a", "", "b"] }],
    ["two trailing spaces are two empty arguments", "REQUEST/1/0: SET  \n", { arguments: ["", ""] }],
    ["arguments are UTF-8", "REQUEST/1/0: SET Müller 😀\n", { arguments: ["Müller", "😀"] }],
    ["leading zeros", "REQUEST/-7-/002/application/json: GET \n{}", { id: "-7-" }],
    ["JSON by another spelling", 'REQUEST/1/7/Application/JSON: GET \n{"a":1}', { body: { a: 1 } }],
    ["spaces and line ends around JSON", 'REQUEST/1/11: GET \n {"a": 1}\r\n', { body: { a: 1 } }],
    ["a mimetype the model could not read", "REQUEST/1/6/image/svg+xml: GET \n<svg/>", { body: bytes("<svg/>") }],
    ["digits and capitals", "REQUEST/1/1/Video/3GPP2: GET \nx", { mimetype: "video/3gpp2", body: bytes("x") }],
    ["vendor types", "REQUEST/1/0/application/vnd.a-b_c.1: GET \n", { body: bytes("") }],
    ["a response", 'RESPONSE/1/14: NONE \n{"status":200}', { type: "RESPONSE", command: "NONE" }],
  ];
  for (const [what, input, part] of good) {
    test(`accepts ${what}`, () => {
      const parser = new Parser();
      const [message, ...more] = parser.push(bytes(input));
      assert.deepEqual({ ...message, ...part }, message);
      assert.equal(message?.problem, undefined);
      assert.deepEqual(more, []);
      assert.equal(parser.problem, undefined);
    });
  }

  const bad: [string, string | Uint8Array][] = [
    ["Arabic digits", "REQUEST/١/٢: GET\n"],
    ["Arabic digits in the length alone", "REQUEST/1/٢: GET\n{}"],
    ["full-width digits", "REQUEST/１/0: GET\n"],
    ["a command with a dash", "REQUEST/1/0: G-ET x\n"],
    ["a command in another script", "REQUEST/1/0: ΓΕΤ x\n"],
    ["a carriage return", "REQUEST/1/0: GET x\r\n"],
    ["NUL", "REQUEST/1/0: GET \0\n"],
    ["a tab", "REQUEST/1/0: GET\tx\n"],
    ["DEL", "REQUEST/1/0: GET \x7f\n"],
    ["an empty line", "\nREQUEST/1/0: GET\n"],
    ["an empty line after the header", "REQUEST/1/0: GET\n\nREQUEST/2/0: GET\n"],
    ["small letters", "request/1/0: GET\n"],
    ["no id", "REQUEST//0: GET\n"],
    ["an endless id", `REQUEST/${"1".repeat(65)}/0: GET\n`],
    ["no length", "REQUEST/1/: GET\n"],
    ["a negative length", "REQUEST/1/-1: GET\n"],
    ["a fractional length", "REQUEST/1/1.5: GET\n"],
    ["a hexadecimal length", "REQUEST/1/0x10: GET\n"],
    ["no mimetype after its slash", "REQUEST/1/0/: GET\n"],
    ["a mimetype with parameters", "REQUEST/1/0/text/plain;charset=utf-8: GET\n"],
    ["no colon", "REQUEST/1/0 GET\n"],
    ["no command", "REQUEST/1/0: \n"],
    ["a header cut by its end", "REQUEST\n"],
    ["an id cut by its end", "REQUEST/1\n"],
    ["a header whose slash belongs to the body", "REQUEST/1\n/0: GET\n"],
    ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bytes that are not UTF-8", new Uint8Array([...bytes("REQUEST/1/0: GET "), 0xff, 0x0a])],
    ["65 arguments", `REQUEST/1/0: GET ${Array(65).fill("a").join(" ")}\n`],
    ["a header of 4097 bytes", `REQUEST/1/0: GET ${"a".repeat(4097 - 17)}\n`],
    ["4097 bytes without an end", "a".repeat(4097)],
  ];
  for (const [what, input] of bad) {
    test(`ends at ${what}`, () => {
      const before = bytes("REQUEST/9/0: VERSION \n");
      const data = typeof input === "string" ? bytes(input) : input;
      for (const size of [1, 7, 100_000]) {
        const parser = new Parser();
        const stream = join(before, data);
        const messages: Message[] = [];
        for (let at = 0; at < stream.length && !parser.problem; at += size) {
          messages.push(...parser.push(stream.slice(at, at + size)));
        }
        assert.equal(parser.problem?.code, "bad-header");
        assert.equal(messages[0]?.command, "VERSION");
        assert.equal(parser.buffered, 0);
        assert.throws(() => parser.push(before), { code: "bad-header" });
      }
    });
  }

  test("64 arguments and a header of 4096 bytes are still right", () => {
    assert.equal(parse(`REQUEST/1/0: GET ${Array(64).fill("a").join(" ")}\n`)[0]?.arguments.length, 64);
    assert.equal(parse(`REQUEST/1/0: GET ${"a".repeat(4096 - 17)}\n`)[0]?.arguments[0]?.length, 4096 - 17);
  });

  test("nothing is taken as complete before its line ends", () => {
    const parser = new Parser();
    assert.deepEqual(parser.push(bytes("REQUEST/1/0: GET mo")), []);
    assert.deepEqual(parser.push(bytes("dules\n"))[0]?.arguments, ["modules"]);
  });
});

describe("bodies", () => {
  const deep = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  const frame = (body: Uint8Array) => join(bytes(`REQUEST/1/${body.length}: GET \n`), body);
  const next = bytes('REQUEST/2/7: GET \n{"a":1}');

  const bad: [string, string | Uint8Array][] = [
    ["half of an object", '{"a":'],
    ["an array", "[1]"],
    ["a number", "1"],
    ["null", "null"],
    ["text", '"a"'],
    ["two objects", "{}{}"],
    ["NaN, as Python writes it", '{"a": NaN}'],
    ["a byte order mark", "\ufeff{}"],
    ["invalid UTF-8", new Uint8Array([...bytes('{"a":"'), 0xc3, 0x28, ...bytes('"}')])],
    ["an encoded surrogate", new Uint8Array([...bytes('{"a":"'), 0xed, 0xa0, 0x80, ...bytes('"}')])],
    ["65 levels", deep(65)],
    ["a million levels", "[".repeat(1_000_000)],
    ["a million levels in an object", `{"a":${'{"a":'.repeat(1_000_000)}`],
  ];
  for (const [what, body] of bad) {
    test(`answers ${what} and reads on`, () => {
      const parser = new Parser();
      const data = typeof body === "string" ? bytes(body) : body;
      const [first, second] = parser.push(join(frame(data), next));
      assert.equal(first?.problem?.code, "bad-body");
      assert.equal(first?.id, "1");
      assert.deepEqual(first?.body, {});
      assert.deepEqual(second?.body, { a: 1 });
      assert.equal(parser.problem, undefined);
    });
  }

  test("64 levels, and brackets that are only text, are right", () => {
    assert.equal(parse(frame(bytes(deep(64))))[0]?.problem, undefined);
    const body = { 'a"\\': "[".repeat(1000), b: '{"\\"'.repeat(100) };
    assert.deepEqual(parse(frame(bytes(JSON.stringify(body))))[0]?.body, body);
  });

  test("__proto__ is no key, however it is written", () => {
    for (const key of ["__proto__", "\\u005f_proto__", "__\\u0070roto__"]) {
      const [message] = parse(frame(bytes(`{"${key}":{"admin":1},"a":[{"${key}":{"admin":1},"b":2}]}`)));
      assert.deepEqual(message?.body, { a: [{ b: 2 }] });
      const copy = Object.assign({}, message!.body, (message!.body as { a: object[] }).a[0]);
      assert.equal((copy as { admin?: number }).admin, undefined);
    }
  });

  for (const length of ["1001", "99999999999999999999999999", "9".repeat(400)]) {
    test(`refuses ${length.slice(0, 30)} bytes at once, with the id to answer`, () => {
      const parser = new Parser({ body: 1000 });
      const [first, second] = parser.push(join(next, bytes(`REQUEST/3/${length}: UPLOAD \n{`)));
      assert.deepEqual(first?.body, { a: 1 });
      assert.equal(second?.id, "3");
      assert.equal(second?.problem?.code, "too-large");
      assert.equal(parser.problem?.code, "too-large");
      assert.throws(() => parser.push(next), { code: "too-large" });
    });
  }

  test("a body of exactly the limit is right, and the limit can change between frames", () => {
    const body = bytes(JSON.stringify({ a: "x".repeat(100) }));
    const parser = new Parser({ body: body.length });
    assert.equal(parser.push(frame(body))[0]?.problem, undefined);
    parser.bodyLimit = body.length - 1;
    assert.equal(parser.push(frame(body))[0]?.problem?.code, "too-large");
  });

  test("memory grows with what has arrived, not with what is announced", () => {
    const parser = new Parser();
    parser.push(bytes(`REQUEST/1/${parserLimits.body}/text/plain: GET \n`));
    assert.equal(parser.buffered, 0);
    let sent = 0;
    for (; sent < 300_000; sent += 1000) {
      parser.push(new Uint8Array(1000));
      assert.ok(parser.buffered <= Math.max(4096, 2 * (sent + 1000)), `${parser.buffered} for ${sent}`);
    }
  });

  test("a body of a megabyte in chunks of one byte", () => {
    const body = bytes(JSON.stringify({ a: "x".repeat(1_000_000) }));
    const parser = new Parser();
    const messages: Message[] = [];
    const stream = frame(body);
    for (let at = 0; at < stream.length; at++) messages.push(...parser.push(stream.subarray(at, at + 1)));
    assert.equal(messages.length, 1);
    assert.equal((messages[0]!.body as { a: string }).a.length, 1_000_000);
  });

  test("raw bytes are the message's own: the chunk may be reused", () => {
    const stream = encode({ ...expected[0]!, mimetype: "text/plain", body: bytes("abc") });
    const [message] = parse(stream);
    stream.fill(0);
    assert.deepEqual(message?.body, bytes("abc"));
  });
});
