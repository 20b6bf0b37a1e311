/** The apply that waits for its confirm: on disk whole, or not at all; what is done about it at a start. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { sameBoot, thisBoot, uptime } from "../../src/netconf/boot.ts";
import type { Configuration } from "../../src/netconf/interfaces/configuration.ts";
import {
  differs,
  type Former,
  formerOf,
  isOf,
  type Kept,
  type Pending,
  peekPending,
  readPending,
  removePending,
  verdict,
  writePending,
} from "../../src/netconf/pending.ts";
import { nothing } from "../../src/netconf/plan/wanted.ts";
import { freshRecord } from "../../src/netconf/records.ts";
import { Problem } from "../../src/problem.ts";

const here = { boot: "b", namespace: "n" };
const configuration: Configuration = {
  stanzas: [],
  templates: [],
  classes: new Map([["auto", [{ word: "eth0", at: { file: "f", line: 1, column: 6 } }]]]),
  noAutoDown: [],
  noScripts: [],
  renames: [],
  mappings: [],
  diagnostics: [],
  files: ["f"],
};
const pending: Pending = {
  ...here,
  ...{ id: 7, since: 1, deadline: 121_000, ends: 500, by: "uid 0 (root)", changes: ["eth0: mtu"] },
  inverse: [{ do: "link-set", name: "eth0", settings: { mtu: 1500 } }],
  former: { eth0: freshRecord("eth0", 1), eth1: null },
  found: { eth1: { ...nothing("eth1"), settings: { is: { up: true }, from: "configuration" } } },
  configuration,
};

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "reeve-pending-")), "netconf");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

function read(): { found: Kept | undefined; warnings: string[] } {
  const warnings: string[] = [];
  return { found: readPending(folder, (text) => warnings.push(text)), warnings };
}

describe("pending.json", () => {
  it("is read as it was written, and gone when it is removed", () => {
    assert.deepEqual(read(), { found: undefined, warnings: [] });
    writePending(folder, pending);
    assert.deepEqual(read(), { found: pending, warnings: [] });
    writePending(folder, { ...pending, id: 8 });
    assert.equal(read().found?.id, 8);
    removePending(folder);
    removePending(folder);
    assert.deepEqual(read(), { found: undefined, warnings: [] });
  });

  it("of one that was taken back holds what is in force instead", () => {
    const former: Former = { id: 7, at: 3, why: "nobody has confirmed it in time", configuration };
    writePending(folder, pending);
    writePending(folder, former);
    assert.deepEqual(read(), { found: former, warnings: [] });
    assert.deepEqual(peekPending(folder), former);
    const path = join(folder, "pending.json");
    for (const name of ["why", "at", "configuration"]) {
      writeFileSync(path, JSON.stringify({ version: 1, ...former, [name]: undefined }));
      assert.equal(read().found, undefined, name);
      assert.ok(existsSync(`${path}.damaged`));
    }
  });

  it("says what is in force at a start: what is waited for says nothing yet", () => {
    const former: Former = { id: 7, at: 3, why: "w", configuration };
    const none = { applied: 0, rolledBack: new Set<number>() };
    assert.equal(formerOf(former, { boot: "other", namespace: "other" }, none, 9), former);
    assert.equal(formerOf(pending, here, none, 9), undefined);
    for (const [boot, done] of [
      [{ ...here, boot: "other" }, none],
      [here, { applied: 7, rolledBack: new Set([7]) }],
    ] as const) {
      const found = formerOf(pending, boot, done, 9);
      assert.deepEqual([found?.id, found?.at, found?.configuration], [7, 9, configuration]);
    }
    const before = { ...former, before: { ...here, apply: 7 } };
    for (const [boot, applied, taken, is] of [
      [here, 6, [], before],
      [here, 8, [], undefined],
      [here, 8, [8], before],
      [{ ...here, boot: "other" }, 8, [], before],
    ] as const) {
      assert.equal(formerOf(before, boot, { applied, rolledBack: new Set<number>(taken) }, 9), is);
    }
    assert.ok(isOf(former, "f") && !isOf(former, "g"));
    assert.equal(differs(former, { ...configuration, classes: new Map(configuration.classes) }), false);
    const word = { word: "eth0", at: { file: "f", line: 9, column: 9 } };
    assert.equal(differs(former, { ...configuration, classes: new Map([["auto", [word]]]) }), false);
    assert.equal(differs(former, { ...configuration, classes: new Map([["hotplug", [word]]]) }), true);
  });

  it("that is damaged is put aside, with a warning", () => {
    writePending(folder, pending);
    const path = join(folder, "pending.json");
    const whole = readFileSync(path, "utf8");
    const without = (name: string) => JSON.stringify({ ...JSON.parse(whole), [name]: undefined });
    const damaged = ["", "\u0000\u0001", whole.slice(0, 200), "[]", "null", without("inverse"), without("version")];
    for (const text of [...damaged, without("configuration"), whole.replace('"id":7', '"id":"7"')]) {
      writeFileSync(path, text);
      const { found, warnings } = read();
      assert.equal(found, undefined, text);
      assert.match(warnings.join(), /could not be understood and was renamed to .*pending\.json\.damaged/);
      assert.equal(readFileSync(`${path}.damaged`, "utf8"), text);
      assert.ok(!existsSync(path));
    }
  });

  it("that cannot be written or read is a problem of its own", () => {
    writeFileSync(folder, "a file in its place");
    const io = (error: unknown) => error instanceof Problem && ["io", "permission"].includes(error.code);
    assert.throws(() => writePending(folder, pending), io);
    rmSync(folder);
    mkdirSync(join(folder, "pending.json", "not-empty"), { recursive: true });
    assert.throws(read, io);
    assert.throws(() => removePending(folder), io);
  });

  it("keeps what it was when it cannot be replaced", () => {
    writePending(folder, pending);
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o500);
      assert.throws(() => writePending(folder, { ...pending, id: 8 }));
      chmodSync(folder, 0o700);
    }
    assert.equal(read().found?.id, 7);
  });

  it("is waited for, rolled back or forgotten", () => {
    assert.equal(verdict(pending, here, 499), "wait");
    assert.equal(verdict(pending, here, 500), "roll-back");
    assert.equal(verdict(pending, { ...here, boot: "other" }, 1), "forget");
    assert.equal(verdict(pending, { ...here, namespace: "other" }, 1), "forget");
  });
});

describe("boot", () => {
  it("is the same while the host is up", () => {
    assert.ok(sameBoot(thisBoot(), thisBoot()));
    assert.match(thisBoot().boot, /^[0-9a-f-]{36}$/);
    assert.match(thisBoot().namespace, /^net:\[\d+\]$/);
    const before = uptime();
    assert.ok(before > 0 && uptime() >= before);
  });
});
