/** The configuration file a package brings along: every key, none set, and each line right once its # is gone. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keys } from "../../src/config/keys.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { configTemplate, shownDefault } from "../../src/config/template.ts";

async function load(text: string) {
  const home = mkdtempSync(join(tmpdir(), "reeve-config-"));
  try {
    writeFileSync(join(home, "config.yml"), text);
    return await loadConfiguration({}, { HOME: "/nonexistent", REEVE_HOME: home });
  } finally {
    rmSync(home, { recursive: true });
  }
}

const defaults = await load("");

test("as it is, it changes nothing", async () => {
  const { settings, sources } = await load(configTemplate());
  expect(settings).toEqual(defaults.settings);
  expect(sources).toEqual({});
});

test("with every # taken away, every key is set, to its default", async () => {
  const { settings, sources } = await load(configTemplate().replace(/^( *)#(?=\w+: )/gm, "$1"));
  expect(settings).toEqual(defaults.settings);
  expect(Object.keys(sources).sort()).toEqual(Object.keys(keys).sort());
});

test("one key of a group can be set alone, and a group may be empty", async () => {
  const { settings } = await load(configTemplate().replace("  #level: INFO", "  level: DEBUG"));
  expect(settings["log.level"]).toBe("DEBUG");
  expect((await load("log:\nlisten: 127.0.0.1:1\n")).settings.listen).toBe("127.0.0.1:1");
});

test("lengths of time and lists are shown as a person writes them", () => {
  expect(shownDefault(keys["sessions.lifetime"])).toBe("8h");
  expect(shownDefault(keys["modules.idle"])).toBe("10m");
  expect(shownDefault(keys["agents.networks"])).toBe('["127.0.0.0/8", "::1/128"]');
  expect(shownDefault(keys.listen)).toBe('"127.0.0.1:8090"');
});
