/** Inverses that were found out in memory take steps back in a real kernel. */
import { afterAll, describe, expect, test } from "bun:test";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { plainKinds } from "./random-steps.ts";
import { inUml } from "./uml-program.ts";
import { compareUndone } from "./undone.ts";

const lab = await namespacesOrSkip("inverses");
const uml = umlOrSkip("inverses, all kinds of links");
const runs = Number(process.env.REEVE_TEST_RUNS ?? (process.env.REEVE_TEST_SOAK ? 150 : 15));
const first = Number(process.env.REEVE_TEST_SEED ?? 1);

describe.skipIf(!lab)("inverses", () => {
  afterAll(() => lab?.remove());

  test("leave a real kernel as it was", async () => {
    for (let seed = first; seed < first + runs; seed++) {
      expect(await compareUndone(lab!, seed, plainKinds, true)).toEqual([]);
    }
  }, 600_000);
});

describe.skipIf(!uml)("inverses, another kernel", () => {
  test("leave a real kernel as it was, with all kinds of links", async () => {
    expect(await inUml(uml!, ["undone", String(first), String(runs)])).toEqual({ done: runs, wrong: [] });
  }, 600_000);
});
