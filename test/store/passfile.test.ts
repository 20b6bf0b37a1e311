import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { configureLog } from "../../src/log.ts";
import { findPassword, resolvePassword } from "../../src/store/passfile.ts";
import { parseDatabaseUrl } from "../../src/store/url.ts";

const wanted = { host: "db.example.org", port: 5432, database: "reeve", user: "alice" };

describe(".pgpass", () => {
  for (const [line, password] of [
    ["db.example.org:5432:reeve:alice:secret", "secret"],
    ["*:*:*:*:any", "any"],
    ["db.example.org:5432:reeve:alice:with:colons:", "with:colons:"],
    ["db.example.org:5432:reeve:alice:a\\:b\\\\c", "a:b\\c"],
    ["db.example.org:5432:reeve:alice:", ""],
    ["db.example.org:5432:reeve:alice", undefined],
    ["db.example.org:5433:reeve:alice:secret", undefined],
    ["db.example.org:5432:*:bob:secret", undefined],
    ["DB.example.org:5432:reeve:alice:secret", undefined],
    ["# *:*:*:*:comment", undefined],
    ["", undefined],
  ] as const) {
    it(JSON.stringify(line), () => assert.equal(findPassword(`${line}\n`, wanted), password));
  }

  it("the first line that fits wins", () => {
    const file = "other:*:*:*:no\r\n#x\n\n*:*:*:alice:first\ndb.example.org:5432:reeve:alice:second\n";
    assert.equal(findPassword(file, wanted), "first");
  });

  it("escaped fields are compared unescaped, and an escaped star is a star", () => {
    assert.equal(findPassword("*:*:a\\:b:c\\\\d:p", { ...wanted, database: "a:b", user: "c\\d" }), "p");
    assert.equal(findPassword("*:*:\\*:*:p", wanted), undefined);
    assert.equal(findPassword("*:*:\\*:*:p", { ...wanted, database: "*" }), "p");
  });

  it("a socket in the default folder is localhost; in another it has the folder's name", () => {
    assert.equal(findPassword("localhost:*:*:*:p", { ...wanted, host: "/var/run/postgresql" }), "p");
    assert.equal(findPassword("/var/run/postgresql:*:*:*:p", { ...wanted, host: "/var/run/postgresql" }), "p");
    assert.equal(findPassword("/srv/socket:*:*:*:p", { ...wanted, host: "/srv/socket" }), "p");
    assert.equal(findPassword("localhost:*:*:*:p", { ...wanted, host: "/srv/socket" }), undefined);
  });
});

describe("where the password comes from", () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-pass-"));
  const lines: string[] = [];
  before(() => configureLog({ write: (line) => void lines.push(line), format: "text", level: "INFO" }));
  after(() => {
    configureLog({ write: (line) => void process.stderr.write(line), format: "auto" });
    rmSync(folder, { recursive: true, force: true });
  });
  function address(url = "postgres://alice@db/reeve") {
    const parsed = parseDatabaseUrl(url);
    assert.ok(parsed.kind === "postgres");
    return parsed;
  }
  function file(name: string, content: string, mode = 0o600): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }
  const all = () => ({
    PGPASSFILE: file("pgpass", "*:*:*:*:from-pgpass\n"),
    PGPASSWORD: "from-environment",
    HOME: folder,
  });

  it("a named file before the URL, the URL before .pgpass, .pgpass before PGPASSWORD", () => {
    const url = address("postgres://alice:from-url@db/reeve");
    assert.equal(resolvePassword(url, file("password", "from file \n"), all()), "from file ");
    assert.equal(resolvePassword(url, undefined, all()), "from-url");
    assert.equal(resolvePassword(address(), undefined, all()), "from-pgpass");
    assert.equal(resolvePassword(address(), undefined, { ...all(), PGPASSFILE: "/nonexistent" }), "from-environment");
    assert.equal(resolvePassword(address(), undefined, { HOME: "/nonexistent" }), undefined);
    file(".pgpass", "*:*:*:*:at-home");
    assert.equal(resolvePassword(address(), undefined, { HOME: folder }), "at-home");
  });

  it("a .pgpass that others may read, or that is no file, is passed over with a warning", () => {
    for (const mode of [0o640, 0o604]) {
      lines.length = 0;
      const PGPASSFILE = file("open", "*:*:*:*:leaked\n", mode);
      assert.equal(resolvePassword(address(), undefined, { PGPASSFILE, HOME: folder }), undefined);
      assert.match(lines.join(""), /WARNING.*passed over/);
      assert.doesNotMatch(lines.join(""), /leaked/);
    }
    lines.length = 0;
    mkdirSync(join(folder, "directory"), { mode: 0o700 });
    assert.equal(resolvePassword(address(), undefined, { PGPASSFILE: join(folder, "directory") }), undefined);
    assert.match(lines.join(""), /not a plain file/);
  });

  it("a named file that is missing or empty is an error that names it", () => {
    for (const path of [join(folder, "missing"), file("empty", "\n"), folder]) {
      assert.throws(
        () => resolvePassword(address(), path, all()),
        (error: Error & { code?: string }) => error.code === "config" && error.message.includes(path),
      );
    }
  });
});
