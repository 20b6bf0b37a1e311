/** The words that scenarios are written in: what is there, what is done, and the calls that are to be expected. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { parseDn } from "../../../src/ldap/dn.ts";

/**
 * Calls, a line each: letter, DN, and in brackets what of a side matters: `serialNumber` (the entry's version) and other
 * attributes, without classes, the server's own, and values that the RDN says already. `m` has both sides. Lists in the
 * list are sequences that may interleave.
 */
export type Lines = string[] | string[][];

export interface Told {
  live: Lines;
  /** Where the listener was down meanwhile. Absent: as live. */
  away?: Lines;
}

/** What a handler gets in another way than follows from the calls (`expected.ts`). */
export type Otherwise = Partial<Told>;

export interface Scenario extends Told {
  name: string;
  /** The model's script (its doc.34355) of the same case. */
  model?: number;
  before?: Change[];
  changes: Change[];
  /** A class in TypeScript, which needs `userPassword`. */
  objects?: Otherwise;
  /** An unmodified Python module, with the model's transitions. */
  python?: Otherwise;
  /** `attributes: ["l"]`, without `modrdn`. */
  limited?: Otherwise;
  /** `handle_every_delete`, and a filter that nothing matches. */
  deletes?: Otherwise;
}

/** Where a scenario takes place: DNs in the listener's base, and outside. */
export interface Place {
  inside: string;
  outside: string;
}

export interface Change {
  text: string;
  /** As RFC 2849 writes it. */
  ldif(place: Place): string;
}

type Value = string | number | Buffer;
type Values = Record<string, Value | Value[]>;

/** Entries with this do not match the handlers' filter. */
export const hidden = { description: "hidden" };
export const filter = "(&(objectClass=*)(!(description=hidden)))";

/** `cn=a` is below the scenario's place, `cn=a,^` below the one outside of the base. */
export function absolute(dn: string, { inside, outside }: Place): string {
  if (dn === "^" || dn.endsWith(",^")) return dn.slice(0, -1) + outside;
  return dn === "" ? inside : `${dn},${inside}`;
}

const base64 = (value: Value): string => Buffer.from(Buffer.isBuffer(value) ? value : String(value)).toString("base64");
const listOf = (values: Value | Value[]): Value[] => (Array.isArray(values) ? values : [values]);

/** `@cn=a` is the DN of an entry of the scenario. */
function line(type: string, value: Value, place: Place): string {
  const meant = typeof value === "string" && value.startsWith("@") ? absolute(value.slice(1), place) : value;
  return `${type}:: ${base64(meant)}`;
}

function lines(values: Values, place: Place): string[] {
  return Object.entries(values).flatMap(([type, list]) => listOf(list).map((value) => line(type, value, place)));
}

function record(dn: string, kind: string, rest: (place: Place) => string[]): Change["ldif"] {
  return (place) => [`dn:: ${base64(absolute(dn, place))}`, `changetype: ${kind}`, ...rest(place), "", ""].join("\n");
}

function said(values: Values): string {
  const words = Object.entries(values).map(([type, list]) => {
    const texts = listOf(list).map((value) => (Buffer.isBuffer(value) ? blob(value) : String(value).replace(/^@/, "")));
    return type === "serialNumber" ? texts.join() : `${type}=${texts.join("|")}`;
  });
  return words.length === 0 ? "" : ` (${words.join(" ")})`;
}

/** The RDN. */
function head(dn: string): string {
  return /^(\\.|[^,\\])*/.exec(dn)?.[0] ?? "";
}

/** A device of a version (`cn=…`), or an organizational unit (`ou=…`). */
export function add(dn: string, version?: number, more: Values = {}): Change {
  const rdn = parseDn(head(dn))[0] ?? [];
  const names: Record<string, Value[]> = {};
  for (const { type, value } of rdn) names[type] = [...(names[type] ?? []), value as string];
  const own = { ...(version === undefined ? {} : { serialNumber: version }), ...more };
  const { objectClass: _, ...told } = own as Values;
  const classes = /^ou=/i.test(dn) ? "organizationalUnit" : "device";
  const ldif = record(dn, "add", (place) => lines({ objectClass: classes, ...names, ...own }, place));
  return { text: `add ${dn}${said(told)}`, ldif };
}

export function group(dn: string, members: string[]): Change {
  const added = add(dn, undefined, { objectClass: "groupOfNames", member: members.map((member) => `@${member}`) });
  return added.text.length < 200 ? added : { ...added, text: `add ${dn} with ${members.length} members` };
}

/** A number is the version; an empty list takes the attribute away. */
export function set(dn: string, values: Values | number): Change {
  const wanted: Values = typeof values === "number" ? { serialNumber: values } : values;
  const ldif = record(dn, "modify", (place) =>
    Object.entries(wanted).flatMap(([type, list]) => [`replace: ${type}`, ...lines({ [type]: list }, place), "-"]),
  );
  return { text: `modify ${dn}${said(wanted)}`, ldif };
}

function values(dn: string, operation: "add" | "delete", sign: string, type: string, list: Value | Value[]): Change {
  const ldif = record(dn, "modify", (place) => [`${operation}: ${type}`, ...lines({ [type]: list }, place), "-"]);
  return { text: `modify ${dn} (${type} ${sign}${listOf(list).join("|").replaceAll("@", "")})`, ldif };
}

export const plus = (dn: string, type: string, list: Value | Value[]): Change => values(dn, "add", "+", type, list);
export const minus = (dn: string, type: string, list: Value | Value[]): Change => values(dn, "delete", "−", type, list);

export function del(dn: string): Change {
  return { text: `delete ${dn}`, ldif: record(dn, "delete", () => []) };
}

/** Renames or moves. @param keep the old RDN's values stay */
export function move(from: string, to: string, keep = false): Change {
  const rdn = head(to);
  const ldif = record(from, "modrdn", (place) => [
    `newrdn:: ${base64(rdn)}`,
    `deleteoldrdn: ${keep ? 0 : 1}`,
    `newsuperior:: ${base64(absolute(to.slice(rdn.length + 1), place))}`,
  ]);
  return { text: `${keep ? "rename, keeping values," : "move"} ${from} → ${to}`, ldif };
}

/** How a value is told that is no short text. */
export function blob(value: Buffer): string {
  return `${value.length} bytes ${createHash("sha256").update(value).digest("hex").slice(0, 8)}`;
}
