/** Handlers' processes: what they are given, how they fail, hang, die, change and misbehave. */
import { afterEach, expect, test } from "bun:test";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Errand } from "../../src/listener/errand.ts";
import { converse } from "../../src/process/dialogue.ts";
import { allGone, lives } from "../fake/lives.ts";
import { reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { callOf, Follower } from "./follower.ts";

const running: Follower[] = [];

async function follow(...given: Parameters<typeof Follower.start>): Promise<Follower> {
  const it = await Follower.start(...given);
  running.push(it);
  return it;
}

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

const quick = { first: 5, slowest: { ready: 10, unready: 10 }, tries: { ready: 6, unready: 4 }, readyTimeout: 4000 };

/** Tells the log what it was given, in a form that is the same in every language. */
const tsClass = `
import { Handler, log, settings } from "reeve/listener";
enum Word { Created = "created" }
export default class extends Handler {
  configuration = { description: "a class", filter: "(objectClass=person)", needs: ["userPassword"] };
  create(dn: string, e: Record<string, Buffer[]>) {
    log.info(Word.Created, dn, \`\${e.uid![0]}\`, e.blob?.[0]?.toString("hex") ?? "-", e.big?.[0]?.length ?? 0, this.change!.id);
  }
  modify(dn: string, old: Record<string, Buffer[]>, now: Record<string, Buffer[]>, oldDn: string | undefined) {
    console.warn("modified", dn, oldDn, JSON.stringify(this.diff(old, now), (_, v) => v));
  }
  remove(dn: string) { if (dn.startsWith("bad")) throw new Error("no removal of " + dn); }
  preRun() { log.info("prerun", settings.word); }
  postRun() { process.stdout.write("postrun\\n"); throw new Error("no service"); }
}`;

const tsFunctions = `
export const description = "functions";
export const filter = "(uid=*)";
export const modrdn = "1";
export const handle_every_delete = true;
export const priority = 7.5;
export const attributes = ["uid", "cn;lang-de"];
const seen = [];
export function initialize() { seen.push("initialize"); }
export function handler(dn, now, old, command, change) {
  seen.push([command, dn, Object.keys(now).join(), Object.keys(old).join(), change.oldDn]);
  if (dn === "tell") console.log(JSON.stringify(seen));
}`;

test("TypeScript: a class gets text, bytes and megabytes; life functions; a failure names file and line", async () => {
  const it = await follow({ "mail.ts": tsClass }, { settings: { mail: { word: ["a", "b"], priority: ["3"] } } });
  expect(it.stateOf("mail")).toMatchObject({
    state: "serving",
    declaration: {
      name: "mail",
      style: "objects",
      functions: ["prerun", "postrun"],
      priority: 3,
      needs: ["userPassword"],
    },
  });
  const big = "ä".repeat(2_500_000);
  const call = callOf({ new: { uid: ["änne"], blob: [{ base64: "AP+A" }], big: [big] } });
  const moved = callOf({ command: "m", dn: "uid=b", oldDn: "uid=a", new: { uid: ["b"] }, old: { uid: ["a"] } });
  const sent = await it.send("mail", call, moved, { command: "d", dn: "bad", id: "x" }, { dn: "never" });
  expect(sent.done).toEqual([call.id, moved.id]);
  expect(sent.delivery).toMatchObject({ end: "failed", id: "x", unavailable: false });
  expect((sent.delivery as { error: string }).error).toMatch(/no removal of bad\n.*mail\.ts:\d+:\d+/);
  expect(it.lines("mail")[0]).toBe(`created uid=anna,dc=lab änne 00ff80 5000000 ${call.id}`);
  expect(it.lines("mail")[1]).toStartWith("modified uid=b uid=a {");
  expect(await it.life("mail", "prerun")).toBeUndefined();
  expect(await it.life("mail", "clean")).toBeUndefined();
  expect(await it.life("mail", "postrun")).toContain("no service");
  await it.until(({ log }) => log?.text === "postrun");
  expect(it.lines("mail")).toContain("prerun [ 'a', 'b' ]");
  expect(await it.stats("mail")).toMatchObject({ calls: 2, failures: 2, crashes: 0 });
});

test("JavaScript: functions get the model's letters; the model's spellings count", async () => {
  const it = await follow({ "plain.mjs": tsFunctions });
  expect(it.stateOf("plain")?.declaration).toMatchObject({
    ...{ style: "calls", modrdn: true, handleEveryDelete: true, priority: 7.5 },
    ...{ attributes: ["uid", "cn;lang-de"], functions: ["initialize"], transitions: "events", semantics: "rfc4515" },
  });
  await it.life("plain", "initialize");
  const where = { oldDn: "uid=a" };
  const calls = [
    { command: "r" as const, dn: "uid=a", old: { uid: ["a"] }, ...where },
    { command: "a" as const, dn: "uid=b", new: { uid: ["b"] }, ...where },
    { dn: "tell" },
  ];
  expect((await it.send("plain", ...calls)).delivery.end).toBe("done");
  await it.until(({ log }) => log?.text?.startsWith("["));
  expect(JSON.parse(it.lines("plain").at(-1)!)).toEqual([
    "initialize",
    ["r", "uid=a", "", "uid", "uid=a"],
    ["a", "uid=b", "uid", "", "uid=a"],
    ["a", "tell", "", "", null],
  ]);
});

const python = `
import json, os, sys
import univention.debug as ud
import univention.debug2
from listener import SetUID, configRegistry, baseConfig, setuid, unsetuid, run
import listener
from univention.config_registry import handler_set, ucr_factory
import neighbour

name = "printusers"
description = "print users"
filter = "(&(objectClass=person)(!(uid=*$)))"
attributes = ["uid"]
modrdn = "1"
told = {}

def setdata(key, value):
    told[key] = value

def initialize():
    handler_set(["printusers/state=fresh", "printusers/state?kept"])
    print("registry", ucr_factory()["printusers/state"], ucr_factory()["absent"], configRegistry is baseConfig)

def handler(dn, new, old, command):
    ud.debug(ud.LISTENER, ud.ERROR, "%s %s %r %r" % (command, dn, new, old))
    if dn == "die":
        os._exit(9)
    if dn == "exit":
        sys.exit("enough")
    if dn == "returns":
        return False
    if dn == "noise":
        print("to stdout")
        os.system("echo from a shell; echo to stderr >&2")
    if dn == "told":
        print(json.dumps(told, sort_keys=True), neighbour.word, __name__, sys.path[-1] == os.path.dirname(__file__))
    if dn == "run":
        print("ran", run("/bin/echo", ["echo", "hello"]))
    if dn == "unreachable":
        error = OSError("no server")
        error.unavailable = True
        raise error

@SetUID(0)
def postrun():
    with SetUID(0):
        print("uid", os.geteuid())
    setuid(0)
    unsetuid()
`;

test("Python: a module of the model runs unmodified; its output is noise, its end no end of ours", async () => {
  const registry = join(temporaryFolder("registry"), "registry");
  const directory = { basedn: "dc=lab", binddn: "cn=admin", ldapserver: "ldap.lab", registry };
  const files = { "print-users.py": python, "neighbour.py": "word = 'from beside'\n" };
  const it = await follow(files, { directory, bindPassword: "s3cret" });
  expect(it.stateOf("printusers")?.declaration).toMatchObject({
    ...{ semantics: "model", transitions: "model", style: "calls", modrdn: true, needs: ["uid"] },
    functions: ["initialize", "postrun"],
  });
  // What stands beside it and is no handler is out of service, and says why.
  expect(it.stateOf("neighbour")).toMatchObject({
    state: "out of service",
    reason: expect.stringContaining("handler()"),
  });

  expect(await it.life("printusers", "initialize")).toBeUndefined();
  expect(readFileSync(registry, "utf8")).toBe("printusers/state: fresh\n");
  const blob = { uid: ["ä"], jpegPhoto: [{ base64: "/9g=" }] };
  const ok = await it.send("printusers", { new: blob }, { dn: "noise" }, { dn: "told" }, { dn: "run" });
  expect(ok.delivery).toEqual({ end: "done" });
  const failing = async (dn: string) => (await it.send("printusers", { dn, id: dn })).delivery;
  expect(await failing("returns")).toMatchObject({ end: "failed", error: expect.stringContaining("returned False") });
  expect(await failing("exit")).toMatchObject({ end: "failed", error: expect.stringContaining("SystemExit: enough") });
  expect(await failing("unreachable")).toMatchObject({ end: "failed", unavailable: true });
  expect(await it.life("printusers", "postrun")).toBe(process.getuid?.() === 0 ? undefined : expect.any(String));
  const lines = it.lines("printusers").join("\n");
  expect(lines).toContain("registry fresh None True");
  expect(lines).toContain(`a uid=anna,dc=lab {'uid': [b'\\xc3\\xa4'], 'jpegPhoto': [b'\\xff\\xd8']} {}`);
  for (const noise of ["to stdout", "from a shell", "to stderr", "hello", "ran 0"]) expect(lines).toContain(noise);
  const told = '{"basedn": "dc=lab", "binddn": "cn=admin", "bindpw": "s3cret", "ldapserver": "ldap.lab"}';
  expect(lines).toContain(`${told} from beside print-users True`);

  const died = await it.send("printusers", { dn: "fine", id: "1" }, { dn: "die", id: "2" }, { dn: "never" });
  expect(died).toMatchObject({ done: ["1"], delivery: { end: "lost", blame: "crash" } });
  expect((died.delivery as { error: string }).error).toContain("status 9");
  await it.reaches("printusers", "serving", 0);
});

test("Python: the model's classes; a move is one call, an error handler may deal with an error", async () => {
  const module = `
from univention.listener import ListenerModuleHandler, ListenerModuleConfiguration
from univention.listener.exceptions import ListenerModuleRuntimeError

class Fine(ListenerModuleHandler):
    class Configuration(ListenerModuleConfiguration):
        description = "of classes"
        ldap_filter = "(objectClass=inetOrgPerson)"
        def get_attributes(self):
            return ["cn"]
        def get_priority(self):
            return 12

    def __init__(self, *args, **kwargs):
        super(Fine, self).__init__(*args, **kwargs)
        self.logger.info("made")
    def create(self, dn, new):
        self.logger.debug("create %s", dn)
    def modify(self, dn, old, new, old_dn):
        self.logger.info("modify %s from %s: %r", dn, old_dn, self.diff(old, new))
        self.logger.info("all %r", sorted(self.diff(old, new, ignore_metadata=False)))
    def remove(self, dn, old):
        if dn == "lo":
            self.lo
        with self.as_root():
            raise ValueError("fail")
    def pre_run(self):
        self.logger.info("before")
    def error_handler(self, dn, old, new, command, exc_type, exc_value, exc_traceback):
        if exc_type is ListenerModuleRuntimeError:
            super(Fine, self).error_handler(dn, old, new, command, exc_type, exc_value, exc_traceback)
        self.logger.exception("dealt with %s", exc_value)
`;
  const it = await follow({ "fine.py": module });
  expect(it.stateOf("fine")?.declaration).toMatchObject({
    ...{ name: "fine", style: "objects", attributes: ["cn"], priority: 12, functions: ["prerun"] },
    ...{ filter: "(objectClass=inetOrgPerson)", description: "of classes" },
  });
  const old = { cn: ["a"], entryCSN: ["1"], same: ["x", "y"] };
  const now = { cn: ["b"], entryCSN: ["2"], same: ["y", "x"] };
  const sent = await it.send("fine", {}, { command: "m", dn: "new", oldDn: "old", old, new: now }, { command: "d" });
  expect(sent.delivery).toEqual({ end: "done" });
  expect((await it.send("fine", { command: "d", dn: "lo" })).delivery).toMatchObject({
    end: "failed",
    error: expect.stringMatching(/lo and po want Univention's Python packages/),
  });
  const lines = it.lines("fine");
  expect(lines).toContain("modify new from old: {'cn': ([b'a'], [b'b'])}");
  expect(lines).toContain("all ['cn', 'entryCSN']");
  expect(lines.find((line) => line.startsWith("dealt with"))).toContain("ValueError: fail");
});

const perl = `#!/usr/bin/perl
$| = 1;
my $start = <STDIN>;
my ($word) = $start =~ /"word":\\["(\\w+)"\\]/;
print qq({"type":"ready","declaration":{"description":"in Perl","filter":"(cn=*)","functions":["postrun"]}}\\n);
while (<STDIN>) {
  if (/^\\{"type":"life","id":"([^"]*)"/) { print qq({"type":"done","id":"$1"}\\n); next; }
  my ($id, $command, $dn) = /^\\{"type":"calls","calls":\\[\\{"id":"([^"]*)","command":"(.)","dn":"([^"]*)"/ or die;
  print STDERR "call $command $dn $word\\n";
  if ($dn eq "password") { print qq({"type":"password"}\\n); sleep 60; }
  if ($dn eq "garbage") { print "hello\\n"; sleep 60; }
  if ($dn eq "endless") { print "x" x 65536 while 1; }
  if ($dn eq "wrong") { print qq({"type":"done","id":"another"}\\n); sleep 60; }
  if ($dn eq "bad") { print qq({"type":"failed","id":"$id","error":"no","unavailable":true}\\n); next; }
  if ($dn eq "close") { close(STDOUT); sleep 60; }
  print qq({"type":"done","id":"$id"}\\n);
}
print STDERR "in order\\n";
`;

test("a program in any language: one call at a time, lines of JSON; what misbehaves is ended and started again", async () => {
  const directory = { basedn: "dc=lab", binddn: "cn=admin", ldapserver: "ldap.lab", registry: "/nonexistent" };
  const secrets = { directory, bindPassword: "s3cret" };
  const it = await follow({ perl }, { ...secrets, settings: { perl: { word: ["set"], timeout: ["2"] } }, pace: quick });
  expect(it.stateOf("perl")?.declaration).toMatchObject({
    name: "perl",
    style: "calls",
    functions: ["postrun"],
    timeout: 2,
  });
  expect((await it.send("perl", { dn: "one" }, { dn: "two" })).delivery).toEqual({ end: "done" });
  await it.until(({ log }) => log?.text === "call a two set");
  expect(await it.life("perl", "postrun")).toBeUndefined();
  const wrongs = {
    password: "it asked for the directory's password",
    garbage: "no message: hello",
    endless: "more than 262144 bytes",
    wrong: "SIG",
  };
  for (const [dn, error] of Object.entries(wrongs)) {
    const from = it.told.length;
    const { delivery, done } = await it.send("perl", { dn: "fine", id: "1" }, { dn, id: "2" }, { dn: "never" });
    expect([dn, delivery, done]).toEqual([
      dn,
      { end: "lost", blame: "crash", error: expect.stringContaining(error) },
      ["1"],
    ]);
    await it.reaches("perl", "serving", from);
  }
  const from = it.told.length;
  expect((await it.send("perl", { dn: "close" })).delivery).toMatchObject({ end: "lost", blame: "timeout" });
  await it.reaches("perl", "serving", from);
  expect((await it.send("perl", { dn: "bad", id: "3" })).delivery).toEqual({
    ...{ end: "failed", id: "3", error: "no", unavailable: true },
  });
  it.remove("perl");
  await it.until(({ removed }) => removed === "perl");
  expect(it.lines("perl")).toContain("in order");
});

test("what never starts is out of service after some tries, and says why; others are not touched", async () => {
  const it = await follow(
    {
      "fine.ts": tsClass,
      "broken.ts": "export const description = ;",
      "empty.js": "export const nothing = 1;",
      "undescribed.ts": "export function handler() {}",
      "misnamed.ts": 'export const name = "../x", description = "x"; export function handler() {}',
      "exits.ts": "process.exit(3);",
      "refuses.sh": `#!/bin/sh\nread line; echo '{"type":"refused","reason":"no database"}'; read line`,
      "silent.sh": "#!/bin/sh\nexec sleep 1000",
      "quits.sh": "#!/bin/sh\necho last words >&2; exit 4",
      "nothing.sh": "#!/no/such/interpreter\n",
      "wrong.py": "def handler(:\n",
      "late.py": "import nowhere_to_be_found\n",
    },
    { pace: { ...quick, readyTimeout: 1000 } },
  );
  const reasons = Object.fromEntries(
    it.told.flatMap(({ added }) => (added ? [[added.name, [added.state, added.reason ?? ""]]] : [])),
  );
  expect(reasons).toEqual({
    fine: ["serving", ""],
    broken: ["out of service", expect.stringContaining("broken.ts")],
    empty: ["out of service", expect.stringContaining("neither a function `handler` nor a class")],
    undescribed: ["out of service", expect.stringContaining("description: wanted")],
    misnamed: ["out of service", expect.stringContaining("a name is made of")],
    exits: ["out of service", expect.stringContaining("status 3")],
    refuses: ["out of service", "no database"],
    silent: ["out of service", expect.stringContaining("not ready after 1 s")],
    quits: ["out of service", expect.stringContaining("last words")],
    nothing: ["out of service", expect.stringContaining("status 127")],
    wrong: ["out of service", expect.stringContaining("SyntaxError")],
    late: ["out of service", expect.stringContaining("nowhere_to_be_found")],
  });
  expect((await it.send("fine", { new: { uid: ["a"] } })).delivery).toEqual({ end: "done" });
  expect((await it.send("quits", {})).delivery).toEqual({ end: "lost", error: "it is not running", blame: "none" });
});

test("a call that takes too long ends with its process, busy loops and all it started; the next one is done", async () => {
  const busy = `
    export const description = "busy", timeout = 0.5;
    export async function handler(dn) {
      if (dn === "loop") for (;;) Math.sqrt(2);
      if (dn === "child") { console.log("pid", Bun.spawn(["sleep", "1000"]).pid); await new Promise(() => {}); }
    }`;
  const slow = `
import subprocess, time
description = "slow"
timeout = 0.5
def handler(dn, new, old):
    if dn == "child":
        print("pid", subprocess.Popen(["sleep", "1000"]).pid)
        time.sleep(1000)
    if dn == "loop":
        while True: pass
`;
  const it = await follow({ "busy.ts": busy, "slow.py": slow }, { pace: quick });
  for (const name of ["busy", "slow"]) {
    for (const dn of ["loop", "child"]) {
      const from = it.told.length;
      const { delivery, done } = await it.send(name, { dn: "a", id: "1" }, { dn, id: "2" }, { dn: "b", id: "3" });
      expect([name, dn, delivery, done]).toEqual([
        ...[name, dn],
        { end: "lost", blame: "timeout", error: "it took longer than 0.5 s and was killed" },
        ["1"],
      ]);
      await it.reaches(name, "serving", from);
    }
    const pid = Number(
      it
        .lines(name)
        .find((line) => line.startsWith("pid"))
        ?.split(" ")[1],
    );
    expect(pid).toBeGreaterThan(0);
    expect(await allGone([pid], 3000)).toEqual([]);
    expect((await it.send(name, { dn: "c" })).delivery).toEqual({ end: "done" });
  }
});

test("kill -9 in the middle of a call: lost, restarted; a crash loop is ended; a stray rejection is a crash", async () => {
  const text = `
    export const description = "slow";
    export async function handler(dn) {
      console.log("at", dn, process.pid);
      if (dn === "wait") await new Promise(() => {});
      if (dn === "stray") { Promise.reject(new Error("forgotten")); await new Promise((r) => setTimeout(r, 1000)); }
      if (dn === "exit") process.exit(5);
      if (dn === "odd") {
        const odd = ["x", 5, [], {}, { note: 5 }, { note: null }, { note: { type: "log", level: "X", message: "x" } }];
        for (const said of [...odd, { note: { type: "done" } }, { note: { type: "constructor" } }]) process.send(said);
      }
    }`;
  const it = await follow({ "slow.ts": text }, { pace: quick });
  let from = it.told.length;
  const lost = it.send("slow", { dn: "wait" });
  const { log } = await it.until((told) => told.log?.text?.startsWith("at wait"));
  process.kill(Number(log!.text!.split(" ")[2]), "SIGKILL");
  expect((await lost).delivery).toMatchObject({
    end: "lost",
    blame: "crash",
    error: expect.stringContaining("SIGKILL"),
  });
  await it.reaches("slow", "serving", from);
  from = it.told.length;
  const stray = await it.send("slow", { dn: "stray", id: "s" });
  expect(stray.delivery).toMatchObject({ end: "lost", blame: "crash", error: expect.stringContaining("forgotten") });
  await it.reaches("slow", "serving", from);
  // What it says over the channel by itself breaks nothing.
  expect((await it.send("slow", { dn: "odd" }, { dn: "fine" })).delivery).toEqual({ end: "done" });
  // A life in which something was done does not count against it.
  for (let i = 0; i < 8; i++) {
    from = it.told.length;
    const { done } = await it.send("slow", { dn: "fine", id: "1" }, { dn: "exit" });
    expect(done).toEqual(["1"]);
    await it.reaches("slow", "serving", from);
  }
  let state = "serving";
  let crashes = 0;
  while (state === "serving") {
    from = it.told.length;
    await it.send("slow", { dn: "exit" });
    crashes++;
    const next = await it.until((told) => /serving|out/.test(told.state?.state ?? ""), from);
    state = next.state!.state;
  }
  // The last of those above was the first in a row.
  expect([state, crashes]).toEqual(["out of service", quick.tries.ready - 1]);
  expect(it.stateOf("slow")?.reason).toContain("status 5");
  // A person, or another file, brings it back.
  from = it.told.length;
  it.tell({ name: "slow", verb: "restart" });
  await it.reaches("slow", "serving", from);
}, 30_000);

test("noise without end is bounded in the log, and calls go on", async () => {
  const text = `
    export const description = "loud";
    export function handler(dn) { for (let i = 0; i < 50_000; i++) console.log(dn, i, "x".repeat(100)); process.stdout.write("y".repeat(9_000_000)); }`;
  const py = "description = 'loud'\ndef handler(dn, new, old):\n    for i in range(50000): print(dn, i)\n";
  const it = await follow({ "loud.ts": text, "loudly.py": py });
  for (const name of ["loud", "loudly"]) {
    expect((await it.send(name, {}, {})).delivery).toEqual({ end: "done" });
    expect((await it.send(name, {}, {})).delivery).toEqual({ end: "done" });
    expect(it.lines(name).length).toBeGreaterThan(400);
    expect(it.lines(name).length).toBeLessThan(2000);
  }
});

test("files come, change and go: only what changed is started anew, and a call under way is done first", async () => {
  const version = (word: string) => `
    export const description = "${word}";
    export async function handler(dn) { console.log(dn, "${word}", process.pid); if (dn === "slow") await new Promise((r) => setTimeout(r, 600)); }`;
  const it = await follow({ "one.ts": version("first"), "two.py": "description='x'\ndef handler(*a): print(*a)\n" });
  const pid = (await it.stats("two")).pid;
  let from = it.told.length;
  const slow = it.send("one", { dn: "slow", id: "1" }, { dn: "next", id: "2" });
  await it.until(({ log }) => log?.text?.startsWith("slow"));
  it.write("one.ts", version("second"));
  expect(await slow).toEqual({
    delivery: { end: "lost", error: "it was ended in order", blame: "none" },
    done: ["1"],
  });
  expect((await it.reaches("one", "serving", from)).declaration.description).toBe("second");
  expect((await it.stats("two")).pid).toBe(pid);

  from = it.told.length;
  it.write("one.ts", "export const description = 1;;; export function handler() {}");
  expect((await it.reaches("one", "out of service", from)).reason).toContain("description");
  expect((await it.send("two", { dn: "still" })).delivery).toEqual({ end: "done" });
  from = it.told.length;
  it.write("one.ts", version("third"));
  expect((await it.reaches("one", "serving", from)).declaration.description).toBe("third");

  // Backups, hidden files and types for an editor are no handlers; what others may write to is refused.
  for (const name of ["one.ts~", ".three.ts", "three.d.ts", "three.ts.bak", "#three.ts#"])
    it.write(name, version("no"), 0o644);
  it.write("README", "text", 0o644);
  it.write("four.ts", version("fourth"));
  chmodSync(join(it.folder, "four.ts"), 0o666);
  await it.until(({ added }) => added?.name === "four" && /writable by nobody else/.test(added.reason ?? ""));
  from = it.told.length;
  chmodSync(join(it.folder, "four.ts"), 0o644);
  await it.reaches("four", "serving", from);
  expect(it.told.flatMap(({ added }) => (added ? [added.name] : [])).sort()).toEqual(["four", "one", "two"]);

  // Another name is another handler; a name that is taken is refused until it is free.
  from = it.told.length;
  it.write("four.ts", `export const name = "one";${version("a double")}`);
  await it.until(({ removed }) => removed === "four", from);
  await it.until(({ log }) => log?.message === "two handlers have one name", from);
  it.remove("one.ts");
  await it.until(({ removed }) => removed === "one", from);
  const heir = await it.until(({ added }) => added?.name === "one", from);
  expect(heir.added?.declaration.description).toBe("a double");
}, 30_000);

test("the end of the listener is the end of all handlers and what they started, at kill -9 too", async () => {
  const ts = `export const description = "x"; export function handler() { for (;;) Math.sqrt(2); }`;
  const py = `
import os, subprocess, time
from listener import SetUID
description = "x"
user = "nobody" if os.getuid() == 0 else ""
def handler(dn, new, old):
    with SetUID(0) if os.getuid() == 0 else open(os.devnull):
        while True: pass
`;
  const it = await follow({ "a.ts": ts, "b.py": py, perl });
  const names = ["a", "b", "perl"];
  const pids = await Promise.all(names.map(async (name) => (await it.stats(name)).pid!));
  expect(pids.every((pid) => lives(pid))).toBe(true);
  void it.send("a", {});
  void it.send("b", {});
  await it.until(({ log }) => log?.message === "a handler serves" && log.handler === "perl");
  running.splice(running.indexOf(it), 1);
  it.process.kill("SIGKILL");
  await it.process.exited;
  expect(await allGone(pids, 3000)).toEqual([]);

  const other = await follow({ "a.ts": tsClass, perl });
  const more = await Promise.all(["a", "perl"].map(async (name) => (await other.stats(name)).pid!));
  expect(await other.close()).toBe(0);
  expect(await allGone(more, 100)).toEqual([]);
});

const asRoot = test.skipIf(process.getuid?.() !== 0);

asRoot("a handler that asks for another user runs as that user (root only)", async () => {
  const ts = `
    import { readFileSync } from "node:fs";
    export const description = "x", user = "nobody";
    export function handler(dn) {
      if (dn === "id") console.log("ids", process.getuid(), process.geteuid(), process.getgroups().join(), process.env.USER);
      if (dn === "root") readFileSync("/etc/shadow");
    }`;
  const py = `
import os
from listener import SetUID
description = "x"
user = "nobody"
def handler(dn, new, old):
    with SetUID(0):
        inner = os.geteuid()
    print("ids", os.getuid(), os.geteuid(), inner)
    if dn == "root":
        open("/etc/shadow")
`;
  const nobody = Number((await Bun.$`id -u nobody`.text()).trim());
  const it = await follow({ "a.ts": ts, "b.py": py, "c.ts": ts.replace("nobody", "no-such-user") });
  chmodSync(it.folder, 0o755);
  const at = it.told.length;
  it.write("a.ts", `${ts}\n`);
  it.write("b.py", `${py}\n`);
  await Promise.all([it.reaches("a", "serving", at), it.reaches("b", "serving", at)]);
  expect((await it.send("a", { dn: "id" })).delivery).toEqual({ end: "done" });
  expect((await it.send("a", { dn: "root" })).delivery).toMatchObject({ error: expect.stringContaining("EACCES") });
  expect((await it.send("b", { dn: "id" })).delivery).toEqual({ end: "done" });
  expect((await it.send("b", { dn: "root" })).delivery).toMatchObject({ error: expect.stringContaining("Permission") });
  expect(it.lines("a").at(-1)).toMatch(new RegExp(`^ids ${nobody} ${nobody} \\d* nobody$`));
  expect(it.lines("b")).toContain(`ids 0 ${nobody} 0`);
  expect(it.stateOf("c")?.reason).toBe("it asks to run as no-such-user: there is no such user");
});

asRoot("who is not root cannot give a handler another user, and says so", async () => {
  const folder = temporaryFolder("handlers");
  const it = await Follower.start({}, {});
  running.push(it);
  const text = `export const description = "x", user = "root"; export function handler() {}`;
  const file = join(folder, "a.ts");
  await Bun.write(file, text);
  await Bun.$`chown -R nobody ${folder}`;
  const child = await reeve(["listener", "handler", file], { within: ["setpriv", "--reuid=nobody", "--clear-groups"] });
  expect([child.status, child.stderr]).toEqual([78, expect.stringContaining("only a listener that runs as root")]);
});

test("a handler that is part of Reeve runs the same way; a setting that it does not know puts it out of service", async () => {
  const file = join(temporaryFolder("journal"), "changes");
  const shipped = {
    journal: { file: [file], format: ["json"] },
    odd: { handler: ["journal"], fil: [file] },
  };
  const it = await follow({}, { shipped });
  expect((await it.send("journal", { dn: "uid=a", new: { uid: ["ä"] }, id: "7.1.1" })).delivery).toEqual({
    end: "done",
  });
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ id: "7.1.1", dn: "uid=a", new: { uid: ["ä"] } });
  const { open } = await it.until((told) => told.open !== undefined);
  expect(open?.find(({ name }) => name === "odd")).toMatchObject({
    state: "out of service",
    reason: expect.stringContaining("knows no fil"),
  });
});

test("the types for editors say what the code says", async () => {
  const folder = temporaryFolder("types");
  const api = join(import.meta.dirname, "..", "..", "src", "listener", "handler-api.ts");
  const both = (name: string) => `export const a${name}: Told.${name} = {} as Real.${name};
export const b${name}: Real.${name} = {} as Told.${name};`;
  const agree = `import type * as Real from ${JSON.stringify(api)};
import type * as Told from "reeve/listener";
${["Entry", "Change", "Configuration", "Handler", "Unavailable"].map(both).join("\n")}
export const differs: typeof Told.diff = {} as typeof Real.diff;`;
  const options = {
    strict: true,
    noEmit: true,
    erasableSyntaxOnly: false,
    types: ["bun"],
    typeRoots: [join(api, "../../../node_modules/@types")],
  };
  await Bun.write(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(api, "../../../tsconfig.json"), compilerOptions: options, include: ["."] }),
  );
  await Bun.write(join(folder, "reeve-listener.d.ts"), (await reeve(["listener", "handler", "--types"])).stdout);
  await Bun.write(
    join(folder, "mail.ts"),
    tsClass
      .replace("create(dn: string, e:", "override create(dn: string, e:")
      .replace(/^ {2}(modify|remove|preRun|postRun)\(/gm, "  override $1("),
  );
  const check = async (text: string) => {
    await Bun.write(join(folder, "agree.ts"), text);
    const child = Bun.spawn([process.execPath, "check"], { cwd: folder, stdout: "pipe", stderr: "pipe" });
    return [await child.exited, (await new Response(child.stdout).text()) + (await new Response(child.stderr).text())];
  };
  expect(await check(agree)).toEqual([0, expect.any(String)]);
  expect((await check(`${agree}\nexport const wrong: Told.Entry = 5;`))[0]).not.toBe(0);
});

test("the examples of docs/listener-handlers.md run as they stand there", async () => {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "listener-handlers.md"), "utf8");
  const examples = [...text.matchAll(/^`([\w.]+)`[^`]*:\n\n```\w+\n(.*?)^```$/gms)];
  expect(examples.map(([, name]) => name)).toEqual(["mail.ts", "people.js", "printusers.py", "notify", "count"]);
  const folder = temporaryFolder("handlers");
  const entry = { uid: ["anna"], mail: ["a@b"], cn: ['"quoted" \\ ü'] };
  const call = { id: "e.1.1", command: "a", dn: 'cn="a\\b",dc=ü', new: entry, old: {} };
  const calls = [call, { ...call, id: "e.2.1", command: "d", new: {}, old: entry }, { function: "postrun" }];
  for (const [, name = "", code = ""] of examples) {
    const file = join(folder, name);
    await Bun.write(file, code);
    if (!name.includes(".")) chmodSync(file, 0o755);
    const stdin = calls.map((one) => `${JSON.stringify(one)}\n`).join("");
    const { status, stdout, stderr } = await reeve(["listener", "handler", file, "--calls"], { stdin });
    const outcomes = stdout
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line));
    expect([name, status, outcomes, stderr]).toEqual([
      ...[name, 0],
      ["e.1.1", "e.2.1", "postrun"].map((id) => ({ id, end: "done" })),
      expect.any(String),
    ]);
    if (name === "notify") expect(stderr).toContain(JSON.stringify(JSON.stringify(call.dn).slice(1, -1)).slice(1, -1));
  }
});

test("an answer that waits to be read when a deadline is noticed late counts", async () => {
  const answered = Promise.withResolvers<void>();
  let errand: Errand | undefined;
  const dialogue = await converse(["cat"], {
    onLine: (line) => void (errand?.done(line) || answered.resolve()),
    onNoise: () => undefined,
    longest: 100,
  });
  dialogue.say("it runs");
  await answered.promise;
  errand = new Errand(
    ["1.1.1"],
    30,
    () => undefined,
    () => errand?.lost("killed", "crash"),
  );
  dialogue.say("1.1.1");
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + 150;
  while (performance.now() < until) Math.sqrt(2);
  expect(await errand.end).toEqual({ end: "done" });
  await dialogue.stop(1000);
});

test("the built binary loads handlers in all languages from disk", async () => {
  const folder = temporaryFolder("handlers");
  const files: Record<string, string> = { "mail.ts": tsClass, "fine.py": python.replace("import neighbour", ""), perl };
  const input = `{"id":"1","dn":"uid=a","new":{"uid":["ä"],"blob":[{"base64":"AP8="}]}}\n{"function":"clean"}\n`;
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await Bun.write(file, text);
    if (name === "perl") chmodSync(file, 0o755);
    const { status, stdout, stderr } = await reeve(["listener", "handler", file, "--calls"], { stdin: input });
    const [declared, ...outcomes] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect([name, declared.declaration.description, outcomes, status, stderr]).toEqual([
      name,
      expect.any(String),
      [
        { id: "1", end: "done" },
        { id: "clean", end: "done" },
      ],
      0,
      expect.any(String),
    ]);
  }
  const types = await reeve(["listener", "handler", "--types"]);
  expect(types.stdout).toContain('declare module "reeve/listener"');
});
