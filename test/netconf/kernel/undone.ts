/** Inverses on a real kernel: after random steps and their inverses it is as before. */
import { undoable } from "../../../src/netconf/kernel/inverse.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import type { NamespaceLab } from "../../lab/netns.ts";
import { differing, plainState } from "./plain-state.ts";
import { random, someStep } from "./random-steps.ts";

/** @returns what was different afterwards, with the steps; none: nothing */
export async function compareUndone(
  lab: NamespaceLab,
  seed: number,
  kinds: readonly string[],
  liveRename: boolean,
): Promise<string[]> {
  const space = lab.add(`undone${seed}`);
  for (const which of ["all", "default"]) space.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
  using _ = space.enter();
  const kernel = openNetlinkKernel();
  try {
    await kernel.refresh();
    const next = random(seed);
    const some = () => someStep(next, kinds, kernel.state.links.keys());
    for (let count = 0; count < 25; count++) await kernel.perform([some()]);
    const before = plainState(kernel);
    const plan = undoable(Array.from({ length: 8 }, some), kernel.state, (key) => kernel.sysctl(key), { liveRename });
    const results = await kernel.perform(
      plan.map(({ step }) => step),
      { goOn: true },
    );
    const back = plan.flatMap(({ step, inverse }, at): Step[] =>
      results[at]?.ok || step.do === "link-set" ? [...inverse].reverse() : [],
    );
    const backs = await kernel.perform(back.reverse(), { goOn: true });
    const wrong = differing(plainState(kernel), before).filter((line) => !line.includes('"fe80::'));
    if (wrong.length === 0) return [];
    const trace = plan.map(
      ({ step, inverse }, at) => `${results[at]?.ok} ${JSON.stringify(step)} <- ${JSON.stringify(inverse)}`,
    );
    const failed = backs.flatMap((result, at) =>
      result.ok ? [] : [`${JSON.stringify(result)} ${JSON.stringify(back[at])}`],
    );
    return [`seed ${seed}`, ...wrong, ...trace, ...failed];
  } finally {
    kernel.close();
  }
}
