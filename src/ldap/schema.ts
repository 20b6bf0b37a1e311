/** What a server says about its types in cn=Subschema (RFC 4512 §4.1), as far as it decides how values compare. */
import { baseType } from "./attributes.ts";
import { standardAttributeTypes, standardObjectClasses } from "./standard-schema.ts";

export interface AttributeType {
  oid: string;
  /** As the schema spells them; the first is the usual one. */
  names: string[];
  /** Names or OIDs of matching rules and the syntax' OID, inherited ones included. */
  equality?: string;
  ordering?: string;
  substrings?: string;
  syntax?: string;
  singleValue: boolean;
  /** The type's own OID and those of all it is derived from. */
  lineage: ReadonlySet<string>;
}

export interface ObjectClass {
  oid: string;
  names: string[];
  /** The class's own OID and those of all above it. */
  lineage: ReadonlySet<string>;
}

export interface Schema {
  /** By name or OID, with or without options; undefined: the server knows no such type. */
  attribute(description: string): AttributeType | undefined;
  objectClass(nameOrOid: string): ObjectClass | undefined;
  /** Definitions that are malformed, and were left out. */
  readonly malformed: readonly string[];
}

const longest = 100_000;
/** Definitions that one is derived from; real ones have five. */
const tallest = 100;
const token = /\s*(?:([()$])|'([^']*)'|([^\s()$']+))/y;
/** Keywords without a value. */
const flags = new Set("OBSOLETE SINGLE-VALUE COLLECTIVE NO-USER-MODIFICATION ABSTRACT STRUCTURAL AUXILIARY".split(" "));

interface Definition {
  oid: string;
  values: Map<string, string[]>;
}

function tokens(text: string): string[] | undefined {
  const found: string[] = [];
  token.lastIndex = 0;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const match = token.exec(text);
    if (!match) return undefined;
    // A mark keeps itself apart from a quoted one by having no quote in front.
    found.push(match[1] ?? (match[2] === undefined ? match[3]! : `'${match[2]}`));
  }
  return found;
}

const unquoted = (word: string): string => (word.startsWith("'") ? word.slice(1) : word);

/** `( OID KEYWORD value KEYWORD ( value $ value ) FLAG )`; undefined if it is none. */
function read(text: string): Definition | undefined {
  if (text.length > longest) return undefined;
  const words = tokens(text.trim());
  if (words?.shift() !== "(" || words.pop() !== ")") return undefined;
  const oid = unquoted(words.shift() ?? "(");
  const values = new Map<string, string[]>();
  for (let at = 0; at < words.length; ) {
    const keyword = words[at++]!;
    const list: string[] = [];
    if (!flags.has(keyword)) {
      const close = words[at] === "(" ? words.indexOf(")", at) : at;
      if (close < 0) return undefined;
      list.push(...words.slice(at, close + 1).filter((word) => word !== "(" && word !== ")" && word !== "$"));
      at = close + 1;
    }
    if (/^['($)]/.test(keyword)) return undefined;
    values.set(keyword, list.map(unquoted));
  }
  return /^[\w.;-]+$/.test(oid) ? { oid, values } : undefined;
}

/** By OID and every name, in lower case. */
function index(definitions: readonly string[], malformed: string[]): Map<string, Definition> {
  const all = new Map<string, Definition>();
  for (const text of definitions) {
    const definition = read(text);
    if (!definition) malformed.push(text.slice(0, 200));
    else
      for (const name of [definition.oid, ...(definition.values.get("NAME") ?? [])])
        all.set(name.toLowerCase(), definition);
  }
  return all;
}

/** The definition itself, then those it is derived from, nearest first; a circle ends where it closes. */
function ancestry(start: Definition, all: Map<string, Definition>): Definition[] {
  const line = new Set([start]);
  for (const definition of line)
    for (const name of definition.values.get("SUP") ?? []) {
      const above = all.get(name.toLowerCase());
      if (above && line.size < tallest) line.add(above);
    }
  return [...line];
}

function attributeType(definition: Definition, all: Map<string, Definition>): AttributeType {
  const line = ancestry(definition, all);
  const inherited = (keyword: string) =>
    line.find(({ values }) => values.get(keyword)?.length)?.values.get(keyword)?.[0];
  return {
    oid: definition.oid,
    names: definition.values.get("NAME") ?? [],
    equality: inherited("EQUALITY"),
    ordering: inherited("ORDERING"),
    substrings: inherited("SUBSTR"),
    syntax: inherited("SYNTAX")?.replace(/\{\d+\}$/, ""),
    singleValue: definition.values.has("SINGLE-VALUE"),
    lineage: new Set(line.map(({ oid }) => oid)),
  };
}

/** Each is made when it is first asked for: a server has a thousand, a filter names three. */
function lazily<T>(all: Map<string, Definition>, make: (definition: Definition) => T): (name: string) => T | undefined {
  const made = new Map<Definition, T>();
  return (name) => {
    const definition = all.get(name);
    if (!definition) return undefined;
    const known = made.get(definition);
    if (known) return known;
    const value = make(definition);
    made.set(definition, value);
    return value;
  };
}

/** @param attributeTypes @param objectClasses values of these attributes of cn=Subschema */
export function parseSchema(attributeTypes: readonly string[], objectClasses: readonly string[]): Schema {
  const malformed: string[] = [];
  const types = index(attributeTypes, malformed);
  const classes = index(objectClasses, malformed);
  const attribute = lazily(types, (definition) => attributeType(definition, types));
  const objectClass = lazily(
    classes,
    (definition): ObjectClass => ({
      oid: definition.oid,
      names: definition.values.get("NAME") ?? [],
      lineage: new Set(ancestry(definition, classes).map(({ oid }) => oid)),
    }),
  );
  return {
    attribute: (description) => attribute(baseType(description)),
    objectClass: (name) => objectClass(name.toLowerCase()),
    malformed,
  };
}

const known = parseSchema(standardAttributeTypes, standardObjectClasses);

/**
 * Types of RFC 4512, 4519, 4524, 2798 and 2307, for a server that hides its own. Types that these do not have compare
 * as texts without regard to case, classes by their names.
 */
export const standardSchema: Schema = {
  ...known,
  attribute: (description) => known.attribute(description) ?? unknownType(baseType(description)),
  objectClass: (name) => known.objectClass(name) ?? unknownClass(name.toLowerCase()),
};

function unknownClass(name: string): ObjectClass {
  return { oid: name, names: [name], lineage: new Set([name]) };
}

function unknownType(name: string): AttributeType {
  return {
    oid: name,
    names: [name],
    equality: "caseIgnoreMatch",
    ordering: "caseIgnoreOrderingMatch",
    substrings: "caseIgnoreSubstringsMatch",
    singleValue: false,
    lineage: new Set([name]),
  };
}
