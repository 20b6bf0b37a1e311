/** What handlers have done against what the directory and the journal say: complaints, of which there should be none. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Attributes, decodeAttributes } from "../../src/ldap/attributes.ts";
import { rdnTypes } from "../../src/ldap/dn.ts";
import { readContent } from "../../src/ldap/ldif.ts";
import { diff, metadata } from "../../src/listener/diff.ts";
import type { JournalEvent } from "../../src/listener/event.ts";
import { readJournal } from "../../src/listener/open.ts";
import { uuidText } from "../../src/listener/sighting.ts";
import { type Spec, specs } from "./listener-handlers.ts";

export interface Truth {
  dn: string;
  uuid: string;
  attributes: Attributes;
}

/** No handler is to see these. */
const unseen = new Set(["userPassword", "contextCSN"]);

/** As slapcat gives it, by DN. */
export async function truthOf(dump: string): Promise<Map<string, Truth>> {
  const found = new Map<string, Truth>();
  for await (const { dn, attributes } of readContent([Buffer.from(dump)])) {
    const seen = Object.entries(attributes).filter(([name]) => !unseen.has(name));
    const uuid = new TextDecoder().decode(attributes.entryUUID?.[0]);
    found.set(dn, { dn, uuid, attributes: Object.fromEntries(seen) });
  }
  return found;
}

/** The same as in the handlers. */
export function digest(entry: Attributes): string {
  const names = Object.keys(entry).sort();
  if (names.length === 0) return "";
  const values = (name: string) => entry[name]!.map((value) => Buffer.from(value).toString("base64")).sort();
  return createHash("sha1")
    .update(names.map((name) => `${name}=${values(name)}\n`).join(""))
    .digest("hex");
}

export interface Line {
  /** Of a function without an object; `begin`: a process has started. */
  life?: string;
  id: string;
  command: string;
  dn: string;
  oldDn?: string;
  uuid: string;
  now: string;
  old: string;
}

/** What a handler has written down; lines that a kill has torn were never acknowledged. */
export function linesOf(home: string, name: string): Line[] {
  const found: Line[] = [];
  for (const text of readFileSync(join(home, `${name}.log`), "utf8").split("\n")) {
    if (text === "") continue;
    try {
      found.push(JSON.parse(text));
    } catch {}
  }
  return found;
}

export interface Recorded {
  epoch: string;
  events: JournalEvent[];
  /** By DN. */
  cache: Map<string, { uuid: string; is: string }>;
  handlers: Map<string, { start: number; loads: number }>;
}

/** What the listener has in its database; it may be running. */
export function recorded(folder: string): Recorded {
  const journal = readJournal(folder);
  const { database } = journal;
  try {
    const events: JournalEvent[] = [];
    for (let page = journal.read(0, 1000); page.length > 0; page = journal.read(events.at(-1)!.seq, 1000))
      events.push(...page);
    const cache: Recorded["cache"] = new Map();
    for (const { dn, uuid } of journal.entries()) {
      const is = digest(decodeAttributes(journal.cache.byUuid(uuid)!.attributes));
      cache.set(dn, { uuid: uuidText(uuid), is });
    }
    const rows = database
      .prepare<{ name: string; start: number; loads: number }, []>("SELECT name, start, loads FROM handler")
      .all();
    return { epoch: journal.epoch, events, cache, handlers: new Map(rows.map((row) => [row.name, row])) };
  } finally {
    database.close();
  }
}

/** Whether the cache's entry has this among its octets. */
export function holds(folder: string, dn: string, text: string): boolean {
  const { database } = readJournal(folder);
  try {
    const row = database
      .prepare<{ attributes: Uint8Array }, [string]>("SELECT attributes FROM entry WHERE dn = ?")
      .get(dn);
    return row !== null && Buffer.from(row.attributes).includes(text);
  } finally {
    database.close();
  }
}

type Expected = Pick<Line, "id" | "command" | "dn" | "oldDn" | "now" | "old">;

/** What a handler is to be told of an event. The rules once more, for the handlers of this test. */
function expected(event: JournalEvent, spec: Spec, epoch: string): Expected[] {
  const { kind, oldDn, newDn } = event;
  const old = event.old ? decodeAttributes(event.old) : {};
  const now = event.new ? decodeAttributes(event.new) : {};
  const was = oldDn !== null && spec.matches(old);
  const is = newDn !== null && spec.matches(now);
  const calls = spec.style === "calls";
  const [before, after] = [digest(old), digest(now)];
  const where = oldDn !== null && newDn !== null && oldDn !== newDn ? { oldDn } : {};
  const add = { command: "a", dn: newDn ?? "", now: after, old: "", ...(kind === "in" && calls && was ? where : {}) };
  const modify = { command: "m", dn: newDn ?? "", now: after, old: before, ...where };
  const remove = { command: "d", dn: oldDn ?? "", now: "", old: before };
  const given = (): Omit<Expected, "id">[] => {
    switch (kind) {
      case "create":
        return is ? [add] : [];
      case "delete":
        return was ? [remove] : [];
      case "out":
        return was ? [{ ...remove, command: calls ? "r" : "d" }] : [];
      case "in":
        return is ? [add] : was && calls ? [remove] : [];
      case "schema":
        return is ? [{ ...add, command: "n", old: before }] : [];
      case "modify": {
        if (!was || !is) return is ? [add] : was ? [remove] : [];
        const types = [...diff(old, now, undefined, new Set()).keys()];
        return spec.attributes.length === 0 || types.some((type) => spec.attributes.includes(type)) ? [modify] : [];
      }
      case "move": {
        if (!was || !is) return is ? [add] : was ? [remove] : [];
        if (!calls) return [modify];
        const named = new Set([...rdnTypes(oldDn!), ...rdnTypes(newDn!)]);
        const more = [...diff(old, now, undefined, metadata).keys()].some(
          (type) => !named.has(type.toLowerCase()) && (spec.attributes.length === 0 || spec.attributes.includes(type)),
        );
        const moved = [
          { ...remove, command: "r", ...where },
          { ...add, ...where },
        ];
        return more ? [...moved, modify] : moved;
      }
    }
  };
  return given().map((call, step) => ({ id: `${epoch}.${event.seq}.${step + 1}`, ...call }));
}

/** Number and step of a call's id, or that it is of an initial load. */
function placeOf(id: string): { epoch: string; seq: number; step: number; load: boolean } {
  const [, epoch = "", seq, step = ""] = /^([^.]+)\.(\d+)\.(.+)$/.exec(id) ?? [];
  return { epoch, seq: Number(seq), step: Number(step) || 0, load: step.startsWith("load") };
}

const textOf = ({ id, command, dn, oldDn, now, old }: Expected) => [id, command, dn, oldDn ?? "", now, old].join(" | ");

/** @param truth the directory, which nobody changes now; `home` where the handlers write */
export function judgeStates(truth: Map<string, Truth>, { cache }: Recorded, home: string): string[] {
  const complaints: string[] = [];
  compare(complaints, "the cache", truth, cache, () => true, digest);
  for (const { name, matches, attributes } of specs)
    compare(complaints, name, truth, statesOf(home, name), matches, (entry) => {
      if (attributes.length === 0) return digest(entry);
      return digest(Object.fromEntries(Object.entries(entry).filter(([type]) => attributes.includes(type))));
    });
  return complaints;
}

export function judgeHistory({ epoch, events, handlers }: Recorded, home: string): string[] {
  const complaints: string[] = [];
  const last = new Map<string, JournalEvent>();
  for (const event of events) {
    const uuid = uuidText(event.uuid);
    const before = last.get(uuid);
    const same =
      before === undefined ||
      (event.kind === "in"
        ? before.kind === "out" && equal(before.old, event.old)
        : before.newDn === event.oldDn && equal(before.new, event.old));
    if (!same) complaints.push(`event ${event.seq} (${event.kind} ${uuid}) does not begin where ${before?.seq} ended`);
    last.set(uuid, event);
  }
  for (const spec of specs) {
    const complain = (text: string) => complaints.push(`${spec.name}: ${text}`);
    const lines = linesOf(home, spec.name);
    const { start = 0, loads = 0 } = handlers.get(spec.name) ?? {};
    if (loads !== 1 && !spec.reloads) complain(`${loads} initial loads`);
    judgeCalls(complain, spec, lines, { epoch, events, start });
    if (spec.batches) judgeBatches(complain, lines);
  }
  return complaints;
}

function equal(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === other || (one !== null && other !== null && Buffer.compare(one, other) === 0);
}

function statesOf(home: string, name: string): Map<string, { uuid: string; is: string }> {
  const folder = join(home, name);
  const files = readdirSync(folder).filter((file) => !file.endsWith(".new"));
  return new Map(
    files.map((file) => {
      const { dn, ...state } = JSON.parse(readFileSync(join(folder, file), "utf8"));
      return [dn, state];
    }),
  );
}

function compare(
  complaints: string[],
  who: string,
  truth: Map<string, Truth>,
  states: Map<string, { uuid: string; is: string }>,
  matches: (entry: Attributes) => boolean,
  content: (entry: Attributes) => string,
): void {
  // The schema, where somebody was told of it, is no entry.
  const names = new Set([...truth.keys(), ...states.keys()].filter((dn) => dn !== "cn=Subschema"));
  for (const dn of names) {
    const [real, state] = [truth.get(dn), states.get(dn)];
    const wanted = real && matches(real.attributes) ? `${real.uuid} ${content(real.attributes)}` : "nothing";
    const found = state ? `${state.uuid} ${state.is}` : "nothing";
    if (wanted !== found) complaints.push(`${who}: ${dn} is ${wanted}, and has ${found}`);
  }
}

/** At least once, in order for every object, and the same under the same id. */
function judgeCalls(
  complain: (text: string) => void,
  spec: Spec,
  lines: Line[],
  { epoch, events, start }: { epoch: string; events: JournalEvent[]; start: number },
): void {
  const told = new Map<string, string>();
  const wanted = new Map<string, string>();
  for (const event of events) for (const call of expected(event, spec, epoch)) wanted.set(call.id, textOf(call));
  const firsts = new Map<string, { seq: number; step: number }>();
  for (const line of lines) {
    if (line.life !== undefined) continue;
    const text = textOf(line);
    const before = told.get(line.id);
    if (before !== undefined && before !== text) complain(`${before} came again as ${text}`);
    const place = placeOf(line.id);
    if (place.epoch !== epoch) complain(`${text} is of another database than ${epoch}`);
    if (!place.load && wanted.get(line.id) !== text) complain(`${text} came, expected was ${wanted.get(line.id)}`);
    if (before !== undefined) continue;
    told.set(line.id, text);
    if (place.load) continue;
    const last = firsts.get(line.uuid);
    if (last && (last.seq > place.seq || (last.seq === place.seq && last.step > place.step)))
      complain(`${text} came after ${last.seq}.${last.step}`);
    firsts.set(line.uuid, place);
  }
  for (const [id, text] of wanted) if (placeOf(id).seq > start && !told.has(id)) complain(`${text} never came`);
}

/** No call without prerun in that process, and none after the last postrun. */
function judgeBatches(complain: (text: string) => void, lines: Line[]): void {
  let prepared = false;
  let owed = false;
  for (const { life, id } of lines) {
    if (life === "begin" || life === "postrun") prepared = false;
    if (life === "prerun") prepared = true;
    if (life === "postrun") owed = false;
    if (life !== undefined) continue;
    owed = true;
    if (!prepared) complain(`${id} came without prerun`);
  }
  if (owed) complain("postrun did not come in the end");
}
