import { afterEach, describe, expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";
import { parkedList } from "../../src/listener/answer-parked.ts";
import { initialized, ready } from "../../src/listener/state-file.ts";
import type { Outcome } from "../fake/worker.ts";
import { closeQueues, Queues } from "./queues.ts";
import { person } from "./toy-directory.ts";

const top = "dc=lab";
const at = (...leaves: string[]) => [...leaves, top].join(",");

afterEach(closeQueues);

/** A directory with its suffix, loaded. */
function queues(): Queues {
  const made = new Queues();
  made.directory.create(top, { objectClass: "domain", dc: "lab" });
  made.directory.load();
  return made;
}

const fail: Outcome = { fails: "no" };
/** Fails on calls about these names. */
const failOn =
  (...leaves: string[]) =>
  ({ dn }: { dn: string }): Outcome =>
    leaves.some((leaf) => dn.startsWith(leaf)) ? fail : "done";

describe("initial load", () => {
  test("clean, initialize, then every entry as n, parents first, then events", async () => {
    const q = queues();
    q.directory.create(at("cn=b", "cn=a"));
    q.directory.create(at("cn=a"));
    const worker = q.worker("x", { functions: ["clean", "initialize"] });
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    expect(worker.take()).toEqual(["clean", "initialize", "n cn=a", "n cn=b"]);
    expect(q.states.files.get("x")).toBe(initialized + ready);
    q.directory.create(at("cn=c"));
    await q.settle();
    expect(worker.take()).toEqual(["a cn=c"]);
  });

  test("shows the directory as of its beginning, whatever happens meanwhile", async () => {
    const q = queues();
    for (const cn of ["a", "b", "c", "d"]) q.directory.create(at(`cn=${cn}`));
    const worker = q.worker("x");
    const dns: string[] = [];
    let changed = false;
    worker.onCall = ({ dn, new: now }) => {
      dns.push(`${dn} ${now.cn}`);
      if (changed) return "done";
      changed = true;
      q.directory.move(at("cn=b"), at("cn=bb"));
      q.directory.remove(at("cn=c"));
      q.directory.modify(at("cn=d"), person("cn=new"));
      q.directory.create(at("cn=e"));
      return "done";
    };
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    expect(worker.take().slice(0, 4)).toEqual(["n cn=a", "n cn=b", "n cn=c", "n cn=d"]);
    expect(dns).toContain(`${at("cn=d")} cn=d`);
    expect(dns.slice(4)).toEqual([
      ...[`${at("cn=b")} undefined`, `${at("cn=bb")} cn=b`],
      ...[`${at("cn=c")} undefined`, `${at("cn=d")} cn=new`, `${at("cn=e")} cn=e`],
    ]);
  });

  test("waits for the directory's own first load", async () => {
    const q = new Queues();
    const worker = q.worker("x", { functions: ["initialize"] });
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    q.directory.create(at("cn=a"));
    expect(worker.take()).toEqual([]);
    q.directory.load();
    await q.settle();
    expect(worker.take()).toEqual(["initialize", "n cn=a"]);
  });

  test("goes on where it was after a kill", async () => {
    const q = queues();
    for (let i = 100; i < 400; i++) q.directory.create(at(`cn=${i}`));
    const worker = q.worker("x", { functions: ["initialize"] });
    let count = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onCall = () => {
      if (++count < 150) return "done";
      resolve();
      return new Promise(() => undefined);
    };
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await promise;
    q.clock.turn(20);
    q.kill();
    const again = await q.follow("x", { functions: ["initialize"] });
    expect(again.take()).toEqual([]);
    expect(q.status("x").done).toBe(300 - 149);
    expect(q.states.files.get("x")).toBe(initialized + ready);
  });

  test("a deleted state file is a resync; others go on", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    await q.follow("x");
    await q.follow("y");
    q.clock.turn(20);
    q.kill();
    q.states.files.delete("x");
    const [x, y] = [q.worker("x"), q.worker("y")];
    for (const worker of [x, y]) q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    expect([x.take(), y.take()]).toEqual([["n cn=a"], []]);
  });

  test("resync on demand: other ids, nothing parked is left, initialize that fails is tried again", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    const worker = q.worker("x", { functions: ["clean", "initialize"] });
    const ids: string[] = [];
    worker.onCall = ({ id }) => {
      ids.push(id);
      return fail;
    };
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    expect(q.status("x").parked.failed).toBe(1);
    worker.onCall = ({ id }) => {
      ids.push(id);
      return "done";
    };
    let fails = 2;
    worker.onLife = (name) => {
      if (name === "initialize" && fails-- > 0) throw new Error("not yet");
    };
    worker.take();
    await q.dispatcher.resync("x");
    await q.settle();
    expect(worker.take()).toEqual(["clean", "initialize"]);
    expect(q.status("x")).toMatchObject({ state: "new", error: "not yet", waitsUntil: q.clock.now() + 1000 });
    await q.turn(5000);
    expect(worker.take()).toEqual(["clean", "initialize", "clean", "initialize", "n cn=a"]);
    expect(q.status("x")).toMatchObject({ state: "following", parked: { failed: 0, waiting: 0, dead: 0 } });
    expect(new Set(ids).size).toBe(2);
  });

  test("one that another listener has loaded already is told of what comes after only", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    const worker = q.worker("x", { functions: ["initialize"] });
    q.dispatcher.attach(worker, { adopt: true });
    q.dispatcher.start();
    q.directory.create(at("cn=b"));
    await q.settle();
    expect(worker.take()).toEqual(["a cn=b"]);
  });

  test("one entry anew, in its place among the events", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=b"));
    const worker = await q.follow("x");
    worker.onCall = failOn("cn=a");
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    await q.settle();
    worker.onCall = () => "done";
    worker.take();
    await q.dispatcher.pause("x", true);
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "2" }));
    await q.dispatcher.resyncObject("CN=a,DC=lab");
    await q.dispatcher.pause("x", false);
    await q.settle();
    expect(worker.seen.map((call) => typeof call !== "string" && [call.command, call.new.sn?.[0]])).toEqual([
      ["m", "1"],
      ["n", "1"],
      ["m", "2"],
    ]);
    await expect(q.dispatcher.resyncObject(at("cn=nobody"))).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("what fails", () => {
  test("is parked with what depends on it; everything else goes on; success lets the rest follow in order", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = failOn("cn=a");
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=b"));
    q.directory.create(at("cn=c", "cn=a"));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    q.directory.move(at("cn=a"), at("cn=z"));
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=d"));
    await q.settle();
    expect(worker.take()).toEqual(["a cn=a", "a cn=b", "a cn=d"]);
    expect(q.status("x")).toMatchObject({
      parked: { failed: 1, waiting: 5, dead: 0 },
      lag: { events: 0 },
      error: "no",
    });
    const [first, second] = q.dispatcher.parked("x");
    expect(first).toMatchObject({ dn: at("cn=a"), kind: "create", state: "failed", attempts: 1, error: "no" });
    expect(second).toMatchObject({ dn: at("cn=c", "cn=a"), state: "waiting" });
    worker.onCall = () => "done";
    await q.turn(999);
    expect(worker.take()).toEqual([]);
    await q.turn(1);
    expect(worker.take()).toEqual(["a cn=a", "a cn=c", "m cn=a", "r cn=a", "a cn=z", "r cn=c", "a cn=c", "a cn=a"]);
    expect(q.dispatcher.parked()).toEqual([]);
  });

  test("is tried after 1, 2, 4 … seconds, then waits for a person", async () => {
    const q = queues();
    const worker = await q.follow("x");
    const tries: number[] = [];
    worker.onCall = () => {
      tries.push(q.clock.now());
      return fail;
    };
    q.directory.create(at("cn=a"));
    await q.settle();
    await q.turn(48 * 3_600_000);
    const waits = tries.slice(1).map((time, index) => (time - tries[index]!) / 1000);
    expect(waits.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
    expect(waits.slice(12)).toEqual(Array(11).fill(3600));
    expect(q.status("x").parked).toEqual({ failed: 0, waiting: 0, dead: 1 });
    const id = q.dispatcher.parked("x")[0]!.id;
    worker.onCall = () => "done";
    await q.dispatcher.retry("x", id);
    await q.settle();
    expect(q.dispatcher.parked()).toEqual([]);
    await expect(q.dispatcher.retry("x", id)).rejects.toMatchObject({ code: "not-found" });
  });

  test("skipping it lets what waited behind it go on, and is remembered", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = ({ command }) => (command === "a" ? fail : "done");
    q.directory.create(at("cn=a"));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    await q.settle();
    worker.take();
    const id = q.dispatcher.parked("x")[0]!.id;
    await q.dispatcher.skip("x", id);
    await q.settle();
    expect(worker.take()).toEqual(["m cn=a"]);
    expect(q.dispatcher.parked("x")).toMatchObject([{ id, state: "skipped" }]);
  });

  test("is counted, and found by its number, also of a handler that is not there", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = ({ command }) => (command === "a" ? fail : "done");
    for (const name of ["cn=a", "cn=b"]) {
      q.directory.create(at(name));
      q.directory.modify(at(name), person(name, { sn: "1" }));
    }
    await q.settle();
    const [a] = q.dispatcher.parked("x");
    await q.dispatcher.skip("x", a!.id);
    await q.settle();
    const counts = { failed: 1, waiting: 1, dead: 0 };
    expect([q.dispatcher.parkedHandler(a!.id), q.dispatcher.parkedCounts("x")]).toEqual(["x", counts]);
    await q.dispatcher.detach("x");
    expect([q.dispatcher.parkedHandler(a!.id), q.dispatcher.parkedCounts("x")]).toEqual(["x", counts]);
    expect(q.dispatcher.parkedCounts("y")).toEqual({ failed: 0, waiting: 0, dead: 0 });
    expect(() => q.dispatcher.parkedHandler(99)).toThrow("nothing is parked under the number 99");
  });

  test("the list says of each item what it waits for and what is behind it, those of one object in order", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = failOn("cn=a");
    const other = await q.follow("y");
    other.onCall = failOn("cn=a");
    q.directory.create(at("cn=a"));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "2" }));
    await q.settle();
    const ids = q.dispatcher.parked("x").map(({ id }) => id);
    const list = parkedList(q.dispatcher, { handler: "x", limit: 2 });
    const third = { id: ids[2], state: "waiting", behind: 0, waitsFor: ids[0] };
    expect(list).toMatchObject({ total: 3, items: [third, { ...third, id: ids[1] }], before: ids[1] });
    const rest = parkedList(q.dispatcher, { handler: "x", limit: 2, before: ids[1]! });
    expect(rest).toMatchObject({ items: [{ id: ids[0], state: "failed", behind: 2, waitsFor: null }], before: null });
    await q.dispatcher.skip("x", ids[0]!);
    const skipped = parkedList(q.dispatcher, { handler: "x", state: "skipped", limit: 9 }).items;
    expect(skipped).toMatchObject([{ id: ids[0], waitsFor: null }]);
    expect(parkedList(q.dispatcher, { limit: 9 }).items.filter(({ handler }) => handler === "y")).toHaveLength(3);
  });

  test("stays parked over a kill, and is not parked twice", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = failOn("cn=a");
    q.directory.create(at("cn=a"));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    await q.settle();
    q.kill(); // before anything was written
    const next = q.worker("x");
    next.onCall = failOn("cn=a");
    q.dispatcher.attach(next);
    q.dispatcher.start();
    await q.settle();
    q.clock.turn(20);
    q.kill();
    const last = await q.follow("x");
    expect(q.status("x").parked).toEqual({ failed: 1, waiting: 1, dead: 0 });
    await q.turn(1000);
    expect(last.take()).toEqual(["a cn=a", "m cn=a"]);
  });

  test("ten objects in a row: the handler waits as a whole, probes with one, and nothing more is parked", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = () => fail;
    for (let i = 0; i < 30; i++) q.directory.create(at(`cn=${i}`));
    await q.settle();
    expect(worker.take().length).toBe(10);
    expect(q.status("x")).toMatchObject({ parked: { failed: 10 }, waitsUntil: q.clock.now() + 1000 });
    await q.turn(1000);
    expect(worker.take().length).toBe(1);
    expect(q.status("x")).toMatchObject({ parked: { failed: 10 }, waitsUntil: q.clock.now() + 2000 });
    worker.onCall = () => "done";
    await q.turn(2000);
    expect(worker.take().length).toBe(30);
    expect(q.status("x")).toMatchObject({ parked: { failed: 0 }, lag: { events: 0 }, waitsUntil: 0 });
  });

  test("many objects that are really wrong do not hold up the rest for ever", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = failOn("cn=bad");
    for (let i = 0; i < 14; i++) q.directory.create(at(`cn=bad${i}`));
    q.directory.create(at("cn=good"));
    await q.settle();
    await q.turn(48 * 3_600_000);
    expect(worker.take()).toContain("a cn=good");
    expect(q.status("x").lag.events).toBe(0);
  });

  test("out of reach: nothing is parked, everything waits, a person may ask to try now", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = () => "unavailable";
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=b"));
    await q.settle();
    await q.turn(1000 + 2000 + 4000);
    expect(worker.take()).toEqual(["a cn=a", "a cn=a", "a cn=a", "a cn=a"]);
    expect(q.status("x")).toMatchObject({ parked: { failed: 0 }, lag: { events: 2 }, error: "out of reach" });
    worker.onCall = () => "done";
    await q.dispatcher.retry("x");
    await q.settle();
    expect(worker.take()).toEqual(["a cn=a", "a cn=b"]);
  });

  test.each([-3_600_000, -7200, 3_600_000])(
    "a clock that is set by %i ms delays nothing and hurries nothing",
    async (by) => {
      const q = queues();
      const worker = await q.follow("x");
      worker.onCall = ({ dn }) => (dn.startsWith("cn=a") ? { fails: "no" } : "unavailable");
      q.directory.create(at("cn=a"));
      q.directory.create(at("cn=b"));
      await q.settle();
      expect(worker.take()).toEqual(["a cn=a", "a cn=b"]);
      q.clock.set(by);
      await q.turn(900);
      expect(worker.take()).toEqual([]);
      worker.onCall = () => "done";
      await q.turn(200);
      expect(worker.take().sort()).toEqual(["a cn=a", "a cn=b"]);
    },
  );

  test("a process that ends: tried once more, alone; then it is the object's fault", async () => {
    const q = queues();
    const worker = await q.follow("x");
    worker.onCall = ({ dn }) => (dn.startsWith("cn=b") ? "crash" : "done");
    for (const cn of ["a", "b", "c"]) q.directory.create(at(`cn=${cn}`));
    await q.settle();
    expect(worker.take()).toEqual(["a cn=a", "a cn=b", "a cn=b", "a cn=c"]);
    expect(q.dispatcher.parked("x")).toMatchObject([{ dn: at("cn=b"), error: "crash" }]);
  });

  test("a call that takes too long is parked at once; a process that is ended in order is nobody's fault", async () => {
    const q = queues();
    const worker = await q.follow("x");
    const outcomes: Outcome[] = ["timeout", "ended", "ended", "ended", "done"];
    worker.onCall = () => outcomes.shift() ?? "done";
    for (const cn of ["a", "b"]) q.directory.create(at(`cn=${cn}`));
    await q.turn(999);
    expect(worker.take()).toEqual(["a cn=a", "a cn=b", "a cn=b", "a cn=b", "a cn=b"]);
    expect(q.dispatcher.parked("x")).toMatchObject([{ dn: at("cn=a"), error: "timeout" }]);
  });

  test("a move is repeated from its beginning", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    const worker = await q.follow("x");
    worker.onCall = ({ command }) => (command === "a" ? fail : "done");
    q.directory.move(at("cn=a"), at("cn=b"));
    await q.settle();
    worker.onCall = () => "done";
    await q.turn(1000);
    const calls = worker.seen.map((call) => (typeof call === "string" ? call : call.id.replace(/^\w+\./, "")));
    const [, step] = calls[0]!.split(".");
    expect(step).toBe("1");
    expect(calls.slice(2)).toEqual(calls.slice(0, 2));
  });

  test("in an initial load: parked as the load saw it, events wait behind it", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=c", "cn=a"));
    const worker = q.worker("x");
    worker.onCall = failOn("cn=a");
    q.dispatcher.attach(worker);
    q.dispatcher.start();
    await q.settle();
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "2" }));
    q.directory.remove(at("cn=c", "cn=a"));
    await q.settle();
    expect(worker.take()).toEqual(["n cn=a"]);
    expect(q.dispatcher.parked("x").map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      ...["initial failed", "initial waiting"],
      ...["modify waiting", "delete waiting"],
    ]);
    worker.onCall = () => "done";
    await q.turn(1000);
    expect(worker.take()).toEqual(["n cn=a", "n cn=c", "m cn=a", "d cn=c"]);
  });
});

describe("priority is a barrier", () => {
  test("an event comes to a handler only after those before it are done with it, or have parked it", async () => {
    const q = queues();
    const late = await q.follow("late", { priority: 60 });
    const early = await q.follow("early", { priority: 10 });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const begun = Promise.withResolvers<void>();
    early.onCall = ({ dn }) => {
      if (!dn.startsWith("cn=b")) return "done";
      begun.resolve();
      return promise;
    };
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=b"));
    q.directory.create(at("cn=c"));
    await begun.promise;
    await setImmediate(); // the other had its turn
    expect(late.take()).toEqual(["a cn=a"]);
    expect(q.status("late")).toMatchObject({ waitsFor: "early", lag: { events: 2 } });
    resolve(fail);
    await q.settle();
    expect(late.take()).toEqual(["a cn=b", "a cn=c"]);
    expect(q.status("late").waitsFor).toBeNull();
  });

  test("one that is paused, loading or out of service holds nobody up; replication comes first by its name", async () => {
    const q = queues();
    q.directory.create(at("cn=a"));
    const late = await q.follow("late", { priority: 1 });
    const early = await q.follow("replication", { priority: 99 });
    early.onCall = () => "unavailable";
    q.directory.create(at("cn=b"));
    await q.settle();
    expect(late.take()).toEqual([]);
    await q.dispatcher.pause("replication", true);
    await q.settle();
    expect(late.take()).toEqual(["a cn=b"]);
    await q.dispatcher.pause("replication", false);
    q.directory.create(at("cn=c"));
    await q.settle();
    expect(late.take()).toEqual([]);
    early.set({ state: "out of service", reason: "broken" });
    await q.settle();
    expect(late.take()).toEqual(["a cn=c"]);
    early.serve();
    await q.dispatcher.resync("replication");
    q.directory.create(at("cn=d"));
    await q.settle();
    expect(q.status("replication").state).toBe("loading");
    expect(late.take()).toEqual(["a cn=d"]);
  });

  test("when the one before is loaded anew with another priority, those who waited for it go on", async () => {
    const q = queues();
    const late = await q.follow("late", { priority: 50 });
    const early = await q.follow("early", { priority: 10 });
    early.onCall = () => "unavailable";
    q.directory.create(at("cn=a"));
    await q.settle();
    expect(late.take()).toEqual([]);
    early.serve({ ...early.declaration, priority: 50 });
    await q.settle();
    expect(late.take()).toEqual(["a cn=a"]);
  });
});

describe("prerun and postrun", () => {
  const functions: ("prerun" | "postrun")[] = ["prerun", "postrun"];

  test("after a time without calls, or at the latest so long after prerun", async () => {
    const q = queues();
    const worker = await q.follow("x", { functions, quiet: 15, maxDelay: 40 });
    q.directory.create(at("cn=a"));
    await q.turn(10_000);
    q.directory.create(at("cn=b"));
    await q.turn(14_999);
    expect(worker.take()).toEqual(["prerun", "a cn=a", "a cn=b"]);
    await q.turn(1);
    expect(worker.take()).toEqual(["postrun"]);
    expect(q.status("x").prepared).toBe(false);
    for (let i = 0; i < 6; i++) {
      q.directory.create(at(`cn=${i}`));
      await q.turn(10_000);
    }
    expect(worker.take()).toEqual([
      "prerun",
      "a cn=0",
      "a cn=1",
      "a cn=2",
      "a cn=3",
      "postrun",
      "prerun",
      "a cn=4",
      "a cn=5",
    ]);
  });

  test("is owed over a kill from before prerun was called, and after a new process has prepared itself", async () => {
    const q = queues();
    const worker = await q.follow("x", { functions });
    const begun = Promise.withResolvers<void>();
    worker.onLife = () => {
      begun.resolve();
      return new Promise(() => undefined);
    };
    q.directory.create(at("cn=a"));
    await begun.promise;
    q.kill();
    const next = q.worker("x", { functions });
    q.dispatcher.attach(next);
    expect(q.status("x").prepared).toBe(true);
    q.dispatcher.start();
    await q.settle();
    expect(next.take()).toEqual(["prerun", "a cn=a"]);
    q.clock.turn(20);
    q.kill();
    const last = await q.follow("x", { functions });
    await q.turn(15_000);
    expect(last.take()).toEqual(["prerun", "postrun"]);
  });

  test("a postrun that fails is tried again and does not hold up calls; prerun that fails does", async () => {
    const q = queues();
    const worker = await q.follow("x", { functions });
    let broken: string | null = "postrun";
    worker.onLife = (name) => {
      if (name === broken) throw new Error(`${name} broke`);
    };
    q.directory.create(at("cn=a"));
    await q.turn(15_000);
    expect(q.status("x")).toMatchObject({ error: "postrun broke", prepared: true });
    q.directory.create(at("cn=b"));
    await q.settle();
    expect(worker.take()).toEqual(["prerun", "a cn=a", "postrun", "a cn=b"]);
    broken = null;
    await q.turn(15_000);
    expect(worker.take()).toEqual(["postrun"]);
    broken = "prerun";
    q.directory.create(at("cn=c"));
    await q.settle();
    expect(q.status("x")).toMatchObject({ error: "prerun broke", waitsUntil: q.clock.now() + 1000 });
    broken = null;
    await q.turn(1000);
    expect(worker.take()).toEqual(["prerun", "prerun", "a cn=c"]);
  });

  test("comes at shutdown, too", async () => {
    const q = queues();
    const worker = await q.follow("x", { functions });
    q.directory.create(at("cn=a"));
    await q.settle();
    await q.dispatcher.stop();
    expect(worker.take()).toEqual(["prerun", "a cn=a", "postrun"]);
    q.kill();
    const next = await q.follow("x", { functions });
    await q.turn(60_000);
    expect(next.take()).toEqual([]);
  });
});

describe("what a person can do", () => {
  test("replay delivers events once more: the same calls again", async () => {
    const q = queues();
    const worker = await q.follow("x");
    for (const cn of ["a", "b", "c"]) q.directory.create(at(`cn=${cn}`));
    await q.settle();
    const { position } = q.status("x");
    const ids = worker.seen.splice(0).map((call) => typeof call !== "string" && call.id);
    await q.dispatcher.replay("x", position - 1, position);
    await q.settle();
    expect(worker.seen.map((call) => typeof call !== "string" && call.id)).toEqual(ids.slice(1));
    await expect(q.dispatcher.replay("x", position, position + 1)).rejects.toMatchObject({ code: "bad-options" });
  });

  test("replay leaves nobody with an old state, and keeps the order of what is parked", async () => {
    const q = queues();
    const worker = await q.follow("x");
    const from = q.status("x").position + 1;
    q.directory.create(at("cn=a"));
    q.directory.create(at("cn=b"));
    q.directory.modify(at("cn=b"), person("cn=b", { sn: "1" }));
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "1" }));
    await q.settle();
    worker.onCall = () => fail;
    q.directory.modify(at("cn=a"), person("cn=a", { sn: "2" }));
    await q.settle();
    worker.onCall = () => "done";
    worker.take();
    expect(await q.dispatcher.replay("x", from, from)).toBe(2);
    await q.turn(1000);
    const sn = worker.seen.map((call) => typeof call !== "string" && `${call.command} ${call.dn} ${call.new.sn}`);
    expect(sn).toEqual([`a ${at("cn=a")} undefined`, `m ${at("cn=a")} 1`, `m ${at("cn=a")} 2`]);
  });

  test("detach and attach: it goes on where it was; forget: it begins anew", async () => {
    const q = queues();
    await q.follow("x");
    await q.dispatcher.detach("x");
    q.directory.create(at("cn=a"));
    expect((await q.follow("x")).take()).toEqual([]);
    expect(q.status("x").done).toBe(1);
    await q.dispatcher.detach("x");
    q.dispatcher.forget("x");
    const worker = q.worker("x", { functions: ["initialize"] });
    q.dispatcher.attach(worker);
    await q.settle();
    expect(worker.take()).toEqual(["initialize", "n cn=a"]);
  });

  test("another filter since the initial load is told", async () => {
    const q = queues();
    const worker = await q.follow("x");
    expect(q.status("x").stale).toBe(false);
    worker.serve({ ...worker.declaration, filter: "(cn=*)" });
    expect(q.status("x").stale).toBe(true);
    await q.dispatcher.resync("x");
    await q.settle();
    expect(q.status("x").stale).toBe(false);
    worker.serve({ ...worker.declaration, filter: "(cn=*" });
    expect(q.status("x").worker).toMatchObject({ state: "out of service" });
    expect(q.status("x").error).toContain("filter");
  });

  test("what a handler says of itself anew is told of, and is in the database by then", async () => {
    const q = queues();
    const told: string[] = [];
    const rows = q.directory.database.prepare<{ declaration: string }, []>("SELECT declaration FROM handler");
    q.onDeclared = () =>
      void told.push(
        rows
          .all()
          .map((row) => JSON.parse(row.declaration).needs.join())
          .join(),
      );
    const worker = await q.follow("x");
    worker.serve();
    worker.serve({ ...worker.declaration, needs: ["userPassword"] });
    worker.serve({ ...worker.declaration, needs: [] });
    expect(told).toEqual(["", "userPassword", ""]);
  });

  test("two handlers of one name are refused", async () => {
    const q = queues();
    await q.follow("x");
    expect(() => q.dispatcher.attach(q.worker("x"))).toThrow("two handlers of the name x");
  });
});

test("when nothing can be written, nothing new is begun; when it can, everything is written and goes on", async () => {
  const q = queues();
  const worker = await q.follow("x");
  const writable = (yes: boolean) => q.directory.database.run(`PRAGMA query_only = ${yes ? "OFF" : "ON"}`);
  q.directory.create(at("cn=a"));
  await q.settle();
  writable(false);
  await q.turn(100);
  writable(true);
  q.directory.create(at("cn=b"));
  await q.settle();
  expect(worker.take()).toEqual(["a cn=a"]);
  await q.turn(1000);
  expect(worker.take()).toEqual(["a cn=b"]);
  q.clock.turn(20);
  q.kill();
  expect((await q.follow("x")).take()).toEqual([]);
});
