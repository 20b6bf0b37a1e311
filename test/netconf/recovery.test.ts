/** A process that dies at any step of any plan: the next one finds the old or the new state of everything, never half. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Journal, memoryJournal } from "../../src/netconf/journal.ts";
import type { Kernel } from "../../src/netconf/kernel/kernel.ts";
import { simulatedKernel } from "../../src/netconf/kernel/simulated.ts";
import type { Plan, Planned } from "../../src/netconf/plan/planned.ts";
import type { Owned, Wanted } from "../../src/netconf/plan/wanted.ts";
import { freshRecord, type Records } from "../../src/netconf/records.ts";
import { recover } from "../../src/netconf/recovery.ts";
import type { Undertaking } from "../../src/netconf/replay.ts";
import { trials } from "../random.ts";
import { Dice, newAddress, randomConfiguration, up } from "./plan/random-wanted.ts";
import { copy, picture, planFor, populated, type Scene } from "./plan/scene.ts";

const rounds = trials(2, 100);

function recordsOf(plan: Plan, wanted: ReadonlyMap<string, Wanted>): Records {
  const all = Array.from(plan.owned, ([name, owned]) => {
    return [name, wanted.has(name) ? { ...freshRecord(name, 0), owned } : null] as const;
  });
  return Object.fromEntries(all);
}

/** As the engine does it, up to so many steps. @param marks false: it died before it wrote any */
async function begun(
  kernel: Kernel,
  journal: Journal,
  what: Undertaking,
  plan: Plan,
  records: Records,
  count: number,
  marks = true,
) {
  const id = journal.begin({ what, plan: plan.steps, records });
  for (const [at, { step }] of plan.steps.slice(0, count).entries()) {
    const [result] = await kernel.perform([step]);
    assert.ok(result?.ok, `${at}: ${JSON.stringify([step, result])}`);
    if (marks && step.do === "link-delete") journal.done(id, at + 1);
  }
  return id;
}

/** A journal that has nothing but these records. */
function journalOf(owned: ReadonlyMap<string, Owned>): Journal {
  const journal = memoryJournal();
  for (const [name, one] of owned) journal.put({ ...freshRecord(name, 0), owned: one });
  return journal;
}

/** Links that nobody wants and nobody had: none of ours may be left over. */
function strangers(kernel: Scene, known: Scene[]): string[] {
  const names = new Set(known.flatMap(({ world }) => [...world.state.links.keys()]));
  return [...kernel.world.state.links.keys()].filter((name) => !names.has(name));
}

async function scene(seed: number) {
  const dice = new Dice(seed);
  const kernel = simulatedKernel();
  await populated(kernel, dice);
  const [first, second] = [randomConfiguration(dice), randomConfiguration(dice)];
  const owned = new Map<string, Owned>();
  const plan = planFor(kernel, first, owned);
  await kernel.perform(plan.steps.map(({ step }) => step));
  for (const [name, one] of plan.owned) owned.set(name, one);
  return { dice, kernel, second, owned };
}

describe("recovery", () => {
  for (const what of ["apply", "up", "rollback"] as const) {
    const goal = what === "apply" ? "the old state" : "the new state";
    it(`of ${what} that was cut off after any step finds ${goal} (${rounds} plans)`, async () => {
      let cuts = 0;
      for (let seed = 1; seed <= rounds; seed++) {
        const { dice, kernel, second, owned } = await scene(seed);
        const plan = planFor(kernel, second, owned);
        const records = recordsOf(plan, second);
        const done = copy(kernel);
        await done.perform(plan.steps.map(({ step }) => step));
        const [old, now] = [picture(kernel), picture(done)];
        for (let count = dice.below(3); count <= plan.steps.length; count += 1 + dice.below(4)) {
          cuts++;
          const host = copy(kernel);
          const journal = journalOf(owned);
          await begun(host, journal, what, plan, records, count, dice.chance(0.5));
          const recovered = await recover(host, journal);
          const where = `seed ${seed}, ${count} of ${plan.steps.length} steps, next: ${JSON.stringify(plan.steps[count]?.step)}`;
          assert.deepEqual(
            recovered.map(({ failed }) => failed),
            [[]],
            where,
          );
          assert.deepEqual(strangers(host, [kernel, done]), [], where);
          assert.deepEqual(picture(host), what === "apply" ? old : now, where);
          assert.deepEqual(journal.open, []);
          const since = new Map(Array.from(journal.records.values(), (one) => [one.name, one.owned]));
          const wanted = new Map(Array.from(since, ([name, one]) => [name, one.wanted]));
          assert.deepEqual(planFor(host, wanted, since).steps, [], `${where}: nothing more to do`);
          assert.deepEqual(await recover(host, journal), []);
        }
      }
      assert.ok(cuts > rounds * 5);
    });
  }

  it("leaves nothing half where a step is refused meanwhile, and says so", async () => {
    const { kernel, second, owned } = await scene(3);
    const plan = planFor(kernel, second, owned);
    const journal = journalOf(owned);
    await begun(kernel, journal, "up", plan, recordsOf(plan, second), 0);
    kernel.world.fail("ENOMEM", { when: (step) => step.do === "address-add", times: 1000 });
    const [result] = await recover(kernel, journal);
    assert.equal(result?.outcome, "completed");
    assert.match(result?.failed.join("\n") ?? "", /address replace .*: ENOMEM/);
    assert.deepEqual(journal.open, []);
    // Whatever may be there is still ours: going down takes it away.
    for (const name of second.keys()) assert.ok(journal.records.has(name), name);
  });

  it("does not take an old link for a new one that was never made", async () => {
    const { kernel, owned } = await vlan();
    const wanted = vlanWanted(6);
    const plan = planFor(kernel, wanted, owned);
    assert.deepEqual(
      plan.steps.map(({ step }) => step.do).filter((verb) => verb.startsWith("link-")),
      ["link-delete", "link-add", "link-set"],
    );
    const { index } = kernel.state.links.get("v") ?? assert.fail();
    const journal = journalOf(owned);
    journal.begin({ what: "apply", plan: plan.steps, records: recordsOf(plan, wanted) });
    await recover(kernel, journal);
    assert.equal(kernel.state.links.get("v")?.index, index);
  });

  it("leaves what somebody else has put on a link that was to be made anew, wherever it was cut off", async () => {
    const wanted = vlanWanted(6);
    for (let count = 0; ; count++) {
      const { kernel, owned } = await vlan();
      kernel.world.do({ do: "address-add", address: newAddress("v", "203.0.113.7", 32) });
      await kernel.refresh();
      const plan = planFor(kernel, wanted, owned);
      assert.ok(plan.steps.some(({ step }) => step.do === "address-add"));
      if (count > plan.steps.length) break;
      const was = picture(kernel);
      const journal = journalOf(owned);
      await begun(kernel, journal, "apply", plan, recordsOf(plan, wanted), count, false);
      await recover(kernel, journal);
      assert.deepEqual(picture(kernel), was, `after ${count} steps`);
    }
  });

  it("goes on with what was going down as going down", async () => {
    const { kernel, owned } = await vlan();
    const plan = planFor(kernel, new Map(), owned);
    const journal = journalOf(owned);
    journal.begin({ what: "down", plan: plan.steps, records: recordsOf(plan, new Map()) });
    kernel.world.fail("EBUSY", { when: (step) => step.do === "link-delete", times: 1000 });
    const [result] = await recover(kernel, journal);
    assert.match(result?.failed.join() ?? "", /EBUSY/);
    assert.equal(journal.records.get("v")?.setup, "down");
  });
});

function vlanWanted(id: number): Map<string, Wanted> {
  return new Map([
    ["eth0", up("eth0")],
    ["v", up("v", "vlan", { lower: "eth0", data: { id, protocol: "802.1Q" } })],
  ]);
}

async function vlan() {
  const kernel = simulatedKernel();
  kernel.world.appear("eth0");
  await kernel.refresh();
  const plan = planFor(kernel, vlanWanted(5), new Map());
  await kernel.perform(plan.steps.map(({ step }: Planned) => step));
  return { kernel, owned: plan.owned };
}
