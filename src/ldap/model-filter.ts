/**
 * Filters as Univention's listener understands them in its modules: text against text, with regard to case, without a
 * schema. What it does not understand it takes for true.
 */
import { Buffer } from "node:buffer";
import { Problem } from "../problem.ts";
import type { Attributes } from "./attributes.ts";

type Judge = (attributes: Attributes) => boolean;

export interface ModelFilter {
  matches: Judge;
  /** What means something else than in LDAP. */
  warnings: string[];
}

const longest = 65_536;
const deepest = 100;

/** Octets up to the first NUL, which ends a text there, one character each. */
function characters(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  return Buffer.prototype.latin1Slice.call(octets, 0, end < 0 ? octets.length : end);
}

/** @throws Problem `too-large` */
export function compileModel(text: string): ModelFilter {
  if (text.length > longest)
    throw new Problem("too-large", `a filter of ${text.length} characters; the limit is ${longest}`);
  const warnings: string[] = [];
  return { matches: judge(characters(new TextEncoder().encode(text)), warnings, 1), warnings };
}

function judge(filter: string, warnings: string[], depth: number): Judge {
  if (depth > deepest) throw new Problem("too-large", `a filter more than ${deepest} deep`);
  const alwaysTrue = (why: string): Judge => {
    warnings.push(`${Buffer.from(filter.slice(0, 200), "latin1").toString()}: always true: ${why}`);
    return () => true;
  };
  if (!filter.startsWith("(") || !filter.endsWith(")")) return alwaysTrue("it is not in parentheses");
  const operator = filter[1] ?? "";
  if (!"&|!".includes(operator)) return condition(filter.slice(1, -1), warnings, alwaysTrue);
  if (filter[2] !== "(" || filter.at(-2) !== ")")
    return alwaysTrue(`${operator} has no conditions, or spaces around them`);
  const parts = conditions(filter.slice(2, -1)).map((part) => judge(part, warnings, depth + 1));
  if (operator === "&") return (attributes) => parts.every((part) => part(attributes));
  if (operator === "|") return (attributes) => parts.some((part) => part(attributes));
  const [first] = parts;
  return first ? (attributes) => !first(attributes) : alwaysTrue("! has no condition");
}

/** Balanced stretches in parentheses; what stands between them means nothing. */
function conditions(list: string): string[] {
  const found: string[] = [];
  let begin = -1;
  let depth = 0;
  for (let at = 0; at < list.length; at++) {
    if (list[at] === "(") {
      if (begin < 0) begin = at;
      depth++;
    } else if (list[at] === ")" && begin >= 0 && --depth === 0) {
      found.push(list.slice(begin, at + 1));
      begin = -1;
    }
  }
  return found;
}

function condition(text: string, warnings: string[], alwaysTrue: (why: string) => Judge): Judge {
  const equals = text.indexOf("=", 1);
  if (equals < 0) return alwaysTrue("there is no =");
  if ("~<>".includes(text[equals - 1]!)) return alwaysTrue(`${text[equals - 1]}= is not understood`);
  const attribute = text.slice(0, equals);
  const value = text.slice(equals + 1);
  const warn = (why: string) => warnings.push(`(${Buffer.from(text.slice(0, 200), "latin1").toString()}): ${why}`);
  if (attribute.endsWith(":")) warn("never true: := is not understood");
  if (value.includes("\\")) warn("an escape stands for itself");
  if (/.\*./.test(value)) warn("an inner * stands for itself");
  const test = tester(value);
  return (attributes) => {
    const values = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    return values !== undefined && (test === undefined || values.some((octets) => test(characters(octets))));
  };
}

/** Undefined: presence is enough. */
function tester(value: string): ((text: string) => boolean) | undefined {
  if (value === "*") return undefined;
  const begins = value.startsWith("*");
  const ends = value.endsWith("*");
  if (!begins && !ends) return (text) => text === value;
  const part = value.slice(begins ? 1 : 0, ends ? -1 : undefined);
  return (text) => {
    if (text === value) return true;
    // Only the first place where it occurs counts.
    const at = text.indexOf(part);
    return at >= 0 && (begins || at === 0) && (ends || at + part.length === text.length);
  };
}
