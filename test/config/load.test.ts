import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { loadConfiguration, readSecretFile } from "../../src/config/load.ts";

const home = mkdtempSync(join(tmpdir(), "reeve-config-"));
after(() => rmSync(home, { recursive: true }));

function load(content: string) {
  writeFileSync(join(home, "config.yml"), content);
  return loadConfiguration({}, { REEVE_HOME: home, HOME: home });
}

const refused = (message: RegExp) => ({ name: "Problem", code: "config", message });

describe("config.yml", () => {
  it("may be absent, empty, or full of comments", async () => {
    assert.equal((await loadConfiguration({}, { REEVE_HOME: "/nonexistent" })).settings.listen, "127.0.0.1:8090");
    for (const content of ["", "# listen: x\n", "tls:\n  # cert: x\n"]) {
      assert.equal((await load(content)).settings["tls.cert"], "");
    }
  });

  it("that bends YAML is told by file, line and key", async () => {
    const bomb = ["[&a [x,x,x,x,x,x,x,x,x]"];
    for (const [name, before] of ["ba", "cb", "dc", "ed"]) bomb.push(`&${name} [${`*${before},`.repeat(9)}]`);
    await assert.rejects(load(`listen: ${bomb.join(", ")}]\n`), refused(/config\.yml:1: listen: .* too many aliases/));
    await assert.rejects(load("listen: &a [*a]\n"), refused(/config\.yml:1: listen: expected a text/));
    await assert.rejects(load(`listen: ${"[".repeat(20_000)}\n`), refused(/config\.yml:1/));
    await assert.rejects(load("listen: a\nlisten: b\n"), refused(/config\.yml:2: Map keys must be unique/));
    await assert.rejects(load("tls:\n\tcert: /a\n"), refused(/config\.yml:2: Tabs/));
    await assert.rejects(load("__proto__:\n  x: 1\n"), refused(/config\.yml:1: unknown key __proto__/));
  });

  it("that is there and cannot be read is an error, never no configuration", async () => {
    const [loop, dangling] = [join(home, "loop"), join(home, "dangling")];
    symlinkSync(loop, loop);
    await assert.rejects(loadConfiguration({}, { REEVE_HOME: loop }), refused(/loop\/config\.yml: cannot be read/));
    assert.equal((await loadConfiguration({}, { HOME: loop })).settings.listen, "127.0.0.1:8090");
    symlinkSync(join(home, "absent"), dangling);
    rmSync(join(home, "config.yml"), { force: true });
    symlinkSync(dangling, join(home, "config.yml"));
    await assert.rejects(loadConfiguration({}, { REEVE_HOME: home }), refused(/config\.yml: cannot be read/));
    rmSync(join(home, "config.yml"));
    symlinkSync("/dev/null", join(home, "config.yml"));
    await assert.rejects(loadConfiguration({}, { REEVE_HOME: home }), refused(/config\.yml: is no file/));
    rmSync(join(home, "config.yml"));
  });
});

describe("a file with a secret", () => {
  it("gives its first line", () => {
    const file = join(home, "secret");
    writeFileSync(file, "two words \nmore\n", { mode: 0o600 });
    assert.equal(readSecretFile(file, "agents.secretFile"), "two words");
  });

  it("that is empty is an error: no secret would open what it is to close", () => {
    const file = join(home, "empty");
    for (const content of ["", "\n", "  \nsecret\n"]) {
      writeFileSync(file, content, { mode: 0o600 });
      assert.throws(() => readSecretFile(file, "agents.secretFile"), refused(/agents\.secretFile: .* is empty/));
    }
  });
});
