/** From one random topology to another by apply, some taken back: each as it was asked for, and as if it were the first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkOf } from "../../src/netconf/answer/check.ts";
import { idle, root, Scene } from "../fake/netconf.ts";
import { trials } from "../random.ts";
import { Dice } from "./plan/random-wanted.ts";
import { stateText } from "./plan/scene.ts";
import { cards, randomTopology, type Topology } from "./random-topology.ts";

const seeds = trials(2, 100);
const rounds = trials(10, 50);

async function scene(): Promise<Scene> {
  const s = new Scene();
  for (const [at, name] of cards.entries()) s.kernel.world.appear(name, { address: `00:00:5e:00:53:0${at}` });
  await s.netconf.start();
  return s;
}

async function apply(s: Scene, options: { timeout?: number; dryRun?: boolean }): Promise<readonly string[]> {
  const operation = s.netconf.apply(options, root);
  const { outcome, reason } = await operation.done;
  assert.equal(outcome, "done", reason);
  return s.netconf.applied(operation.task).steps;
}

/** As a topology says what is expected. */
function there(s: Scene): Topology["expected"] {
  const { links, addresses } = s.kernel.world.state;
  return [...s.journal.records.keys()].map((name) => {
    const { kind = "", master = "", lower = "", up = false } = links.get(name) ?? {};
    assert.ok(up, `${name} is up`);
    const own = addresses.filter(({ device, family, scope }) => device === name && family === 4 && scope === "global");
    return { name, kind, master, lower, addresses: own.map(({ address, prefix }) => `${address}/${prefix}`) };
  });
}

/** The topologies are of a machine whose cards are of kind dummy, and ask ip, which tells no lower link of a vxlan. */
function plain(all: Topology["expected"]): Topology["expected"] {
  return all
    .map((one) => ({
      ...one,
      kind: one.kind === "dummy" ? "" : one.kind,
      lower: one.kind === "vxlan" ? "" : one.lower,
      addresses: one.addresses.toSorted(),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function facts(s: Scene): string[] {
  return [...s.journal.records.values()]
    .map(({ name, setup, asked, users }) => `${name} ${setup} ${asked} ${users.toSorted()}`)
    .sort();
}

describe("random topologies", () => {
  it(`by apply (${seeds} × ${rounds})`, { timeout: seeds * 60_000 }, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const dice = new Dice(seed);
      const s = await scene();
      const before = stateText(s.kernel.world.state);
      for (let round = 1; round <= rounds; round++) {
        const what = `seed ${seed}, round ${round}`;
        const topology = randomTopology(dice);
        const was = [stateText(s.kernel.world.state), facts(s)];
        s.interfaces = topology.text;
        if (dice.chance(0.3)) {
          await apply(s, {});
          await s.netconf.rollback({}, root).done;
          await idle();
          assert.deepEqual([stateText(s.kernel.world.state), facts(s)], was, `${what}, taken back`);
        }
        await apply(s, { timeout: 0 });
        assert.deepEqual(plain(there(s)), plain(topology.expected), what);
        assert.ok(checkOf(s.netconf.engine, { started: 0, managers: { of: () => "" } }).same, `${what}: check`);
        assert.deepEqual(await apply(s, { dryRun: true }), [], `${what}: once more`);
        const first = await scene();
        first.interfaces = topology.text;
        if (dice.chance(0.5)) await apply(first, { timeout: 0 });
        else await first.netconf.reload(root).done.then(() => first.netconf.up({ all: true }, root).done);
        assert.deepEqual(stateText(s.kernel.world.state), stateText(first.kernel.world.state), `${what}: as the first`);
        await first.netconf.stop();
      }
      await s.netconf.down({ all: true }, root).done;
      assert.deepEqual(stateText(s.kernel.world.state), before, `seed ${seed}: afterwards`);
      assert.deepEqual([...s.journal.records.keys()], [], `seed ${seed}: afterwards`);
      await s.netconf.stop();
    }
  });
});
