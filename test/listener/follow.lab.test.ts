/** Against OpenLDAP: what the reference observed (§4), at the level of events. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Client } from "ldapts";
import { decodeAttributes } from "../../src/ldap/attributes.ts";
import type { Identity } from "../../src/ldap/connect.ts";
import { treeKey } from "../../src/ldap/dn.ts";
import type { FollowerOptions } from "../../src/listener/follow.ts";
import { approve, held } from "../../src/listener/guard.ts";
import { ldapSource } from "../../src/listener/ldap-source.ts";
import { openJournal } from "../../src/listener/open.ts";
import { uuidText } from "../../src/listener/sighting.ts";
import { configureLog } from "../../src/log.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { change, people, replace, type SlapdLab, type SlapdOptions, slapdOrSkip } from "../lab/slapd.ts";
import { type Followed, follow, line, lines, Replay } from "./follower-lab.ts";

configureLog({ level: "ERROR" });

const labs: SlapdLab[] = [];
const running: Followed[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  for (const lab of labs.splice(0)) await lab.kill();
});

const present = existsSync("/usr/sbin/slapd");
const labTest = test.skipIf(!present);
if (!present) console.warn("skipped: slapd is not installed (apt-get install slapd)");

async function slapd(options: SlapdOptions = {}): Promise<{ lab: SlapdLab; client: Client }> {
  const lab = (await slapdOrSkip(options))!;
  labs.push(lab);
  return { lab, client: await lab.connect() };
}

interface Extra extends Partial<FollowerOptions> {
  uris?: string[];
  identity?: () => Identity | undefined;
}

function source(lab: SlapdLab, { uris = [lab.uri], identity }: Extra = {}) {
  const admin = () => ({ dn: lab.admin, password: lab.password });
  return ldapSource({ uris, connection: {}, identity: identity ?? admin, firstDelay: 20, longestDelay: 100 });
}

function following(lab: SlapdLab, extra: Extra = {}): Followed {
  const { uris, identity, ...options } = extra;
  const followed = follow(source(lab, { ...(uris && { uris }), ...(identity && { identity }) }), options);
  running.push(followed);
  return followed;
}

const ou = (name: string) => ({ objectClass: "organizationalUnit", ou: name });
const cn = (name: string, more: Record<string, string> = {}) => ({
  objectClass: "device",
  cn: name,
  ...more,
});

async function some(client: Client): Promise<void> {
  await client.add("ou=a,dc=lab", ou("a"));
  await client.add("ou=b,dc=lab", ou("b"));
  await client.add("cn=1,ou=a,dc=lab", cn("1"));
  await client.add("cn=2,ou=a,dc=lab", cn("2"));
}

/** `dn uuid csn` of everything, as the administrator sees it. */
async function inDirectory(client: Client): Promise<string[]> {
  const { searchEntries } = await client.search("dc=lab", { attributes: ["entryUUID", "entryCSN"] });
  return searchEntries.map(({ dn, entryUUID, entryCSN }) => `${dn} ${entryUUID} ${entryCSN}`).sort();
}

function inCache({ journal }: Followed): string[] {
  return [...journal.entries()].map(({ dn, uuid, csn }) => `${dn} ${uuidText(uuid)} ${csn}`).sort();
}

/** Until everything that has been written has arrived: the last write is our own. */
let marks = 0;
async function arrived(client: Client, followed: Followed): Promise<void> {
  const mark = `mark ${++marks}`;
  await replace(client, "dc=lab", { description: [mark] });
  await followed.until(() => {
    const last = followed.journal.event(followed.journal.head);
    return last !== undefined && Buffer.from(last.new ?? []).includes(mark);
  }, `${mark} has arrived`);
}

const withoutMarks = (list: string[]) => list.filter((text) => text !== "modify dc=lab");

/** What happens while nobody looks, and maybe a restart of slapd. @returns the events after it */
async function absent(lab: SlapdLab, followed: Followed, changes: (client: Client) => Promise<void>, restart = false) {
  const { head } = followed.journal;
  await followed.stop();
  const client = await lab.connect();
  await changes(client);
  if (client.isConnected) await client.unbind();
  if (restart) await lab.restart();
  followed.start();
  await followed.live();
  return followed.journal.read(head, 10_000);
}

describe("live", () => {
  labTest("every kind of change; children of a moved subtree; what is gone and made anew", async () => {
    const { lab, client } = await slapd();
    await some(client);
    const followed = following(lab);
    await followed.live();
    expect(inCache(followed)).toEqual(await inDirectory(client));
    const replay = new Replay(followed.journal);
    await client.add("cn=3,ou=b,dc=lab", cn("3", { description: "x" }));
    await replace(client, "cn=3,ou=b,dc=lab", { description: ["ä €"] });
    await client.modifyDN("cn=3,ou=b,dc=lab", "cn=drei");
    await client.modifyDN("cn=drei,ou=b,dc=lab", "cn=drei,ou=a,dc=lab");
    await client.modifyDN("ou=a,dc=lab", "ou=c,ou=b,dc=lab");
    await client.modifyDN("ou=c,ou=b,dc=lab", "ou=C,ou=b,dc=lab");
    await client.del("cn=1,ou=C,ou=b,dc=lab");
    await client.add("cn=1,ou=C,ou=b,dc=lab", cn("1"));
    await arrived(client, followed);
    const c = ["cn=1", "cn=2", "cn=drei"];
    expect(withoutMarks(lines(followed.journal))).toEqual([
      "create cn=3,ou=b,dc=lab",
      "modify cn=3,ou=b,dc=lab",
      "move cn=3,ou=b,dc=lab → cn=drei,ou=b,dc=lab",
      "move cn=drei,ou=b,dc=lab → cn=drei,ou=a,dc=lab",
      "move ou=a,dc=lab → ou=c,ou=b,dc=lab",
      ...c.map((name) => `move ${name},ou=a,dc=lab → ${name},ou=c,ou=b,dc=lab (ancestor)`),
      "move ou=c,ou=b,dc=lab → ou=C,ou=b,dc=lab",
      ...c.map((name) => `move ${name},ou=c,ou=b,dc=lab → ${name},ou=C,ou=b,dc=lab (ancestor)`),
      "delete cn=1,ou=C,ou=b,dc=lab",
      "create cn=1,ou=C,ou=b,dc=lab",
    ]);
    replay.apply(followed.journal.read(0, 1000));
    expect(inCache(followed)).toEqual(await inDirectory(client));
    expect(await followed.follower.verify()).toMatchObject({
      suspected: 0,
      created: 0,
      changed: 0,
      moved: 0,
      deleted: 0,
    });
  });

  labTest("slapd is killed, and does not know what was deleted before", async () => {
    const { lab, client } = await slapd({ log: "memory", sessionLog: 1000 });
    await some(client);
    // From its last checkpoint on, an empty log claims to be complete.
    for (let number = 0; number < 120; number++) await client.add(`cn=${number},dc=lab`, cn(`${number}`));
    const followed = following(lab);
    await followed.live();
    const events = await absent(lab, followed, async (client) => {
      await client.del("cn=1,ou=a,dc=lab");
      await lab.kill();
      await lab.start();
      const again = await lab.connect();
      await again.add("cn=3,ou=a,dc=lab", cn("3"));
      await again.unbind();
    });
    expect(events.map(line)).toEqual(["delete cn=1,ou=a,dc=lab", "create cn=3,ou=a,dc=lab"]);
  });

  labTest("slapd is stopped and started, and killed: nothing is lost, nothing told twice", async () => {
    const { lab, client } = await slapd({ log: "memory", sessionLog: 5 });
    await some(client);
    const followed = following(lab);
    await followed.live();
    await client.unbind();
    for (const end of ["stop", "kill"] as const) {
      await lab[end]();
      await followed.until(() => followed.follower.status().error !== "", "the loss is noticed");
      await lab.start();
      const again = await lab.connect();
      await again.add(`cn=${end},ou=a,dc=lab`, cn(end));
      await followed.live();
      await arrived(again, followed);
      await again.unbind();
    }
    expect(withoutMarks(lines(followed.journal))).toEqual(["create cn=stop,ou=a,dc=lab", "create cn=kill,ou=a,dc=lab"]);
  });
});

const manners: [name: string, options: SlapdOptions, restart: boolean][] = [
  ["its log covers all", {}, false],
  ["its log covers all, after a restart", {}, true],
  ["it has no log", { log: "none" }, false],
  ["its log has overflown", { log: "memory", sessionLog: 3 }, false],
  ["its log was in memory, and it was restarted", { log: "memory" }, true],
];

describe.each(manners)("after an absence: %s", (_name, options, restart) => {
  labTest("created, changed, deleted, renamed, moved, a subtree, swapped, deleted and made anew", async () => {
    const { lab, client } = await slapd(options);
    await some(client);
    for (const name of ["3", "4", "5", "6", "7", "8"]) await client.add(`cn=${name},ou=b,dc=lab`, cn(name));
    const followed = following(lab);
    await followed.live();
    const replay = new Replay(followed.journal);
    const events = await absent(
      lab,
      followed,
      async (away) => {
        await away.add("cn=new,ou=b,dc=lab", cn("new"));
        await replace(away, "cn=3,ou=b,dc=lab", { description: ["changed"] });
        await away.del("cn=4,ou=b,dc=lab");
        await away.modifyDN("cn=5,ou=b,dc=lab", "cn=fünf");
        await away.modifyDN("ou=a,dc=lab", "ou=z,ou=b,dc=lab");
        await away.modifyDN("cn=6,ou=b,dc=lab", "cn=t");
        await away.modifyDN("cn=7,ou=b,dc=lab", "cn=6");
        await away.modifyDN("cn=t,ou=b,dc=lab", "cn=7");
        await away.del("cn=8,ou=b,dc=lab");
        await away.add("cn=8,ou=b,dc=lab", cn("8"));
      },
      restart,
    );
    const truth = await lab.connect();
    expect(inCache(followed)).toEqual(await inDirectory(truth));
    replay.apply(events);
    const told = events.map(line);
    for (const expected of [
      "create cn=new,ou=b,dc=lab",
      "modify cn=3,ou=b,dc=lab",
      "delete cn=4,ou=b,dc=lab",
      "move cn=5,ou=b,dc=lab → cn=fünf,ou=b,dc=lab",
      "delete cn=8,ou=b,dc=lab",
      "create cn=8,ou=b,dc=lab",
      "move ou=a,dc=lab → ou=z,ou=b,dc=lab",
      "move cn=1,ou=a,dc=lab → cn=1,ou=z,ou=b,dc=lab (ancestor)",
      "move cn=2,ou=a,dc=lab → cn=2,ou=z,ou=b,dc=lab (ancestor)",
    ])
      expect(told).toContain(expected);
    expect(told.filter((text) => /^(out|in) /.test(text))).toHaveLength(2);
    expect(told).toHaveLength(12);
    expect(await absent(lab, followed, async () => {})).toEqual([]);
    await truth.unbind();
  });
});

describe("cookies", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const future = "rid=000,csn=29991231235959.999999Z#000000#000#000000";
  const past = "rid=000,csn=19990101000000.000000Z#000000#000#000000";

  labTest.each([
    ["lost", undefined],
    ["newer than the server (a restored backup)", encode(future)],
    ["older than the database", encode(past)],
    ["garbage", encode("nothing of the kind")],
  ])("%s", async (_name, cookie) => {
    const { lab, client } = await slapd();
    await some(client);
    const followed = following(lab);
    await followed.live();
    const { database } = followed.journal;
    const events = await absent(lab, followed, async (away) => {
      await away.del("cn=1,ou=a,dc=lab");
      await away.add("cn=3,ou=a,dc=lab", cn("3"));
      if (cookie) database.prepare("UPDATE provider SET cookie = ?").run(cookie);
      else database.run("DELETE FROM provider");
    });
    expect(events.map(line)).toEqual(["delete cn=1,ou=a,dc=lab", "create cn=3,ou=a,dc=lab"]);
    expect(inCache(followed)).toEqual(await inDirectory(client));
    const kept = database.prepare<{ cookie: Uint8Array }, []>("SELECT cookie FROM provider").get()!;
    expect(Buffer.from(kept.cookie).toString()).toMatch(/csn=20\d\d/);
    expect(Buffer.from(kept.cookie)).not.toEqual(Buffer.from(cookie ?? []));
  });

  labTest("every provider has its own; the next one is taken when one is lost", async () => {
    const { lab, client } = await slapd();
    await some(client);
    const gate = await cutter(lab);
    const followed = following(lab, { uris: [gate.uri, lab.localUri] });
    await followed.live();
    await gate.close();
    await followed.until(() => {
      const { state, source } = followed.follower.status();
      return state === "live" && source.state === "connected" && source.uri === lab.localUri;
    }, "the other is followed");
    await client.add("cn=3,ou=a,dc=lab", cn("3"));
    await arrived(client, followed);
    expect(withoutMarks(lines(followed.journal))).toEqual(["create cn=3,ou=a,dc=lab"]);
    const cookies = followed.journal.database
      .prepare<{ uri: string }, []>("SELECT uri FROM provider ORDER BY uri")
      .all();
    expect(cookies.map(({ uri }) => uri).sort()).toEqual([gate.uri, lab.localUri].sort());
  });
});

describe("what a person must put right", () => {
  labTest("a size limit: an error that says what to do, no half of a directory; and then all of it", async () => {
    const ldif = function* () {
      yield* people(600);
      yield `dn: cn=reader,dc=lab\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: reader\n`;
    };
    const { lab } = await slapd({ sizeLimit: 500, ldif, access: ["to * by * read"] });
    const followed = following(lab, { identity: () => ({ dn: "cn=reader,dc=lab", password: "reader" }) });
    await followed.until(() => followed.follower.status().error !== "", "it fails");
    expect(followed.follower.status().error).toMatch(/sizeLimitExceeded \(4\).*limits dn\.exact=/);
    expect(followed.journal.loaded).toBe(false);
    await lab.reconfigure({ lines: [`limits dn.exact="cn=reader,dc=lab" size=unlimited time=unlimited`] });
    await followed.live();
    expect(followed.journal.stats().entries).toBe(603);
    expect(followed.follower.status().error).toBe("");
  });

  labTest("a wrong password, and then the right one: it is read at every connection", async () => {
    const { lab } = await slapd();
    let password = "wrong";
    const followed = following(lab, { identity: () => ({ dn: lab.admin, password }) });
    await followed.until(() => {
      const { source } = followed.follower.status();
      return source.state === "waiting" && source.error.includes("invalidCredentials (49)");
    });
    password = lab.password;
    await followed.live();
  });

  labTest(
    "access rules: widened and narrowed, found by verify; narrowed for many, held",
    async () => {
      const reader = `dn: cn=reader,dc=lab\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: reader\n`;
      const ldif = function* () {
        yield* people(200);
        yield reader;
      };
      const hide = (what: string) => [`to ${what} by * none`, "to * by * read"];
      const { lab } = await slapd({ ldif, access: hide('dn.exact="uid=user000000,ou=people,dc=lab"'), log: "none" });
      const followed = following(lab, {
        identity: () => ({ dn: "cn=reader,dc=lab", password: "reader" }),
        limits: { percent: 10, least: 50 },
      });
      await followed.live();
      expect(followed.journal.stats().entries).toBe(202);
      await lab.setAccess(hide('dn.exact="uid=user000001,ou=people,dc=lab"'));
      expect(await followed.follower.verify()).toMatchObject({ created: 1, deleted: 1, changed: 0, held: 0 });
      expect(lines(followed.journal)).toEqual([
        "delete uid=user000001,ou=people,dc=lab",
        "create uid=user000000,ou=people,dc=lab",
      ]);
      // Now all of them: to a refresh they look like deleted.
      const hideAll = () => lab.reconfigure({ access: hide('dn.children="ou=people,dc=lab"') });
      const events = await absent(lab, followed, async (client) => {
        await replace(client, "cn=reader,dc=lab", { description: ["changed"] });
        await client.unbind();
        await hideAll();
      });
      expect(events.map(line)).toEqual(["modify cn=reader,dc=lab"]);
      expect(held(followed.journal)).toHaveLength(199);
      expect(await followed.follower.verify()).toMatchObject({ deleted: 0, held: 0 });
      await lab.setAccess(["to * by * read"]);
      expect(await followed.follower.verify()).toMatchObject({ released: 199, created: 1, deleted: 0 });
      const { since } = followed.follower.status();
      await hideAll();
      await followed.until(() => followed.follower.status().since !== since, "the restart is noticed");
      await followed.live();
      expect(await followed.follower.verify()).toMatchObject({ deleted: 0, held: 0 });
      expect(approve(followed.journal)).toBe(200);
      expect(followed.journal.stats().entries).toBe(3);
    },
    60_000,
  );

  labTest("the schema changes: an event, while it is followed", async () => {
    const { lab } = await slapd();
    const followed = following(lab, { schemaInterval: 1 });
    await followed.live();
    const configuration = await lab.configuration();
    const definition =
      "( 1.3.6.1.4.1.55555.1 NAME 'reeveTest' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )";
    await configuration.add("cn=test,cn=schema,cn=config", {
      objectClass: "olcSchemaConfig",
      cn: "test",
      olcAttributeTypes: definition,
    });
    await configuration.unbind();
    await followed.until(() => followed.journal.head === 1, "it is noticed");
    expect(lines(followed.journal)).toEqual(["schema cn=Subschema"]);
    expect(Buffer.from(followed.journal.event(1)!.new!).includes("reeveTest")).toBe(true);
    expect(followed.follower.schema.attribute("REEVETEST")?.equality).toBe("caseExactMatch");
  });
});

describe("random changes", () => {
  labTest.each(["accesslog", "none", "memory"] as const)(
    "with a log of kind %s: restarts, absences, verifications and refreshes in between; in the end all is the same",
    async (log) => {
      const { lab, client } = await slapd({ log, sessionLog: 20 });
      await some(client);
      await client.unbind();
      const followed = following(lab);
      await followed.live();
      const replay = new Replay(followed.journal);
      const random = (below: number) => Math.floor(Math.random() * below);
      const containers = ["dc=lab", "ou=a,dc=lab", "ou=b,dc=lab", "ou=a,ou=b,dc=lab", "ou=b,ou=a,dc=lab"];
      const leaf = () => `cn=${random(12)},${containers[random(5)]}`;
      const operations: ((writer: Client) => Promise<unknown>)[] = [
        (writer) => writer.add(leaf(), { objectClass: "device", description: `${random(1e6)}` }),
        (writer) => replace(writer, leaf(), { description: [`${random(1e6)}`] }),
        (writer) => writer.del(leaf()),
        (writer) => writer.modifyDN(leaf(), leaf()),
        (writer) => writer.modifyDN(containers[1 + random(4)]!, containers[1 + random(4)]!),
        (writer) => writer.add(containers[1 + random(4)]!, { objectClass: "organizationalUnit" }),
      ];
      const write = async (writer: Client, count: number) => {
        // Most of what chance proposes is refused.
        for (let done = 0; done < count; done++) await operations[random(operations.length)]!(writer).catch(() => {});
      };
      for (let round = 0; round < 12; round++) {
        const writer = await lab.connect();
        const under = write(writer, 150);
        if (round % 4 === 0) followed.follower.readAnew();
        if (round % 4 === 1) await followed.follower.verify().catch(() => {});
        if (round % 4 === 2) await followed.stop();
        await under;
        await writer.unbind();
        if (round % 4 === 3) await lab.restart();
        if (round % 4 === 2) followed.start();
        await followed.live();
      }
      const writer = await lab.connect();
      await arrived(writer, followed);
      expect(inCache(followed)).toEqual(await inDirectory(writer));
      replay.apply(followed.journal.read(0, 1_000_000, Number.POSITIVE_INFINITY));
      expect(replay.summary.map((text) => text.split(" ")[0]).sort()).toEqual(
        inCache(followed)
          .map((text) => text.split(" ")[0]!)
          .sort(),
      );
      expect(followed.journal.head).toBeGreaterThan(100);
      expect(await followed.follower.verify()).toMatchObject({ suspected: 0 });
    },
    120_000,
  );
});

describe("large things", () => {
  labTest("a group of 10 000 and one more, values of 5 MB, a DN of 50 levels, escapes", async () => {
    const { lab, client } = await slapd();
    const members = Array.from({ length: 10_000 }, (_, number) => `uid=user${number},ou=people,dc=lab`);
    await client.add("cn=all,dc=lab", { objectClass: "groupOfNames", cn: "all", member: members });
    const followed = following(lab);
    await followed.live();
    const replay = new Replay(followed.journal);
    await client.modify("cn=all,dc=lab", [change("add", "member", ["uid=another,ou=people,dc=lab"])]);
    const photo = Buffer.alloc(5_000_000, "\u0000\u00ff photo");
    await client.add("cn=large,dc=lab", {
      objectClass: ["person", "inetOrgPerson"],
      cn: "large",
      sn: "x",
      jpegPhoto: [photo] as unknown as string[],
    });
    await replace(client, "cn=large,dc=lab", { jpegPhoto: [Buffer.concat([photo, photo.subarray(0, 1)])] });
    let dn = "dc=lab";
    for (let level = 1; level <= 50; level++) {
      dn = `ou=level ${level},${dn}`;
      await client.add(dn, ou(`level ${level}`));
    }
    const odd = String.raw`cn=\ a\, b\+c \"d\" \\ \C3\A4\ ,dc=lab`;
    await client.add(odd, cn(' a, b+c "d" \\ ä '));
    await client.modifyDN("ou=level 1,dc=lab", "ou=top");
    await arrived(client, followed);
    const { journal } = followed;
    const events = journal.read(0, 1000, Number.POSITIVE_INFINITY);
    const group = events[0]!;
    expect([group.old, group.new].map((raw) => decodeAttributes(raw!).member!.length)).toEqual([10_000, 10_001]);
    expect(events.slice(1, 3).map((event) => decodeAttributes(event.new!).jpegPhoto![0]!.length)).toEqual([
      5_000_000, 5_000_001,
    ]);
    expect(events.filter(({ origin }) => origin === "ancestor")).toHaveLength(49);
    expect(journal.cache.byKey(treeKey(odd))).toBeDefined();
    replay.apply(events);
    expect(inCache(followed)).toEqual(await inDirectory(client));
    // A reader gets no more at once than it can hold.
    expect(journal.read(0, 1000, 1_000_000)).toHaveLength(1);
    expect(journal.read(1, 1000, 12_000_000)).toHaveLength(1);
  });
});

describe("interrupted", () => {
  labTest(
    "a first load and a refresh are cut in the middle as slapd dies: no trace, and then all of it",
    async () => {
      const { lab, client } = await slapd({ ldif: () => people(3000), log: "none" });
      await client.unbind();
      const gate = await cutter(lab);
      gate.killAfter(1_000_000);
      const followed = following(lab, { uris: [gate.uri] });
      await followed.until(() => gate.kills === 1);
      await followed.until(() => followed.follower.status().error !== "");
      expect(followed.journal.loaded).toBe(false);
      await lab.start();
      await followed.live();
      expect(followed.journal.stats()).toMatchObject({ entries: 3002, head: 0 });

      await followed.stop();
      const away = await lab.connect();
      for (let number = 0; number < 1500; number++) {
        const dn = `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;
        if (number % 3 === 0) await away.del(dn);
        else await replace(away, dn, { displayName: [`changed ${number}`] });
      }
      await away.unbind();
      const cookie = () => followed.journal.database.prepare("SELECT cookie FROM provider").get();
      const before = cookie();
      gate.killAfter(300_000);
      followed.start();
      await followed.until(() => gate.kills === 2);
      await followed.until(() => followed.follower.status().error !== "");
      expect(followed.journal.head).toBe(0);
      expect(cookie()).toEqual(before);
      await lab.start();
      await followed.live();
      const kinds = Map.groupBy(followed.journal.read(0, 10_000), ({ kind }) => kind);
      expect(Object.fromEntries([...kinds].map(([kind, events]) => [kind, events.length]))).toEqual({
        delete: 500,
        modify: 1000,
      });
    },
    60_000,
  );
});

describe("the database", () => {
  labTest(
    "the disk is full: nothing is believed that is not written, and all of it comes when there is space",
    async () => {
      const { lab, client } = await slapd();
      await some(client);
      const folder = temporaryFolder("full");
      const opened = openJournal({ folder, base: "" });
      const followed = follow(source(lab), { journal: opened.journal });
      running.push(followed);
      await followed.live();
      const { database } = opened.journal;
      const { page_count } = database.prepare<{ page_count: number }, []>("PRAGMA page_count").get()!;
      configureLog({ write: () => {} });
      database.run(`PRAGMA max_page_count = ${page_count + 4}`);
      const large = "x".repeat(50_000);
      for (const name of ["p", "q", "r"]) await client.add(`cn=${name},ou=b,dc=lab`, cn(name, { description: large }));
      await followed.until(() => followed.follower.status().state === "no space");
      expect(followed.follower.status().error).toContain("is the disk full?");
      const { head } = followed.journal;
      expect(followed.journal.stats().entries).toBe(5 + head);
      database.run("PRAGMA max_page_count = 1000000");
      await followed.live();
      configureLog({ write: (text) => void process.stderr.write(text) });
      expect(withoutMarks(lines(followed.journal))).toEqual(
        ["p", "q", "r"].map((name) => `create cn=${name},ou=b,dc=lab`),
      );
      expect(inCache(followed)).toEqual(await inDirectory(client));
    },
    60_000,
  );

  labTest.skipIf(process.getuid?.() !== 0)(
    "a real file system is full: live, and in the middle of a refresh",
    async () => {
      const { lab, client } = await slapd({ log: "none" });
      await some(client);
      const folder = temporaryFolder("tmpfs");
      const mount = (...options: string[]) => Bun.spawnSync(["mount", ...options, folder]);
      if (mount("-t", "tmpfs", "-o", "size=3m,mode=700", "none").exitCode !== 0) {
        console.warn("skipped: this root may not mount");
        return;
      }
      try {
        const { journal, close } = openJournal({ folder, base: "" });
        const followed = follow(source(lab), { journal });
        running.push(followed);
        await followed.live();
        configureLog({ write: () => {} });
        const add = (name: string) =>
          client.add(`cn=${name},ou=b,dc=lab`, cn(name, { description: name.repeat(400_000) }));
        const full = () => followed.until(() => followed.follower.status().state === "no space", "the disk is full");
        for (const name of ["p", "q", "r", "s", "t"]) await add(name);
        await full();
        const { head } = journal;
        mount("-o", "remount,size=12m");
        await followed.live();
        await arrived(client, followed);
        expect(journal.head).toBeGreaterThan(head);
        await followed.stop();
        for (const name of ["u", "v", "w", "x", "y", "z", "A", "B", "C", "D", "E", "F"]) await add(name);
        const before = journal.head;
        followed.start();
        await full();
        expect(journal.head).toBe(before);
        mount("-o", "remount,size=100m");
        await followed.live();
        configureLog({ write: (text) => void process.stderr.write(text) });
        expect(journal.read(0, 1000, Number.POSITIVE_INFINITY).filter(({ kind }) => kind === "create")).toHaveLength(
          17,
        );
        expect(inCache(followed)).toEqual(await inDirectory(client));
        await followed.stop();
        close();
      } finally {
        Bun.spawnSync(["umount", "--lazy", folder]);
      }
    },
    120_000,
  );

  labTest(
    "killed again and again while changes come: what was told stays told, and the end is the directory",
    async () => {
      const { lab, client } = await slapd();
      await some(client);
      const folder = temporaryFolder("killed");
      const file = join(import.meta.dirname, "following.ts");
      const begin = () =>
        Bun.spawn([process.execPath, file, folder, lab.uri, lab.admin], {
          ...{ stdin: Buffer.from(lab.password), stdout: "pipe", stderr: "inherit" },
        });
      let child = begin();
      await firstLine(child.stdout);
      let writing = true;
      const writer = (async () => {
        for (let number = 0; writing; number++) {
          const dn = `cn=k${number % 50},ou=${number % 2 ? "a" : "b"},dc=lab`;
          await client.add(dn, cn(`k${number % 50}`)).catch(() => {});
          await replace(client, dn, { description: [`${number}`] }).catch(() => {});
          if (number % 3 === 0) await client.del(dn).catch(() => {});
          if (number % 20 === 0) await client.modifyDN(`ou=a,dc=lab`, `ou=a${number}`).catch(() => {});
          if (number % 20 === 10) await client.modifyDN(`ou=a${number - 10},dc=lab`, `ou=a`).catch(() => {});
        }
      })();
      let told: string[] = [];
      for (let round = 0; round < 12; round++) {
        await Bun.sleep(100 + Math.random() * 200);
        child.kill("SIGKILL");
        await child.exited;
        const opened = openJournal({ folder, base: "" });
        expect(opened.rebuilt).toBeUndefined();
        const events = opened.journal.read(0, 1_000_000, Number.POSITIVE_INFINITY);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        const now = events.map((event) => `${event.seq} ${line(event)} ${event.csn}`);
        expect(now.slice(0, told.length)).toEqual(told);
        told = now;
        opened.close();
        child = begin();
        await firstLine(child.stdout);
      }
      writing = false;
      await writer;
      child.kill("SIGKILL");
      await child.exited;
      const opened = openJournal({ folder, base: "" });
      const followed = follow(source(lab), { journal: opened.journal });
      running.push(followed);
      await followed.live();
      await arrived(client, followed);
      expect(inCache(followed)).toEqual(await inDirectory(client));
      expect(told.length).toBeGreaterThan(100);
      await followed.stop();
      opened.close();
    },
    120_000,
  );
});

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
}

interface Cutter {
  uri: string;
  kills: number;
  /** slapd is killed when it has sent so many octets from now on, and what comes after them is lost. */
  killAfter(octets: number): void;
  close(): Promise<void>;
}

const gates: Server[] = [];
afterAll(() => {
  for (const gate of gates) gate.close();
});

/** Between listener and slapd. */
async function cutter(lab: SlapdLab): Promise<Cutter> {
  const port = Number(new URL(lab.uri).port);
  let left = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((inner) => {
    const outer = dial(port, "127.0.0.1");
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => (socket === inner ? outer : inner).destroy());
    }
    inner.pipe(outer);
    outer.on("data", (data) => {
      left -= data.length;
      if (left > 0) inner.write(data);
      else if (left + data.length > 0) {
        left = Number.POSITIVE_INFINITY;
        outer.pause();
        void lab.kill().then(() => {
          gate.kills++;
          cut();
        });
      }
    });
  });
  gates.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const gate: Cutter = {
    uri: `ldap://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    kills: 0,
    killAfter(octets) {
      left = octets;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
  return gate;
}
