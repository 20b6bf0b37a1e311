/** `compareKernels` as a program, for a machine that has no TypeScript: seeds FIRST to FIRST+COUNT, the result as JSON. */
import { namespacesOrSkip } from "../../lab/netns.ts";
import { compareKernels } from "./differential.ts";
import { allKinds } from "./random-steps.ts";

const [first = 1, count = 1] = process.argv.slice(2).map(Number);
const lab = await namespacesOrSkip("simulated kernel");
let done = 0;
let wrong = lab ? [] : ["no namespaces"];
for (let seed = first; lab && seed < first + count && wrong.length === 0; seed++) {
  wrong = await compareKernels(lab, seed, { kinds: allKinds, steps: 60, liveRename: false });
  if (wrong.length === 0) done++;
}
await lab?.remove();
console.log(JSON.stringify({ done, wrong }));
process.exit();
