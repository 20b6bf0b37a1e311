import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Dispatch, Events } from "../../../src/netconf/events/events.ts";
import { Ring } from "../../../src/netconf/events/ring.ts";
import { Ends, linesOf, type Task } from "../../../src/netconf/events/task.ts";
import { cycleText, waitPath } from "../../../src/netconf/events/waits.ts";
import { Problem } from "../../../src/problem.ts";
import { ManualClock } from "../../fake/clock.ts";

/** One engine whose handlers are told by the event's interface. */
function engine(handlers: Record<string, (task: Task, events: Events) => ReturnType<Dispatch>>, ring?: Ring) {
  const clock = new ManualClock();
  const events: Events = new Events(
    clock,
    (task) => handlers[task.event.iface]?.(task, events) ?? Promise.resolve("done"),
    0,
    ring,
  );
  const link = (iface: string, timeout?: number, parent?: Task): Task =>
    events.queue(
      "LINK",
      iface,
      { to: "up", steps: [] },
      timeout === undefined ? {} : { timeout },
      parent,
    ) as unknown as Task;
  return { clock, events, link };
}

/** Resolves when what is ready has run. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

const forever = new Promise<never>(() => {});

describe("events", () => {
  it("complete from the bottom up, and every line reaches who listens to the root, in order", async () => {
    const { link } = engine({
      a: async (task, events) => {
        events.say(task, "begins");
        const { outcome } = await events.queue("LINK", "b", { to: "up", steps: [] }, {}, task).done;
        return outcome;
      },
      b: async (task, events) => {
        await events.queue("LINK", "c", { to: "up", steps: [] }, {}, task).done;
        return undefined;
      },
    });
    const root = link("a");
    const heard: string[] = [];
    root.listeners.add(({ text }) => void heard.push(text));
    assert.deepEqual(await root.done, { outcome: "done", reason: "" });
    assert.deepEqual(heard, ["LINK a: begins", "LINK c: done", "LINK b: done", "LINK a: done"]);
    assert.deepEqual(
      linesOf(root).map(({ text }) => text),
      heard,
    );
  });

  it("what a handler throws is how its event ends", async () => {
    const { link } = engine({
      ends: () => Promise.reject(new Ends("conflict", "somebody has it")),
      problem: () => Promise.reject(new Problem("missing", "no dhclient")),
      late: () => Promise.reject(new Problem("timeout", "took long")),
    });
    assert.deepEqual(await link("ends").done, { outcome: "conflict", reason: "somebody has it" });
    assert.deepEqual(await link("problem").done, { outcome: "failed", reason: "no dhclient" });
    assert.deepEqual(await link("late").done, { outcome: "timeout", reason: "took long" });
  });

  it("a child has no more time than its parent, and both end when it is up", async () => {
    const { clock, events, link } = engine({
      a: async (task, all) => {
        const child = all.queue("LINK", "b", { to: "up", steps: [] }, { timeout: 60_000 }, task);
        assert.equal(child.event.deadline, task.event.deadline);
        return (await child.done).outcome;
      },
      b: (task) => task.until(forever),
    });
    const root = link("a", 5000);
    await settled();
    clock.turn(4999);
    await settled();
    assert.equal(root.ended, undefined);
    clock.turn(1);
    assert.deepEqual(await root.done, { outcome: "timeout", reason: "it took longer than 5 s" });
    assert.equal(root.children[0]?.ended?.outcome, "timeout");
    assert.equal(clock.next, undefined);
    assert.equal(events.living.size, 0);
  });

  it("a child's own shorter deadline leaves the parent to decide", async () => {
    const { clock, link } = engine({
      a: async (task, all) => {
        const { outcome } = await all.queue("LINK", "b", { to: "up", steps: [] }, { timeout: 1000 }, task).done;
        return { outcome: "deferred", reason: `the child: ${outcome}` };
      },
      b: (task) => task.until(forever),
    });
    const root = link("a", 5000);
    await settled();
    clock.turn(1000);
    assert.deepEqual(await root.done, { outcome: "deferred", reason: "the child: timeout" });
  });

  it("clocks that are set shorten no deadline", async () => {
    const { clock, link } = engine({ a: (task) => task.until(forever) });
    const root = link("a", 5000);
    await settled();
    clock.set(50 * 365 * 86_400_000);
    clock.turn(4000);
    await settled();
    assert.equal(root.ended, undefined);
    clock.turn(1000);
    assert.equal((await root.done).outcome, "timeout");
  });

  it("an event that is told to end ends its children first; one that a handler leaves behind is ended, too", async () => {
    const order: string[] = [];
    const { link } = engine({
      a: async (task, all) => {
        void all.queue("LINK", "b", { to: "up", steps: [] }, {}, task);
        return undefined;
      },
      b: async (task) => {
        task.signal.addEventListener("abort", () => void order.push("signal"));
        await task.until(forever).finally(() => order.push("unwound"));
        return undefined;
      },
    });
    const root = link("a");
    root.listeners.add(({ text }) => void order.push(text));
    assert.equal((await root.done).outcome, "done");
    assert.deepEqual(order, ["signal", "unwound", "LINK b: cancelled: what it was part of has ended", "LINK a: done"]);
  });

  it("who follows a task hears its lines, and finds them again afterwards", async () => {
    const go = Promise.withResolvers<void>();
    const { events, link } = engine({
      a: async (task) => {
        await go.promise;
        events.say(task, "works");
        return undefined;
      },
      b: async (task) => {
        task.follows.push(first);
        first.followers.add(task);
        return (await first.done).outcome;
      },
    });
    const first = link("a");
    const second = link("b");
    const heard: string[] = [];
    second.listeners.add(({ text }) => void heard.push(text));
    await settled();
    go.resolve();
    await second.done;
    assert.deepEqual(heard, ["LINK a: works", "LINK a: done", "LINK b: done"]);
    assert.deepEqual(
      linesOf(second).map(({ text }) => text),
      heard,
    );
  });

  it("who hears a line in several ways hears it once", async () => {
    const { events, link } = engine({
      root: async (task, all) => {
        const one = all.queue("LINK", "one", { to: "up", steps: [] }, {}, task) as unknown as Task;
        const joins = ["two", "three"].map((iface) => {
          const other = all.queue("LINK", iface, { to: "up", steps: [] }, {}, task) as unknown as Task;
          one.followers.add(other);
          return other.done;
        });
        await Promise.all([one.done, ...joins]);
        return undefined;
      },
      one: async (task) => {
        events.say(task, "works");
        return undefined;
      },
    });
    const root = link("root");
    const heard: string[] = [];
    root.listeners.add(({ text }) => void heard.push(text));
    await root.done;
    assert.equal(heard.filter((text) => text === "LINK one: works").length, 1);
  });

  it("closing ends what lives and lets nothing begin", async () => {
    const { events, link } = engine({ a: (task) => task.until(forever) });
    const root = link("a");
    await settled();
    await events.close("the daemon ends");
    assert.deepEqual(root.ended, { outcome: "cancelled", reason: "the daemon ends" });
    assert.equal((await link("c").done).outcome, "cancelled");
  });

  it("an event keeps so many lines, each so long", async () => {
    const { link } = engine({
      a: async (task, events) => {
        for (let count = 0; count < 1000; count++) events.say(task, "x".repeat(10_000));
        return undefined;
      },
    });
    const root = link("a");
    await root.done;
    assert.equal(root.event.lines.length, 201);
    assert.equal(root.event.lines.at(-1)?.text, "LINK a: … and more");
    assert.ok(root.event.lines.every(({ text }) => text.length < 520));
  });

  it("the newest that was done to an interface: news that changed nothing does not hide it", async () => {
    const { events } = engine({
      eth0: async (task, all) => {
        if (task.event.kind !== "CTLSOCK_IFUP") return task.event.by === "server" ? "failed" : "done";
        await all.queue("LEASE", "eth0", {} as never, {}, task).done;
        return "done";
      },
    });
    const up = events.queue("CTLSOCK_IFUP", "eth0", { class: "", asked: true });
    await up.done;
    await events.queue("CARRIER", "eth0", { carrier: true }).done;
    await events.queue("LEASE", "eth0", {} as never).done;
    assert.equal(events.ring.latest("eth0")?.event.id, up.event.id);
    const lease = events.queue("LEASE", "eth0", {} as never, { by: "server" });
    await lease.done;
    assert.equal(events.ring.latest("eth0")?.event.id, lease.event.id);
  });

  it("ended trees are kept up to a bound, living ones always", async () => {
    const ring = new Ring({ trees: 3, events: 100 });
    const { link } = engine({ waits: (task) => task.until(forever) }, ring);
    const living = link("waits");
    const ended = [1, 2, 3, 4, 5].map((number) => link(`e${number}`));
    await Promise.all(ended.map(({ done }) => done));
    assert.deepEqual(
      ring.newest(Number.POSITIVE_INFINITY, 10).map(({ event }) => event.iface),
      ["e5", "e4", "e3", "waits"],
    );
    assert.equal(ring.find(ended[0]!.event.id), undefined);
    assert.equal(ring.find(living.event.id), living);
  });

  it("the path by which one waits for another is found through children and through what is awaited", async () => {
    const { link } = engine({ a: (task) => task.until(forever), b: (task) => task.until(forever) });
    const a = link("a");
    const b = link("b");
    const below = link("b", undefined, a);
    await settled();
    assert.equal(waitPath(b, new Set([a])), undefined);
    b.awaits = a;
    const path = waitPath(b, new Set([below])) ?? [];
    assert.equal(cycleText(path), "b → a → b");
  });
});
