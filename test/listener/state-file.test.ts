import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initialized, ready, stateFiles } from "../../src/listener/state-file.ts";

test("state files are the model's: a name, and the sum of two bits as text", () => {
  const top = mkdtempSync(join(tmpdir(), "reeve-state-"));
  const folder = join(top, "handlers");
  const files = stateFiles(folder);
  expect(files.read("x")).toBeUndefined();
  files.write("x", initialized + ready);
  expect(readFileSync(join(folder, "x"), "utf8")).toBe("3");
  writeFileSync(join(folder, "y"), "2\n");
  writeFileSync(join(folder, "z"), "nonsense");
  expect(["x", "y", "z"].map((name) => files.read(name))).toEqual([3, 2, 0]);
  // What somebody deletes is gone for one that is open already, too.
  rmSync(join(folder, "x"));
  expect(files.read("x")).toBeUndefined();
  files.remove("y");
  files.remove("never there");
  expect(readdirSync(folder)).toEqual(["z"]);
  files.clear();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(top, { recursive: true });
});
