/** Whatever a file holds: it is read to its end or refused as a whole, and whatever is said has a place that exists. */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { refusal } from "../../../src/netconf/interfaces/configuration.ts";
import { loadConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { Problem } from "../../../src/problem.ts";
import { random, trials } from "../../random.ts";
import { memoryFiles } from "./files.ts";

const words = [
  ...["iface", "auto", "allow-hotplug", "allow-", "mapping", "script", "map", "source", "source-directory", "rename"],
  ...[
    "no-auto-down",
    "no-scripts",
    "template",
    "inherits",
    "inherit",
    "inet",
    "inet6",
    "static",
    "manual",
    "can",
    "up",
  ],
  ...[
    "a",
    "b",
    "c",
    "eth0",
    "eth*",
    "/x*/1=y",
    "a=b",
    "address",
    "192.0.2.1/24",
    "if",
    "d/*",
    "sub",
    "d",
    "~/x",
    "$HOME",
  ],
  ...[
    "$(ls)",
    "`ls`",
    '"',
    "'",
    "\\",
    "#",
    "{",
    `\${a:-b}`,
    "\u0000",
    "\ufeff",
    "ü",
    "\ud800",
    "[",
    "[!",
    "*",
    "=",
    "/",
  ],
];
const ends = ["\n", "\n", "\n", "\r\n", "\\\n", " \\\n", "\n\n", "\t", " ", "  ", "\u000b", ""];

function text(chance: () => number): string {
  let made = "";
  const count = Math.floor(chance() * 60);
  for (let at = 0; at < count; at++) {
    made += words[Math.floor(chance() * words.length)];
    made += chance() < 0.6 ? " " : ends[Math.floor(chance() * ends.length)];
  }
  return made;
}

const runs = trials(1000);

describe("any text", () => {
  it(`is read, or refused with a Problem (${runs} of them)`, () => {
    const chance = random(20261122);
    let refused = 0;
    let wrong = 0;
    for (let run = 0; run < runs; run++) {
      const texts: Record<string, string> = { "/n/if": text(chance), "/n/sub": text(chance), "/n/d/x": text(chance) };
      const files = memoryFiles(texts, { HOME: "/n" });
      const textOf = (path: string) => texts[posix.normalize(path)] ?? "";
      for (const strict of [false, true]) {
        try {
          const read = loadConfiguration("/n/if", files, { strict });
          for (const { at, severity, message } of read.diagnostics) {
            const lines = textOf(at.file).split("\n");
            const line = lines[at.line - 1];
            assert.ok(
              line !== undefined && at.column >= 1 && at.column <= line.length + 1,
              JSON.stringify([texts, at]),
            );
            assert.ok(message !== "");
            if (severity === "error") wrong++;
          }
          for (const { name, options, at } of [...read.stanzas, ...read.templates]) {
            refusal(read, name);
            for (const option of [{ at }, ...options])
              assert.ok(textOf(option.at.file).split("\n")[option.at.line - 1]);
          }
        } catch (error) {
          assert.ok(error instanceof Problem, `${(error as Error).stack}\n${JSON.stringify(texts)}`);
          refused++;
        }
      }
    }
    assert.ok(wrong > runs);
    console.log(`any text: ${runs} files, ${wrong} errors told, ${refused} refused`);
  });

  it("of great length takes little time", () => {
    const files = (content: string) => memoryFiles({ "/if": content });
    const long = [
      "a ".repeat(50_000),
      `iface x inet static\n up a${" ".repeat(1_000_000)}b\n`,
      `iface x inet static\n${" mtu 1\n".repeat(20_000)}`,
      `auto ${"e ".repeat(20_000)}`,
      "auto e\n".repeat(20_000),
      `iface x inet static\n up a${" b\\\n".repeat(20_000)}`,
      `mapping ${"* ".repeat(20_000)}\n`,
      `source ${"nothing ".repeat(4000)}`,
      "# comment\n".repeat(50_000),
    ];
    for (const content of long) loadConfiguration("/if", files(content));
    assert.throws(() => loadConfiguration("/if", files("a ".repeat(510_000))), Problem);
    assert.throws(
      () => loadConfiguration("/if", files(`iface x inet static\n${" mtu 1 2 3 4 5 6 7 8\n".repeat(60_000)}`)),
      Problem,
    );
  });
});
