/** What docs/ tells to type and to write into a configuration is accepted. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../../cmd/commands.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { temporaryFolder } from "../lab/folder.ts";

const folder = join(import.meta.dirname, "..", "..", "docs");
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

test("command lines", () => {
  const cli = commandLine();
  let count = 0;
  for (const { name, text } of pages) {
    const lines = text.replaceAll("\\\n", " ").match(/^ {4}(?:echo .*\| )?reeve .*$/gm) ?? [];
    const plain = lines.map((line) => line.replace(/^ *(?:echo .*\| )?/, "").replace(/ # .*| [>|].*/, ""));
    const commands = plain.flatMap((line) => line.split(";"));
    for (const line of commands) {
      const words = line.replace(" …", "").match(/"[^"]*"|\S+/g) ?? [];
      const [, ...args] = words.map((word) => word.replace(/^"|"$/g, ""));
      expect(() => cli.process(args), `${name}: ${line}`).not.toThrow();
      count++;
    }
  }
  expect(count).toBeGreaterThan(50);
});

test("configurations", async () => {
  const home = temporaryFolder("config");
  let count = 0;
  for (const { name, text } of pages) {
    for (const [, yaml = ""] of text.matchAll(/^```yaml\n(.*?)^```$/gms)) {
      if (!/^\w+:$/m.test(yaml)) continue; // another file than config.yml
      writeFileSync(join(home, "config.yml"), yaml);
      const { sources } = await loadConfiguration({}, { REEVE_HOME: home, HOME: home }, "reeve");
      expect(Object.values(sources).join(), name).toContain("config.yml");
      count++;
    }
  }
  expect(count).toBeGreaterThan(2);
});
