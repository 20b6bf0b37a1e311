import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { socketPath } from "../../src/process/socket-path.ts";

describe("which socket a command speaks to", () => {
  let top: string;
  let run: string;
  let shared: string;
  const path = (choice = {}) => socketPath("a.sock", run, choice, shared);

  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), "reeve-"));
    [run, shared] = [join(top, "run"), join(top, "shared")];
    for (const folder of [run, shared]) mkdirSync(folder);
  });
  afterEach(() => rmSync(top, { recursive: true }));

  it("is one's own service's, also where neither runs", () => {
    assert.equal(path(), join(run, "a.sock"));
    for (const folder of [run, shared]) writeFileSync(join(folder, "a.sock"), "");
    assert.equal(path(), join(run, "a.sock"));
  });

  it("is the host's where only that one runs, unless --state names another", () => {
    writeFileSync(join(shared, "a.sock"), "");
    assert.equal(path(), join(shared, "a.sock"));
    assert.equal(path({ state: top }), join(run, "a.sock"));
  });

  it("is what --socket says in any case", () => {
    writeFileSync(join(run, "a.sock"), "");
    assert.equal(path({ socket: "/else.sock", state: top }), "/else.sock");
  });
});
