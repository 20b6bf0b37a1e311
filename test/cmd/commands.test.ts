/** The real commands: their help is whole, and what is made from it is current. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine } from "../../cmd/commands.ts";
import { commandHelps } from "../../cmd/definition.ts";
import { exitCodesMarkdown } from "../../cmd/manual/exit-codes.ts";
import { problemCodes } from "../../src/problem.ts";

const commands = commandHelps(commandLine().definitions());

test("every command tells what it does, and every option what it means", () => {
  expect(commands.length).toBeGreaterThan(15);
  for (const { path, category, description, options } of commands) {
    const name = path.join(" ");
    expect([name, category !== "", description !== "", /[.!]$/.test(description)]).toEqual([name, true, true, false]);
    for (const { names, text } of options) expect([name, names[0], text !== ""]).toEqual([name, names[0], true]);
  }
});

test("every value and operand has a name of its own (cmd/values.ts)", () => {
  const unnamed = commands.flatMap(({ path, options, operands }) => [
    ...options.filter(({ value }) => value?.name === "VALUE").map(({ names }) => [...path, names.at(-1)].join(" ")),
    ...operands.filter(({ name }) => name === "").map(() => path.join(" ")),
  ]);
  expect(unnamed).toEqual([]);
});

test("docs/exit-codes.md is what `reeve manual --exit-codes` prints", () => {
  const file = join(import.meta.dirname, "..", "..", "docs", "exit-codes.md");
  expect(readFileSync(file, "utf8")).toBe(exitCodesMarkdown());
  for (const code of Object.keys(problemCodes)) expect(exitCodesMarkdown()).toContain(`| \`${code}\` |`);
});

test("an option means the same kind of value in every command", () => {
  const kinds = new Map<string, string>();
  for (const { options } of commands) {
    for (const { names, value } of options) {
      const name = names.at(-1) ?? "";
      const kind = value?.name ?? "";
      expect([name, kinds.get(name) ?? kind]).toEqual([name, kind]);
      kinds.set(name, kind);
    }
  }
});
