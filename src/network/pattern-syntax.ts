/** How a regular expression is written: Perl's syntax without what needs backtracking. */
import { Problem } from "../problem.ts";

export type Ranges = [from: number, to: number][];
export type Assertion = "start" | "end" | "boundary" | "inside";
export type Node =
  | { kind: "empty" }
  | { kind: "set"; ranges: Ranges; negated: boolean; ignoreCase: boolean }
  | { kind: "assert"; what: Assertion }
  | { kind: "all"; of: Node[] }
  | { kind: "any"; of: Node[] }
  | { kind: "repeat"; node: Node; least: number; most: number };

const longestPattern = 1000;
const mostRepeats = 1000;
const highest = 0x10ffff;
const classes: Record<string, Ranges> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 13],
    [32, 32],
    [160, 160],
  ],
  h: [
    [9, 9],
    [32, 32],
  ],
};
export const wordRanges: Ranges = classes.w ?? [];
const posix: Record<string, Ranges> = {
  alpha: [
    [65, 90],
    [97, 122],
  ],
  digit: classes.d ?? [],
  alnum: wordRanges.filter(([from]) => from !== 95),
  lower: [[97, 122]],
  upper: [[65, 90]],
  space: classes.s ?? [],
  blank: classes.h ?? [],
  word: wordRanges,
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
};
const controls: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, e: 27, a: 7, "0": 0 };

function inverse(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const result: Ranges = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) result.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  return from <= highest ? [...result, [from, highest]] : result;
}

export function wrong(source: string, why: string): Problem {
  return new Problem("config", `the regular expression ${JSON.stringify(source.slice(0, 100))} ${why}`);
}

/** @throws Problem `config` */
export function readPattern(source: string, ignoreCase: boolean): Node {
  return new Reader(source, ignoreCase).read();
}

class Reader {
  private readonly source: string;
  private readonly letters: string[];
  private at = 0;
  private ignoreCase: boolean;
  private dotAll = false;

  constructor(source: string, ignoreCase: boolean) {
    if (source.length > longestPattern) throw wrong(source, `is longer than ${longestPattern} characters`);
    this.source = source;
    this.letters = Array.from(source);
    this.ignoreCase = ignoreCase;
  }

  read(): Node {
    const node = this.alternatives();
    if (this.at < this.letters.length) throw wrong(this.source, "has a ) without its (");
    return node;
  }

  private get next(): string | undefined {
    return this.letters[this.at];
  }

  private take(text: string): boolean {
    if (
      !this.letters
        .slice(this.at, this.at + text.length)
        .join("")
        .startsWith(text)
    )
      return false;
    this.at += text.length;
    return true;
  }

  private takeMatch(pattern: RegExp): RegExpExecArray | null {
    const found = pattern.exec(this.letters.slice(this.at, this.at + 40).join(""));
    if (found) this.at += Array.from(found[0]).length;
    return found;
  }

  private alternatives(): Node {
    const [ignoreCase, dotAll] = [this.ignoreCase, this.dotAll];
    const options = [this.sequence()];
    while (this.take("|")) options.push(this.sequence());
    [this.ignoreCase, this.dotAll] = [ignoreCase, dotAll];
    return options.length === 1 ? (options[0] ?? { kind: "empty" }) : { kind: "any", of: options };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.next !== undefined && this.next !== "|" && this.next !== ")") parts.push(this.quantified());
    return { kind: "all", of: parts };
  }

  private quantified(): Node {
    const atom = this.atom();
    const found = this.takeMatch(/^(?:[*+?]|\{(\d{1,5})(,(\d{0,5}))?\})/);
    if (!found) return atom;
    if (atom.kind === "assert" || atom.kind === "empty") throw wrong(this.source, `has nothing before its ${found[0]}`);
    const [least, most] = this.bounds(found);
    if (this.next === "+") throw wrong(this.source, "uses a possessive quantifier, which is not supported");
    this.take("?"); // whether few or many are taken first makes no difference to whether it fits
    if (this.takeMatch(/^(?:[*+?]|\{\d)/)) throw wrong(this.source, "has two quantifiers in a row");
    return { kind: "repeat", node: atom, least, most };
  }

  private bounds([text, low, comma, high]: RegExpExecArray): [number, number] {
    if (text === "*") return [0, Number.POSITIVE_INFINITY];
    if (text === "+") return [1, Number.POSITIVE_INFINITY];
    if (text === "?") return [0, 1];
    const least = Number(low);
    const most = comma === undefined ? least : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (least > most) throw wrong(this.source, `has a repetition with its ends exchanged: ${text}`);
    if (least > mostRepeats || (most > mostRepeats && most !== Number.POSITIVE_INFINITY)) {
      throw wrong(this.source, `repeats more than ${mostRepeats} times: ${text}`);
    }
    return [least, most];
  }

  private atom(): Node {
    const letter = this.letters[this.at++] ?? "";
    if (letter === "(") return this.group();
    if (letter === "[") return this.set(this.bracket());
    if (letter === ".") return this.set({ ranges: this.dotAll ? [] : [[10, 10]], negated: true });
    if (letter === "^") return { kind: "assert", what: "start" };
    if (letter === "$") return { kind: "assert", what: "end" };
    if (letter === "\\") return this.escape();
    if (letter === "*" || letter === "+" || letter === "?") {
      throw wrong(this.source, `has nothing before its ${letter}`);
    }
    const code = letter.codePointAt(0) ?? 0;
    return this.set({ ranges: [[code, code]], negated: false });
  }

  private set(set: { ranges: Ranges; negated: boolean }): Node {
    return { kind: "set", ...set, ignoreCase: this.ignoreCase };
  }

  private group(): Node {
    const flags = this.takeMatch(/^\?(\^?)([a-z]*)(?:-([a-z]+))?([:)])/);
    const [ignoreCase, dotAll] = [this.ignoreCase, this.dotAll];
    if (flags) {
      const [, reset, on = "", off = "", end] = flags;
      if (/[^is]/.test(`${on}${off}`.replace(/[ual]/g, ""))) {
        throw wrong(this.source, `has flags that are not supported: (?${on}${off ? `-${off}` : ""}`);
      }
      if (reset) [this.ignoreCase, this.dotAll] = [false, false];
      if (on.includes("i")) this.ignoreCase = true;
      if (on.includes("s")) this.dotAll = true;
      if (off.includes("i")) this.ignoreCase = false;
      if (off.includes("s")) this.dotAll = false;
      if (end === ")") return { kind: "empty" };
    } else if (this.next === "?" && !this.takeMatch(/^\?P?<[A-Za-z_]\w{0,30}>/)) {
      throw wrong(this.source, "uses look-around or another extension that is not supported");
    }
    const node = this.alternatives();
    [this.ignoreCase, this.dotAll] = [ignoreCase, dotAll];
    if (!this.take(")")) throw wrong(this.source, "has a ( without its )");
    return node;
  }

  private escape(): Node {
    const letter = this.letters[this.at] ?? "";
    if (letter === "b" || letter === "B" || letter === "A" || letter === "z" || letter === "Z") {
      this.at++;
      const what = { b: "boundary", B: "inside", A: "start", z: "end", Z: "end" } as const;
      return { kind: "assert", what: what[letter] };
    }
    if (/[1-9]/.test(letter)) throw wrong(this.source, "refers back to a group, which is not supported");
    return this.set({ ranges: this.escaped(), negated: false });
  }

  /** After a backslash, inside brackets or outside. */
  private escaped(): Ranges {
    const hex = this.takeMatch(/^x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})|^u([0-9a-fA-F]{4})/);
    const given = hex ? Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16) : undefined;
    if (given !== undefined) return [[given, given]];
    const letter = this.letters[this.at++];
    if (letter === undefined) throw wrong(this.source, "ends with a backslash");
    const known = classes[letter.toLowerCase()];
    if (known) return letter === letter.toLowerCase() ? known : inverse(known);
    const control = controls[letter];
    if (control === undefined && /[A-Za-z0-9]/.test(letter)) {
      throw wrong(this.source, `has an escape that is not supported: \\${letter}`);
    }
    const code = control ?? letter.codePointAt(0) ?? 0;
    return [[code, code]];
  }

  private bracket(): { ranges: Ranges; negated: boolean } {
    const negated = this.take("^");
    const ranges: Ranges = [];
    for (let first = true; ; first = false) {
      if (this.next === undefined) throw wrong(this.source, "has a [ without its ]");
      if (!first && this.take("]")) return { ranges, negated };
      const low = this.member();
      const single = low.length === 1 && low[0]?.[0] === low[0]?.[1] ? low[0]?.[0] : undefined;
      const after = this.letters[this.at + 1];
      if (single === undefined || this.next !== "-" || after === undefined || after === "]") {
        ranges.push(...low);
        continue;
      }
      this.at++;
      const high = this.member()[0]?.[1] ?? 0;
      if (high < single) throw wrong(this.source, "has a range with its ends exchanged in [ ]");
      ranges.push([single, high]);
    }
  }

  private member(): Ranges {
    const named = this.takeMatch(/^\[:(\^?)([a-z]+):\]/);
    if (named) {
      const ranges = posix[named[2] ?? ""];
      if (!ranges) throw wrong(this.source, `has a class that is not supported: ${named[0]}`);
      return named[1] ? inverse(ranges) : ranges;
    }
    if (this.take("\\")) return this.take("b") ? [[8, 8]] : this.escaped();
    const code = this.letters[this.at++]?.codePointAt(0) ?? 0;
    return [[code, code]];
  }
}
