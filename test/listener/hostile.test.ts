/** What a directory server may say that no good one says: told of, survived, and nothing else suffers for it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { FollowerOptions } from "../../src/listener/follow.ts";
import { ldapSource } from "../../src/listener/ldap-source.ts";
import { uuidText } from "../../src/listener/sighting.ts";
import { configureLog } from "../../src/log.ts";
import { done, entry, join, message, syncInfo, syncState, uuid } from "../fake/ldap-messages.ts";
import { type FakeLdap, type FakeRequest, fakeLdap } from "../fake/ldap-server.ts";
import { type Followed, follow } from "./follower-lab.ts";

const opened: { close(): void }[] = [];
let log = "";

beforeEach(() => {
  log = "";
  configureLog({
    level: "INFO",
    write(line) {
      log += line;
    },
  });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  configureLog({ write: (line) => void process.stderr.write(line) });
});

type Say = (...parts: Uint8Array[]) => void;

/** Follows a server that answers synchronisations by `tell`, and every other search by `find` or with nothing. */
async function followed(
  tell: (id: number, say: Say, time: number) => void,
  find: (id: number, base: string) => Uint8Array[] = (id) => [done(id)],
  options: Partial<FollowerOptions> = {},
): Promise<Followed & { fake: FakeLdap }> {
  let times = 0;
  const fake = await fakeLdap(({ id, tag, body, controls, socket }: FakeRequest) => {
    if (tag !== 0x63) return;
    if (controls) tell(id, (...parts) => void socket.write(join(...parts)), times++);
    else socket.write(join(...find(id, baseOf(body.bytes))));
  });
  opened.push(fake);
  const source = ldapSource({ uris: [fake.uri], connection: {}, identity: () => undefined, firstDelay: 5 });
  const it = follow(source, options);
  opened.push({ close: () => void it.stop() });
  return { ...it, fake };
}

const baseOf = (bytes: Uint8Array) => (Buffer.from(bytes).includes("cn=Subschema") ? "cn=Subschema" : "");
const top = (id: number) => entry(id, "dc=fake", { dc: ["fake"], entryCSN: ["1"] }, [syncState(1, uuid(1))]);
const one = (id: number, number: number, dn: string | Uint8Array, more: Record<string, string[]> = {}) =>
  entry(id, dn, { cn: ["x"], entryCSN: ["1"], ...more }, [syncState(1, uuid(number))]);
const refreshed = (id: number, cookie: string) =>
  syncInfo(id, (info) => info.sequence((value) => value.text(cookie), 0xa1));
const dns = ({ journal }: Followed) => [...journal.entries()].map(({ dn }) => dn);
const illegal = Uint8Array.from([...Buffer.from("cn="), 0xff, 0xfe, ...Buffer.from(",dc=fake")]);

describe("entries that cannot be read are left out, counted and shown; the others are followed", () => {
  test("a DN that is no UTF-8, one of 10 000 parts, one of a megabyte, attributes that are none", async () => {
    const deep = `${"cn=x,".repeat(10_000)}dc=fake`;
    const long = `cn=${"x".repeat(1_000_000)},dc=fake`;
    const broken = message(0, 0x64, (body) => body.text("cn=broken,dc=fake").sequence((list) => list.text("cn")), [
      syncState(1, uuid(6)),
    ]);
    const it = await followed((id, say, time) => {
      if (time > 0) return;
      broken[broken.indexOf(2) + 2] = 0;
      say(top(id), one(id, 2, illegal), one(id, 3, deep), one(id, 4, long), one(id, 5, "cn=good,dc=fake"));
      say(refreshed(id, "c1"), one(id, 7, illegal), one(id, 8, "cn=later,dc=fake"));
    });
    await it.until(() => it.journal.head === 1);
    expect(dns(it)).toEqual(["dc=fake", "cn=good,dc=fake", "cn=later,dc=fake"]);
    const { state, unreadable, error } = it.follower.status();
    expect({ state, error }).toEqual({ state: "live", error: "" });
    expect(unreadable.map((dn) => dn.slice(0, 12))).toEqual([
      "cn=\ufffd\ufffd,dc=fak",
      "cn=x,cn=x,cn",
      "cn=xxxxxxxxx",
      "cn=\ufffd\ufffd,dc=fak",
    ]);
    expect(Math.max(...log.split("\n").map((line) => line.length))).toBeLessThan(3000);
  });

  test("one that is asked about and cannot be read is there all the same", async () => {
    const it = await followed(
      (id, say, time) => {
        if (time > 0) return;
        say(top(id), one(id, 2, "ou=a,dc=fake"), one(id, 3, "cn=b,ou=a,dc=fake"), refreshed(id, "c1"));
        say(entry(id, "ou=a,dc=fake", {}, [syncState(3, uuid(2), "c2")]));
      },
      (id) => [entry(id, illegal, { entryUUID: [uuidText(uuid(3))], entryCSN: ["2"] }), done(id)],
    );
    await it.until(() => it.journal.head > 0);
    expect(dns(it)).toEqual(["dc=fake", "cn=b,ou=a,dc=fake"]);
    expect(it.follower.status()).toMatchObject({ state: "live", error: "", unreadable: ["cn=\ufffd\ufffd,dc=fake"] });
  });
});

describe("what cannot be followed ends the connection with its reason", () => {
  const cases: [string, (id: number, say: Say) => void, RegExp][] = [
    [
      "a short entryUUID",
      (id, say) => say(entry(id, "dc=fake", {}, [syncState(1, uuid(1).slice(2))])),
      /entryUUID of 14/,
    ],
    ["a cookie of 10 MB", (id, say) => say(refreshed(id, "c".repeat(10_000_000))), /a cookie of 10000000 octets/],
    ["a referral in place of entries", (id, say) => say(done(id, 10)), /referral \(10\)/],
    ["an end without anything", (id, say) => say(done(id)), /has ended the synchronisation/],
    ["a message of 100 MB", (_, say) => say(Uint8Array.of(0x30, 0x84, 6, 0, 0, 0, 2, 1, 1)), /the limit is 67108864/],
  ];
  test.each(cases)("%s", async (_, tell, text) => {
    const it = await followed((id, say) => tell(id, say));
    await it.until(() => text.test(it.follower.status().error), `its error is ${text}`);
    // And once more, as often as it takes.
    await it.fake.came(6);
  });

  test("nothing of a refresh that has no end counts", async () => {
    const it = await followed((id, say, time) => {
      if (time === 0) return say(top(id), one(id, 2, "cn=a,dc=fake"), refreshed(id, "c1"), done(id));
      say(one(id, 2, "cn=b,dc=fake"), one(id, 3, "cn=c,dc=fake"), done(id, 51, "busy"));
    });
    await it.until(() => /busy/.test(it.follower.status().error));
    expect([dns(it), it.journal.head]).toEqual([["dc=fake", "cn=a,dc=fake"], 0]);
  });
});

test("thousands that claim one name cost no more than thousands that do not", async () => {
  const all = (id: number) => join(top(id), one(id, 2, "cn=a,dc=fake"));
  const it = await followed((id, say, time) => {
    if (time === 0) return say(all(id), refreshed(id, "c1"), done(id));
    // The roll, on a connection of its own.
    if (time > 1) return say(all(id), done(id));
    // In pairs they would take gigabytes: the test then ends in vain.
    const claimants = Array.from({ length: 4000 }, (_, at) => {
      const name = uuid(0);
      new DataView(name.buffer).setUint32(0, 1000 + at);
      return entry(id, "cn=b,dc=fake", { cn: ["x"] }, [syncState(1, name)]);
    });
    say(...claimants, refreshed(id, "c2"));
  });
  await it.until(() => it.fake.tags.filter((tag) => tag === 0x63).length > 6);
  await it.live();
  expect(dns(it)).toEqual(["dc=fake", "cn=a,dc=fake"]);
});

test("a server that hides its schema is followed by the rules that all have", async () => {
  const it = await followed(
    (id, say) => say(top(id), refreshed(id, "c1")),
    (id, base) => [base === "cn=Subschema" ? done(id, 32) : done(id)],
  );
  await it.live();
  expect(dns(it)).toEqual(["dc=fake"]);
});
