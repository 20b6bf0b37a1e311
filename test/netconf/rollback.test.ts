/** Nothing that somebody does meanwhile, and no script, keeps what nobody has confirmed from being taken back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Task } from "../../src/netconf/events/task.ts";
import type { ProgramOptions } from "../../src/netconf/world.ts";
import { Problem } from "../../src/problem.ts";
import { idle, root, Scene } from "../fake/netconf.ts";

const before = `auto eth0 eth1
iface eth0 inet static
  address 192.0.2.1/24
iface eth1 inet static
  address 198.51.100.1/24
`;
const after = before.replaceAll(".1/24", ".9/24");

async function scene(interfaces = before): Promise<Scene> {
  const s = new Scene({ interfaces });
  for (const name of ["eth0", "eth1", "eth2"]) s.kernel.world.appear(name);
  await s.netconf.start();
  assert.equal((await s.netconf.up({ all: true }, root).done).outcome, "done");
  return s;
}

/** A program that ends when it is told to. */
function hangs(_what: string, { signal }: ProgramOptions): Promise<number | null> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)));
}

/** An apply that waits for its confirm. */
async function applied(s: Scene, interfaces: string): Promise<void> {
  s.interfaces = interfaces;
  assert.equal((await s.netconf.apply({}, root).done).outcome, "done");
  assert.notEqual(s.engine.pending, undefined);
}

describe("a rollback", () => {
  it("does not wait for what hangs on one of its interfaces", async () => {
    for (const verb of ["up", "down"] as const) {
      const s = await scene();
      await applied(s, after.replace("198.51.100.9/24", "198.51.100.9/24\n  up hang\n  down hang"));
      s.program = hangs;
      const other = s.netconf[verb]({ names: ["eth1"], force: true, timeout: 80_000 }, root).done;
      await idle();
      s.clock.turn(120_000);
      await idle(20);
      assert.deepEqual([verb, s.engine.pending, s.addresses("eth0")], [verb, undefined, ["192.0.2.1/24"]]);
      assert.equal((await other).outcome, "superseded");
    }
  });

  it("is over when the kernel is as it was, however long a script hangs", async () => {
    const s = await scene();
    await applied(s, `${after}auto eth2\niface eth2 inet manual\n  down hang\n`);
    s.program = hangs;
    s.clock.turn(120_000);
    await idle(20);
    assert.deepEqual([s.addresses("eth0"), s.engine.pending], [["192.0.2.1/24"], undefined]);
    assert.equal((await s.netconf.confirm({}, root).done).outcome, "conflict");
    s.clock.turn(600_000);
    await idle(20);
    assert.notEqual(s.engine.confirmation.rolledBack, undefined);
  });

  it("is tried until there was time for it", async () => {
    const s = await scene();
    await applied(s, after);
    s.program = hangs;
    const run = { phase: "hooks", shell: "hang", env: {} } as const;
    const task = s.engine.events.queue("SCRIPTS", "eth1", run, { timeout: 1_000_000 });
    const entry = await s.engine.operations.enter(task as unknown as Task, "eth1", "lease");
    for (const late of [120_000, 300_000, 5000, 300_000, 5000]) {
      s.clock.turn(late);
      await idle(20);
      assert.deepEqual(s.addresses("eth0"), ["192.0.2.9/24"]);
    }
    if ("leave" in entry) entry.leave();
    await idle(20);
    assert.deepEqual([s.addresses("eth0"), s.engine.pending], [["192.0.2.1/24"], undefined]);
  });

  it("that cannot be noted on a full disk is warned of for as long as that is so", async () => {
    const s = await scene();
    const { write } = s.world.pending;
    s.world.pending.write = () => {
      throw new Problem("io", "the disk is full");
    };
    s.interfaces = after;
    assert.equal((await s.netconf.apply({}, root).done).outcome, "failed");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    assert.match([...s.engine.warnings].join(), /cannot be kept: the disk is full/);
    s.world.pending.write = write;
    await applied(s, after);
    assert.deepEqual([...s.engine.warnings], []);
  });
});

describe("a confirm", () => {
  it("of an apply that is still at work, or already being taken back, is refused", async () => {
    const s = await scene();
    s.interfaces = `${after}auto eth2\niface eth2 inet manual\n  up hang\n`;
    s.program = hangs;
    const applying = s.netconf.apply({}, root).done;
    await idle(10);
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.9/24"]);
    const early = await s.netconf.confirm({}, root).done;
    assert.deepEqual([early.outcome, early.reason.includes("still at work")], ["conflict", true]);
    s.clock.turn(300_000);
    assert.equal((await applying).outcome, "timeout");
    await idle(10);
    assert.deepEqual([s.addresses("eth0"), s.engine.pending], [["192.0.2.1/24"], undefined]);
  });
});
