/** The module's commands against a control socket, and on the cache of people. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { People, Person } from "../../../src/console/directory/answer.ts";
import { commands } from "../../../src/console/directory/commands.ts";
import type {
  ChangeDetail,
  ChangeList,
  HandlerModule,
  HeldList,
  ListenerStatus,
  ParkedList,
} from "../../../src/console/directory/control.ts";
import { verbs } from "../../../src/console/directory/control.ts";
import { directory } from "../../../src/console/directory/declaration.ts";
import { watch } from "../../../src/console/directory/listener.ts";
import { hostWithPersons } from "../../../src/console/inventory/persons.ts";
import { markOf } from "../../../src/console/mark.ts";
import { logger } from "../../../src/log.ts";
import { Problem } from "../../../src/problem.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { storeInventory } from "../../../src/store/host.ts";
import { savePerson } from "../../../src/store/person.ts";
import { FakeListener, uuidOf } from "../../fake/listener.ts";
import { madeUpPerson } from "../../store/suite/made-up-person.ts";
import { problemOf } from "../../store/suite/subject.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-directory-"));
let store: Store;
let listener: FakeListener;
beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(folder, "reeve.db")}`, migrate: "auto" });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  listener = new FakeListener();
  await listener.start(folder);
});
afterEach(() => listener.stop());

interface More {
  signal?: AbortSignal;
  progress?: (partial: unknown) => void;
  sockets?: string;
}

async function call<Result>(
  name: keyof typeof directory.commands,
  given: Record<string, unknown> = {},
  more: More = {},
): Promise<Result> {
  const options = directory.commands[name].options.parse(given);
  const context = {
    ...{ user: { name: "ada", administrator: true }, session: "", address: "198.51.100.7", locale: "en" },
    flavor: undefined,
    signal: more.signal ?? new AbortController().signal,
    progress: more.progress ?? (() => undefined),
    sockets: more.sockets ?? folder,
    run: () => Promise.reject(new Error("nothing is run")),
    store: async () => store,
    log: logger("test"),
  };
  return (await commands[name](options as never, context)) as Result;
}

describe("the listener's commands", () => {
  test("reading: state, handlers, parked items, held deletions, changes", async () => {
    expect(await call<ListenerStatus>("status")).toMatchObject({ phase: "following", head: 120, held: 60 });
    expect((await call<HandlerModule[]>("handlers")).map(({ name }) => name)).toContain("legacy");
    expect((await call<ParkedList>("parked", { state: "waiting" })).items.map(({ id }) => id)).toEqual([3, 2]);
    const first = await call<ParkedList>("parked", { limit: 3 });
    expect((await call<ParkedList>("parked", { limit: 3, before: first.before })).items.map(({ id }) => id)).toEqual([
      1,
    ]);
    expect((await call<HeldList>("held", { offset: 50 })).items).toHaveLength(10);
    const { changes, before } = await call<ChangeList>("changes", { kind: "delete", limit: 5 });
    expect([changes.map(({ seq }) => seq), before]).toEqual([[111, 101, 91, 81, 71], 71]);
    expect((await call<ChangeDetail>("change", { seq: 71 })).attributes).toHaveLength(1);
    expect((await problemOf(call("change", { seq: 999 }))).code).toBe("not-found");
  });

  test("each option goes to the listener as its contract says, with who asks", async () => {
    const asked = async (name: keyof typeof directory.commands, given: Record<string, unknown>) => {
      await call(name, given);
      return listener.asked.at(-1);
    };
    const by = "ada";
    const given: [name: keyof typeof directory.commands, given: object, options: object][] = [
      ["resync", { handler: "mail" }, { handler: "mail" }],
      ["resync", { dn: "dc=lab" }, { dn: "dc=lab" }],
      ["resync", { dn: "dc=lab", handler: "mail" }, { dn: "dc=lab", handler: "mail" }],
      ["verify", {}, {}],
      ["pause", { handler: "mail" }, { handler: "mail" }],
      ["pause", {}, {}],
      ["resume", {}, {}],
      ["retry", { id: 1 }, { id: 1 }],
      ["retry", { handler: "mail" }, { handler: "mail" }],
      ["skip", { id: 1, reason: " it is wrong " }, { id: 1, reason: "it is wrong" }],
      ["forget", { handler: "old" }, { handler: "old" }],
      ["approve", { uuids: [uuidOf(3)] }, { uuids: [uuidOf(3)] }],
      ["reject", { all: true }, { all: true }],
    ];
    for (const [verb, options, sent] of given) {
      expect(await asked(verb, { ...options })).toEqual({ verb, options: sent, by });
    }
    expect(listener.held).toEqual([]);
    expect(given.every(([verb]) => verbs[verb as keyof typeof verbs].changes)).toBe(true);
  });

  test("what says too little or too much never reaches the listener", async () => {
    for (const [name, given] of [
      ["resync", {}],
      ["retry", {}],
      ["retry", { id: 1, handler: "mail" }],
      ["skip", { id: 1, reason: "  " }],
      ["approve", {}],
      ["approve", { uuids: [uuidOf(1)], all: true }],
      ["reject", { uuids: [] }],
      ["changes", { uuid: "a b" }],
      ["change", { seq: 0 }],
    ] as const) {
      const schema = directory.commands[name].options;
      expect([name, schema.safeParse(given).success]).toEqual([name, false]);
    }
  });

  test("who may only look may not act, and does not see all that the listener's account reads", () => {
    const open = Object.entries(directory.commands).filter(([, { access }]) => access === "user");
    expect(open.map(([name]) => name)).toEqual([
      ...["people", "person", "status", "watch", "handlers", "parked", "held"],
    ]);
    expect(open.some(([, command]) => "changes" in command)).toBe(false);
  });

  test("without a listener: not running, in words, and at once; the people are there", async () => {
    await listener.stop();
    const problem = await problemOf(call("status"));
    expect([problem.code, problem.message]).toEqual(["not-running", "no listener runs on this host"]);
    expect((await call<People>("people")).total).toBe(0);
  });

  test("what the listener refuses is handed on; who goes away waits no longer", async () => {
    expect((await problemOf(call("pause", { handler: "nobody" }))).message).toBe("there is no handler nobody");
    const stopping = new AbortController();
    stopping.abort(new Problem("cancelled", "gone"));
    expect((await problemOf(call("status", {}, { signal: stopping.signal }))).code).toBe("cancelled");
  });

  describe("a watch", () => {
    function watching(shown?: string) {
      const gone = new AbortController();
      let told = Promise.withResolvers<void>();
      const it = {
        count: 0,
        async tells() {
          await told.promise;
          told = Promise.withResolvers();
        },
        async end() {
          gone.abort();
          return await ended;
        },
      };
      const progress = () => {
        it.count++;
        told.resolve();
      };
      const user = { name: "ada", administrator: false };
      const ended = watch({ user, sockets: folder, signal: gone.signal, progress }, shown, 10);
      return it;
    }

    async function someLooks() {
      const enough = listener.asked.length + 3;
      while (listener.asked.length < enough) await Bun.sleep(5);
    }

    test("tells that something has changed, also that the listener went and came", async () => {
      const it = watching();
      await it.tells();
      await someLooks();
      expect(it.count).toBe(1);
      listener.phase = "refreshing";
      await it.tells();
      await listener.stop();
      await it.tells();
      await listener.start(folder);
      await it.tells();
      expect(await it.end()).toEqual({ ended: false });
    });

    test("with what a page shows tells nothing while it is so", async () => {
      const it = watching(markOf(await call<ListenerStatus>("status")));
      await someLooks();
      await it.end();
      expect(it.count).toBe(0);
    });

    test("with what a page shows tells again and again that it is no longer so, whatever was seen in between", async () => {
      const shown = markOf(await call<ListenerStatus>("status"));
      // As it is when the page was drawn between two looks: neither saw what it shows.
      await listener.stop();
      const it = watching(shown);
      await it.tells();
      await it.tells();
      await it.end();
    });
  });
});

describe("people", () => {
  test("a person has the machines where the account was last, however they write it; a group has none", async () => {
    const machine = (deviceId: string, USERID: string, now: number) =>
      storeInventory(
        store,
        {
          ...{ deviceId, tag: "", agent: "test", collected: now, incomplete: [] },
          sections: { HARDWARE: [{ NAME: deviceId, USERID }] },
        },
        { address: "192.0.2.1", now },
      );
    await savePerson(store, madeUpPerson("alice.w", { uuid: "u1", name: "Alice Winter" }), 10);
    const members = ["dn:uid=alice.w,ou=people,dc=lab"];
    await savePerson(store, madeUpPerson("staff", { uuid: "g1", kind: "group", members }), 20);
    await machine("old", "EXAMPLE\\Alice.W", 100);
    await machine("new", "alice.w@example.org", 300);
    await machine("other", "malice.w", 200);
    await machine("pattern", "alice_w", 250);
    const person = await call<Person>("person", { uuid: "u1" });
    expect(person.hosts.map(({ name, lastUser }) => [name, lastUser])).toEqual([
      ["new", "alice.w@example.org"],
      ["old", "EXAMPLE\\Alice.W"],
    ]);
    expect(person.groups.map(({ uuid }) => uuid)).toEqual(["g1"]);
    const group = await call<Person>("person", { uuid: "g1" });
    expect([group.hosts, group.known.map(({ uuid }) => uuid)]).toEqual([[], ["u1"]]);
    expect((await call<People>("people", { kind: "group" })).people.map(({ account }) => account)).toEqual(["staff"]);
    expect((await problemOf(call("person", { uuid: "u2" }))).code).toBe("not-found");
    const hosts = person.hosts.map(({ id }) => hostWithPersons(store, id));
    expect((await Promise.all(hosts)).map(({ persons }) => persons)).toEqual(
      Array(2).fill([{ uuid: "u1", name: "Alice Winter" }]),
    );
  });
});
