import assert from "node:assert/strict";
import { it } from "node:test";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { survey } from "../../../src/netconf/methods/survey.ts";
import { memoryFiles } from "../interfaces/files.ts";

const of = (...lines: string[]) =>
  survey(contextOf(parseConfiguration(lines.join("\n"), "interfaces", memoryFiles({}))));

it("refuses what is wrong and what needs it, and nothing else", () => {
  const { wanted, order, diagnostics } = of(
    ...["iface eth0 inet manual", " mtu 1", "iface eth0.5 inet manual", "iface eth1 inet manual", " gatway 1"],
  );
  assert.deepEqual([...wanted.keys()], ["eth0", "eth0.5", "eth1"]);
  assert.deepEqual(order.layers, [["eth0", "eth1"], ["eth0.5"]]);
  assert.deepEqual(
    diagnostics.map(({ severity, at, refuses }) => [severity, at.line, refuses]),
    [
      ["error", 2, ["eth0", "eth0.5"]],
      ["warning", 5, []],
    ],
  );
});

it("has an error for a cycle, at its line", () => {
  const { diagnostics } = of("iface a", " requires b", "iface b", " requires a", "iface c", " requires a", "iface d");
  assert.deepEqual(diagnostics, [
    {
      severity: "error",
      message: "these wait for each other: a → b → a: a requires b (interfaces:2:2), b requires a (interfaces:4:2)",
      at: { file: "interfaces", line: 2, column: 2 },
      refuses: ["a", "b", "c"],
    },
  ]);
});
