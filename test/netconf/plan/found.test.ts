/** Random configurations come up where somebody else has done some of it, and are taken back: it is as it was found. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import { protocols } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { asFound, foundOf } from "../../../src/netconf/plan/found.ts";
import { nothingOwned } from "../../../src/netconf/plan/owned.ts";
import type { Plan } from "../../../src/netconf/plan/planned.ts";
import type { Owned, Wanted } from "../../../src/netconf/plan/wanted.ts";
import { trials } from "../../random.ts";
import { Dice, newAddress, newRoute, newRule, randomConfiguration, up } from "./random-wanted.ts";
import { groundOf, picture, planFor, populated, type Scene } from "./scene.ts";

const rounds = trials(40, 2000);

async function carry(kernel: Scene, plan: Plan, what: string): Promise<void> {
  const results = await kernel.perform(plan.steps.map(({ step }) => step));
  const at = results.findIndex(({ ok }) => !ok);
  assert.equal(at, -1, `${what}: ${JSON.stringify([plan.steps[at], results[at]])}`);
}

/** Some of it goes. No MTU is lower than this one, for what lies upon a link keeps the lower one. */
async function lose(kernel: Scene, dice: Dice): Promise<void> {
  const { addresses, routes, links } = kernel.state;
  const steps: Step[] = [
    ...addresses
      .filter(({ scope }) => scope === "global")
      .map((address) => ({ do: "address-delete", address }) as const),
    ...routes
      .filter(({ protocol }) => protocol === protocols.static)
      .map((route) => ({ do: "route-delete", route }) as const),
    ...[...links.values()].map(({ name }) => ({ do: "link-set", name, settings: { mtu: 1280 } }) as const),
    ...[...links.values()].map(({ name }) => ({ do: "link-set", name, settings: { up: false } }) as const),
  ];
  await kernel.perform(
    steps.filter(() => dice.chance(0.2)),
    { goOn: true },
  );
}

describe("what was found", () => {
  it(`stays when what came up over it is taken back (${rounds} configurations)`, async () => {
    let [steps, found] = [0, 0];
    for (let seed = 1; seed <= rounds; seed++) {
      const dice = new Dice(seed);
      const kernel = simulatedKernel();
      await populated(kernel, dice);
      const wanted = randomConfiguration(dice);
      await carry(kernel, planFor(kernel, wanted, new Map()), `seed ${seed}, by somebody else`);
      await lose(kernel, dice);
      const before = picture(kernel);
      const ground = groundOf(kernel, new Map());
      const plan = planFor(kernel, wanted, new Map());
      const was = foundOf(plan.owned, ground);
      await carry(kernel, plan, `seed ${seed}, up`);
      const owned = new Map<string, Owned>(plan.owned);
      const goal = new Map(
        [...owned.keys()].map((name) => [name, asFound(was[name], owned.get(name) ?? nothingOwned(name))]),
      );
      await carry(kernel, planFor(kernel, goal, owned), `seed ${seed}, taken back`);
      assert.deepEqual(picture(kernel), before, `seed ${seed}`);
      steps += plan.steps.length;
      found += Object.keys(was).length;
    }
    assert.ok(steps > rounds && found > rounds, `${steps} ${found}`);
  });
});

describe("what another interface of ours has", () => {
  it("was not found: a rule, a route that moves from one to the other", async () => {
    const kernel = simulatedKernel();
    for (const name of ["eth0", "eth1"]) kernel.world.appear(name);
    await kernel.refresh();
    const from = "configuration" as const;
    const own = (name: string, address: string): Wanted => ({
      ...up(name),
      addresses: [{ is: newAddress(name, address, 24), from }],
      rules: [{ is: newRule(1003, 100), from }],
      routes: [{ is: newRoute("198.51.100.0", 24, "192.0.2.254", name), from }],
    });
    const first = new Map([["eth0", own("eth0", "192.0.2.1")]]);
    const ours = planFor(kernel, first, new Map());
    await carry(kernel, ours, "eth0");
    const moved = new Map([["eth1", own("eth1", "192.0.2.1")]]);
    const ground = groundOf(kernel, ours.owned);
    const plan = planFor(kernel, moved, ours.owned);
    assert.deepEqual(foundOf(plan.owned, ground), {});
    // The same things, put there by somebody else.
    const foreign = foundOf(plan.owned, { ...ground, owned: new Map() });
    assert.deepEqual([foreign.eth1?.rules.length, foreign.eth1?.routes.length], [1, 1]);
  });
});
