/**
 * Fuzz target of the parser: valid frames, mutated and joined with random bytes, in random chunks. The same seed gives
 * the same run.
 */
import { Problem } from "../../src/problem.ts";
import { encode, type Message, respond } from "../../src/umcp/message.ts";
import { Parser, type ParserLimits } from "../../src/umcp/parser.ts";
import { bytes, frames, join } from "./frames.ts";

/** Small, so that streams of a few hundred bytes reach them. */
const limits: ParserLimits = { header: 256, body: 512, arguments: 8, depth: 6 };

function frame(start: string, rest: string, body: string): Uint8Array {
  return bytes(`${start}/${bytes(body).length}${rest}\n${body}`);
}

const valid = [
  ...frames.map(({ header, body }) => bytes(header + body)),
  frame("REQUEST/1", ": VERSION", ""),
  frame("REQUEST/2", "/image/svg+xml: UPLOAD a/b", "<svg />\n"),
  frame("REQUEST/3", ": CANCEL ", '{"options": {"ids": ["1-1", "2-1", "Mü😀ller"]}}'),
  frame("RESPONSE/4", ": COMMAND a/b c d", '{"status":206,"result":[[[[{"\\"]":null}]]]]}'),
  frame("REQUEST/5", ": SET ", '{"__proto__":{"a":1},"\\u005f_proto__":[]}'),
];

/** Pieces of the grammar, put where they do not belong. */
const tokens = [
  "/",
  ":",
  " ",
  "\n",
  "\r\n",
  "-",
  "9",
  "99999999",
  "\0",
  "١",
  '"',
  "\\",
  "{",
  "}",
  "[[[[[[[[",
  "\xff",
  "REQUEST/",
].map(bytes);

/** mulberry32: 32 bits of state, good enough to choose mutations by. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function noise(below: (n: number) => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => below(256));
}

function mutate(stream: Uint8Array, below: (n: number) => number): Uint8Array {
  const at = below(stream.length + 1);
  const to = Math.min(stream.length, at + below(20));
  switch (below(7)) {
    case 0: // another byte
      if (at < stream.length) stream[at] = below(256);
      return stream;
    case 1: // one bit
      if (at < stream.length) stream[at]! ^= 1 << below(8);
      return stream;
    case 2: // something lost
      return join(stream.subarray(0, at), stream.subarray(to));
    case 3: // something twice
      return join(stream.subarray(0, to), stream.subarray(at));
    case 4: {
      // another number
      const digit = stream.findIndex((byte, i) => i >= at && byte >= 0x30 && byte <= 0x39);
      return digit < 0
        ? stream
        : join(stream.subarray(0, digit), bytes(String(below(2000))), stream.subarray(digit + 1));
    }
    case 5: // a token too many
      return join(stream.subarray(0, at), tokens[below(tokens.length)]!, stream.subarray(at));
    default: // noise
      return join(stream.subarray(0, at), noise(below, below(40)), stream.subarray(to));
  }
}

export interface FuzzResult {
  /** Mutated streams that were parsed. */
  streams: number;
  /** Messages that came out, with and without a problem. */
  messages: number;
  badBodies: number;
  tooLarge: number;
  badHeaders: number;
}

/**
 * Parses `mutations` mutated streams.
 * @throws Error naming seed and number of the stream whose parsing threw anything but a Problem, held more memory than
 * the limits allow, or depended on the chunks; a hang shows as the test's time-out.
 */
export function fuzz(seed: number, mutations: number): FuzzResult {
  const below = random(seed);
  const result: FuzzResult = { streams: 0, messages: 0, badBodies: 0, tooLarge: 0, badHeaders: 0 };
  for (; result.streams < mutations; result.streams++) {
    const count = 1 + below(4);
    let stream = join(...Array.from({ length: count }, () => valid[below(valid.length)]!));
    if (below(20) === 0) stream = noise(below, 1 + below(600));
    for (let changes = below(2); changes >= 0; changes--) stream = mutate(stream, below);
    try {
      check(stream, below, result);
    } catch (error) {
      throw new Error(`seed ${seed}, stream ${result.streams}: ${JSON.stringify(String.fromCharCode(...stream))}`, {
        cause: error,
      });
    }
  }
  return result;
}

function check(stream: Uint8Array, below: (n: number) => number, result: FuzzResult): void {
  const parser = new Parser(limits);
  const messages: Message[] = [];
  const largest = [1, 3, 17, 64, stream.length][below(5)]!;
  for (let at = 0; at < stream.length && !parser.problem; ) {
    const size = 1 + below(largest);
    messages.push(...parser.push(stream.slice(at, at + size)));
    at += size;
    if (parser.buffered > Math.max(limits.header, limits.body)) throw new Error(`${parser.buffered} bytes held`);
  }
  for (const message of messages) checkMessage(message, result);
  if (parser.problem?.code === "bad-header") result.badHeaders++;
  if (parser.problem) mustRefuse(parser);

  const whole = new Parser(limits);
  const again = whole.push(stream);
  if (show(again) !== show(messages) || whole.problem?.message !== parser.problem?.message) {
    throw new Error("the chunks made a difference");
  }
}

function checkMessage(message: Message, result: FuzzResult): void {
  result.messages++;
  if (message.problem) {
    if (!(message.problem instanceof Problem)) throw new Error("not a Problem");
    if (message.problem.code === "bad-body") result.badBodies++;
    else if (message.problem.code === "too-large") result.tooLarge++;
    else throw new Error(message.problem.code);
  }
  if (!(message.body instanceof Uint8Array) && Object.hasOwn(message.body, "__proto__")) throw new Error("__proto__");
  if (message.type !== "REQUEST") return;
  // Every request that was read can be answered, and its answer is read as what it was.
  const answer = respond(message, { status: 200, message: null, result: message.arguments });
  const [read, ...more] = new Parser().push(encode(answer));
  if (show([read as Message]) !== show([answer]) || more.length > 0) throw new Error("the answer changed on its way");
}

function mustRefuse(parser: Parser): void {
  try {
    parser.push(valid[0]!);
  } catch (error) {
    if (error instanceof Problem) return;
  }
  throw new Error("went on after the connection was over");
}

function show(messages: Message[]): string {
  return JSON.stringify(messages.map(({ problem, ...rest }) => [rest, problem?.code]));
}
