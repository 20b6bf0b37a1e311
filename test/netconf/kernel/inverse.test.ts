import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { undoable } from "../../../src/netconf/kernel/inverse.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { Route } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { trials } from "../../random.ts";
import { address, route } from "./objects.ts";
import { differing, plainState } from "./plain-state.ts";
import { allKinds, random, someStep } from "./random-steps.ts";

const rounds = Number(process.env.REEVE_ROUNDS ?? trials(150));
const first = Number(process.env.REEVE_SEED ?? 1);

describe("inverse", () => {
  it("of many random steps, in reverse order, leaves the kernel as it was", async () => {
    let undone = 0;
    for (let seed = first; seed < first + rounds; seed++) {
      const next = random(seed);
      const kernel = simulatedKernel(undefined, { liveRename: seed % 2 === 0 });
      for (let count = 0; count < 25; count++)
        await kernel.perform([someStep(next, allKinds, kernel.state.links.keys())]);
      const before = plainState(kernel);
      const planned = Array.from({ length: 8 }, () => someStep(next, allKinds, kernel.state.links.keys()));
      const plan = undoable(planned, kernel.state, kernel.sysctl, { liveRename: seed % 2 === 0 });
      const done: Step[] = [];
      const results: string[] = [];
      for (const { step, inverse } of plan) {
        const [result] = await kernel.perform([step]);
        results.push(result?.ok ? "ok" : `${result?.code}`);
        // A refused one may have done half of what was asked.
        if (result?.ok || step.do === "link-set") done.unshift(...inverse);
        undone += inverse.length;
      }
      const backs = await kernel.perform(done, { goOn: true });
      const trace = () =>
        [
          `seed ${seed}`,
          ...plan.map(
            ({ step, inverse }, at) => `${results[at]} ${JSON.stringify(step)} <- ${JSON.stringify(inverse)}`,
          ),
          ...backs
            .map((back, at) => (back.ok ? "" : `${JSON.stringify(back)} ${JSON.stringify(done[at])}`))
            .filter(Boolean),
        ].join("\n");
      // Whether a link finds its other end, and what the kernel gives it then, is nobody's to take back.
      const wrong = differing(plainState(kernel), before).filter((line) => !line.includes('"fe80::'));
      assert.equal(wrong.length, 0, [...wrong, trace()].join("\n"));
    }
    assert.ok(undone > rounds * 2, `only ${undone} steps back`);
  });

  it("of a link's deletion makes it again, with what it had", async () => {
    const kernel = simulatedKernel();
    const steps: Step[] = [
      { do: "link-add", name: "eth0", kind: "dummy", data: {} },
      { do: "link-add", name: "br0", kind: "bridge", data: { priority: 4096 } },
      { do: "link-set", name: "eth0", settings: { master: "br0", up: true } },
      { do: "vlan-add", name: "eth0", vlan: { vlan: 7, pvid: false, untagged: false }, self: false },
      { do: "link-set", name: "br0", settings: { up: true } },
      { do: "address-add", address: address("br0", "192.0.2.1", 24) },
      { do: "route-add", route: route({ gateway: "192.0.2.254", device: "br0" }) },
      { do: "sysctl", key: ["ipv6", "conf", "br0", "accept_ra"], value: "0" },
    ];
    assert.ok((await kernel.perform(steps)).every(({ ok }) => ok));
    const before = plainState(kernel);
    const [plan] = undoable([{ do: "link-delete", name: "br0" }], kernel.state, kernel.sysctl);
    await kernel.perform([{ do: "link-delete", name: "br0" }]);
    assert.notDeepEqual(plainState(kernel), before);
    assert.ok((await kernel.perform(plan?.inverse ?? [])).every(({ ok }) => ok));
    assert.deepEqual(plainState(kernel), before);
  });

  it("of what takes a route along puts it back beside the others with its key, and where it was", async () => {
    const kernel = simulatedKernel();
    const dummy = (name: string): Step => ({ do: "link-add", name, kind: "dummy", data: {}, settings: { up: true } });
    const onLink = (device: string, protocol: number): Route =>
      route({ destination: "10.0.0.0", prefix: 24, scope: "link", device, protocol });
    await kernel.perform([
      ...[dummy("a1"), dummy("b0"), { do: "route-add", route: onLink("a1", 4) } as const],
      { do: "address-add", address: address("b0", "10.0.0.2", 24) },
    ]);
    const way = () =>
      kernel.state.routes
        .filter(({ prefix }) => prefix === 24)
        .map(({ hops, protocol }) => [hops[0]?.device, protocol]);
    const before = [
      ["a1", 4],
      ["b0", 2],
    ];
    assert.deepEqual(way(), before);
    for (const step of [
      { do: "address-add", address: address("a1", "10.0.9.3", 25) },
      { do: "route-add", route: route({ destination: "10.0.0.0", prefix: 24, type: "unreachable", scope: "global" }) },
      { do: "link-set", name: "b0", settings: { up: false } },
      { do: "link-set", name: "a1", settings: { up: false } },
    ] as const satisfies Step[]) {
      const [plan] = undoable([step], kernel.state, kernel.sysctl);
      assert.ok((await kernel.perform([step, ...(plan?.inverse ?? [])])).every(({ ok }) => ok));
      assert.deepEqual(way(), before, JSON.stringify(plan));
      assert.ok((plan?.inverse.length ?? 0) <= 3, JSON.stringify(plan));
    }
  });
});
