/** Distinguished names: RFC 4514, and what RFC 2253 §4 wants understood beyond it (quotes, `;`, spaces around marks). */
import { Problem } from "../problem.ts";
import { Reader, Writer } from "./ber.ts";
import { type Fold, prepare } from "./prepare.ts";
import { type Schema, standardSchema } from "./schema.ts";

/** One attribute of an RDN. Octets are the BER of a `#…` value that is no text. */
export interface Ava {
  type: string;
  value: string | Uint8Array;
}
export type Rdn = Ava[];

const longest = 65_536;
const deepest = 1000;

const spaces = / */y;
const typeText = /(?:oid\.)?((?:[a-z_][\w-]*)|(?:\d+(?:\.\d+)*)) *= */iy;
const hexText = /#((?:[\da-f]{2})+) */iy;
/** Escaped octets, an escaped character, or a run of characters that mean themselves. */
const unquoted = /((?:\\[\da-f]{2})+)|\\(.)|([^\\,;+]+)/isy;
const quoted = /((?:\\[\da-f]{2})+)|\\(.)|([^\\"]+)/isy;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An RDN as it is spelled, without the spaces around it. */
interface Spelled {
  avas: Rdn;
  text: string;
}

/** Reads one DN; positions in problems count from 0. */
class Scanner {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    if (text.length > longest)
      throw new Problem("too-large", `a DN of ${text.length} characters; the limit is ${longest}`);
    this.text = text;
  }

  rdns(): Spelled[] {
    const found: Spelled[] = [];
    this.take(spaces);
    while (this.at < this.text.length || found.length > 0) {
      if (found.length === deepest) throw new Problem("too-large", `a DN of more than ${deepest} parts`);
      const start = this.at;
      const avas = [this.ava()];
      while (this.text[this.at] === "+") {
        this.skip();
        avas.push(this.ava());
      }
      const text = this.text.slice(start, this.at);
      found.push({ avas, text: withoutEnd(text) });
      if (this.at === this.text.length) break;
      this.skip();
    }
    return found;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  /** A separator and spaces behind it. */
  private skip(): void {
    this.at++;
    this.take(spaces);
  }

  private wrong(what: string): Problem {
    return new Problem("bad-request", `DN “${this.text.slice(0, 200)}”: ${what} at position ${this.at}`);
  }

  private ava(): Ava {
    const type = this.take(typeText)?.[1];
    if (type === undefined) throw this.wrong("an attribute type and = are missing");
    const value = this.value();
    if (this.at < this.text.length && !",;+".includes(this.text[this.at]!)) throw this.wrong("a separator is missing");
    return { type, value };
  }

  private value(): string | Uint8Array {
    const hex = this.take(hexText)?.[1];
    if (hex !== undefined) return ofBer(octetsOf(hex));
    if (this.text[this.at] === "#") throw this.wrong("# without pairs of hexadecimal digits");
    if (this.text[this.at] !== '"') return this.pieces(unquoted, true);
    this.at++;
    const value = this.pieces(quoted, false);
    if (this.text[this.at] !== '"') throw this.wrong("a closing quote is missing");
    this.skip();
    return value;
  }

  private pieces(pattern: RegExp, trim: boolean): string | Uint8Array {
    const parts: Uint8Array[] = [];
    for (let match = this.take(pattern); match; match = this.take(pattern)) {
      const [, hex, escaped, run = ""] = match;
      if (hex !== undefined) parts.push(octetsOf(hex.replaceAll("\\", "")));
      // Spaces before a separator mean nothing unless they are escaped.
      else parts.push(encoder.encode(escaped ?? (trim && ends(this.text[this.at]) ? withoutSpaces(run) : run)));
    }
    if (this.text[this.at] === "\\") throw this.wrong("an escape without a character");
    const octets = joined(parts);
    return textOf(octets) ?? new Writer().octets(octets).finish();
  }
}

/** By hand: of a run of spaces within a text, a pattern would look at every rest. */
function withoutSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === " ") end--;
  return text.slice(0, end);
}

/** Without the spaces behind it; one that is escaped is a part of it. */
function withoutEnd(text: string): string {
  const bare = withoutSpaces(text);
  let slashes = 0;
  while (bare[bare.length - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 0 ? bare : text.slice(0, bare.length + 1);
}

const encoder = new TextEncoder();
const ends = (character: string | undefined) => character === undefined || ",;+".includes(character);

function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function textOf(octets: Uint8Array): string | undefined {
  try {
    return strict.decode(octets);
  } catch {
    return undefined;
  }
}

/** OCTET STRING and strings of ASCII or UTF-8. */
const textTags = new Set([0x04, 0x0c, 0x12, 0x13, 0x16]);

function ofBer(ber: Uint8Array): string | Uint8Array {
  try {
    const reader = new Reader(ber);
    const tag = reader.tag();
    const content = reader.octets(tag);
    return (!reader.more && textTags.has(tag) && textOf(content)) || ber;
  } catch {
    return ber;
  }
}

/**
 * From the leaf to the root; the empty DN has none.
 * @throws Problem `bad-request`, `too-large`
 */
export function parseDn(dn: string): Rdn[] {
  return new Scanner(dn).rdns().map(({ avas }) => avas);
}

// A DN with none of these is what it seems: no escapes, no spaces that mean nothing, ASCII.
const notPlain = /[^ -~]|[\\"+;<>#]| {2}| [,=]|[,=] |^ | $/;

/** RDNs as `dn` spells them, from the leaf to the root. */
function split(dn: string): string[] {
  if (dn !== "" && !notPlain.test(dn)) return dn.split(",");
  return new Scanner(dn).rdns().map(({ text }) => text);
}

const hexPair = (octet: number): string => octet.toString(16).padStart(2, "0");

function escapeValue(value: string | Uint8Array): string {
  if (typeof value !== "string") return `#${[...value].map(hexPair).join("")}`;
  return (
    value
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand there
      .replace(/[\u0000-\u001f\u007f"+,;<>\\]/g, (character) => `\\${hexPair(character.charCodeAt(0))}`)
      .replace(/^[ #]/, (character) => `\\${hexPair(character.charCodeAt(0))}`)
      .replace(/ $/, "\\20")
  );
}

/** RFC 4514, special characters as hexadecimal pairs. */
export function formatDn(rdns: readonly Rdn[]): string {
  return rdns.map((rdn) => rdn.map(({ type, value }) => `${type}=${escapeValue(value)}`).join("+")).join(",");
}

interface TypeInDn {
  name: string;
  fold: Fold;
}

const knownTypes = new WeakMap<Schema, Map<string, TypeInDn>>();

function typesOf(schema: Schema): Map<string, TypeInDn> {
  const known = knownTypes.get(schema);
  // What a peer invents must not grow without end.
  if (known && known.size < 10_000) return known;
  const fresh = new Map<string, TypeInDn>();
  knownTypes.set(schema, fresh);
  return fresh;
}

/** Its usual name, and how its values compare. */
function typeInDn(type: string, schema: Schema, known: Map<string, TypeInDn>): TypeInDn {
  const definition = schema.attribute(type);
  const fold = /^(caseExact|octetString)/.test(definition?.equality ?? "") ? "exact" : "ignore";
  const made: TypeInDn = { name: (definition?.names[0] ?? definition?.oid ?? type).toLowerCase(), fold };
  known.set(type, made);
  return made;
}

function normalRdn(rdn: Rdn, schema: Schema): string {
  const known = typesOf(schema);
  const avas = rdn.map(({ type, value }) => {
    const { name, fold } = known.get(type) ?? typeInDn(type, schema, known);
    return `${name}=${escapeValue(typeof value === "string" ? prepare(value, fold) : value)}`;
  });
  return avas.length === 1 ? avas[0]! : avas.sort().join("+");
}

/**
 * The same for every spelling of a name: types by their usual names, values prepared by their rule, parts of an RDN in
 * order. OpenLDAP would take no two entries whose DNs are equal so.
 */
export function normaliseDn(dn: string, schema: Schema = standardSchema): string {
  return parseDn(dn)
    .map((rdn) => normalRdn(rdn, schema))
    .join(",");
}

/** Stands before each RDN in a tree key; nothing in an RDN is less than it, or it. */
export const treeSeparator = "\u0001";

const typeName = /^[a-z][\w-]*$/i;

/** Entries come by families: the key of the last parent. */
let lastSchema: Schema | undefined;
let lastParent = "";
let lastKey = "";

/**
 * A key whose byte order is the order of the tree: RDNs in normal form from the root to the leaf, each behind a
 * `treeSeparator`. Descendants of K are exactly the keys that begin with K and `treeSeparator`; the empty DN has the
 * empty key. Keys that stand beside each other must be made with one schema.
 * @throws Problem `bad-request`, `too-large`
 */
export function treeKey(dn: string, schema: Schema = standardSchema): string {
  const comma = dn.indexOf(",");
  if (comma > 0 && comma + 1 + lastParent.length === dn.length && schema === lastSchema && dn.endsWith(lastParent)) {
    const key = notPlain.test(dn.slice(0, comma)) ? undefined : plainKey(dn.slice(0, comma), schema);
    if (key !== undefined) return lastKey + key;
  }
  if (dn.length <= longest && !notPlain.test(dn)) {
    const parent = comma < 0 ? "" : plainKey(dn.slice(comma + 1), schema);
    const leaf = plainKey(comma < 0 ? dn : dn.slice(0, comma), schema);
    if (parent !== undefined && leaf !== undefined) {
      if (comma > 0) [lastSchema, lastParent, lastKey] = [schema, dn.slice(comma + 1), parent];
      return parent + leaf;
    }
  }
  return parseDn(dn)
    .map((rdn) => treeSeparator + normalRdn(rdn, schema))
    .reverse()
    .join("");
}

function plainKey(dn: string, schema: Schema): string | undefined {
  const known = typesOf(schema);
  const rdns = dn.split(",");
  if (rdns.length >= deepest) return undefined;
  let key = "";
  for (let at = rdns.length - 1; at >= 0; at--) {
    const rdn = rdns[at]!;
    const equals = rdn.indexOf("=");
    const type = rdn.slice(0, equals);
    const found = known.get(type);
    if (!found && (equals < 1 || !typeName.test(type))) return undefined;
    const { name, fold } = found ?? typeInDn(type, schema, known);
    const value = rdn.slice(equals + 1);
    key += `${treeSeparator}${name}=${fold === "ignore" ? value.toLowerCase() : value}`;
  }
  return key;
}

/** Whether it is `ancestor` itself or below it. */
export function isUnder(dn: string, ancestor: string, schema: Schema = standardSchema): boolean {
  const key = treeKey(dn, schema);
  const above = treeKey(ancestor, schema);
  return key === above || key.startsWith(above + treeSeparator);
}

/** As it is spelled; the empty DN has none. */
export function rdnOf(dn: string): string {
  return split(dn)[0] ?? "";
}

/** The empty DN is the parent of those with one RDN, and has none itself. */
export function parentOf(dn: string): string | undefined {
  const rdns = split(dn);
  return rdns.length === 0 ? undefined : rdns.slice(1).join(",");
}

/**
 * Where an entry is after an ancestor, or it itself, has moved; its RDNs below that ancestor stay as they are spelled.
 * @throws Problem `bad-request`: it was not there
 */
export function rebase(dn: string, oldAncestor: string, newAncestor: string): string {
  if (!isUnder(dn, oldAncestor)) throw new Problem("bad-request", `“${dn}” is not below “${oldAncestor}”`);
  const rdns = split(dn);
  const own = rdns.slice(0, rdns.length - split(oldAncestor).length);
  return [...own, newAncestor].filter((part) => part !== "").join(",");
}

/** All names of the attribute types in its RDN, in lower case. */
export function rdnTypes(dn: string, schema: Schema = standardSchema): Set<string> {
  const types = parseDn(dn)[0]?.map(({ type }) => type) ?? [];
  const names = types.flatMap((type) => [type, ...(schema.attribute(type)?.names ?? [])]);
  return new Set(names.map((name) => name.toLowerCase()));
}
