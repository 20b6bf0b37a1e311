/** Kinds of links that this machine's kernel lacks, in User-Mode-Linux. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "../../lab/folder.ts";
import { umlOrSkip } from "../../lab/uml.ts";
import { kinds, usual } from "./netlink-scenario.ts";

const uml = umlOrSkip("the kernel by netlink, all kinds of links");

/** A test as a program, for a machine that has no TypeScript. */
function compile(source: string): string {
  const program = join(temporaryFolder("program"), "program");
  const words = ["build", "--compile", `--outfile=${program}`, join(import.meta.dirname, source)];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return program;
}

const stepsOf = (stages: typeof kinds) => stages.reduce((sum, { steps }) => sum + steps.length, 0);
const rounds = process.env.REEVE_TEST_SOAK ? "1500" : "120";
const runs: [words: string[], atLeast: number][] = [
  [["kinds"], stepsOf(kinds)],
  [["lines"], stepsOf(kinds)],
  [["usual"], stepsOf(usual)],
  [["random", process.env.REEVE_TEST_SEED ?? "3", rounds], Number(rounds) / 5],
];

describe.skipIf(!uml)("the kernel by netlink, another kernel", () => {
  const program = uml ? compile("netlink-stages.ts") : "";

  for (const [words, atLeast] of runs) {
    test(`does what it is told, and sees what ip sees: ${words.join(" ")}`, async () => {
      const script = 'sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; exec "$@"';
      const { output, console } = await uml!.run(["sh", "-c", script, "sh", program, ...words], { timeout: 550 });
      const { done, wrong } = JSON.parse(output || JSON.stringify({ done: 0, wrong: [console] }));
      expect(wrong).toEqual([]);
      expect(done).toBeGreaterThanOrEqual(atLeast);
    }, 600_000);
  }
});
