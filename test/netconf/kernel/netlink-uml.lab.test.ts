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

const rounds = process.env.REEVE_TEST_SOAK ? 1500 : 60;
const runs: Record<string, number> = {
  kinds: stepsOf(kinds),
  lines: stepsOf(kinds),
  usual: stepsOf(usual),
  [`random ${process.env.REEVE_TEST_SEED ?? 3} ${rounds}`]: rounds / 5,
};

function stepsOf(stages: typeof kinds): number {
  return stages.reduce((sum, { steps }) => sum + steps.length, 0);
}

/** Each in a network namespace of its own, in a machine that is booted once. */
const script = `for words in ${Object.keys(runs)
  .map((words) => `'${words}'`)
  .join(" ")}; do
  unshare -n sh -c 'sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; exec "$@"' \
    sh "$1" $words || echo "{\\"done\\": 0, \\"wrong\\": [\\"it ended\\"]}"
done`;

describe.skipIf(!uml)("the kernel by netlink, another kernel", () => {
  test("does what it is told, and sees what ip sees", async () => {
    const program = compile("netlink-stages.ts");
    const { output, console } = await uml!.run(["sh", "-c", script, "sh", program], { timeout: 550 });
    const results = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { done: number; wrong: string[] });
    expect([results.length, results.length === 4 ? "" : output + console]).toEqual([4, ""]);
    for (const [at, [words, atLeast]] of Object.entries(runs).entries()) {
      expect([words, ...(results[at]?.wrong ?? [])]).toEqual([words]);
      expect(results[at]?.done).toBeGreaterThanOrEqual(atLeast);
    }
  }, 600_000);
});
