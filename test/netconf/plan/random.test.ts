/** Random configurations in a kernel in memory: from one to another, to nothing, back; with drift; each step is taken back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { inverseOf, type Plan } from "../../../src/netconf/plan/planned.ts";
import type { Owned, Wanted } from "../../../src/netconf/plan/wanted.ts";
import { trials } from "../../random.ts";
import { Dice, randomConfiguration } from "./random-wanted.ts";
import { copy, picture, planFor, populated } from "./scene.ts";

const rounds = trials(10, 500);

async function carry(kernel: Kernel, plan: Plan, what: string): Promise<void> {
  const results = await kernel.perform(plan.steps.map(({ step }) => step));
  const at = results.findIndex((result) => !result.ok);
  assert.equal(
    at,
    -1,
    `${what}: step ${at + 1} of ${plan.steps.length}: ${JSON.stringify([plan.steps[at], results[at]])}`,
  );
}

function asSteps(steps: readonly Step[]): Plan["steps"] {
  return steps.map((step) => ({ step, inverse: [], iface: "", kind: "different", what: "" }));
}

describe("random configurations", () => {
  it(`go from one to another and to nothing, and leave what was there before (${rounds} pairs)`, async () => {
    let steps = 0;
    for (let seed = 1; seed <= rounds; seed++) {
      const dice = new Dice(seed);
      const kernel = simulatedKernel();
      await populated(kernel, dice);
      const before = picture(kernel, true);
      const owned = new Map<string, Owned>();
      const [first, second] = [randomConfiguration(dice), randomConfiguration(dice)];
      for (const [name, wanted] of Object.entries({ first, second, nothing: new Map<string, Wanted>() })) {
        const plan = planFor(kernel, wanted, owned);
        const what = `seed ${seed}, ${name}`;
        const twin = copy(kernel);
        const was = picture(twin);
        await carry(twin, plan, `${what}, on a copy`);
        await carry(twin, { ...plan, steps: asSteps(inverseOf(plan.steps)) }, `${what}, taken back`);
        assert.deepEqual(picture(twin), was, `${what}: taken back`);
        await carry(kernel, plan, what);
        steps += plan.steps.length;
        for (const [one, its] of plan.owned) owned.set(one, its);
        for (const one of owned.keys()) if (!wanted.has(one)) owned.delete(one);
        assert.deepEqual(planFor(kernel, wanted, owned).steps, [], `${what}: nothing more to do`);
      }
      assert.deepEqual(picture(kernel, true), before, `seed ${seed}: as before`);
    }
    assert.ok(steps > rounds * 10);
  });
});
