/**
 * Regular expressions that stand in configuration and are held against texts from the network. They run on a machine of
 * states (Thompson's construction) in time that grows with the product of both lengths: no pattern can be slow enough
 * to stop a process, whatever a device calls itself. What needs backtracking (look-around, back references, possessive
 * quantifiers) is refused with words.
 */
import {
  type Assertion,
  type Ranges,
  readPattern,
  type Node as SyntaxNode,
  wordRanges,
  wrong,
} from "./pattern-syntax.ts";

export interface Pattern {
  source: string;
  /** Whether it fits the text (its first 4096 characters). */
  test(text: string): boolean;
}

export interface PatternOptions {
  /** The whole text must fit. */
  whole?: boolean;
  ignoreCase?: boolean;
}

type Step =
  | { kind: "set"; ranges: Ranges; negated: boolean; ignoreCase: boolean; next: number }
  | { kind: "assert"; what: Assertion; next: number }
  | { kind: "split"; next: number; other: number }
  | { kind: "match" };

const longestText = 4096;
const mostSteps = 5000;

/** @throws Problem `config` that quotes the pattern and says what is wrong with it */
export function compilePattern(source: string, options: PatternOptions = {}): Pattern {
  const steps: Step[] = [{ kind: "match" }];
  const whole = options.whole ?? false;
  const inner = readPattern(source, options.ignoreCase ?? false);
  const start = emit(inner, 0);
  return { source, test: (text) => runs(steps, start, text.slice(0, longestText), whole) };

  function push(step: Step): number {
    if (steps.length >= mostSteps) throw wrong(source, "is too large once its repetitions are written out");
    return steps.push(step) - 1;
  }

  function emit(node: SyntaxNode, next: number): number {
    if (node.kind === "empty") return next;
    if (node.kind === "set" || node.kind === "assert") return push({ ...node, next });
    if (node.kind === "all") return node.of.reduceRight((after, part) => emit(part, after), next);
    if (node.kind === "any") {
      return node.of
        .map((part) => emit(part, next))
        .reduceRight((other, one) => push({ kind: "split", next: one, other }));
    }
    let entry = next;
    if (node.most === Number.POSITIVE_INFINITY) {
      const loop: Step = { kind: "split", next, other: next };
      entry = push(loop);
      loop.next = emit(node.node, entry);
    } else {
      for (let optional = node.least; optional < node.most; optional++) {
        entry = push({ kind: "split", next: emit(node.node, entry), other: next });
      }
    }
    for (let must = 0; must < node.least; must++) entry = emit(node.node, entry);
    return entry;
  }
}

function runs(steps: Step[], start: number, text: string, whole: boolean): boolean {
  const codes = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  const seen = new Int32Array(steps.length).fill(-1);
  let waiting: number[] = [];
  for (let at = 0; ; at++) {
    const present: number[] = [];
    const stack = whole && at > 0 ? [] : [start];
    stack.push(...waiting);
    while (stack.length > 0) {
      const index = stack.pop() ?? 0;
      if (seen[index] === at) continue;
      seen[index] = at;
      const step = steps[index];
      if (step?.kind === "match" && (!whole || at === codes.length)) return true;
      if (step?.kind === "split") stack.push(step.other, step.next);
      else if (step?.kind === "assert" && holds(step.what, codes, at)) stack.push(step.next);
      else if (step?.kind === "set") present.push(index);
    }
    const code = codes[at];
    if (code === undefined) return false;
    waiting = [];
    for (const index of present) {
      const step = steps[index];
      if (step?.kind === "set" && fits(step, code)) waiting.push(step.next);
    }
  }
}

function holds(what: Assertion, codes: number[], at: number): boolean {
  if (what === "start") return at === 0;
  if (what === "end") return at === codes.length || (at === codes.length - 1 && codes[at] === 10);
  const edge = isWord(codes[at - 1]) !== isWord(codes[at]);
  return what === "boundary" ? edge : !edge;
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && within(wordRanges, code);
}

function within(ranges: Ranges, code: number): boolean {
  return ranges.some(([from, to]) => code >= from && code <= to);
}

function fits(set: { ranges: Ranges; negated: boolean; ignoreCase: boolean }, code: number): boolean {
  const found =
    within(set.ranges, code) ||
    (set.ignoreCase && (within(set.ranges, swapCase(code, "lower")) || within(set.ranges, swapCase(code, "upper"))));
  return found !== set.negated;
}

function swapCase(code: number, to: "lower" | "upper"): number {
  const letter = String.fromCodePoint(code);
  return (to === "lower" ? letter.toLowerCase() : letter.toUpperCase()).codePointAt(0) ?? code;
}
