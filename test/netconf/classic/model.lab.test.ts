/** The installed ifup, ifdown and ifquery (ifupdown 0.8.41) and ours, over random files: nothing is done, all is compared. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Face } from "../../../src/netconf/classic/invocation.ts";
import { systemFiles } from "../../../src/netconf/interfaces/files.ts";
import { findProgram } from "../../../src/process/program.ts";
import { exceptions, normalised } from "./model.ts";
import { methodNames, RandomFile } from "./random-file.ts";
import { Host } from "./scene.ts";

const program = findProgram("ifup");
const version = program ? Bun.spawnSync([program, "-V"]).stdout.toString().split("\n")[0] : "";
const isModel = version === "ifup version 0.8.41";
if (!isModel) console.log(`compared with ifupdown: skipped, 0.8.41 is not installed (${version || "no ifup"})`);

const files = process.env.REEVE_TEST_SOAK ? 3000 : 150;
const used = new Map<string, number>();
let compared = 0;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-ifupdown-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  const told = exceptions.filter(({ name }) => used.has(name)).map(({ name }) => `${name} (${used.get(name)} times)`);
  console.log(`compared with ifupdown: ${compared} runs. Said otherwise: ${told.join(", ") || "nothing"}`);
});

function model(face: Face, words: string[], cwd: string) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([join(program ?? "", "..", face), ...words], {
    cwd,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  return { exit: exitCode, out: normalised(stdout.toString()), err: normalised(stderr.toString(), used) };
}

async function ours(face: Face, words: string[], host: Host) {
  const { exit, out, err } = await host.run(face, ...words);
  return { exit, out: normalised(out.join("\n")), err: normalised(err.join("\n")) };
}

/** Up, up again, queries and down, with the state kept in between. */
async function compare(seed: number, method?: string): Promise<void> {
  const cwd = mkdtempSync(join(folder, "run-"));
  mkdirSync(join(cwd, "state"));
  const made = new RandomFile(seed);
  const text = made.text(method);
  writeFileSync(join(cwd, "if"), text);
  const host = new Host({
    files: { ...systemFiles, read: (path, limit) => systemFiles.read(join(cwd, path), limit) },
    has: (name) => findProgram(name) !== undefined,
  });
  const general = ["-i", "if", "--state-dir=state"];
  const runs: [Face, string[]][] = [
    ["ifup", ["-v", "-n", "--force", ...made.words()]],
    ["ifup", ["--no-act-commands", "-v", ...made.words()]],
    ["ifup", ["--no-act-commands", ...made.words()]],
    ["ifquery", ["--state"]],
    ["ifquery", ["-v", ...made.words().filter((word) => word !== "-a" && word !== "--no-scripts"), "a"]],
    ["ifquery", ["--list", "--allow=hotplug"]],
    ["ifquery", ["--list"]],
    ["ifdown", ["-n", "-v", ...made.words()]],
    ["ifdown", ["--no-act-commands", ...made.words()]],
    ["ifquery", ["--state", "a", "c0"]],
    ["ifdown", ["--no-act-commands", "-v", "--force", ...made.words()]],
  ];
  for (const [face, words] of runs) {
    const all = [...general, ...words];
    const expected = model(face, all, cwd);
    // A crash of the model says nothing.
    if (expected.exit === null || expected.exit > 128) continue;
    expect({ seed, text, all, ...(await ours(face, all, host)) }).toEqual({ seed, text, all, ...expected });
    compared++;
  }
}

describe.if(isModel)("as ifupdown 0.8.41", () => {
  for (const method of methodNames) {
    test(`with ${method}`, async () => {
      for (let seed = 1; seed <= Math.ceil(files / 15); seed++) await compare(seed, method);
    });
  }

  test(`with ${files} files of everything`, async () => {
    for (let seed = 1000; seed < 1000 + files; seed++) await compare(seed);
  });
});
