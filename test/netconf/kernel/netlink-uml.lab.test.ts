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

describe.skipIf(!uml)("the kernel by netlink, another kernel", () => {
  const program = uml ? compile("netlink-stages.ts") : "";

  for (const [name, stages] of Object.entries({ kinds, usual })) {
    test(`does what it is told, and sees what ip sees: ${name}`, async () => {
      const script = 'sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; exec "$@"';
      const { output, console } = await uml!.run(["sh", "-c", script, "sh", program, name], { timeout: 150 });
      const { done, wrong } = JSON.parse(output || JSON.stringify({ done: 0, wrong: [console] }));
      expect(wrong).toEqual([]);
      expect(done).toBe(stages.reduce((sum, { steps }) => sum + steps.length, 0));
    }, 180_000);
  }
});
