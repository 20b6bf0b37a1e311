import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { frameLength, Reader, Writer } from "../../src/ldap/ber.ts";
import { Problem } from "../../src/problem.ts";
import { random, trials } from "../random.ts";

const bytes = (hex: string) => new Uint8Array((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
const hex = (value: Uint8Array) => [...value].map((octet) => octet.toString(16).padStart(2, "0")).join("");
const protocol = (error: unknown) => error instanceof Problem && error.code === "protocol";

describe("ber", () => {
  it("writes what RFC 4511 says", () => {
    const writer = new Writer();
    writer.sequence((message) =>
      message.integer(1).sequence((bind) => bind.integer(3).text("cn=x").text("pw", 0x80), 0x60),
    );
    assert.equal(hex(writer.finish()), "30120201016" + "00d0201030404636e3d7880027077");
    for (const [value, expected] of [
      [0, "020100"],
      [127, "02017f"],
      [128, "02020080"],
      [-1, "0201ff"],
      [-128, "020180"],
      [-129, "0202ff7f"],
      [65536, "0203010000"],
      [2147483647, "02047fffffff"],
      [-2147483648, "020480000000"],
    ] as const) {
      assert.equal(hex(new Writer().integer(value).finish()), expected);
      assert.equal(new Reader(bytes(expected)).integer(), value);
    }
  });

  it("reads back every length of header", () => {
    for (const length of [0, 127, 128, 255, 256, 65535, 65536, 16777216]) {
      const value = new Uint8Array(length).fill(7);
      const written = new Writer().sequence((inner) => inner.boolean(true).octets(value).null()).finish();
      assert.equal(frameLength(written), written.length);
      const reader = new Reader(written).sequence();
      assert.equal(reader.boolean(), true);
      assert.equal(reader.octets().length, length);
      assert.equal(reader.tag(), 5);
      reader.skip();
      assert.equal(reader.more, false);
      assert.equal(reader.tag(), -1);
    }
  });

  it("reads back what it has written, however deep and long", () => {
    const next = random(8825);
    type Tree = Uint8Array | Tree[];
    const tree = (depth: number): Tree =>
      depth === 0 || next() < 0.4
        ? Uint8Array.from({ length: Math.floor(next() ** 6 * 3000) }, () => Math.floor(next() * 256))
        : Array.from({ length: Math.floor(next() * 5) }, () => tree(depth - 1));
    const write = (writer: Writer, node: Tree): Writer =>
      node instanceof Uint8Array
        ? writer.octets(node)
        : writer.sequence((inner) => {
            for (const child of node) write(inner, child);
          });
    const read = (reader: Reader): Tree => {
      if (reader.tag() === 0x04) return reader.octets().slice();
      const inner = reader.sequence();
      const list: Tree[] = [];
      while (inner.more) list.push(read(inner));
      return list;
    };
    for (let round = 0; round < 500; round++) {
      const written = tree(6);
      assert.deepEqual(read(new Reader(write(new Writer(1), written).finish())), written);
    }
  });

  it("reads in place, and a text of its own", () => {
    const buffer = bytes("ff04026869ff");
    const reader = new Reader(buffer, 1, 5);
    assert.equal(reader.octets().buffer, buffer.buffer);
    assert.equal(new Reader(buffer, 1, 5).text(), "hi");
    assert.equal(hex(new Reader(buffer, 1, 5).raw()), "04026869");
  });

  it("takes a long form that is longer than it need be, as Active Directory writes it", () => {
    const reader = new Reader(bytes("308400000003020105")).sequence();
    assert.equal(reader.integer(), 5);
  });

  it("waits for the rest of a header, and holds to the limit", () => {
    const message = new Writer().octets(new Uint8Array(300)).finish();
    assert.equal(frameLength(message, 0, 0), undefined);
    assert.equal(frameLength(message, 0, 1), undefined);
    assert.equal(frameLength(message, 0, 3), undefined);
    assert.equal(frameLength(message, 0, 4), 304);
    assert.throws(
      () => frameLength(message, 0, 4, 303),
      (error) => error instanceof Problem && error.code === "too-large",
    );
  });

  it("says what is malformed", () => {
    for (const [input, read] of [
      ["", (reader: Reader) => reader.octets()],
      ["04", (reader: Reader) => reader.octets()],
      ["0405aa", (reader: Reader) => reader.octets()],
      ["048200", (reader: Reader) => reader.octets()],
      ["0480aa0000", (reader: Reader) => reader.octets()],
      ["04850000000001aa", (reader: Reader) => reader.octets()],
      ["04ffffffffff", (reader: Reader) => reader.octets()],
      ["1f0101", (reader: Reader) => reader.skip()],
      ["0201", (reader: Reader) => reader.integer()],
      ["0200", (reader: Reader) => reader.integer()],
      ["02050000000001", (reader: Reader) => reader.integer()],
      ["0102ffff", (reader: Reader) => reader.boolean()],
      ["040101", (reader: Reader) => reader.sequence()],
      ["3003040501", (reader: Reader) => reader.sequence().octets()],
    ] as const) {
      assert.throws(() => read(new Reader(bytes(input))), protocol, input);
    }
  });

  it("never throws anything else, whatever is damaged", () => {
    const next = random(4511);
    const good = new Writer()
      .sequence((message) =>
        message
          .integer(7)
          .sequence(
            (entry) => entry.text("dc=example").sequence((list) => list.text("x").set((s) => s.text("y"))),
            0x64,
          ),
      )
      .finish();
    const walk = (reader: Reader, depth: number) => {
      while (reader.more) {
        const tag = reader.tag();
        if ((tag & 0x20) !== 0 && depth < 50) walk(reader.sequence(tag), depth + 1);
        else reader.skip();
      }
    };
    let thrown = 0;
    for (let round = 0; round < trials(5000); round++) {
      const damaged = good.slice(0, 1 + Math.floor(next() * good.length));
      for (let hits = 0; hits < 3; hits++) damaged[Math.floor(next() * damaged.length)] = Math.floor(next() * 256);
      try {
        walk(new Reader(damaged), 0);
      } catch (error) {
        assert.ok(protocol(error), String(error));
        thrown++;
      }
    }
    assert.ok(thrown > 1000, `${thrown} were refused`);
  });
});
