/** Plans for random configurations, carried out by the real kernel: from one to another and to nothing. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { inverseOf, type Plan } from "../../../src/netconf/plan/planned.ts";
import type { Owned, Wanted } from "../../../src/netconf/plan/wanted.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { cards, Dice, newRoute, newRule, randomConfiguration } from "./random-wanted.ts";
import { planFor, stateText } from "./scene.ts";

const lab = await namespacesOrSkip("plans");
const runs = Number(process.env.REEVE_TEST_SOAK ? 60 : (process.env.R ?? 8));
/** What every kernel has; the others are for the machine of its own. */
const kinds = ["", "bridge", "veth", "macvlan", "vxlan", "ifb"];

/** Without what this kernel lacks, and what stands on that. */
function possible(all: Map<string, Wanted>): Map<string, Wanted> {
  for (const wanted of all.values()) {
    if (wanted.link?.is.kind === "dummy") wanted.link = { ...wanted.link, is: { ...wanted.link.is, kind: "ifb" } };
    Object.assign(wanted, { vlans: [], vlansOnly: false });
    // Where one address of a prefix has no route to it, the kernel forgets to take the route of another one away.
    wanted.addresses = wanted.addresses.map((address) => ({ ...address, is: { ...address.is, flags: [] } }));
    wanted.ports = wanted.ports.map((port) => ({ ...port, is: { ...port.is, vlans: [], vlansOnly: false } }));
  }
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const [name, { link, requires, ports }] of all) {
      const without = [...requires, ...ports.filter(({ is }) => is.own).map(({ is }) => is.name)];
      if (!kinds.includes(link?.is.kind ?? "") || without.some((one) => !all.has(one))) all.delete(name);
    }
  }
  return all;
}

async function carry(kernel: Kernel, steps: Plan["steps"][number]["step"][], what: string): Promise<void> {
  const results = await kernel.perform(steps);
  const at = results.findIndex((result) => !result.ok);
  if (at >= 0) expect([what, steps.slice(0, at + 1), results[at]]).toBe("done");
  await kernel.refresh();
}

describe.skipIf(!lab)("plans in the real kernel", () => {
  afterAll(() => lab?.remove());
  test(
    "go from one configuration to another and to nothing, and back",
    async () => {
      let done = 0;
      for (let seed = 1; seed <= runs; seed++) {
        const dice = new Dice(2000 + seed);
        const [host, wire] = [lab!.add(`plan${seed}`), lab!.add(`wire${seed}`, { ipv6: false })];
        for (const which of ["all", "default"]) host.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
        for (const name of [...cards, "wlan0"]) {
          lab!.veth(host, name, wire, `w-${name}`);
          if (name !== "wlan0") host.ip(`link set ${name} down`);
        }
        host.ip("addr add 203.0.113.7/24 dev wlan0");
        host.ip("addr add 198.51.100.9/24 dev eth0");
        using _ = host.enter();
        const kernel = openNetlinkKernel();
        await kernel.perform([
          { do: "route-add", route: newRoute("0.0.0.0", 0, "203.0.113.1", "wlan0", { metric: 600, protocol: 16 }) },
          { do: "rule-add", rule: newRule(500, 77) },
        ]);
        await kernel.refresh();
        const before = stateText(kernel.state);
        const owned = new Map<string, Owned>();
        const [first, second] = [possible(randomConfiguration(dice)), possible(randomConfiguration(dice))];
        for (const [name, wanted] of Object.entries({ first, second, nothing: new Map<string, Wanted>() })) {
          const what = `seed ${seed}, ${name}: ${[...wanted.keys()]}`;
          const plan = planFor(kernel, wanted, owned);
          const steps = plan.steps.map(({ step }) => step);
          const was = stateText(kernel.state);
          await carry(kernel, steps, what);
          await carry(kernel, inverseOf(plan.steps), `${what}, taken back`);
          expect([what, stateText(kernel.state)]).toEqual([what, was]);
          await carry(kernel, steps, `${what}, again`);
          for (const [one, its] of plan.owned) owned.set(one, its);
          for (const one of owned.keys()) if (!wanted.has(one)) owned.delete(one);
          expect([what, planFor(kernel, wanted, owned).steps]).toEqual([what, []]);
          done += steps.length;
        }
        expect([seed, stateText(kernel.state)]).toEqual([seed, before]);
        kernel.close();
      }
      console.log(`${done} steps of ${runs} pairs of configurations`);
    },
    runs * 20_000,
  );
});
