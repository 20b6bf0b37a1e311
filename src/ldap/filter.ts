/** Search filters: as text (RFC 4515) and as octets (RFC 4511 §4.5.1.7). */
import { Problem } from "../problem.ts";
import type { Writer } from "./ber.ts";

export type Comparison = "equal" | "greaterOrEqual" | "lessOrEqual" | "approx";

export type Filter =
  /** Without parts: true (`and`) and false (`or`), RFC 4526. */
  | { kind: "and" | "or"; filters: Filter[] }
  | { kind: "not"; filter: Filter }
  | { kind: "present"; attribute: string }
  | { kind: Comparison; attribute: string; value: Uint8Array }
  | { kind: "substrings"; attribute: string; initial?: Uint8Array; any: Uint8Array[]; final?: Uint8Array }
  /** At least one of `attribute` and `rule`; `dn`: the parts of its DN count as attributes, too. */
  | { kind: "extensible"; attribute?: string; rule?: string; dn: boolean; value: Uint8Array };

const longest = 65_536;
const deepest = 100;

const encoder = new TextEncoder();
const spaces = /\s*/y;
const oid = "(?:[a-z_][\\w-]*|\\d+(?:\\.\\d+)*)";
const description = `${oid}(?:;[\\w-]+)*`;
const simple = new RegExp(`(${description})(=|>=|<=|~=)`, "iy");
const extensible = new RegExp(`(${description})?(:dn)?(?::(${oid}))?:=`, "iy");
const value = /(?:[^\\()\0]|\\[\da-f]{2})*/iy;

const comparisons: Record<string, Comparison> = {
  "=": "equal",
  ">=": "greaterOrEqual",
  "<=": "lessOrEqual",
  "~=": "approx",
};

class Parser {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Filter {
    this.take(spaces);
    // As ldapsearch and every client do it: one condition needs no parentheses.
    const filter = this.text[this.at] === "(" ? this.filter(1) : this.item();
    this.take(spaces);
    if (this.at < this.text.length) throw this.wrong("nothing more may follow");
    return filter;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  private wrong(what: string): Problem {
    return new Problem("bad-request", `filter “${this.text.slice(0, 200)}”: ${what} at position ${this.at}`);
  }

  private filter(depth: number): Filter {
    if (depth > deepest) throw this.wrong(`conditions more than ${deepest} deep`);
    this.at++;
    this.take(spaces);
    const filter = this.inner(depth);
    if (this.text[this.at] !== ")") throw this.wrong("a closing parenthesis is missing");
    this.at++;
    return filter;
  }

  private inner(depth: number): Filter {
    const mark = this.text[this.at];
    if (mark !== "&" && mark !== "|" && mark !== "!") return this.item();
    this.at++;
    this.take(spaces);
    const filters: Filter[] = [];
    while (this.text[this.at] === "(") {
      filters.push(this.filter(depth + 1));
      this.take(spaces);
    }
    if (mark !== "!") return { kind: mark === "&" ? "and" : "or", filters };
    if (filters.length !== 1) throw this.wrong("! wants exactly one condition before this");
    return { kind: "not", filter: filters[0]! };
  }

  private item(): Filter {
    const plain = this.take(simple);
    if (plain) {
      const [, attribute = "", operator = ""] = plain;
      const kind = comparisons[operator]!;
      const start = this.at;
      const text = this.take(value)![0];
      this.checkEnd();
      if (kind !== "equal") return { kind, attribute, value: this.octets(text, start) };
      if (text === "*") return { kind: "present", attribute };
      return text.includes("*")
        ? this.substrings(attribute, text, start)
        : { kind, attribute, value: this.octets(text, start) };
    }
    const begin = this.at;
    const [, attribute, dn, rule] = this.take(extensible) ?? [];
    if (attribute === undefined && rule === undefined) {
      this.at = begin;
      throw this.wrong("an attribute and an operator are missing");
    }
    const start = this.at;
    const text = this.take(value)![0];
    this.checkEnd();
    return {
      kind: "extensible",
      ...(attribute === undefined ? {} : { attribute }),
      ...(rule === undefined ? {} : { rule }),
      dn: dn !== undefined,
      value: this.octets(text, start),
    };
  }

  private checkEnd(): void {
    if (this.text[this.at] === "\\") throw this.wrong("an escape without two hexadecimal digits");
    if (this.text[this.at] === "(") throw this.wrong("( must be written \\28 in a value");
    if (this.text[this.at] === "\0") throw this.wrong("NUL must be written \\00");
  }

  private substrings(attribute: string, text: string, start: number): Filter {
    const parts = text.split("*");
    const first = parts.shift()!;
    const last = parts.pop()!;
    if (parts.includes("")) throw this.wrong("two * side by side");
    return {
      kind: "substrings",
      attribute,
      ...(first === "" ? {} : { initial: this.octets(first, start) }),
      any: parts.map((part) => this.octets(part, start)),
      ...(last === "" ? {} : { final: this.octets(last, start) }),
    };
  }

  private octets(text: string, start: number): Uint8Array {
    if (text.includes("*")) {
      this.at = start + text.indexOf("*");
      throw this.wrong("* must be written \\2a here");
    }
    if (!text.includes("\\")) return encoder.encode(text);
    const parts = text.split(/((?:\\[\da-f]{2})+)/i);
    const octets = parts.map((part, index) =>
      index % 2 === 0
        ? [...encoder.encode(part)]
        : (part.match(/[\da-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16)),
    );
    return Uint8Array.from(octets.flat());
  }
}

/**
 * RFC 4515, also with white space around conditions and without parentheses around a single one.
 * @throws Problem `bad-request` with the position, `too-large`
 */
export function parseFilter(text: string): Filter {
  if (text.length > longest)
    throw new Problem("too-large", `a filter of ${text.length} characters; the limit is ${longest}`);
  return new Parser(text).whole();
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const pair = (octet: number): string => `\\${octet.toString(16).padStart(2, "0")}`;

function formatValue(octets: Uint8Array): string {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are legal there, and unreadable
    return strict.decode(octets).replace(/[\u0000-\u001f\u007f()*\\]/g, (character) => pair(character.charCodeAt(0)));
  } catch {
    return [...octets].map(pair).join("");
  }
}

const operators: Record<Comparison, string> = {
  equal: "=",
  greaterOrEqual: ">=",
  lessOrEqual: "<=",
  approx: "~=",
};

/** RFC 4515; parsed again it is the same filter. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filter.kind === "and" ? "&" : "|"}${filter.filters.map(formatFilter).join("")})`;
    case "not":
      return `(!${formatFilter(filter.filter)})`;
    case "present":
      return `(${filter.attribute}=*)`;
    case "substrings": {
      const empty = new Uint8Array();
      const parts = [filter.initial ?? empty, ...filter.any, filter.final ?? empty];
      return `(${filter.attribute}=${parts.map(formatValue).join("*")})`;
    }
    case "extensible": {
      const rule = filter.rule === undefined ? "" : `:${filter.rule}`;
      return `(${filter.attribute ?? ""}${filter.dn ? ":dn" : ""}${rule}:=${formatValue(filter.value)})`;
    }
    default:
      return `(${filter.attribute}${operators[filter.kind]}${formatValue(filter.value)})`;
  }
}

const tags: Record<Comparison, number> = { equal: 0xa3, greaterOrEqual: 0xa5, lessOrEqual: 0xa6, approx: 0xa8 };

/** As a search request carries it. */
export function encodeFilter(writer: Writer, filter: Filter): void {
  switch (filter.kind) {
    case "and":
    case "or":
      writer.sequence(
        (inner) => {
          for (const part of filter.filters) encodeFilter(inner, part);
        },
        filter.kind === "and" ? 0xa0 : 0xa1,
      );
      return;
    case "not":
      writer.sequence((inner) => encodeFilter(inner, filter.filter), 0xa2);
      return;
    case "present":
      writer.text(filter.attribute, 0x87);
      return;
    case "substrings":
      writer.sequence((inner) => {
        inner.text(filter.attribute).sequence((parts) => {
          if (filter.initial) parts.octets(filter.initial, 0x80);
          for (const part of filter.any) parts.octets(part, 0x81);
          if (filter.final) parts.octets(filter.final, 0x82);
        });
      }, 0xa4);
      return;
    case "extensible":
      writer.sequence((inner) => {
        if (filter.rule !== undefined) inner.text(filter.rule, 0x81);
        if (filter.attribute !== undefined) inner.text(filter.attribute, 0x82);
        inner.octets(filter.value, 0x83);
        if (filter.dn) inner.boolean(true, 0x84);
      }, 0xa9);
      return;
    default:
      writer.sequence((inner) => inner.text(filter.attribute).octets(filter.value), tags[filter.kind]);
  }
}
