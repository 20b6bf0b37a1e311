/** Drift: whatever somebody else changes is found, named and mended; what is theirs is left, and shown as theirs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { KernelState } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { check } from "../../../src/netconf/plan/check.ts";
import type { Owned, Wanted } from "../../../src/netconf/plan/wanted.ts";
import { trials } from "../../random.ts";
import { Dice, newAddress, newRoute, randomConfiguration, up } from "./random-wanted.ts";
import { copy, groundOf, picture, planFor, populated, type Scene } from "./scene.ts";

const rounds = trials(10, 300);

function differences(kernel: Scene, wanted: ReadonlyMap<string, Wanted>, owned: ReadonlyMap<string, Owned>) {
  const all = [...wanted.values()].flatMap((one) => check(one, groundOf(kernel, owned)));
  return { ours: all.filter(({ kind }) => kind !== "foreign"), foreign: all.filter(({ kind }) => kind === "foreign") };
}

/** What somebody might do to something that is ours. */
function mischief(dice: Dice, { links, addresses, routes, rules }: KernelState, names: readonly string[]): Step {
  const ours = addresses.filter(({ device, protocol }) => names.includes(device) && protocol === 0);
  const ways = routes.filter(
    ({ protocol, hops }) => protocol === 4 && hops.some(({ device }) => names.includes(device)),
  );
  const mine = rules.filter(({ priority }) => priority > 1000 && priority < 1100);
  const ports = [...links.values()].filter(({ master }) => names.includes(master));
  const made = [...links.values()].filter(({ name, kind }) => names.includes(name) && kind !== "");
  const name = dice.one(names);
  const steps: Step[] = [
    { do: "link-set", name, settings: { up: false } },
    { do: "link-set", name, settings: { up: false } },
    ...ours.map((address): Step => ({ do: "address-delete", address })),
    ...ways.map((route): Step => ({ do: "route-delete", route })),
    ...mine.map((rule): Step => ({ do: "rule-delete", rule })),
    ...ports.map((port): Step => ({ do: "link-set", name: port.name, settings: { master: "" } })),
    ...ports.map((port): Step => ({ do: "link-set", name: port.name, settings: { up: false } })),
    ...made.map((link): Step => ({ do: "link-delete", name: link.name })),
  ];
  return dice.one(steps);
}

describe("check", () => {
  it(`finds random drift, and what mends it leaves what is foreign (${rounds} configurations)`, async () => {
    let [found, same] = [0, 0];
    for (let seed = 1; seed <= rounds; seed++) {
      const dice = new Dice(1000 + seed);
      const kernel = simulatedKernel();
      await populated(kernel, dice);
      const wanted = randomConfiguration(dice);
      if (wanted.size === 0) continue;
      const first = planFor(kernel, wanted, new Map());
      await kernel.perform(first.steps.map(({ step }) => step));
      const { owned } = first;
      const what = `seed ${seed}`;
      const left = first.notices.map(({ text }) => text);
      const told = () => differences(kernel, wanted, owned).ours.filter((one) => !left.includes(one.what));
      assert.deepEqual(told(), [], what);
      const was = picture(kernel);
      const { world } = kernel;
      for (let times = 1 + dice.below(4); times > 0; times--) {
        const step = mischief(
          dice,
          world.state,
          [...wanted.keys()].filter((name) => world.state.links.has(name)),
        );
        world.do(step);
      }
      // Foreign things come, too: on a card that nobody configured away, and on one of ours.
      world.address("wlan0", "203.0.113.8", 24);
      const [device] = [...wanted.keys()].filter((name) => world.state.links.has(name));
      if (device) world.address(device, "198.51.100.77", 32);
      await kernel.refresh();
      const { ours, foreign } = differences(kernel, wanted, owned);
      if (device)
        assert.ok(
          foreign.some((one) => one.what === "address 198.51.100.77/32"),
          what,
        );
      const plan = planFor(kernel, wanted, owned);
      found += ours.length;
      // Each step has its difference, with its line.
      assert.deepEqual(new Set(ours.flatMap(({ mend }) => mend)).size > 0, plan.steps.length > 0, what);
      const results = await kernel.perform(plan.steps.map(({ step }) => step));
      assert.deepEqual(
        results.filter((result) => !result.ok),
        [],
        what,
      );
      assert.deepEqual(told(), [], what);
      const clean = copy(kernel);
      for (const address of clean.world.state.addresses) {
        if (/^(198\.51\.100\.77|203\.0\.113\.8)$/.test(address.address))
          clean.world.do({ do: "address-delete", address });
      }
      // A link that somebody deleted took the foreign things on it along: with these, all is as it was.
      if (was.addresses.length === picture(clean).addresses.length) {
        same++;
        assert.deepEqual(picture(clean), was, what);
      }
      assert.ok(
        kernel.world.state.addresses.some(({ address }) => address === "203.0.113.8"),
        what,
      );
      if (device)
        assert.ok(
          kernel.world.state.addresses.some(({ address }) => address === "198.51.100.77"),
          what,
        );
    }
    assert.ok(found > rounds && same > rounds / 2);
  });

  it("says what differs, why, where that stands and what mends it", async () => {
    const kernel = simulatedKernel();
    const { world } = kernel;
    world.appear("eth0");
    await kernel.refresh();
    const at = { file: "interfaces", line: 7, column: 5 };
    const wanted = up("eth0");
    wanted.settings = { is: { up: true, mtu: 1400 }, from: "configuration", lines: { mtu: at } };
    wanted.addresses.push({ is: newAddress("eth0", "192.0.2.1", 24), from: "configuration", at });
    const plan = planFor(kernel, new Map([["eth0", wanted]]), new Map());
    await kernel.perform(plan.steps.map(({ step }) => step));
    world.do({ do: "link-set", name: "eth0", settings: { mtu: 1500 } });
    world.do({ do: "address-delete", address: newAddress("eth0", "192.0.2.1", 24) });
    world.address("eth0", "192.0.2.9", 24);
    world.do({ do: "route-add", route: newRoute("0.0.0.0", 0, "192.0.2.254", "eth0", { protocol: 3 }) });
    await kernel.refresh();
    const owned = new Map(plan.owned);
    const before = owned.get("eth0") ?? assert.fail();
    const old = { is: newAddress("eth0", "192.0.2.9", 24), from: "configuration" } as const;
    owned.set("eth0", { ...before, wanted: { ...before.wanted, addresses: [...before.wanted.addresses, old] } });
    assert.deepEqual(check(wanted, groundOf(kernel, owned)), [
      {
        kind: "different",
        what: "mtu 1400 instead of 1500",
        at: "interfaces:7:5",
        mend: ["ip link set dev eth0 mtu 1400"],
      },
      {
        kind: "missing",
        what: "address 192.0.2.1/24",
        at: "interfaces:7:5",
        mend: ["ip address replace 192.0.2.1/24 dev eth0", "ip address replace 192.0.2.1/24 dev eth0"],
      },
      { kind: "extra", what: "address 192.0.2.9/24", at: "", mend: ["ip address delete 192.0.2.9/24 dev eth0"] },
      {
        kind: "missing",
        what: "route default via 192.0.2.254 dev eth0",
        at: "",
        mend: ["ip -4 route replace default via 192.0.2.254 dev eth0 table 254 proto 3 scope global"],
      },
      { kind: "foreign", what: "route default via 192.0.2.254 dev eth0", at: "", mend: [] },
    ]);
  });

  it("tells of what cannot be mended as well", async () => {
    const kernel = simulatedKernel();
    kernel.world.do({ do: "link-add", name: "br0", kind: "dummy", data: {} });
    await kernel.refresh();
    const ground = groundOf(kernel, new Map());
    assert.deepEqual(check(up("eth0"), ground), [
      { kind: "missing", what: "there is no device eth0", at: "", mend: [] },
    ]);
    const [first] = check(up("br0", "bridge"), ground);
    assert.deepEqual(first, {
      kind: "different",
      what: "there is a br0 that is not of Reeve: bridge instead of dummy",
      at: "",
      mend: [],
    });
  });
});
