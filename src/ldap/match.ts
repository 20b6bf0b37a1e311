/** Filters as functions (RFC 4511 §4.5.1.7). */
import { type Attributes, text } from "./attributes.ts";
import { parseDn } from "./dn.ts";
import { type Filter, formatFilter } from "./filter.ts";
import { type Kind, matchingRule, type Rule } from "./rules.ts";
import type { AttributeType, Schema } from "./schema.ts";

export type Matcher = (attributes: Attributes, dn: string) => boolean;

/** 1 true, 0 false, -1 undefined. */
type Truth = 1 | 0 | -1;
type Judge = (attributes: Attributes, dn: string) => Truth;
type Test = (value: Uint8Array) => boolean;
type Values = (attributes: Attributes, dn: string) => Uint8Array[][];

interface Context {
  schema: Schema;
  /** Told of each condition that can never be true or false, and why. */
  doubt(filter: Filter, why: string): void;
}

/**
 * Whether an entry matches: what evaluates to undefined does not. Types and rules are the schema's; a type without the
 * rule that a condition wants, or that nobody knows, is undefined, as in the server. `~=` is `=`. entryDN need not be
 * among the attributes.
 */
export function compile(filter: Filter, schema: Schema): Matcher {
  const judge = compiled(filter, { schema, doubt() {} });
  return (attributes, dn) => judge(attributes, dn) === 1;
}

/** Conditions that are undefined for every entry, with the reason: most likely mistakes. */
export function doubts(filter: Filter, schema: Schema): string[] {
  const found: string[] = [];
  compiled(filter, { schema, doubt: (part, why) => found.push(`${formatFilter(part)}: ${why}`) });
  return found;
}

function compiled(filter: Filter, context: Context): Judge {
  switch (filter.kind) {
    case "and":
    case "or":
      return joined(
        filter.filters.map((part) => compiled(part, context)),
        filter.kind === "and" ? 0 : 1,
      );
    case "not": {
      const judge = compiled(filter.filter, context);
      return (attributes, dn) => {
        const truth = judge(attributes, dn);
        return truth === -1 ? -1 : truth === 1 ? 0 : 1;
      };
    }
    default: {
      const judge =
        filter.kind === "extensible" ? extensible(filter, context.schema) : condition(filter, context.schema);
      if (typeof judge !== "string") return judge;
      context.doubt(filter, judge);
      return () => -1;
    }
  }
}

/** @param decisive 0: one false makes it false; 1: one true makes it true */
function joined(judges: Judge[], decisive: 0 | 1): Judge {
  return (attributes, dn) => {
    let truth: Truth = decisive === 0 ? 1 : 0;
    for (const judge of judges) {
      const part = judge(attributes, dn);
      if (part === decisive) return decisive;
      if (part === -1) truth = -1;
    }
    return truth;
  };
}

const unfit = "the value is none of this attribute's kind";

/** Or why it is undefined. */
function condition(
  filter: Exclude<Filter, { kind: "and" | "or" | "not" | "extensible" }>,
  schema: Schema,
): Judge | string {
  const type = schema.attribute(filter.attribute);
  if (!type) return "the server knows no such attribute";
  const values = valuesOf(filter.attribute, type, schema);
  if (filter.kind === "present") return (attributes, dn) => (values(attributes, dn).length > 0 ? 1 : 0);
  const use = { equal: "equality", approx: "equality", substrings: "substrings" } as const;
  const wanted = filter.kind in use ? use[filter.kind as keyof typeof use] : "ordering";
  const rule = matchingRule(type[wanted] ?? "");
  if (!rule) return type[wanted] ? `the rule ${type[wanted]} is not known` : `the attribute has no rule of ${wanted}`;
  if (filter.kind === "substrings") return substrings(filter, values, rule.kind, schema);
  if (filter.kind === "equal" || filter.kind === "approx") {
    const test = equality(rule.kind, filter.value, schema, type);
    return test ? some(values, test) : unfit;
  }
  const asserted = rule.kind.normal(filter.value, schema);
  if (asserted === undefined) return unfit;
  const compare = rule.kind.compare;
  if (!compare) return "the attribute's values have no order";
  const sign = filter.kind === "lessOrEqual" ? -1 : 1;
  return some(values, (value) => {
    const normal = rule.kind.normal(value, schema);
    return normal !== undefined && compare(normal, asserted) * sign >= 0;
  });
}

function some(values: Values, test: Test): Judge {
  return (attributes, dn) => {
    for (const list of values(attributes, dn)) for (const value of list) if (test(value)) return 1;
    return 0;
  };
}

/** objectClass, structuralObjectClass. */
const classTypes = new Set(["2.5.4.0", "2.5.21.9"]);

/** What is of a class is of all above it. */
function isClass(name: string, schema: Schema): Test | undefined {
  const wanted = schema.objectClass(name)?.oid;
  if (wanted === undefined) return undefined;
  const known = new Map<string, boolean>();
  return (value) => {
    const own = text(value);
    let is = known.get(own);
    if (is === undefined) {
      is = schema.objectClass(own)?.lineage.has(wanted) ?? false;
      if (known.size < 10_000) known.set(own, is);
    }
    return is;
  };
}

const upperA = Uint8Array.of(0x41);

/** Undefined: the value is none of this kind. */
function equality(kind: Kind, wanted: Uint8Array, schema: Schema, type?: AttributeType): Test | undefined {
  if (type && classTypes.has(type.oid)) return isClass(text(wanted), schema);
  const asserted = kind.normal(wanted, schema);
  if (asserted === undefined) return undefined;
  const full: Test = (value) => kind.normal(value, schema) === asserted;
  if ((kind.family !== "text" && kind.family !== "ia5") || /[^!-~]/.test(asserted)) return full;
  const octets = Uint8Array.from(asserted, (character) => character.charCodeAt(0));
  const fold = kind.normal(upperA, schema) === "A" ? 0 : 0x20;
  return (value) => {
    let same = value.length === octets.length;
    for (let at = 0; at < value.length; at++) {
      const octet = value[at]!;
      // Spaces and what is beyond ASCII need the rule; without them it is done in place.
      if (octet <= 0x20 || octet >= 0x7f) return full(value);
      if (same && (octet >= 0x41 && octet <= 0x5a ? octet | fold : octet) !== octets[at]) same = false;
    }
    return same;
  };
}

function substrings(
  filter: Extract<Filter, { kind: "substrings" }>,
  values: Values,
  kind: Kind,
  schema: Schema,
): Judge | string {
  if (!kind.piece) return "the attribute's values have no parts";
  const initial = filter.initial ? kind.piece(filter.initial, "first") : "";
  const final = filter.final ? kind.piece(filter.final, "last") : "";
  const any = filter.any.map((part) => kind.piece!(part, "none"));
  if (initial === undefined || final === undefined || any.includes(undefined))
    return "a part is none of this attribute's kind";
  const inner = any as string[];
  return some(values, (value) => {
    const normal = kind.normal(value, schema);
    if (!normal?.startsWith(initial)) return false;
    let at = initial.length;
    for (const part of inner) {
      const found = normal.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return normal.length - at >= final.length && normal.endsWith(final);
  });
}

/** Or why it is undefined. */
function extensible(filter: Extract<Filter, { kind: "extensible" }>, schema: Schema): Judge | string {
  const type = filter.attribute === undefined ? undefined : schema.attribute(filter.attribute);
  if (filter.attribute !== undefined && !type) return "the server knows no such attribute";
  const name = filter.rule ?? type?.equality ?? "";
  const rule = matchingRule(name);
  if (!rule) return name ? `the rule ${name} is not known` : "the attribute has no rule of equality";
  if (type && !applies(rule, type)) return `the rule ${name} does not apply to the attribute`;
  const test = tester(rule, filter.value, schema, filter.rule === undefined ? type : undefined);
  if (!test) return `the rule ${name} cannot be used with this value`;
  const values =
    type && filter.attribute !== undefined
      ? valuesOf(filter.attribute, type, schema)
      : selected((key) => {
          const known = schema.attribute(key);
          return known !== undefined && applies(rule, known);
        });
  const judge = some(values, test);
  if (!filter.dn) return judge;
  return (attributes, dn) => (judge(attributes, dn) === 1 || inDn(dn, type, rule, test, schema) ? 1 : 0);
}

/** Rules for one kind of text serve for all of them. */
function applies(rule: Rule, type: AttributeType): boolean {
  const own = matchingRule(type.equality ?? type.ordering ?? type.substrings ?? "");
  return own?.kind.family === rule.kind.family;
}

function tester(rule: Rule, value: Uint8Array, schema: Schema, type?: AttributeType): Test | undefined {
  const { kind, use, test } = rule;
  if (use === "equality") return equality(kind, value, schema, type);
  const asserted = kind.normal(value, schema);
  const compare = kind.compare;
  if (asserted === undefined) return undefined;
  const on =
    (judge: (normal: string) => boolean): Test =>
    (value) => {
      const normal = kind.normal(value, schema);
      return normal !== undefined && judge(normal);
    };
  if (use === "ordering" && compare) return on((normal) => compare(normal, asserted) < 0);
  if (use === "and") return on((normal) => (bits(normal) & bits(asserted)) === bits(asserted));
  if (use === "or") return on((normal) => (bits(normal) & bits(asserted)) !== 0n);
  return test && on((normal) => test(normal, asserted));
}

/** Digits of a number with bits that mean something; of a longer one it takes seconds to find them. */
const longestBits = 1000;
const bits = (normal: string): bigint => (normal.length > longestBits ? 0n : BigInt(normal));

const encoder = new TextEncoder();

function inDn(dn: string, type: AttributeType | undefined, rule: Rule, test: Test, schema: Schema): boolean {
  return parseDn(dn)
    .flat()
    .some((ava) => {
      const own = schema.attribute(ava.type);
      const meant = own !== undefined && (type ? own.lineage.has(type.oid) : applies(rule, own));
      return meant && typeof ava.value === "string" && test(encoder.encode(ava.value));
    });
}

const entryDn = "1.3.6.1.1.20";

/** Of the type, of those derived from it, and with more options than asked for (RFC 4512 §2.5). */
function valuesOf(description: string, type: AttributeType, schema: Schema): Values {
  const wanted = description.toLowerCase().split(";").slice(1);
  const values = selected((key) => {
    if (!schema.attribute(key)?.lineage.has(type.oid)) return false;
    const options = key.toLowerCase().split(";").slice(1);
    // `lang-` is any language (RFC 3866 §2.2).
    return wanted.every((want) =>
      options.some((option) => option === want || (want.endsWith("-") && option.startsWith(want))),
    );
  });
  if (type.oid !== entryDn) return values;
  return (attributes, dn) => {
    const found = values(attributes, dn);
    return found.length > 0 ? found : [[encoder.encode(dn)]];
  };
}

/** Attribute descriptions repeat from entry to entry: each is judged once. */
function selected(meant: (key: string) => boolean): Values {
  const known = new Map<string, boolean>();
  return (attributes) => {
    const found: Uint8Array[][] = [];
    for (const key in attributes) {
      let is = known.get(key);
      if (is === undefined) {
        // What a server invents must not grow without end.
        if (known.size > 10_000) known.clear();
        is = meant(key);
        known.set(key, is);
      }
      if (is) found.push(attributes[key]!);
    }
    return found;
  };
}
