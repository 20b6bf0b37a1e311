/** Plans for random configurations of all kinds of links, for a machine of its own: `plans-program COUNT [SEED]`. */
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { foreign, thereAndBack } from "./real-plans.ts";

const [count = 1, first = 1] = process.argv.slice(2).map(Number);
const kernel = openNetlinkKernel();
let [done, wrong] = [0, ""];
try {
  await kernel.perform(foreign);
  await kernel.refresh();
  for (let seed = first; seed < first + count; seed++) {
    done += await thereAndBack(kernel, seed, (all) => {
      for (const wanted of all.values()) {
        // Where one address of a prefix has no route to it, the kernel forgets to take the route of another one away.
        wanted.addresses = wanted.addresses.map((address) => ({ ...address, is: { ...address.is, flags: [] } }));
      }
    });
  }
} catch (error) {
  wrong = (error as Error).message;
}
console.log(JSON.stringify({ done, wrong }));
process.exit(0);
