/** Plans for random configurations, carried out by a real kernel: from one to another, each taken back once, and to nothing. */
import assert from "node:assert/strict";
import { ipText } from "../../../src/netconf/kernel/ip-line.ts";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { inverseOf } from "../../../src/netconf/plan/planned.ts";
import type { Owned, Wanted } from "../../../src/netconf/plan/wanted.ts";
import { Dice, newRoute, newRule, randomConfiguration } from "./random-wanted.ts";
import { planFor, stateText } from "./scene.ts";

/** What is there beside the cards: somebody's own, on `wlan0`. */
export const foreign: readonly Step[] = [
  { do: "route-add", route: newRoute("0.0.0.0", 0, "203.0.113.1", "wlan0", { metric: 600, protocol: 16 }) },
  { do: "rule-add", rule: newRule(500, 77) },
];

/** @param can makes of a configuration what this kernel can do of it @returns how many steps there were */
export async function thereAndBack(
  kernel: Kernel,
  seed: number,
  can: (all: Map<string, Wanted>) => void,
): Promise<number> {
  const dice = new Dice(2000 + seed);
  const before = stateText(kernel.state);
  const owned = new Map<string, Owned>();
  const [first, second] = [randomConfiguration(dice), randomConfiguration(dice)];
  let done = 0;
  let last = "";
  for (const [name, wanted] of Object.entries({ first, second, nothing: new Map<string, Wanted>() })) {
    can(wanted);
    const plan = planFor(kernel, wanted, owned);
    const steps = plan.steps.map(({ step }) => step);
    const what = `seed ${seed}, ${name}: ${[...wanted.keys()]}\n${steps.map(ipText).join("\n")}`;
    const was = stateText(kernel.state);
    await carry(kernel, steps, what);
    const back = inverseOf(plan.steps);
    await carry(kernel, back, `${what}\ntaken back\n${back.map(ipText).join("\n")}`);
    assert.deepEqual(stateText(kernel.state), was, `${what}\ntaken back\n${back.map(ipText).join("\n")}`);
    await carry(kernel, steps, `${what}\nonce more`);
    for (const [one, its] of plan.owned) owned.set(one, its);
    for (const one of owned.keys()) if (!wanted.has(one)) owned.delete(one);
    const more = planFor(kernel, wanted, owned).steps.map(({ step }) => ipText(step));
    assert.deepEqual(more, [], `${what}\nand nothing more`);
    done += steps.length;
    last = what;
  }
  assert.deepEqual(stateText(kernel.state), before, `${last}\nand as before`);
  return done;
}

async function carry(kernel: Kernel, steps: readonly Step[], what: string): Promise<void> {
  const results = await kernel.perform(steps);
  const at = results.findIndex((result) => !result.ok);
  assert.equal(at, -1, `${what}\nfailed: ${steps[at] && ipText(steps[at])} ${JSON.stringify(results[at])}`);
  await kernel.refresh();
}
