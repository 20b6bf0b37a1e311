import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { treeKey } from "../../src/ldap/dn.ts";
import type { Declaration } from "../../src/listener/declaration.ts";
import { Dispatcher } from "../../src/listener/dispatch.ts";
import { approve, held } from "../../src/listener/guard.ts";
import { Interests } from "../../src/listener/interest.ts";
import { openJournal } from "../../src/listener/open.ts";
import { uuidText } from "../../src/listener/sighting.ts";
import { configureLog } from "../../src/log.ts";
import { aborted } from "../../src/process/wait.ts";
import { FakeWorker } from "../fake/worker.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { trials } from "../random.ts";
import { declare } from "./declarations.ts";
import { type Followed, follow, lines, Replay, xOf } from "./follower-lab.ts";
import { FakeDirectory, type Manner, someChange } from "./provider.ts";
import { memoryStates } from "./queues.ts";

configureLog({ level: "ERROR" });

/** Of histories: a few in the inner loop, many in `make soak`. */
const seeds = trials(8, 200);

const running: Followed[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

function small(): FakeDirectory {
  const directory = new FakeDirectory();
  for (const dn of ["dc=lab", "ou=a,dc=lab", "cn=1,ou=a,dc=lab", "cn=2,ou=a,dc=lab", "ou=b,dc=lab"])
    directory.add(dn, { x: ["0"] });
  return directory;
}

async function started(directory: FakeDirectory, options: Parameters<typeof follow>[1] = {}): Promise<Followed> {
  const followed = follow(directory.source(), options);
  running.push(followed);
  await followed.live();
  return followed;
}

/** Changes while nobody looks; then everything is caught up with. @returns the events' lines */
async function absent(followed: Followed, changes: () => void): Promise<string[]> {
  const { head } = followed.journal;
  await followed.stop();
  changes();
  followed.start();
  await followed.live();
  return lines(followed.journal, head);
}

function inCache({ journal }: Followed): string[] {
  return [...journal.entries()].map(({ dn }) => dn).sort();
}

describe("first load", () => {
  test("fills the cache without events, and says so once", async () => {
    const directory = small();
    const followed = follow(directory.source());
    running.push(followed);
    let told = 0;
    followed.journal.onCommit(() => told++);
    await followed.live();
    expect(inCache(followed)).toEqual(directory.dns);
    expect(followed.journal.head).toBe(0);
    expect(followed.journal.loaded).toBe(true);
    expect(told).toBe(1);
    expect([...followed.journal.entries()].map(({ dn }) => dn)).toEqual([
      ...["dc=lab", "ou=a,dc=lab", "cn=1,ou=a,dc=lab", "cn=2,ou=a,dc=lab", "ou=b,dc=lab"],
    ]);
  });

  test("interrupted, it begins again", async () => {
    const directory = small();
    directory.breaksAfter = 2;
    const followed = await started(directory);
    expect(directory.requests.map(({ cookie }) => cookie)).toEqual([undefined, undefined]);
    expect(inCache(followed)).toEqual(directory.dns);
    expect(followed.journal.head).toBe(0);
  });

  test("what is withheld is stored nowhere", async () => {
    const directory = small();
    directory.add("cn=3,ou=a,dc=lab", { userPassword: ["{SSHA}geheim"], "userPassword;x-a": ["geheim"], x: ["1"] });
    const followed = await started(directory);
    directory.modify("cn=3,ou=a,dc=lab", { userPassword: ["geheim2"], x: ["2"] });
    await followed.until(() => followed.journal.head === 1);
    const all = Buffer.from(followed.journal.database.serialize()).toString("latin1");
    expect(all.includes("geheim")).toBe(false);
    expect(xOf(followed.journal.event(1)!.old!)).toBe("1");
    expect(xOf(followed.journal.event(1)!.new!)).toBe("2");
  });
});

describe("live", () => {
  test("create, modify, rename, delete, each with both sides", async () => {
    const directory = small();
    const followed = await started(directory);
    const replay = new Replay(followed.journal);
    directory.add("cn=3,ou=a,dc=lab", { x: ["1"] });
    directory.modify("cn=3,ou=a,dc=lab", { x: ["2"] });
    directory.move("cn=3,ou=a,dc=lab", "cn=drei,ou=b,dc=lab");
    directory.remove("cn=drei,ou=b,dc=lab");
    await followed.until(() => followed.journal.head === 4);
    expect(lines(followed.journal)).toEqual([
      "create cn=3,ou=a,dc=lab",
      "modify cn=3,ou=a,dc=lab",
      "move cn=3,ou=a,dc=lab → cn=drei,ou=b,dc=lab",
      "delete cn=drei,ou=b,dc=lab",
    ]);
    replay.apply(followed.journal.read(0, 100));
    expect(followed.journal.read(0, 9).map(({ csn }) => Number(csn))).toEqual([6, 7, 8, 8]);
  });

  test("what is below a moved entry moves with it, parents first; another spelling is a move, too", async () => {
    const directory = small();
    directory.add("cn=x,cn=1,ou=a,dc=lab");
    const followed = await started(directory);
    directory.move("ou=a,dc=lab", "ou=c,ou=b,dc=lab");
    directory.move("ou=c,ou=b,dc=lab", "OU=C,ou=b,dc=lab");
    await followed.until(() => followed.journal.head === 8);
    expect(lines(followed.journal)).toEqual([
      "move ou=a,dc=lab → ou=c,ou=b,dc=lab",
      "move cn=1,ou=a,dc=lab → cn=1,ou=c,ou=b,dc=lab (ancestor)",
      "move cn=x,cn=1,ou=a,dc=lab → cn=x,cn=1,ou=c,ou=b,dc=lab (ancestor)",
      "move cn=2,ou=a,dc=lab → cn=2,ou=c,ou=b,dc=lab (ancestor)",
      "move ou=c,ou=b,dc=lab → OU=C,ou=b,dc=lab",
      "move cn=1,ou=c,ou=b,dc=lab → cn=1,OU=C,ou=b,dc=lab (ancestor)",
      "move cn=x,cn=1,ou=c,ou=b,dc=lab → cn=x,cn=1,OU=C,ou=b,dc=lab (ancestor)",
      "move cn=2,ou=c,ou=b,dc=lab → cn=2,OU=C,ou=b,dc=lab (ancestor)",
    ]);
    expect(inCache(followed)).toEqual(directory.dns);
  });

  test("the same again is no event, in another order neither; an unknown delete is none", async () => {
    const directory = small();
    directory.add("cn=3,dc=lab", { x: ["0"], member: ["a", "b"] });
    const followed = await started(directory);
    const entry = directory.find("cn=3,dc=lab");
    directory.say(directory.message(entry, "modify"));
    entry.values = { member: ["b", "a"], x: ["0"] };
    directory.say(directory.message(entry, "modify"));
    const stranger = new Uint8Array(16).fill(7);
    directory.say({ kind: "entry", state: "delete", uuid: stranger, dn: "cn=x", attributes: new Uint8Array(0) });
    directory.modify("ou=b,dc=lab", { x: ["1"] });
    await followed.until(() => followed.journal.head > 0);
    expect(lines(followed.journal)).toEqual(["modify ou=b,dc=lab"]);
  });

  test("a change that was never told: the place is taken, so the one who had it is asked about", async () => {
    const directory = small();
    const followed = await started(directory);
    const replay = new Replay(followed.journal);
    const entry = directory.find("cn=1,ou=a,dc=lab");
    // Moved away and nobody heard of it; and another removed likewise.
    entry.dn = "cn=1,ou=b,dc=lab";
    directory.entries.delete(uuidText(directory.find("cn=2,ou=a,dc=lab").uuid));
    directory.add("cn=1,ou=a,dc=lab", { x: ["new"] });
    directory.add("cn=2,ou=a,dc=lab", { x: ["new"] });
    await followed.until(() => followed.journal.head === 4);
    expect(lines(followed.journal)).toEqual([
      "move cn=1,ou=a,dc=lab → cn=1,ou=b,dc=lab",
      "create cn=1,ou=a,dc=lab",
      "delete cn=2,ou=a,dc=lab",
      "create cn=2,ou=a,dc=lab",
    ]);
    replay.apply(followed.journal.read(0, 100));
    expect(inCache(followed)).toEqual(directory.dns);
  });

  test("a parent goes while its children stay in sight (an access rule): they stay; those that are gone go first", async () => {
    const directory = small();
    const followed = await started(directory);
    const parent = directory.find("ou=a,dc=lab");
    directory.hidden.add(uuidText(parent.uuid));
    directory.entries.delete(uuidText(directory.find("cn=2,ou=a,dc=lab").uuid));
    directory.say({ ...directory.message(parent, "delete") });
    await followed.until(() => followed.journal.head === 2);
    expect(lines(followed.journal)).toEqual(["delete cn=2,ou=a,dc=lab", "delete ou=a,dc=lab"]);
    expect(inCache(followed)).toContain("cn=1,ou=a,dc=lab");
  });

  test("changes that a refresh has shown already come once more, each with the DN of its time", async () => {
    const directory = small();
    const child = directory.find("cn=1,ou=a,dc=lab");
    const early = directory.message(child, "modify");
    const renamed = directory.find("ou=a,dc=lab");
    const between = { ...directory.message(renamed, "modify"), dn: "ou=between,dc=lab" };
    directory.move("ou=a,dc=lab", "ou=z,dc=lab");
    const lost = { uuid: new Uint8Array(16).fill(8), dn: "cn=lost,ou=a,dc=lab", values: {}, csn: 3 };
    const followed = await started(directory);
    directory.say(early);
    directory.say(between as never);
    // Made and deleted before the refresh looked, in a place that is no more.
    directory.say(directory.message(lost, "add"), directory.message(lost, "delete"));
    directory.modify("ou=b,dc=lab", { x: ["end"] });
    await followed.until(() => lines(followed.journal).includes("modify ou=b,dc=lab"));
    expect(lines(followed.journal)).toEqual(["modify ou=b,dc=lab"]);
    expect(inCache(followed)).toEqual(directory.dns);
  });

  test("an answer is newer than the stream: places that it tells until then are asked about, too", async () => {
    const directory = small();
    const followed = await started(directory);
    const container = directory.find("ou=a,dc=lab");
    const child = directory.find("cn=1,ou=a,dc=lab");
    Object.assign(child, { values: { x: ["early"] }, csn: 50 });
    const early = directory.message(child, "modify");
    for (const entry of directory.entries.values()) entry.dn = entry.dn.replace("ou=a,", "ou=z,");
    container.csn = 60;
    // Another took its place meanwhile.
    const other = { uuid: new Uint8Array(16).fill(5), dn: "ou=a,dc=lab", values: { x: ["other"] }, csn: 70 };
    directory.entries.set(uuidText(other.uuid), other);
    await followed.follower.verify();
    directory.say(early, directory.message(container, "modify"), directory.message(other, "add"));
    directory.modify("ou=b,dc=lab", { x: ["end"] });
    await followed.until(() => lines(followed.journal).includes("modify ou=b,dc=lab"));
    expect(inCache(followed)).toEqual(directory.dns);
    expect(lines(followed.journal).filter((text) => text.includes("ou=a,dc=lab → ")).length).toBe(3);
    expect(lines(followed.journal).filter((text) => text.includes(" → cn=1,ou=a,")).length).toBe(0);
  });

  test("an entry whose DN nobody can read is left out, and the others are not", async () => {
    const directory = small();
    const followed = await started(directory);
    const entry = directory.find("ou=b,dc=lab");
    configureLog({ write: () => {} });
    directory.say({
      ...directory.message(entry, "add"),
      uuid: new Uint8Array(16).fill(9),
      dn: "no dn at all",
    } as never);
    directory.modify("ou=b,dc=lab", { x: ["1"] });
    await followed.until(() => followed.journal.head === 1);
    configureLog({ write: (text) => void process.stderr.write(text) });
    expect(followed.follower.status().unreadable).toEqual(["no dn at all"]);
  });

  test("one transaction a batch: events, cache and cookie", async () => {
    const directory = small();
    const followed = await started(directory);
    let commits = 0;
    followed.journal.onCommit(() => commits++);
    const messages = [3, 4, 5].map((number) => {
      const entry = { uuid: new Uint8Array(16).fill(number), dn: `cn=${number},dc=lab`, values: {}, csn: 100 + number };
      return { ...directory.message(entry, "add"), cookie: Buffer.from(`csn=${number}`) };
    });
    directory.say(...messages);
    await followed.until(() => followed.journal.head === 3);
    expect(commits).toBe(1);
    const cookie = followed.journal.database.prepare<{ cookie: Uint8Array }, []>("SELECT cookie FROM provider").get();
    expect(Buffer.from(cookie!.cookie).toString()).toBe("csn=5");
  });
});

describe.each(["delete", "present", "whole"] as Manner[])("after an absence, by a %s phase", (manner) => {
  async function at(directory: FakeDirectory): Promise<Followed> {
    directory.manner = manner;
    return started(directory);
  }

  test("nothing has changed: no event", async () => {
    const directory = small();
    expect(await absent(await at(directory), () => {})).toEqual([]);
  });

  test("created, changed, deleted", async () => {
    const directory = small();
    const events = await absent(await at(directory), () => {
      directory.add("cn=n,ou=b,dc=lab");
      directory.add("cn=m,cn=n,ou=b,dc=lab");
      directory.modify("cn=1,ou=a,dc=lab", { x: ["9"] });
      directory.remove("cn=2,ou=a,dc=lab");
    });
    expect(events).toEqual([
      "delete cn=2,ou=a,dc=lab",
      "create cn=n,ou=b,dc=lab",
      "create cn=m,cn=n,ou=b,dc=lab",
      "modify cn=1,ou=a,dc=lab",
    ]);
  });

  test("deleted and made anew", async () => {
    const directory = small();
    const events = await absent(await at(directory), () => {
      directory.remove("cn=1,ou=a,dc=lab");
      directory.add("cn=1,ou=a,dc=lab");
    });
    expect(events).toEqual(["delete cn=1,ou=a,dc=lab", "create cn=1,ou=a,dc=lab"]);
  });

  test("a subtree moved: its children were not told of", async () => {
    const directory = small();
    const events = await absent(await at(directory), () => directory.move("ou=a,dc=lab", "ou=z,ou=b,dc=lab"));
    const origin = manner === "whole" ? "" : " (ancestor)";
    expect(events).toEqual([
      "move ou=a,dc=lab → ou=z,ou=b,dc=lab",
      `move cn=1,ou=a,dc=lab → cn=1,ou=z,ou=b,dc=lab${origin}`,
      `move cn=2,ou=a,dc=lab → cn=2,ou=z,ou=b,dc=lab${origin}`,
    ]);
  });

  test("two swapped their names", async () => {
    const directory = small();
    const followed = await at(directory);
    const replay = new Replay(followed.journal);
    const events = await absent(followed, () => {
      directory.move("cn=1,ou=a,dc=lab", "cn=t,dc=lab");
      directory.move("cn=2,ou=a,dc=lab", "cn=1,ou=a,dc=lab");
      directory.move("cn=t,dc=lab", "cn=2,ou=a,dc=lab");
    });
    expect(events.map((event) => event.split(" ")[0])).toEqual(["out", "move", "in"]);
    replay.apply(followed.journal.read(0, 100));
    expect([...replay.tree.values()].map(({ dn }) => dn).sort()).toEqual(inCache(followed));
  });

  test("a parent moved away, another came, a child went back to it", async () => {
    const directory = small();
    const followed = await at(directory);
    await absent(followed, () => {
      directory.move("ou=a,dc=lab", "ou=old,dc=lab");
      directory.add("ou=a,dc=lab");
      directory.move("cn=1,ou=old,dc=lab", "cn=1,ou=a,dc=lab");
    });
    expect(inCache(followed)).toEqual(directory.dns);
    const one = followed.journal.cache.byKey(treeKey("cn=1,ou=a,dc=lab"))!;
    expect(uuidText(one.uuid)).toBe(uuidText(directory.find("cn=1,ou=a,dc=lab").uuid));
  });

  test("interrupted: no trace, the old cookie, and then all of it", async () => {
    const directory = small();
    const followed = await at(directory);
    const events = await absent(followed, () => {
      for (const name of ["p", "q", "r", "s"]) directory.add(`cn=${name},ou=b,dc=lab`);
      directory.breaksAfter = 2;
    });
    expect(events).toHaveLength(4);
    const [, second, third] = directory.requests;
    expect(second!.cookie).toEqual(third!.cookie);
  });

  test("random histories, again and again: the cache is the directory, and every event makes sense", async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const random = generator(seed * 104_729);
      const directory = small();
      directory.manner = manner;
      const followed = await started(directory);
      const replay = new Replay(followed.journal);
      for (let round = 0; round < 6; round++) {
        const { head } = followed.journal;
        const live = random(3) === 0;
        const change = () => {
          for (let count = random(25); count >= 0; count--) someChange(directory, random);
        };
        if (live) {
          change();
          directory.modify("dc=lab", { x: [`live ${seed} ${round}`] });
          const marked = () => xOf(followed.journal.cache.byUuid(directory.find("dc=lab").uuid)!.attributes);
          await followed.until(() => marked() === `live ${seed} ${round}`);
        } else await absent(followed, change);
        const target = new Map([...directory.entries].map(([uuid, { dn }]) => [treeKey(dn), uuid]));
        try {
          replay.apply(followed.journal.read(head, 10_000), live ? undefined : target);
          const real = [...directory.entries].map(([uuid, { dn, values }]) => `${dn} ${uuid} ${values.x ?? ""}`).sort();
          expect(replay.summary).toEqual(real);
          expect(inCache(followed)).toEqual(directory.dns);
        } catch (error) {
          const events = lines(followed.journal, head).join("\n");
          throw new Error(
            `seed ${seed}, round ${round}${live ? ", live" : ""}: ${(error as Error).message}\n${events}`,
          );
        }
      }
      await followed.stop();
    }
  }, 600_000);
});

describe("cookies", () => {
  test.each([4096, 53])(
    "refused with %d: everything anew, and what is gone is found without being told",
    async (code) => {
      const directory = small();
      const followed = await started(directory);
      const events = await absent(followed, () => {
        directory.remove("cn=1,ou=a,dc=lab");
        directory.refuses = code;
      });
      expect(events).toEqual(["delete cn=1,ou=a,dc=lab"]);
      expect(directory.requests.map(({ cookie }) => cookie !== undefined)).toEqual([false, true, false]);
    },
  );

  test("an empty one comes back: what was told is worth nothing", async () => {
    const directory = small();
    const followed = await started(directory);
    const events = await absent(followed, () => {
      directory.remove("cn=1,ou=a,dc=lab");
      directory.answersCookie = new Uint8Array(0);
    });
    expect(events).toEqual(["delete cn=1,ou=a,dc=lab"]);
    expect(directory.requests.map(({ cookie }) => cookie !== undefined)).toEqual([false, true, false]);
  });

  test("lost: a present phase whatever the server calls it", async () => {
    const directory = small();
    const followed = await started(directory);
    const events = await absent(followed, () => {
      directory.remove("cn=1,ou=a,dc=lab");
      followed.journal.database.run("DELETE FROM provider");
    });
    expect(events).toEqual(["delete cn=1,ou=a,dc=lab"]);
  });

  test("present there and unknown here: it is fetched", async () => {
    const directory = small();
    directory.manner = "present";
    const uuid = uuidText(directory.add("cn=secret,ou=b,dc=lab", { x: ["5"] }));
    directory.hidden.add(uuid);
    const followed = await started(directory);
    const events = await absent(followed, () => directory.hidden.delete(uuid));
    expect(events).toEqual(["create cn=secret,ou=b,dc=lab"]);
  });
});

describe("the guard", () => {
  async function many(least: number): Promise<{ directory: FakeDirectory; followed: Followed }> {
    const directory = small();
    directory.manner = "present";
    for (let number = 0; number < 40; number++) directory.add(`cn=u${number},ou=b,dc=lab`);
    return { directory, followed: await started(directory, { limits: { percent: 10, least } }) };
  }
  const people = (directory: FakeDirectory) =>
    [...directory.entries.values()].filter(({ dn }) => dn.startsWith("cn=u")).map(({ uuid }) => uuidText(uuid));

  test("as many as allowed are believed", async () => {
    const { directory, followed } = await many(5);
    const events = await absent(followed, () => {
      for (let number = 0; number < 5; number++) directory.remove(`cn=u${number},ou=b,dc=lab`);
    });
    expect(events).toHaveLength(5);
    expect(directory.asked).toBe(0);
  });

  test("too many are asked about: of a truncated list nothing comes", async () => {
    const { directory, followed } = await many(5);
    const events = await absent(followed, () => {
      // The provider forgets to name them as present, but knows them (ReOpenLDAP#70).
      directory.manner = "delete";
      const uuids = people(directory).map((name) => directory.entries.get(name)!.uuid);
      const say = directory.provider.bind(directory);
      directory.provider = () => ({
        ...say(),
        async *sync(_request, signal) {
          directory.provider = say;
          yield [{ kind: "set" as const, deleted: true, uuids }];
          yield [{ kind: "phase" as const, phase: "delete" as const, done: true, cookie: directory.cookie }];
          await aborted(signal!);
        },
      });
    });
    expect(events).toEqual([]);
    expect(directory.asked).toBe(1);
    expect(held(followed.journal)).toEqual([]);
    expect(inCache(followed)).toHaveLength(45);
  });

  test("still gone: held, without events, while everything else goes on; approved, they are events", async () => {
    const { directory, followed } = await many(5);
    const events = await absent(followed, () => {
      for (const uuid of people(directory)) directory.hidden.add(uuid);
      directory.add("cn=n,ou=a,dc=lab");
    });
    expect(events).toEqual(["create cn=n,ou=a,dc=lab"]);
    expect(held(followed.journal)).toHaveLength(40);
    // Another refresh changes nothing of it, and others may be deleted.
    const further = await absent(followed, () => directory.remove("cn=n,ou=a,dc=lab"));
    expect(further).toEqual(["delete cn=n,ou=a,dc=lab"]);
    expect(followed.journal.stats().held).toBe(40);
    const { head } = followed.journal;
    expect(approve(followed.journal)).toBe(40);
    expect(lines(followed.journal, head)).toHaveLength(40);
    expect(inCache(followed)).toHaveLength(5);
    expect(held(followed.journal)).toEqual([]);
  });

  test("seen again: no longer held", async () => {
    const { directory, followed } = await many(5);
    await absent(followed, () => {
      for (const uuid of people(directory)) directory.hidden.add(uuid);
    });
    expect(held(followed.journal)).toHaveLength(40);
    directory.hidden.clear();
    directory.modify("cn=u1,ou=b,dc=lab", { x: ["1"] });
    await followed.until(() => held(followed.journal).length === 39);
    expect(await absent(followed, () => {})).toEqual([]);
    expect(held(followed.journal)).toEqual([]);
  });

  test("somebody else comes to the place of a held one: that proves it", async () => {
    const { directory, followed } = await many(5);
    await absent(followed, () => {
      for (const uuid of people(directory)) directory.hidden.add(uuid);
    });
    directory.entries.delete(uuidText(directory.find("cn=u7,ou=b,dc=lab").uuid));
    const { head } = followed.journal;
    directory.add("cn=u7,ou=b,dc=lab", { x: ["7"] });
    await followed.until(() => followed.journal.head === head + 2);
    expect(lines(followed.journal, head)).toEqual(["delete cn=u7,ou=b,dc=lab", "create cn=u7,ou=b,dc=lab"]);
    expect(held(followed.journal)).toHaveLength(39);
  });
});

describe("verify", () => {
  test("finds what no stream tells: widened and narrowed rules, and changes that were missed", async () => {
    const directory = small();
    const secret = uuidText(directory.add("cn=secret,ou=b,dc=lab", { x: ["5"] }));
    directory.hidden.add(secret);
    const followed = await started(directory);
    const { journal, follower } = followed;
    expect(await follower.verify()).toMatchObject({ compared: 5, suspected: 0, created: 0, changed: 0, deleted: 0 });
    directory.hidden.delete(secret);
    directory.hidden.add(uuidText(directory.find("cn=1,ou=a,dc=lab").uuid));
    directory.find("cn=2,ou=a,dc=lab").values = { x: ["missed"] };
    const found = await follower.verify();
    // Whoever starts anew knows of it.
    expect(journal.meta.get("verified")).toEqual(found);
    expect(found).toMatchObject({ compared: 5, suspected: 3, created: 1, changed: 1, deleted: 1, held: 0 });
    expect(lines(journal)).toEqual([
      "delete cn=1,ou=a,dc=lab",
      "create cn=secret,ou=b,dc=lab",
      "modify cn=2,ou=a,dc=lab",
    ]);
    expect(journal.read(0, 9).map(({ origin }) => origin)).toEqual(["verify", "verify", "verify"]);
    expect(await follower.verify()).toMatchObject({ suspected: 0 });
  });

  test("what it found is not taken back by older messages that come after it", async () => {
    const directory = small();
    const followed = await started(directory);
    const entry = directory.find("cn=1,ou=a,dc=lab");
    entry.values = { x: ["older"] };
    entry.csn = 50;
    const older = directory.message(entry, "modify");
    entry.values = { x: ["newer"] };
    entry.csn = 60;
    await followed.follower.verify();
    directory.say(older);
    directory.say(directory.message(entry, "modify"));
    directory.modify("ou=b,dc=lab", { x: ["end"] });
    await followed.until(() => lines(followed.journal).includes("modify ou=b,dc=lab"));
    expect(lines(followed.journal)).toEqual(["modify cn=1,ou=a,dc=lab", "modify ou=b,dc=lab"]);
  });

  test("deletions go through the guard", async () => {
    const directory = small();
    for (let number = 0; number < 40; number++) directory.add(`cn=u${number},ou=b,dc=lab`);
    const followed = await started(directory, { limits: { percent: 10, least: 5 } });
    for (const [uuid, { dn }] of directory.entries) if (dn.startsWith("cn=u")) directory.hidden.add(uuid);
    expect(await followed.follower.verify()).toMatchObject({ deleted: 0, held: 40 });
    directory.hidden.clear();
    expect(await followed.follower.verify()).toMatchObject({ deleted: 0, held: 0, released: 40, created: 0 });
    expect(followed.journal.head).toBe(0);
  });

  test("not while nothing is followed", async () => {
    const followed = await started(small());
    followed.follower.pause();
    await followed.until(() => followed.follower.status().state === "paused");
    await expect(followed.follower.verify()).rejects.toMatchObject({ code: "unavailable" });
    followed.follower.resume();
    await followed.live();
  });
});

describe("withheld attributes", () => {
  test("a handler needs one: it is read, and nobody hears of it; not needed any more: it is cut out", async () => {
    const directory = small();
    directory.add("cn=3,ou=a,dc=lab", { userPassword: ["geheim"], x: ["1"] });
    const followed = await started(directory);
    const { journal, follower } = followed;
    const contains = () => Buffer.from(journal.database.serialize()).toString("latin1").includes("geheim");
    follower.setNeeds(["userPassword"]);
    expect(follower.status().missing).toEqual(["userpassword"]);
    await followed.until(() => follower.status().missing.length === 0);
    expect(journal.head).toBe(0);
    expect(contains()).toBe(true);
    await followed.live();
    directory.modify("cn=3,ou=a,dc=lab", { userPassword: ["geheim2"], x: ["1"] });
    await followed.until(() => journal.head === 1);
    const sessions = directory.requests.length;
    follower.setNeeds([]);
    await followed.until(() => directory.requests.length > sessions);
    await followed.live();
    expect(contains()).toBe(false);
    expect(lines(journal)).toEqual(["modify cn=3,ou=a,dc=lab"]);
  });

  test("is in no file any more when nobody needs it: unused pages, log, what was moved aside", async () => {
    const folder = temporaryFolder("withheld");
    const directory = small();
    for (let number = 3; number < 60; number++)
      directory.add(`cn=${number},ou=a,dc=lab`, { userPassword: [`geheim${"x".repeat(200)}`], x: ["1".repeat(900)] });
    const opened = openJournal({ folder, base: "" });
    const followed = follow(directory.source(), { journal: opened.journal });
    followed.follower.setNeeds(["USERPASSWORD;x-foo"]);
    try {
      await followed.live();
      for (let number = 3; number < 60; number += 2)
        directory.modify(`cn=${number},ou=a,dc=lab`, { userPassword: [`geheim${"y".repeat(9000)}`] });
      await followed.until(() => followed.journal.head === 29);
      writeFileSync(join(folder, "listener.db.old"), "geheim");
      const found = () =>
        readdirSync(folder).filter((name) => readFileSync(join(folder, name), "latin1").includes("geheim"));
      expect(found()).toContain("listener.db");
      followed.follower.setNeeds([]);
      expect(found()).toEqual([]);
    } finally {
      await followed.stop();
      opened.close();
    }
  });

  test.each([
    ["2.5.4.35", "userPassword"],
    ["userPassword;binary", "2.5.4.35"],
    ["userPassword", "USERPASSWORD;x-foo"],
    ["reeveSecret", "1.2.3.4"],
    ["1.2.3.4", "reeveOther;lang-de"],
  ])("%s of the configuration is %s of a server", async (configured, spelled) => {
    const directory = small();
    directory.schemaNow.attributeTypes.push("( 1.2.3.4 NAME ( 'reeveSecret' 'reeveOther' ) )");
    directory.add("cn=3,ou=a,dc=lab", { [spelled]: ["geheim"], x: ["1"] });
    const followed = follow(directory.source(), { withheld: [configured] });
    running.push(followed);
    const { journal, follower } = followed;
    await followed.live();
    const contains = () => Buffer.from(journal.database.serialize()).toString("latin1").includes("geheim");
    expect(contains()).toBe(false);
    // Who needs it may name it in any way, too.
    follower.setNeeds([spelled]);
    await followed.until(contains);
  });

  test("a handler that is loaded anew needs one, and then none: it is read, and cut out again", async () => {
    const directory = small();
    directory.add("cn=3,ou=a,dc=lab", { userPassword: ["geheim"], x: ["1"] });
    const followed = await started(directory);
    const { journal, follower } = followed;
    const dispatcher = new Dispatcher({
      ...{ journal, clock: journal.clock, states: memoryStates() },
      interests: new Interests("", ["userPassword"], follower.schema),
      // What it needs is in the database by now.
      onDeclared: () => follower.setNeeds([]),
    });
    const only: Partial<Declaration> = { filter: "(x=1)", semantics: "model" };
    const worker = new FakeWorker(declare("x", only));
    dispatcher.attach(worker);
    dispatcher.start();
    const { uuid } = [...journal.entries()].find(({ dn }) => dn === "cn=3,ou=a,dc=lab")!;
    const contains = () => Buffer.from(journal.cache.byUuid(uuid)!.attributes).includes("geheim");
    const loaded = async () => {
      await dispatcher.resync("x");
      await dispatcher.settled();
      return worker.seen.splice(0).map((call) => typeof call !== "string" && "userPassword" in call.new);
    };
    try {
      await dispatcher.settled();
      worker.take();
      expect([contains(), await loaded()]).toEqual([false, [false]]);
      worker.serve(declare("x", { ...only, needs: ["userPassword"] }));
      await followed.until(contains);
      // No event has come, and what was read for the load before is of no use.
      expect([journal.head, await loaded()]).toEqual([0, [true]]);
      worker.serve(declare("x", only));
      await followed.until(() => !contains());
      expect([journal.head, await loaded()]).toEqual([0, [false]]);
    } finally {
      await dispatcher.stop();
    }
  });

  test("where there is no space for another list of what is withheld, it is written when there is", async () => {
    const directory = small();
    directory.add("cn=3,ou=a,dc=lab", { userPassword: ["geheim"], x: ["1"] });
    const withheld = ["userPassword", ...Array.from({ length: 5000 }, (_, n) => `secret${n}`)];
    const followed = follow(directory.source(), { withheld });
    running.push(followed);
    const { journal, follower } = followed;
    const { database } = journal;
    follower.setNeeds(withheld);
    await followed.live();
    const contains = () => Buffer.from(database.serialize()).includes("geheim");
    const { page_count } = database.prepare<{ page_count: number }, []>("PRAGMA page_count").get()!;
    database.run("CREATE TABLE filler (x BLOB)");
    database.run(`PRAGMA max_page_count = ${page_count + 1}`);
    const fill = () => {
      for (;;) database.run("INSERT INTO filler VALUES (zeroblob(4000))");
    };
    expect(fill).toThrow("full");
    follower.setNeeds([]);
    await followed.until(() => follower.status().state === "no space");
    expect(contains()).toBe(true);
    database.run("PRAGMA max_page_count = 1000000");
    follower.resume(); // does not wait for the next try
    await followed.live();
    expect([contains(), journal.meta.get("withheld")?.length]).toEqual([false, withheld.length]);
  });

  test("what a handler needed that is known stays, although it is not there at the moment", async () => {
    const directory = small();
    directory.add("cn=3,ou=a,dc=lab", { userPassword: ["geheim"], x: ["1"] });
    const followed = follow(directory.source());
    running.push(followed);
    const { journal, follower } = followed;
    follower.setNeeds(["userPassword"]);
    await followed.live();
    journal.database.run(
      `INSERT INTO handler (name, state, paused, position, start, cursor, loads, prepared, declaration, scope, error, error_at)
       VALUES ('h', 'following', 0, 0, 0, 0, 0, 0, '{"needs":["USERPASSWORD"]}', '', '', 0)`,
    );
    follower.setNeeds([]);
    expect(journal.meta.get("withheld")).toEqual([]);
    journal.database.run("DELETE FROM handler");
    follower.setNeeds([]);
    expect(journal.meta.get("withheld")).toEqual(["userpassword"]);
  });
});

describe("the schema", () => {
  test("of the first connection is taken note of; a change is an event, and whoever filters hears of it", async () => {
    const directory = small();
    const followed = await started(directory);
    const heard: boolean[] = [];
    followed.follower.onSchema = (schema) => heard.push(schema.attribute("reeveTest") !== undefined);
    expect(followed.follower.schema.attribute("cn")).toBeDefined();
    const events = await absent(followed, () => {
      directory.schemaNow = {
        attributeTypes: ["( 2.5.4.3 NAME 'cn' )", "( 1.2.3 NAME 'reeveTest' )"],
        objectClasses: [],
      };
    });
    expect(events).toEqual(["schema cn=Subschema"]);
    expect(heard).toEqual([true]);
    expect(followed.journal.event(1)).toMatchObject({ uuid: new Uint8Array(0), csn: "", old: null, oldDn: null });
    expect(await absent(followed, () => directory.schemaNow.attributeTypes.reverse())).toEqual([]);
  });
});

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
