/** `differential-main.ts` in a machine of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "../../lab/folder.ts";
import type { Uml } from "../../lab/uml.ts";

let program: string | undefined;

function compiled(): string {
  if (program) return program;
  const outfile = join(temporaryFolder("program"), "program");
  const words = ["build", "--compile", `--outfile=${outfile}`, join(import.meta.dirname, "differential-main.ts")];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  program = outfile;
  return program;
}

export async function inUml(uml: Uml, words: string[]): Promise<{ done: number; wrong: string[] }> {
  const { output, console } = await uml.run([compiled(), ...words], { timeout: 550 });
  const line = output.trim().split("\n").at(-1);
  return JSON.parse(line?.startsWith("{") ? line : JSON.stringify({ done: 0, wrong: [output, console] }));
}
