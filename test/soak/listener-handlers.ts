/**
 * Handlers of the crash test. Each writes a line for every call that it has carried out, and keeps a file for every DN;
 * both outlive any kill. What they declare stands here a second time, in the test's own words: `Spec`.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Attributes } from "../../src/ldap/attributes.ts";

export interface Spec {
  name: string;
  style: "calls" | "objects";
  transitions: "events" | "model";
  /** Lower case; empty: any. */
  attributes: readonly string[];
  matches(entry: Attributes): boolean;
  /** It has prerun and postrun. */
  batches: boolean;
  /** The crash test has it loaded anew now and then. */
  reloads: boolean;
}

const has = (entry: Attributes, type: string, value: string) =>
  (entry[type] ?? []).some((one) => new TextDecoder().decode(one) === value);

const person = (entry: Attributes) => has(entry, "objectClass", "inetOrgPerson");
const ofModel = (entry: Attributes) =>
  ["groupOfNames", "organizationalUnit"].some((one) => has(entry, "objectClass", one));
const plain = { transitions: "events", attributes: [], batches: true, reloads: false } as const;

export const specs: readonly Spec[] = [
  { ...plain, name: "objects", style: "objects", matches: () => true },
  { ...plain, name: "flaky", style: "objects", matches: (entry) => has(entry, "employeeType", "a") },
  { ...plain, name: "letters", style: "calls", matches: person },
  { ...plain, name: "lines", style: "calls", matches: () => true, reloads: true },
  { ...plain, name: "model", style: "calls", matches: ofModel, transitions: "model" },
  { ...plain, name: "slow", style: "calls", matches: person, attributes: ["description"], batches: false },
];

/** What stands in a state file, and what both sides of a call are compared by. */
export const store = `
import { createHash } from "node:crypto";
import { existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
const sha = (text) => createHash("sha1").update(text).digest("hex");
export const digest = (entry) => {
  const names = Object.keys(entry).sort();
  const values = (name) => entry[name].map((value) => Buffer.from(value).toString("base64")).sort().join(",");
  return names.length === 0 ? "" : sha(names.map((name) => name + "=" + values(name) + "\\n").join(""));
};
export function open(name) {
  const states = HOME + "/" + name;
  mkdirSync(states, { recursive: true });
  const log = openSync(HOME + "/" + name + ".log", "a");
  const note = (line) => {
    writeSync(log, JSON.stringify(line) + "\\n");
    fsyncSync(log);
  };
  // What a kill has torn ends here.
  writeSync(log, "\\n");
  note({ life: "begin" });
  return {
    life(name) {
      if (name === "clean") for (const file of readdirSync(states)) rmSync(states + "/" + file);
      note({ life: name });
    },
    leave: (dn) => rmSync(states + "/" + sha(dn), { force: true }),
    calm: () => existsSync(HOME + "/calm"),
    /** @param kept what the state is made of */
    done({ id, command, dn, oldDn, uuid }, now, old, kept = now) {
      const file = states + "/" + sha(dn);
      if (Object.keys(now).length === 0) rmSync(file, { force: true });
      else {
        writeFileSync(file + ".new", JSON.stringify({ dn, uuid, is: digest(kept) }));
        renameSync(file + ".new", file);
      }
      note({ id, command, dn, oldDn, uuid, now: digest(now), old: digest(old) });
    },
  };
}
`;

const objects = `
import { Handler, Unavailable } from "reeve/listener";
import { open } from "./_store.mjs";
type Entry = Record<string, Buffer[]>;
const store = open("NAME");
export default class extends Handler {
  configuration = { name: "NAME", description: "NAME", filter: "FILTER", priority: PRIORITY, quiet: 0.5, maxDelay: 5 };
  create(dn: string, now: Entry) { return this.act(now, {}); }
  modify(dn: string, old: Entry, now: Entry, oldDn?: string) { return this.act(now, old, oldDn); }
  remove(dn: string, old: Entry) { return this.act({}, old); }
  clean() { store.life("clean"); }
  preRun() { store.life("prerun"); }
  postRun() { store.life("postrun"); }
  act(now: Entry, old: Entry, oldDn?: string) {
    const dice = RANDOM;
    if (dice < 0.12) throw new Error("not this time");
    if (dice < 0.13) throw new Unavailable("nobody there");
    if (dice < 0.14) process.exit(3);
    if (oldDn !== undefined && oldDn !== this.change.dn) store.leave(oldDn);
    store.done(this.change, now, old);
    if (dice < 0.17) throw new Error("done, and failed all the same");
  }
}
`;

const letters = `
import { open } from "./_store.mjs";
const store = open("NAME");
export const name = "NAME", description = "NAME", filter = "(objectClass=inetOrgPerson)", modrdn = "1";
export const quiet = 0.5, maxDelay = 5;
export const clean = () => store.life("clean");
export const prerun = () => store.life("prerun");
export const postrun = () => store.life("postrun");
export function handler(dn, now, old, command, change) {
  store.done(change, now, old);
}
`;

const slow = `
import { open } from "./_store.mjs";
const store = open("NAME");
export const name = "NAME", description = "NAME", filter = "(objectClass=inetOrgPerson)", modrdn = "1";
export const attributes = ["description"], priority = 70;
export const clean = () => store.life("clean");
export async function handler(dn, now, old, command, change) {
  await new Promise((resolve) => setTimeout(resolve, store.calm() ? 0 : 40 * Math.random()));
  store.done(change, now, old, now.description ? { description: now.description } : {});
}
`;

const pythonStore = `
import base64, hashlib, json, os

def sha(text):
    return hashlib.sha1(text.encode()).hexdigest()

def digest(entry):
    values = lambda name: ",".join(sorted(base64.b64encode(value).decode() for value in entry[name]))
    return sha("".join(name + "=" + values(name) + "\\n" for name in sorted(entry))) if entry else ""

class Store:
    def __init__(self, name):
        self.states = "HOME/" + name
        os.makedirs(self.states, exist_ok=True)
        self.log = os.open("HOME/" + name + ".log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(self.log, b"\\n")
        self.life("begin")

    def note(self, line):
        os.write(self.log, json.dumps(line).encode() + b"\\n")
        os.fsync(self.log)

    def life(self, name):
        if name == "clean":
            for file in os.listdir(self.states):
                os.unlink(self.states + "/" + file)
        self.note({"life": name})

    def remove(self, dn):
        try:
            os.unlink(self.states + "/" + sha(dn))
        except FileNotFoundError:
            pass

    def done(self, call, new, old):
        dn = call["dn"]
        if not new:
            self.remove(dn)
        else:
            file = self.states + "/" + sha(dn)
            with open(file + ".new", "w") as out:
                json.dump({"dn": dn, "uuid": call["uuid"], "is": digest(new)}, out)
            os.rename(file + ".new", file)
        line = {key: call[key] for key in ("id", "command", "dn", "oldDn", "uuid") if call.get(key) is not None}
        self.note(dict(line, now=digest(new), old=digest(old)))
`;

const model = `
import listener
from _store import Store

name = "NAME"
description = "NAME"
filter = "(|(objectClass=groupOfNames)(objectClass=organizationalUnit))"
modrdn = "1"
quiet = 0.5
store = Store("NAME")

def handler(dn, new, old, command):
    store.done(listener.call, new, old)

def clean():
    store.life("clean")

def prerun():
    store.life("prerun")

def postrun():
    store.life("postrun")
`;

const lines = `#!/usr/bin/env python3
import base64, json, sys
sys.path.insert(0, "FOLDER")
from _store import Store

store = Store("NAME")

def entry(said):
    value = lambda one: one.encode() if isinstance(one, str) else base64.b64decode(one["base64"])
    return {name: [value(one) for one in values] for name, values in said.items()}

for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        functions = ["initialize", "clean", "prerun", "postrun"]
        said = {"description": "NAME", "filter": "(objectClass=*)", "quiet": 0.5, "maxDelay": 5, "functions": functions}
        answer = {"type": "ready", "declaration": said}
    elif message["type"] == "life":
        store.life(message["function"])
        answer = {"type": "done", "id": message["id"]}
    else:
        call = message["calls"][0]
        store.done(call, entry(call["new"]), entry(call["old"]))
        answer = {"type": "done", "id": call["id"]}
    print(json.dumps(answer), flush=True)
`;

/** Writes them. @param home where they keep what they do; a file `calm` there ends the failures */
export function writeHandlers(folder: string, home: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(home, { recursive: true });
  const write = (file: string, name: string, text: string, words: Record<string, string> = {}) => {
    const all = Object.entries({ NAME: name, FOLDER: folder, ...words });
    const path = join(folder, file);
    writeFileSync(
      path,
      all.reduce((sum, [word, with_]) => sum.replaceAll(word, with_), text),
    );
    chmodSync(path, file.includes(".") ? 0o600 : 0o700);
  };
  write("_store.mjs", "", store.replaceAll("HOME", JSON.stringify(home)));
  write("_store.py", "", pythonStore.replaceAll("HOME", home));
  write("objects.ts", "objects", objects, { FILTER: "(objectClass=*)", PRIORITY: "10", RANDOM: "1" });
  const filter = "(employeeType=a)";
  write("flaky.ts", "flaky", objects, { FILTER: filter, PRIORITY: "30", RANDOM: "store.calm() ? 1 : Math.random()" });
  write("letters.mjs", "letters", letters);
  write("slow.mjs", "slow", slow);
  write("model.py", "model", model);
  write("lines", "lines", lines);
}
