/** Links upon links through the built daemon, in User-Mode-Linux: bond under VLAN under bridge under VRF, tunnels, random ones. */
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { umlOrSkip } from "../lab/uml.ts";

const uml = umlOrSkip("links upon links");
const soak = process.env.REEVE_TEST_SOAK === "1";
const rounds = soak ? 500 : 50;

test.skipIf(!uml)(
  `a tower up and down, ${rounds} random topologies by apply, each as ip tells it, and nothing is left`,
  async () => {
    const program = join(temporaryFolder("program"), "program");
    const words = ["build", "--compile", `--outfile=${program}`, join(import.meta.dirname, "topologies-program.ts")];
    const built = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect(built.stderr).not.toContain("error");
    const seed = process.env.REEVE_TEST_SEED ?? (soak ? String(Date.now() % 1e6) : "5");
    const timeout = soak ? 3000 : 550;
    const { output, console: said } = await uml!.run([program, binary, seed, String(rounds)], {
      timeout,
      memory: 1024,
    });
    const { wrong, rounds: done } = JSON.parse(
      output.slice(output.lastIndexOf('{"rounds"')) || JSON.stringify({ wrong: [said + output] }),
    );
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(done).toBe(rounds);
  },
  3_200_000,
);
