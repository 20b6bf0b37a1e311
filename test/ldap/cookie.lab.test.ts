/** What a real slapd says to who comes back with a cookie. */
import { describe, expect, test } from "bun:test";
import type { Client } from "ldapts";
import type { Cookie, SyncMessage } from "../../src/ldap/sync-message.ts";
import { people, replace, type SlapdLab, type SlapdOptions, slapdPresent } from "../lab/slapd.ts";
import {
  clean,
  entries,
  hex,
  idsOf,
  Listening,
  lastCookie,
  line,
  lines,
  open,
  refresh,
  start,
  uuidOf,
} from "./listening.ts";

const present = slapdPresent();
clean();

describe.skipIf(!present)("coming back with a cookie", () => {
  let admin: Client;
  let lab: SlapdLab;
  let before: SyncMessage[];

  /** A provider of this kind, its first contents, and changes that a consumer then misses. */
  async function missed(options: SlapdOptions, count: number, ...changes: (() => Promise<unknown>)[]): Promise<Cookie> {
    lab = await start({ ...options, ldif: () => people(count) });
    before = await refresh(lab);
    admin = await lab.connect();
    for (const one of changes) await one();
    await admin.unbind();
    return lastCookie(before);
  }

  const dn = (number: number) => `uid=user${String(number).padStart(6, "0")},ou=people,dc=lab`;
  const changes = [
    () => admin.del(dn(1)),
    () => replace(admin, dn(2), { description: ["changed"] }),
    () => admin.modifyDN(dn(3), "uid=renamed,ou=people,dc=lab"),
  ];

  test("the log knows: deleted ones by entryUUID, changed ones as add, a delete phase; also after a restart", async () => {
    const cookie = await missed({ log: "accesslog" }, 5, ...changes);
    for (const when of ["running", "restarted"]) {
      if (when === "restarted") await lab.restart();
      const messages = await refresh(lab, { cookie });
      expect(lines(messages).filter((one) => !one.includes("set"))).toEqual([
        `add ${dn(2)} attributes`,
        "add uid=renamed,ou=people,dc=lab attributes",
        "done deletes cookie",
      ]);
      expect(idsOf(messages, true)).toContain(uuidOf(before, dn(1)));
      expect(idsOf(messages, false)).toEqual([]);
      const listening = new Listening(await open(lab), { cookie });
      expect(lines(await listening.refreshed()).at(-1)).toBe("delete done cookie");
    }
    // Up to date there is nothing to say.
    const current = lastCookie(await refresh(lab, { cookie }));
    const nothing = await refresh(lab, { cookie: current });
    expect(entries(nothing)).toEqual([]);
    expect(nothing.at(-1)?.kind).toBe("done");
    const idle = await new Listening(await open(lab), { cookie: current }).refreshed();
    expect(lines(idle)).toEqual([expect.stringMatching(/^delete done/)]);
  });

  test("a DN that was deleted and made anew: the old entryUUID is gone, the new one is there", async () => {
    const again = () => {
      const attributes = { objectClass: ["inetOrgPerson"], uid: "user000001", cn: "New", sn: "New" };
      return admin.add(dn(1), attributes);
    };
    const cookie = await missed({ log: "accesslog" }, 3, () => admin.del(dn(1)), again);
    const messages = await refresh(lab, { cookie });
    expect(idsOf(messages, true)).toContain(uuidOf(before, dn(1)));
    expect(uuidOf(messages, dn(1))).toHaveLength(32);
    expect(uuidOf(messages, dn(1))).not.toBe(uuidOf(before, dn(1)));
  });

  test("a log in memory: a delete phase while it lasts, a present phase when it ran over or slapd restarted", async () => {
    const cookie = await missed({ log: "memory", sessionLog: 10 }, 600, ...changes);
    const covered = await refresh(lab, { cookie });
    expect(line(covered.at(-1)!)).toBe("done deletes cookie");
    expect(idsOf(covered, true)).toContain(uuidOf(before, dn(1)));
    const client = await lab.connect();
    for (let number = 10; number < 30; number++) await client.del(dn(number));
    const overflown = await new Listening(await open(lab), { cookie }).refreshed();
    await lab.restart();
    const restarted = await new Listening(await open(lab), { cookie }).refreshed();
    for (const messages of [overflown, restarted]) {
      expect(line(messages.at(-1)!)).toBe("present done cookie");
      expect(lines(entries(messages))).toEqual([
        `add ${dn(2)} attributes`,
        "add uid=renamed,ou=people,dc=lab attributes",
      ]);
      const sets = messages.flatMap((one) => (one.kind === "set" ? [one.uuids.length] : []));
      expect(Math.max(...sets)).toBeLessThanOrEqual(256);
      const there = new Set([...idsOf(messages, false), ...entries(messages).map(({ uuid }) => hex(uuid))]);
      const all = entries(before).map(({ uuid }) => hex(uuid));
      expect(all.filter((uuid) => !there.has(uuid))).toHaveLength(21);
    }
  });

  test("no log: a present phase always", async () => {
    const cookie = await missed({ log: "none" }, 3, ...changes.slice(0, 2));
    const messages = await refresh(lab, { cookie });
    expect(line(messages.at(-1)!)).toBe("done cookie");
    expect(idsOf(messages, false)).toContain(uuidOf(before, dn(0)));
    expect(idsOf(messages, false)).not.toContain(uuidOf(before, dn(1)));
  });

  const spoilt = (cookie: Cookie, change: (text: string) => string) =>
    new TextEncoder().encode(change(Buffer.from(cookie).toString()));

  test("cookies that the server does not understand, has never given, or no more", async () => {
    const cookie = await missed({ log: "accesslog" }, 3);
    // Accepted, and everything is sent, as after a delete phase that never was.
    for (const [text, answer] of [
      ["garbage", "done deletes cookie="],
      ["rid=000,csn=garbage", "done deletes cookie"],
      ["", "done deletes cookie"],
    ] as const) {
      const garbage = await refresh(lab, { cookie: spoilt(cookie, () => text) });
      expect(lines(garbage.slice(5))).toEqual([answer]);
      expect(entries(garbage).map(({ state }) => state)).toEqual(Array(5).fill("add"));
    }
    // Older than the database: everything.
    const old = await refresh(lab, { cookie: spoilt(cookie, (text) => text.replace(/csn=\d{4}/, "csn=2001")) });
    expect(entries(old).map(({ state }) => state)).toEqual(Array(5).fill("add"));
    expect(old.filter(({ kind }) => kind === "set")).toEqual([]);
    expect(line(old.at(-1)!)).toBe("done cookie");
    // From a time that is still to come: a backup was restored.
    const newer = refresh(lab, { cookie: spoilt(cookie, (text) => text.replace(/csn=\d{4}/, "csn=2999")) });
    expect(await newer.catch((error) => error)).toMatchObject({
      resultCode: 53,
      diagnostic: "consumer state is newer than provider!",
    });
  });

  test("a log of changes refuses a cookie that it does not reach back to", async () => {
    const cookie = await missed({ log: "accesslog" }, 3, ...changes.slice(0, 2));
    const old = spoilt(cookie, (text) => text.replace(/csn=\d{4}/, "csn=2001"));
    const stale = refresh(lab, { base: "cn=accesslog", cookie: old });
    expect(await stale.catch((error) => error)).toMatchObject({ resultCode: 4096, diagnostic: "sync cookie is stale" });
  });
});
