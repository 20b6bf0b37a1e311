import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { expandPrefix, expandTargets } from "../../src/backend/targets.ts";

describe("targets", () => {
  test("a prefix is its hosts", () => {
    assert.deepEqual(expandPrefix("192.0.2.9/30"), ["192.0.2.9", "192.0.2.10"]);
    assert.deepEqual(expandPrefix("192.0.2.8/31"), ["192.0.2.8", "192.0.2.9"]);
    assert.deepEqual(expandPrefix("192.0.2.8/32"), ["192.0.2.8"]);
    assert.equal(expandPrefix("10.0.0.0/16").length, 65_534);
    assert.deepEqual(expandPrefix("2001:db8::4/127"), ["2001:db8::4", "2001:db8::5"]);
  });

  test("everything else stays as it is", () => {
    for (const word of ["sw1.example.org", "192.0.2.1:1161", "[2001:db8::1]:1161"]) {
      assert.deepEqual(expandPrefix(word), [word]);
    }
  });

  test("what is no target is refused", () => {
    for (const word of ["", "192.0.2.0/33", "name/24", "192.0.2.0/x", "10.0.0.0/8", "2001:db8::/64", "a b"]) {
      assert.throws(() => expandPrefix(word), { code: "usage" }, word);
    }
  });

  test("a file has one a line, with comments; each device counts once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reeve-targets-"));
    try {
      const file = join(folder, "list");
      writeFileSync(file, "192.0.2.1 # the first\n\n# none\n192.0.2.0/30\n");
      assert.deepEqual(await expandTargets([`@${file}`, "192.0.2.2"]), ["192.0.2.1", "192.0.2.2"]);
      await assert.rejects(expandTargets([`@${join(folder, "absent")}`]), { code: "missing" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
