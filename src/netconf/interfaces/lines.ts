/** Lines of interfaces(5): comments left out, continued ones joined, every character with its place. */
import type { Position } from "./configuration.ts";

export interface Word {
  text: string;
  at: Position;
}

/** A joined line, without white space at its ends; never empty. */
export interface Line {
  words: readonly Word[];
  /** What follows the first word, as it is written; "" where nothing does. */
  rest: string;
  /** Place of the rest; of the first word where there is none. */
  restAt: Position;
}

/** White space of C's isspace, without the end of a line. */
const space = " \\t\\v\\f\\r";
const blank = new RegExp(`^[${space}]*$`);
const comment = new RegExp(`^[${space}]*#`);
const word = new RegExp(`[^${space}\\n]+`, "g");

/**
 * Lines whose first character is `#` are left out, also when they end in a backslash. A backslash right before the end
 * of any other line joins the next one to it as it stands, were it empty or began it with `#`. What follows a NUL
 * character is not seen (the model is written in C).
 */
export function* linesOf(text: string, file: string): Generator<Line> {
  const written = text.split("\n");
  for (let at = 0; at < written.length; at++) {
    if (blank.test(written[at] ?? "") || comment.test(written[at] ?? "")) continue;
    const first = at;
    const pieces: string[] = [];
    while (written[at]?.endsWith("\\")) pieces.push((written[at++] ?? "").slice(0, -1));
    pieces.push(written[at] ?? "");
    const line = lineOf(pieces, first + 1, file);
    if (line) yield line;
  }
}

function lineOf(pieces: readonly string[], first: number, file: string): Line | undefined {
  const [text = ""] = pieces.join("").split("\0");
  const starts: number[] = [];
  for (let start = 0, at = 0; at < pieces.length; at++) {
    starts.push(start);
    start += pieces[at]?.length ?? 0;
  }
  let piece = 0;
  // Asked from left to right.
  const place = (offset: number): Position => {
    while (piece + 1 < starts.length && (starts[piece + 1] ?? 0) <= offset) piece++;
    return { file, line: first + piece, column: offset - (starts[piece] ?? 0) + 1 };
  };
  const words = Array.from(text.matchAll(word), ({ 0: found, index }) => ({ text: found, at: place(index), index }));
  const [head, second] = words;
  if (!head) return undefined;
  // Not by a pattern: one that ends in `+$` takes time by the square of a long gap.
  let end = text.length;
  while (blank.test(text[end - 1] ?? "x")) end--;
  const rest = second ? text.slice(second.index, end) : "";
  return { words, rest, restAt: (second ?? head).at };
}
