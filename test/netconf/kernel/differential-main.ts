/**
 * Comparisons of kernels as a program, for a machine that has no TypeScript: `simulated`, `undone`, `reads` or `does`, seeds FIRST
 * to FIRST+COUNT; the result as JSON.
 */
import { namespacesOrSkip } from "../../lab/netns.ts";
import { compareKernels } from "./differential.ts";
import { compareDoings, compareReadings } from "./ip-comparison.ts";
import { allKinds } from "./random-steps.ts";
import { compareUndone } from "./undone.ts";

const [what = "simulated", first = "1", count = "1"] = process.argv.slice(2);
const lab = await namespacesOrSkip("kernels");
let done = 0;
// Programs take their time here: the short form, of one seed, is shorter in itself.
const long = Number(count) > 1;
let wrong = lab ? [] : ["no namespaces"];
for (let seed = Number(first); lab && done < Number(count) && wrong.length === 0; seed++, done++) {
  if (what === "undone") wrong = await compareUndone(lab, seed, allKinds, false);
  else if (what === "reads") wrong = await compareReadings(lab, seed, allKinds, long ? 120 : 50);
  else if (what === "does") wrong = await compareDoings(lab, seed, allKinds, long ? 12 : 5);
  else wrong = await compareKernels(lab, seed, { kinds: allKinds, steps: 60, liveRename: false });
}
await lab?.remove();
console.log(JSON.stringify({ done, wrong }));
process.exit();
