import assert from "node:assert/strict";
import { test } from "node:test";
import { LineCutter } from "../../src/process/lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function cut(most: number, ...chunks: Uint8Array[]): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const cutter = new LineCutter(most, (line, whole) => lines.push([line, whole]));
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return lines;
}

test("lines come out whole, wherever the stream is cut", () => {
  const text = bytes("ä1\n\nzwei €\nlast");
  const wanted = [
    ["ä1", true],
    ["", true],
    ["zwei €", true],
    ["last", true],
  ];
  for (let at = 0; at <= text.length; at++) assert.deepEqual(cut(99, text.subarray(0, at), text.subarray(at)), wanted);
  assert.deepEqual(cut(99, ...[...text].map((byte) => Uint8Array.of(byte))), wanted);
  assert.deepEqual(cut(99), []);
  assert.deepEqual(cut(99, bytes("a\n")), [["a", true]]);
});

test("a chunk may be filled anew after it was pushed", () => {
  const lines: string[] = [];
  const cutter = new LineCutter(99, (line) => lines.push(line));
  const chunk = bytes("abc");
  cutter.push(chunk);
  chunk.fill(120);
  cutter.push(bytes("d\n"));
  assert.deepEqual(lines, ["abcd"]);
});

test("a line that is too long is told once, cut; the one after it is whole again", () => {
  const long = "x".repeat(25);
  const wanted = [
    ["ok", true],
    ["x".repeat(10), false],
    ["next", true],
  ];
  const text = bytes(`ok\n${long}\nnext`);
  for (let at = 0; at <= text.length; at++) assert.deepEqual(cut(10, text.subarray(0, at), text.subarray(at)), wanted);
  assert.deepEqual(cut(10, bytes(`${"y".repeat(10)}\n`)), [["y".repeat(10), true]]);
  // Without an end it takes no memory either.
  assert.deepEqual(cut(10, ...Array.from({ length: 1000 }, () => bytes("z".repeat(1000)))), [["z".repeat(10), false]]);
});
