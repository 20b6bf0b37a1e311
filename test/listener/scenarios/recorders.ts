/** Handlers of every kind that write down what they are called with, a line of JSON each; and how that is read. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDn } from "../../../src/ldap/dn.ts";
import type { HandlerName } from "./expected.ts";
import { filter, type Place } from "./words.ts";

export type Side = Record<string, string[]>;

export interface Recorded {
  /** Of `calls` and `python` the letter, of `objects` the method; absent: it was not told. */
  command?: string;
  dn: string;
  new: Side;
  old: Side;
  /** In TypeScript only. */
  oldDn?: string;
  id?: string;
  uuid?: string;
}

const script = (name: string) => `
import { appendFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Handler } from "reeve/listener";
const file = join(import.meta.dirname, "..", "records", "${name}");
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function told(value) {
  if (value.length <= 200) try { const text = decoder.decode(value); if (!text.includes("\\0")) return text; } catch {}
  return value.length + " bytes " + createHash("sha256").update(value).digest("hex").slice(0, 8);
}
const side = (entry) => Object.fromEntries(Object.entries(entry).map(([type, values]) => [type, values.map(told)]));
function record(command, dn, now, old, { id, uuid, oldDn }) {
  appendFileSync(file, JSON.stringify({ command, dn, new: side(now), old: side(old), id, uuid, oldDn }) + "\\n");
}
export const description = "records";
export const filter = "${filter}";
`;

const files: Record<string, string> = {
  "calls.ts": `${script("calls")}
export const modrdn = true;
export const handler = (dn, now, old, command, change) => record(command, dn, now, old, change);`,
  "limited.js": `${script("limited")}
export const attributes = ["l"];
export const handler = (dn, now, old, command, change) => record(command, dn, now, old, change);`,
  "deletes.mjs": `${script("deletes").replace(filter, "(description=never)")}
export const modrdn = true;
export const handle_every_delete = true;
export const handler = (dn, now, old, command, change) => record(command, dn, now, old, change);`,
  "objects.ts": `${script("objects").replace(/^export .*$/gm, "")}
export default class extends Handler {
  configuration = { description: "records", filter: "${filter}", needs: ["userPassword"] };
  create(dn: string, now) { record("create", dn, now, {}, this.change); }
  modify(dn: string, old, now, oldDn?: string) { record("modify", dn, now, old, { ...this.change, oldDn }); }
  remove(dn: string, old) { record("remove", dn, {}, old, this.change); }
}`,
  "python.py": `
import hashlib
import json
import os

name = "python"
description = "records"
filter = "${filter}"
attributes = []
modrdn = "1"

RECORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "records", "python")


def told(value):
    if len(value) <= 200 and b"\\0" not in value:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return "%d bytes %s" % (len(value), hashlib.sha256(value).hexdigest()[:8])


def side(entry):
    return {key: [told(value) for value in values] for key, values in entry.items()}


def handler(dn, new, old, command=""):
    with open(RECORDS, "a") as out:
        out.write(json.dumps({"command": command, "dn": dn, "new": side(new), "old": side(old)}) + "\\n")
`,
};

/** Writes them into a listener's folder. */
export function writeHandlers(folder: string): void {
  for (const name of ["handlers", "records"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, "handlers", name), text, { mode: 0o600 });
}

export function recordsOf(folder: string, handler: HandlerName): Recorded[] {
  const file = join(folder, "records", handler);
  if (!existsSync(file)) return [];
  // A line that is being written has no end yet.
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const own = new Set(
  (
    "objectclass structuralobjectclass entryuuid entrycsn creatorsname createtimestamp modifiersname modifytimestamp" +
    " entrydn subschemasubentry hassubordinates"
  ).split(" "),
);

/** What matters of a side. What its RDN says is left out, and complained of if it is not so. */
export function digest(dn: string, side: Side, place: Place): string {
  const naming = (parseDn(dn)[0] ?? []).map(({ type, value }) => ({ type: type.toLowerCase(), value }));
  const words: string[] = [];
  for (const [type, values] of Object.entries(side).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = type.toLowerCase();
    if (own.has(name)) continue;
    const rest = values.filter((value) => !naming.some((ava) => ava.type === name && ava.value === value));
    const told = rest.map((value) => value.replace(`,${place.inside}`, "").replace(place.outside, "^")).sort();
    if (name === "serialnumber") words.unshift(told.join("|"));
    else if (told.length > 0) words.push(`${type}=${told.join("|")}`);
  }
  const missing = naming.filter(({ type, value }) => {
    const values = Object.entries(side).find(([name]) => name.toLowerCase() === type)?.[1];
    return !values?.includes(value as string);
  });
  return [...words, ...missing.map(({ type }) => `without ${type}`)].join(" ");
}

/** As scenarios write it. */
export function lineOf(record: Recorded, before: Recorded[], place: Place): string {
  const { dn, oldDn } = record;
  const short = (name: string) => (name.endsWith(`,${place.inside}`) ? name.slice(0, -place.inside.length - 1) : name);
  const isNew = Object.keys(record.new).length > 0;
  const isOld = Object.keys(record.old).length > 0;
  const [r, a] = before.slice(-2);
  const moved =
    r?.command === "r" && a?.command === "a" && a.dn === dn && a.new.entryUUID?.[0] === r.old.entryUUID?.[0];
  const from = oldDn ?? (moved && sameSide(a, record) ? r.dn : dn);
  const sides = [
    ...(isOld ? [digest(from, record.old, place)] : []),
    ...(isNew ? [digest(dn, record.new, place)] : []),
  ];
  const letter = record.command ?? (isOld && isNew ? "m" : isNew ? "+" : "−");
  const where = letter === "modify" && oldDn ? ` from ${short(oldDn)}` : "";
  return `${letter} ${short(dn)}${where} (${sides.join(" → ")})`;
}

/** The m that belongs to a move has the new side of its a. */
function sameSide(a: Recorded, m: Recorded): boolean {
  return m.command === "m" && a.new.entryCSN?.[0] === m.new.entryCSN?.[0];
}
