/** Debian ifupdown's own cases: exit codes and what would be run, with white space normalised. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Files } from "../../../src/netconf/interfaces/files.ts";
import { systemFiles } from "../../../src/netconf/interfaces/files.ts";
import { exceptions, normalised } from "./model.ts";
import { Host } from "./scene.ts";

const folder = join(import.meta.dirname, "../../../../shared/corpus/interfaces/ifupdown");
const cases = existsSync(folder)
  ? readdirSync(folder)
      .flatMap((name) => /^testcase\.(\d+)$/.exec(name)?.[1] ?? [])
      .sort((a, b) => Number(a) - Number(b))
  : [];
const without = `${folder} is not there`;
if (cases.length === 0) console.log(`ifupdown's cases: skipped, ${without}`);

/** The model was asked in another folder. */
const files: Files = {
  ...systemFiles,
  read: (path, limit) => systemFiles.read(path.replace(/^tests\/linux/, folder), limit),
};

describe("ifupdown's cases", { skip: cases.length === 0 ? without : false }, () => {
  const used = new Map<string, number>();
  let compared = 0;

  for (const number of cases) {
    it(`testcase.${number}, up and down`, async () => {
      const testcase = `tests/linux/testcase.${number}`;
      const [, words = ""] = /# RUN: *(.*)/.exec(readFileSync(join(folder, `testcase.${number}`), "utf8")) ?? [];
      const host = new Host({ files });
      for (const way of ["up", "down"] as const) {
        const expected = readFileSync(join(folder, `${way}.${number}`), "utf8");
        const [, exit = "", out = "", err = ""] =
          /^exit code: (\d+)\n====stdout====\n(.*?)====stderr====\n(.*)$/s.exec(expected) ?? [];
        const options = ["-v", "--no-act-commands", "--force", "-i", testcase, "--state-dir=/run"];
        const ran = await host.run(`if${way}`, ...options, ...words.split(" ").filter(Boolean));
        assert.deepEqual(
          { exit: ran.exit, out: normalised(ran.out.join("\n")), err: normalised(ran.err.join("\n")) },
          { exit: Number(exit), out: normalised(out), err: normalised(err, used) },
        );
        compared++;
      }
    });
  }

  it("are all compared, and what only a shell can express is known by name", () => {
    const told = exceptions
      .filter(({ name }) => used.has(name))
      .map(({ name, reason }) => `${name} (${used.get(name)} times): ${reason}`);
    console.log(`ifupdown's cases: ${cases.length}, ${compared} comparisons. Said otherwise:\n  ${told.join("\n  ")}`);
    assert.equal(compared, 2 * cases.length);
    assert.deepEqual([...used.keys()].sort(), ["a VLAN is deleted", "a VLAN is made"]);
  });
});
