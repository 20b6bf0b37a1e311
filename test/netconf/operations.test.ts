/** Who asks while something is being done: rules 4, 8 and 9 of the reference. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EventTree } from "../../src/console/interfaces/control.ts";
import { why } from "../../src/netconf/answer/why.ts";
import { Problem } from "../../src/problem.ts";
import { idle, linesOfOperation, root, Scene } from "../fake/netconf.ts";

const static0 = "iface eth0 inet static\n  address 192.0.2.1/24\n  pre-up prepare\n  up ready\n  down bye\n";

/** Programs that end when the test says so. */
async function scene(interfaces = static0): Promise<{ s: Scene; let_: (what: string) => Promise<void> }> {
  const s = new Scene({ interfaces });
  for (const name of ["eth0", "eth1"]) s.kernel.world.appear(name);
  await s.netconf.start();
  const gates = new Map<string, () => void>();
  s.program = (what, { signal }) =>
    new Promise((resolve, reject) => {
      gates.set(what, () => resolve(0));
      signal.addEventListener("abort", () => reject(new Problem("cancelled", "ended")));
    });
  const let_ = async (what: string) => {
    await idle();
    const open = gates.get(what);
    assert.ok(open, `${what} runs`);
    gates.delete(what);
    open();
    await idle();
  };
  return { s, let_ };
}

describe("operations on one interface", () => {
  it("rule 8: the same goal joins, and both see the lines", async () => {
    const { s, let_ } = await scene();
    const first = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    const second = s.netconf.up({ names: ["eth0"] }, { ...root, by: "alice" });
    const lines = linesOfOperation(second);
    await let_("prepare");
    await let_("ready");
    assert.deepEqual([(await first.done).outcome, (await second.done).outcome], ["done", "done"]);
    assert.deepEqual(lines.slice(0, 2), [
      "CTLSOCK_IFUP eth0: requested by alice",
      `CTLSOCK_IFUP eth0: event ${first.id} does that already`,
    ]);
    assert.ok(lines.includes("IFCFG eth0 192.0.2.1/24: done"));
    assert.equal(s.ran.length, 2);
  });

  it("rule 8: `why` shows who joined with what the other did, under way, afterwards, and where another needed it", async () => {
    const needs = `${static0}iface eth0.5 inet manual\n`;
    for (const name of ["eth0", "eth0.5"]) {
      const { s, let_ } = await scene(needs);
      const first = s.netconf.up({ names: ["eth0"] }, root);
      await let_("prepare");
      const second = s.netconf.up({ names: [name] }, { ...root, by: "alice" });
      await idle();
      const tree = () => why(s.engine, { started: 0, managers: { of: () => "" } }, name).event;
      const kinds = (one: EventTree): string[] => [`${one.kind} ${one.name} ${one.by}`, ...one.children.flatMap(kinds)];
      const shown = () => kinds(tree() ?? assert.fail());
      const other = ["CTLSOCK_IFUP eth0 root", "SCRIPTS eth0 root", "LINK eth0 root", "IFCFG eth0 root"];
      assert.deepEqual(shown().slice(0, 1), [`CTLSOCK_IFUP ${name} alice`]);
      for (const one of other) assert.ok(shown().includes(one), `${name}: ${one} under way`);
      await let_("ready");
      await Promise.all([first.done, second.done]);
      for (const one of other) assert.ok(shown().includes(one), `${name}: ${one}`);
      assert.equal(shown().filter((one) => one === "SCRIPTS eth0 root").length, 2);
      assert.equal(tree()?.by, "alice");
    }
  });

  it("`why` shows a way up that failed however often, not what took it back", async () => {
    const s = new Scene({ interfaces: "iface eth0 inet static\n  address 192.0.2.1/24\n" });
    s.kernel.world.appear("eth0");
    await s.netconf.start();
    for (let time = 0; time < 2; time++) {
      s.kernel.world.fail("EINVAL", { when: (step) => step.do === "address-add" });
      assert.equal((await s.up("eth0")).outcome, "failed");
      const { kind, outcome } = s.engine.events.ring.latest("eth0")?.event ?? {};
      assert.deepEqual([kind, outcome], ["CTLSOCK_IFUP", "failed"]);
    }
  });

  it("rule 8: the opposite supersedes, waits for the end, and begins with what is there", async () => {
    const { s, let_ } = await scene();
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await let_("prepare");
    const down = s.netconf.down({ names: ["eth0"] }, { ...root, by: "bob" });
    assert.deepEqual(await up.done, { outcome: "superseded", reason: "bob wants eth0 down" });
    await let_("bye");
    assert.equal((await down.done).outcome, "done");
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0"), s.journal.records.size], [[], false, 0]);
    // `up` had not run to its end, but had begun: its opposite is owed.
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["prepare", "ready", "bye"],
    );
  });

  it("rule 8: up, down, up: the last one counts, whatever was on its way", async () => {
    const { s, let_ } = await scene();
    const asked = [
      s.netconf.up({ names: ["eth0"] }, root),
      s.netconf.down({ names: ["eth0"] }, root),
      s.netconf.up({ names: ["eth0"] }, root),
    ];
    await let_("prepare");
    await let_("ready");
    const outcomes = (await Promise.all(asked.map(({ done }) => done))).map(({ outcome }) => outcome);
    assert.equal(outcomes.at(-1), "done");
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["192.0.2.1/24"]]);
    assert.equal(s.engine.operations.idle, true);
  });

  it("rule 8: who joined goes on by himself when the other gives up", async () => {
    const { s, let_ } = await scene();
    const first = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    const second = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    first.task.stop("cancelled", "its asker has gone");
    await idle();
    await let_("prepare");
    await let_("ready");
    assert.equal((await first.done).outcome, "cancelled");
    assert.equal((await second.done).outcome, "done");
    assert.equal(s.setup("eth0"), "configured");
  });

  it("rule 4: nobody listens any more, the work goes on, and `attach` tells it from the first line", async () => {
    const { s, let_ } = await scene();
    const up = s.netconf.up({ names: ["eth0"] }, root);
    const stop = up.listen(() => undefined);
    await let_("prepare");
    stop();
    const again = s.netconf.attach(up.id);
    const lines = linesOfOperation(again);
    await let_("ready");
    await again.done;
    assert.equal(lines[0], "CTLSOCK_IFUP eth0: requested by root");
    assert.equal(lines.at(-1), "CTLSOCK_IFUP eth0: done");
    assert.deepEqual(linesOfOperation(s.netconf.attach(up.id)), lines);
    assert.throws(() => s.netconf.attach(999), { code: "not-found" });
  });

  it("rule 4: whose end was asked for ends, unless others wait for it", async () => {
    const { s, let_ } = await scene();
    const first = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    const second = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    first.cancel("its asker has gone");
    second.cancel("its asker has gone");
    assert.equal((await second.done).outcome, "cancelled");
    await let_("prepare");
    await let_("ready");
    assert.equal((await first.done).outcome, "done");
    const third = s.netconf.down({ names: ["eth0"] }, root);
    await idle();
    third.cancel("its asker has gone");
    assert.equal((await third.done).outcome, "cancelled");
    assert.equal(s.setup("eth0"), "configured");
  });

  it("rule 9: a script that waits for its own interface is refused, not waited for", async () => {
    const { s, let_ } = await scene();
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    const within = Number(s.ran[0]?.env.REEVE_EVENT);
    const inner = s.netconf.up({ names: ["eth0"] }, { ...root, within });
    const { outcome, reason } = await inner.done;
    assert.equal(outcome, "conflict");
    assert.match(reason, /wait for itself: eth0/);
    assert.equal(s.engine.events.ring.latest("eth0"), up.task);
    await let_("prepare");
    await let_("ready");
    assert.equal((await up.done).outcome, "done");
  });

  it("rule 9: two that would wait for each other: one is refused, with the path", async () => {
    const crossed = "iface a inet manual\n  pre-up first\n  requires b\niface b inet manual\n  requires a\n";
    const s = new Scene({ interfaces: crossed });
    for (const name of ["a", "b"]) s.kernel.world.appear(name);
    await s.netconf.start();
    const [a, b] = [s.netconf.up({ names: ["a"] }, root), s.netconf.up({ names: ["b"] }, root)];
    const ended = await Promise.all([a.done, b.done]);
    assert.ok(ended.every(({ outcome }) => outcome === "failed"));
    assert.match(ended.map(({ reason }) => reason).join(), /(a → b → a|b → a → b)/);
    assert.equal(s.engine.operations.idle, true);
  });

  it("rule 12: a listener that throws, or a thousand of them, block nothing", async () => {
    const { s, let_ } = await scene();
    const up = s.netconf.up({ names: ["eth0"] }, root);
    up.listen(() => {
      throw new Error("broken pipe");
    });
    await let_("prepare");
    await let_("ready");
    assert.equal((await up.done).outcome, "done");
  });
});

describe("who may", () => {
  const alice = { uid: 1000, name: "alice", groups: ["netdev"], by: "alice" };

  it("root and the service's user may always, others as the policy allows", async () => {
    const s = new Scene({
      interfaces: "iface eth0 inet manual\niface eth1 inet manual\n",
      policy: "[IFUP eth0] allow @netdev\n",
      settings: { uids: [900] },
    });
    for (const name of ["eth0", "eth1"]) s.kernel.world.appear(name);
    await s.netconf.start();
    assert.equal((await s.netconf.up({ names: ["eth0"] }, alice).done).outcome, "done");
    assert.throws(() => s.netconf.up({ names: ["eth1"] }, alice), { code: "forbidden" });
    assert.throws(() => s.netconf.up({ names: ["eth0", "eth1"] }, alice), { code: "forbidden" });
    assert.throws(() => s.netconf.down({ names: ["eth0"] }, alice), { code: "forbidden" });
    assert.throws(() => s.netconf.apply({}, alice), { code: "forbidden" });
    const service = { uid: 900, name: "reeve", groups: [], by: "reeve" };
    assert.equal((await s.netconf.down({ names: ["eth0"] }, service).done).outcome, "done");
  });

  it("whose stanza an interface is to take, and what goes down with it, is part of what is asked", async () => {
    const s = new Scene({
      interfaces: `iface eth0 inet manual
iface eth1 inet static
  address 192.0.2.1/24
iface home inet manual
iface br0 inet manual
  bridge_ports eth0
`,
      policy: "[IFUP eth0] allow alice\n[IFDOWN eth0] allow alice\n",
    });
    for (const name of ["eth0", "eth1"]) s.kernel.world.appear(name);
    await s.netconf.start();
    assert.throws(() => s.netconf.up({ names: ["eth0=eth1"] }, alice), { code: "forbidden" });
    assert.throws(() => s.netconf.up({ names: ["eth0:a\nb=home"] }, root), { code: "bad-options" });
    assert.equal((await s.netconf.up({ names: ["eth0=home"] }, alice).done).outcome, "done");
    assert.equal((await s.down("eth0")).outcome, "done");
    assert.equal((await s.up("br0")).outcome, "done");
    assert.throws(() => s.netconf.down({ names: ["eth0"], along: true }, alice), { code: "forbidden" });
    assert.throws(() => s.netconf.down({ names: ["eth0"], all: true }, alice), { code: "forbidden" });
    assert.equal((await s.netconf.down({ names: ["eth0"] }, alice).done).outcome, "conflict");
    assert.equal(s.setup("br0"), "configured");
  });

  it("a policy that cannot be read allows nothing, and is told", async () => {
    const s = new Scene({ interfaces: "iface eth0 inet manual\n" });
    s.kernel.world.appear("eth0");
    s.world.files.policy = () => Promise.reject(new Problem("permission", "not yours"));
    await s.netconf.start();
    assert.throws(() => s.netconf.up({ names: ["eth0"] }, alice), { code: "forbidden" });
    assert.match(s.engine.policy.diagnostics[0]?.message ?? "", /not yours/);
  });
});
