import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MonitorLine } from "../../../src/console/interfaces/control.ts";
import { latest, markText, missed, readMark } from "../../../src/netconf/answer/missed.ts";
import { Events } from "../../../src/netconf/events/events.ts";
import { Ring } from "../../../src/netconf/events/ring.ts";
import type { Task } from "../../../src/netconf/events/task.ts";
import { ManualClock } from "../../fake/clock.ts";

const started = 1_700_000_000_000;

function daemon(ring?: Ring) {
  const clock = new ManualClock();
  const events: Events = new Events(
    clock,
    async (task) => {
      if (task.event.iface === "waits") await new Promise(() => {});
      events.say(task, "works");
      return "done";
    },
    0,
    ring,
  );
  const link = (iface: string) => events.queue("LINK", iface, { to: "up", steps: [] }) as unknown as Task;
  const mark = () => ({ started, at: clock.now(), ...latest(events.ring) });
  return { events, ring: events.ring, link, mark };
}

const words = (lines: MonitorLine[]) =>
  lines.map((line) => {
    if (line.what !== "event") return line.text;
    return `${line.event.name} ${line.event.outcome ?? "begins"}`;
  });

describe("what a follower has missed", () => {
  it("is all that came behind his mark, in its order, and nothing twice", async () => {
    const { ring, link, mark } = daemon();
    await link("a").done;
    const from = mark();
    assert.deepEqual(missed(ring, from, { started }), { lines: [], lost: "" });
    await link("b").done;
    await link("c").done;
    const { lines, lost } = missed(ring, from, { started });
    assert.equal(lost, "");
    assert.deepEqual(words(lines.filter((line) => line.what !== "event" || line.event.outcome)), [
      ...["LINK b: works", "LINK b: done", "b done", "LINK c: works", "LINK c: done", "c done"],
    ]);
    assert.deepEqual(lines.filter((line) => line.what === "event" && line.event.outcome === null).length, 2);
    assert.deepEqual(words(missed(ring, from, { started, name: "c" }).lines), [
      ...["c begins", "LINK c: works", "LINK c: done", "c done"],
    ]);
  });

  it("has the end of what had begun before", async () => {
    const { ring, link, mark } = daemon();
    const task = link("waits");
    const from = mark();
    task.stop("cancelled", "enough");
    await link("b").done;
    const told = words(missed(ring, from, { started, name: "waits" }).lines);
    assert.deepEqual(told, ["LINK waits: cancelled: enough", "waits cancelled"]);
  });

  it("says how much the ring has let go, and that the kernel is not kept", async () => {
    const { ring, link, mark } = daemon(new Ring({ trees: 2, events: 10 }));
    await link("a").done;
    const from = mark();
    for (const name of ["b", "c", "d", "e"]) await link(name).done;
    const { lines, lost } = missed(ring, from, { started, kernel: true });
    assert.equal(lost, "2 events of that time are kept no longer; the kernel's own changes of that time are not kept");
    assert.deepEqual([...new Set(lines.flatMap((line) => (line.what === "event" ? line.event.name : [])))], ["d", "e"]);
  });

  it("says that it was another daemon, and tells all that this one has", async () => {
    const { ring, link, mark } = daemon();
    await link("a").done;
    const { lines, lost } = missed(ring, { ...mark(), started: started - 1 }, { started });
    assert.match(lost, /^the daemon was started anew at 2023-11-14 22:13:20 UTC/);
    assert.deepEqual(words(lines), ["a begins", "LINK a: works", "LINK a: done", "a done"]);
  });

  it("is bounded, to the newest", async () => {
    const { ring, link, mark } = daemon();
    await link("a").done;
    const from = mark();
    for (let count = 0; count < 100; count++) await link("b").done;
    const { lines, lost } = missed(ring, from, { started });
    assert.deepEqual([lines.length, lost], [300, "100 lines before these are left out"]);
    assert.equal(words(lines).at(-1), "b done");
  });

  it("marks are read as they are written; anything else is none", () => {
    const mark = { started, event: 7, order: 12, at: started + 5 };
    assert.deepEqual(readMark(markText(mark)), mark);
    for (const text of ["now", "", "1.2.3", "1.2.3.4.5", "1.2.3.-4", "1.2.3.4e9", "1.2.3.9999999999999999"])
      assert.equal(readMark(text), undefined, text);
  });
});
