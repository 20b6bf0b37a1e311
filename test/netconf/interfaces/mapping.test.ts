import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MappingRunner, mapName } from "../../../src/netconf/interfaces/mapping.ts";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { memoryFiles } from "./files.ts";

const configuration = parseConfiguration(
  `mapping eth*
  script first
  map HOME home
  map WORK work
mapping home
  script second
mapping eth1 none*
  script nothing
mapping broken
`,
  "if",
  memoryFiles({}),
);

describe("mappings", () => {
  it("are gone through once, each by the name so far; the script is given the device and the map lines", async () => {
    const ran: string[] = [];
    const run: MappingRunner = async (script, physical, input) => {
      ran.push(`${script} ${physical} ${JSON.stringify(input)}`);
      return script === "first" ? "home\nand more\n" : "eth7\n";
    };
    const told: string[] = [];
    const name = await mapName(configuration, "eth0", run, undefined, (script, on) => told.push(`${script} on ${on}`));
    assert.equal(name, "eth7");
    assert.deepEqual(ran, ['first eth0 "HOME home\\nWORK work\\n"', 'second eth0 ""']);
    assert.deepEqual(told, ["first on eth0", "second on home"]);
  });

  it("begin with the name that was said", async () => {
    assert.equal(await mapName(configuration, "eth0", async () => "x\n", "work"), "work");
  });

  it("fail with the script's name", async () => {
    const fails = (message: string | RegExp) => ({ message });
    await assert.rejects(
      mapName(configuration, "none", async () => "\n"),
      fails("no output from mapping script nothing on none"),
    );
    await assert.rejects(
      mapName(configuration, "eth0", () => Promise.reject(new Error("no"))),
      fails("error trying to executing mapping script first on eth0"),
    );
    await assert.rejects(
      mapName(configuration, "broken", async () => "x"),
      fails("if:9:1: the mapping has no script"),
    );
  });
});
