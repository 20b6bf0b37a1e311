/**
 * The built binary follows OpenLDAP: every scenario with its exact calls, for handlers of every kind. All happen once, to
 * three listeners that know what was there before: one looks on, one comes back when the provider still has its log, and
 * one after the provider was restarted without one.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type SlapdLab, slapdOrSkip, slapdPresent } from "../lab/slapd.ts";
import { expected, type HandlerName, handlers } from "./scenarios/expected.ts";
import { lineOf, type Recorded, recordsOf, type Side, writeHandlers } from "./scenarios/recorders.ts";
import { add, type Change, del, group, minus, type Place, plus } from "./scenarios/words.ts";
import { scenarios } from "./scenarios.ts";

const inside = "ou=in,dc=lab";
const outside = "ou=outside,dc=lab";
const placeOf = (name: string): Place => ({ inside: `ou=${name},${inside}`, outside: `ou=${name},${outside}` });
const top: Place = { inside: "dc=lab", outside };
const crowd = placeOf("crowd");
const members = Array.from({ length: 10_000 }, (_, at) => `cn=member ${at}`);

const folder = temporaryFolder("scenarios");
const passwordFile = join(folder, "password");
const client = "/usr/bin/ldapmodify";
const present = slapdPresent() && existsSync(client);
if (!existsSync(client)) console.warn("skipped: ldapmodify is not installed (apt-get install ldap-utils)");
let lab: SlapdLab;

const listeners = ["live", "away, delete phase", "away, present phase"] as const;
type Name = (typeof listeners)[number];
const folderOf = (name: string) => join(folder, name.replaceAll(/\W+/g, "-"));
const recorded = {} as Record<Name, Record<HandlerName, Recorded[]>>;
const told = {} as Record<Name, string>;

/** As one process of OpenLDAP's own client. */
function apply(changes: string): void {
  const command = [client, "-x", "-H", lab.uri, "-D", lab.admin, "-y", passwordFile];
  const done = Bun.spawnSync(command, { stdin: Buffer.from(changes), stdout: "ignore", stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`ldapmodify: ${done.stderr}`);
}

const ldif = (changes: Change[], place: Place) => changes.map((change) => change.ldif(place)).join("");
const ofAll = (pick: (scenario: (typeof scenarios)[number]) => Change[]) =>
  scenarios.map((scenario, at) => ldif(pick(scenario), placeOf(`${at}`))).join("");

function argumentsOf(name: string): string[] {
  const own = (word: string) => join(folderOf(name), word);
  return [
    ...["listener", "-F", "-H", lab.uri, "-b", inside, "-D", lab.admin, "-y", passwordFile],
    ...["-m", own("handlers"), "-c", own("cache"), "--state", own("state")],
  ];
}

/** Follows until all that has happened is handed on. @returns its log */
async function catchUp(name: string): Promise<string> {
  const { status, stderr } = await reeve([...argumentsOf(name), "-P"]);
  if (status !== 0) throw new Error(`listener ${name} ended with status ${status}: ${stderr}`);
  return stderr;
}

async function until(condition: () => boolean, what: string, child: Bun.Subprocess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the listener has ended with status ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`in vain waited until ${what}`);
    await Bun.sleep(20);
  }
}

/** Follows while `happen` happens. */
async function lookOn(name: Name, happen: () => void): Promise<string> {
  // Told of in its refresh: what comes after it is live.
  apply(ldif([add("cn=begin,ou=in", 1)], top));
  const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" };
  const child = Bun.spawn([binary, ...argumentsOf(name)], { stdin: "ignore", stdout: "ignore", stderr: "pipe", env });
  const log = new Response(child.stderr).text();
  const last = (handler: HandlerName) => recordsOf(folderOf(name), handler).at(-1);
  try {
    await until(() => last("calls")?.dn === `cn=begin,${inside}`, "it has caught up", child);
    happen();
    apply(ldif([add("cn=end,ou=in", 1), del("cn=end,ou=in")], top));
    const end = ({ dn, old }: Recorded) => dn === `cn=end,${inside}` && Object.keys(old).length > 0;
    await until(
      () => handlers.every((handler) => recordsOf(folderOf(name), handler).some(end)),
      "all are told of the end",
      child,
    );
  } finally {
    child.kill("SIGTERM");
    await child.exited;
  }
  return log;
}

function keep(name: Name, log: string): void {
  const all = handlers.map((handler) => [handler, recordsOf(folderOf(name), handler)]);
  recorded[name] = Object.fromEntries(all) as Record<HandlerName, Recorded[]>;
  told[name] = log;
}

/** Each entry of the base that matches, as the directory has it now: `entryUUID entryCSN` by DN. */
async function inDirectory(): Promise<Record<string, string>> {
  const connection = await lab.connect();
  const attributes = ["entryUUID", "entryCSN"];
  const { searchEntries } = await connection.search(inside, { filter: "(!(description=hidden))", attributes });
  await connection.unbind();
  return Object.fromEntries(searchEntries.map(({ dn, ...entry }) => [dn, `${entry.entryUUID} ${entry.entryCSN}`]));
}

let truth: Record<string, string>;

describe.skipIf(!present)("scenarios", () => {
  beforeAll(async () => {
    lab = (await slapdOrSkip())!;
    writeFileSync(passwordFile, lab.password, { mode: 0o600 });
    const names = ["crowd", ...scenarios.keys()];
    apply(ldif([add("ou=in"), add("ou=outside")], top));
    apply(
      ldif(
        names.flatMap((name) => [add(`ou=${name},ou=in`), add(`ou=${name},ou=outside`)]),
        top,
      ),
    );
    apply(ofAll(({ before = [] }) => before) + ldif([group("cn=g", members)], crowd));

    writeHandlers(folderOf("first"));
    await catchUp("first");
    for (const name of listeners) {
      cpSync(folderOf("first"), folderOf(name), { recursive: true });
      rmSync(join(folderOf(name), "records"), { recursive: true });
      writeHandlers(folderOf(name));
    }
    const happen = () => {
      apply(ofAll(({ changes }) => changes));
      apply(ldif([minus("cn=g", "member", "@cn=member 5000"), plus("cn=g", "member", "@cn=one more")], crowd));
    };
    keep("live", await lookOn("live", happen));
    truth = await inDirectory();
    keep("away, delete phase", await catchUp("away, delete phase"));
    await lab.reconfigure({ log: "memory" });
    keep("away, present phase", await catchUp("away, present phase"));
  }, 120_000);

  afterAll(() => lab?.kill());

  test("the two absences were told in a delete phase and a present phase", () => {
    const phases = (name: Name) => [...told[name].matchAll(/"caught up with the directory","phase":"(\w+)"/g)];
    expect(phases("away, delete phase").map(([, phase]) => phase)).toEqual(["delete"]);
    expect(phases("away, present phase").map(([, phase]) => phase)).toEqual(["present"]);
  });

  test("before: every entry once as n, parents first", () => {
    const calls = recordsOf(folderOf("first"), "calls");
    expect(new Set(calls.map(({ command }) => command))).toEqual(new Set(["n"]));
    expect(new Set(calls.map(({ dn }) => dn)).size).toBe(calls.length);
    const place = new Map(calls.map(({ dn }, at) => [dn, at]));
    for (const { dn } of calls) {
      const parent = place.get(dn.slice(dn.search(/(?<!\\),/) + 1));
      if (parent !== undefined) expect(parent).toBeLessThan(place.get(dn)!);
    }
    for (const { dn, old } of recordsOf(folderOf("first"), "objects")) expect([dn, old]).toEqual([dn, {}]);
  });

  describe.each([...listeners])("%s", (name) => {
    test.each(scenarios.map((scenario, at) => [scenario.name, scenario, at] as const))("%s", (_, scenario, at) => {
      const place = placeOf(`${at}`);
      const mode = name === "live" ? "live" : "away";
      const within = ({ dn }: Recorded) => dn.endsWith(`,${place.inside}`) || dn.endsWith(outside);
      for (const handler of handlers) {
        const calls = recorded[name][handler].filter(within);
        const lines = calls.map((call, at) => lineOf(call, calls.slice(0, at), place));
        const wanted = expected(scenario, handler, mode);
        expect({ handler, calls: inOrder(lines, wanted) }).toEqual({ handler, calls: wanted });
      }
    });

    test("a group of 10 000 of which one goes and one comes", () => {
      const of = (handler: HandlerName) => recorded[name][handler].filter(({ dn }) => dn === `cn=g,${crowd.inside}`);
      const full = (names: string[]) => names.map((member) => `${member},${crowd.inside}`);
      const less = members.filter((member) => member !== "cn=member 5000");
      const states = name === "live" ? [members, less, [...less, "cn=one more"]] : [members, [...less, "cn=one more"]];
      for (const handler of ["calls", "objects", "python"] as const) {
        const sides = of(handler).map((call) => [call.old.member?.toSorted(), call.new.member?.toSorted()]);
        const wanted = states.slice(1).map((now, at) => [full(states[at]!).sort(), full(now).sort()]);
        // Not by toEqual: what it prints of 10 000 values helps nobody.
        expect(Bun.deepEquals(sides, wanted)).toBe(true);
      }
      expect([of("limited"), of("deletes")]).toEqual([[], []]);
    });

    test("all calls follow from each other, and what they lead to is the directory", () => {
      for (const handler of ["calls", "objects"] as const) {
        const before = recordsOf(folderOf("first"), handler);
        expect(replay([...before, ...recorded[name][handler]])).toEqual(truth);
      }
    });

    test("ids: each call its own, those of one event together; a move says where from", () => {
      const { calls } = recorded[name];
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      const events = calls.map(({ id = "" }) => /^([^.]+\.\d+)\.\d+$/.exec(id)?.[1]);
      const runs = events.filter((event, at) => event !== events[at - 1]);
      expect(new Set(runs).size).toBe(runs.length);
      for (const event of new Set(events)) {
        const own = calls.filter((_, at) => events[at] === event);
        const letters = own.map(({ command }) => command).join("");
        expect(letters).toMatch(/^(a|m|d|r|ra|ram)$/);
        expect(own.map(({ id }) => id)).toEqual(own.map((_, at) => `${event}.${at + 1}`));
        expect(new Set(own.map(({ uuid }) => uuid)).size).toBe(1);
        if (letters.startsWith("ra")) for (const { oldDn } of own) expect(oldDn).toBe(own[0]!.dn);
        if (/^[dm]$/.test(letters)) expect(own[0]!.oldDn).toBeUndefined();
      }
    });

    test("nobody who did not ask for it got a password", () => {
      for (const handler of handlers) {
        const got = recorded[name][handler].some((call) => "userPassword" in call.new || "userPassword" in call.old);
        expect([handler, got]).toEqual([handler, handler === "objects"]);
      }
    });
  });
});

/** The lines as the sequences have them; what is in none of them, or comes too early, is a sequence more. */
function inOrder(lines: string[], sequences: string[][]): string[][] {
  const found: string[][] = sequences.map(() => []);
  const odd: string[] = [];
  for (const line of lines) {
    const at = sequences.findIndex((sequence, index) => sequence[found[index]!.length] === line);
    (found[at] ?? odd).push(line);
  }
  return odd.length === 0 ? found : [...found, odd];
}

/** What a handler knows in the end: `entryUUID entryCSN` by DN. */
function replay(calls: Recorded[]): Record<string, string> {
  const tree = new Map<string, Side>();
  const put = (dn: string, side: Side) => {
    if (tree.has(dn)) throw new Error(`${dn} is there already`);
    tree.set(dn, side);
  };
  const take = (dn: string, side: Side) => {
    expect([dn, tree.get(dn)]).toEqual([dn, side]);
    tree.delete(dn);
  };
  let gone: Side | undefined;
  for (const { command = "", dn, oldDn, old, new: now } of calls) {
    if (/^(n|a|create)$/.test(command)) put(dn, now);
    else if (/^(d|r|remove)$/.test(command)) take(dn, old);
    // Behind r and a it says both sides once more.
    else if (command === "m" && oldDn) expect([old, now]).toEqual([gone!, tree.get(dn)!]);
    else {
      take(oldDn ?? dn, old);
      put(dn, now);
    }
    if (command === "r") gone = old;
  }
  const entries = [...tree].map(([dn, side]) => [dn, `${side.entryUUID?.[0]} ${side.entryCSN?.[0]}`]);
  return Object.fromEntries(entries);
}
