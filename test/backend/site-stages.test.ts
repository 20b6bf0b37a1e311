import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSiteStages } from "../../src/backend/site-stages.ts";
import { temporaryFolder } from "../lab/folder.ts";

const known = (action: string) => action === "discover";

function file(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("stages of this site come from files, by action", async () => {
  const folder = temporaryFolder();
  file(
    folder,
    "asset.ts",
    `export default [{ action: "discover", name: "asset", phase: "user", help: "asset tag", needs: ["system"],
      objects: () => ["1.2.3.0"], run: (_context: unknown, state: { ran?: boolean }) => { state.ran = true; } }];`,
  );
  file(folder, ".hidden.ts", "throw new Error('never loaded')");
  const stages = (await loadSiteStages(folder, known)).get("discover") ?? [];
  expect(stages.map(({ name, phase, needs }) => [name, phase, needs])).toEqual([["asset", "user", ["system"]]]);
  const state = { ran: false };
  await stages[0]?.run({} as never, state);
  expect(state.ran).toBe(true);
});

test("without a folder there are none", async () => {
  expect((await loadSiteStages("", known)).size).toBe(0);
});

test("what cannot be used is told by file and reason", async () => {
  // Each in a folder of its own: what was imported once stays imported.
  const broken = async (name: string, text: string) => {
    const folder = temporaryFolder();
    const path = file(folder, name, text);
    await expect(loadSiteStages(folder, known)).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining(path),
    });
  };
  await broken("a.ts", "export default {");
  await broken("b.ts", "export default 7");
  await broken("c.ts", `export default [{ action: "nosuch", name: "x", phase: "user", help: "", run() {} }]`);
  await broken("d.ts", `export default [{ action: "discover", name: "x", phase: "never", help: "", run() {} }]`);
  await expect(loadSiteStages(join(temporaryFolder(), "absent"), known)).rejects.toMatchObject({ code: "config" });
});

test("a file that others may write is not loaded", async () => {
  const folder = temporaryFolder();
  chmodSync(file(folder, "open.ts", "export default []"), 0o666);
  await expect(loadSiteStages(folder, known)).rejects.toThrow(/writable by nobody else/);
});
