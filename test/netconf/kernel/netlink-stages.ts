/**
 * A program of its own, for a machine without a test runner: does the stages of a scenario, compares with ip after each, and
 * prints as JSON what went wrong. Arguments: `kinds`, `usual`, `lines` (kinds again, but done by ip), or `random` with seed
 * and number of steps.
 */
import { openIpKernel } from "../../../src/netconf/kernel/ip-kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { lastingDifferences } from "./against-ip.ts";
import { missing } from "./effects.ts";
import { kinds, type Stage, usual } from "./netlink-scenario.ts";
import { allKinds, random, someStep } from "./random-steps.ts";

const [what = "kinds", seed = "1", count = "100"] = process.argv.slice(2);
const kernel = openNetlinkKernel();
await kernel.refresh();
const actor = what === "lines" ? openIpKernel() : kernel;
const wrong: string[] = [];
let done = 0;

function* randomStages(): Iterable<Stage> {
  const next = random(Number(seed));
  const some = () => someStep(next, allKinds, kernel.state.links.keys());
  for (let at = 0; at < Number(count); at++)
    yield { title: at % 20 === 19 ? `${at} random steps` : "", steps: [some()] };
}

for (const { title, steps } of what === "random" ? randomStages() : what === "usual" ? usual : kinds) {
  const results = await actor.perform(steps, { goOn: true });
  if (actor !== kernel) await kernel.refresh();
  done += results.filter(({ ok }) => ok).length;
  if (what !== "random") {
    const failed = results.flatMap((result, at) => (result.ok ? [] : [{ result, step: steps[at] }]));
    wrong.push(...[...failed.map((each) => JSON.stringify(each)), ...missing(steps, kernel.state)]);
  }
  if (title !== "") wrong.push(...(await lastingDifferences(kernel)).map((text) => `${title}: ${text}`));
}
kernel.close();
actor.close();
process.stdout.write(`${JSON.stringify({ done, wrong })}\n`);
