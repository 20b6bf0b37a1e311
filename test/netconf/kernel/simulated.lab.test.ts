/** The kernel in memory does what a real one does: random steps to both, this machine's kernel and an older one. */
import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "../../lab/folder.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { compareKernels } from "./differential.ts";
import { plainKinds } from "./random-steps.ts";

const runs = Number(process.env.REEVE_TEST_RUNS ?? (process.env.REEVE_TEST_SOAK ? 60 : 6));
const first = Number(process.env.REEVE_TEST_SEED ?? 1);
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
    const program = join(temporaryFolder("program"), "program");
    const words = ["build", "--compile", `--outfile=${program}`, join(import.meta.dirname, "differential-main.ts")];
    expect(spawnSync(process.execPath, words, { encoding: "utf8" }).stderr).not.toContain("error");
    const { output, console } = await uml!.run([program, String(first), String(runs)], { timeout: 550 });
    const { done, wrong } = JSON.parse(output || JSON.stringify({ done: 0, wrong: [console] }));
    expect(wrong).toEqual([]);
    expect(done).toBe(runs);
  }, 600_000);
});
