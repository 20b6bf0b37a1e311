import { afterAll, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../src/problem.ts";
import { makeFolder, readJson, replaceFile } from "../../src/system/file.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a file is replaced whole, with its own mode, whatever the old one had", () => {
  const path = join(folder, "a");
  writeFileSync(path, "old", { mode: 0o644 });
  replaceFile(path, "new");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o600]);
});

test("a link that waits where the new file is made is not followed", () => {
  const [path, target] = [join(folder, "b"), join(folder, "precious")];
  writeFileSync(target, "precious");
  symlinkSync(target, `${path}.${process.pid}.new`);
  replaceFile(path, "secret");
  expect([readFileSync(path, "utf8"), readFileSync(target, "utf8")]).toEqual(["secret", "precious"]);
});

test("a file that cannot be read is not an absent one", () => {
  const path = join(folder, "json");
  expect(readJson(path)).toBeUndefined();
  writeFileSync(path, '{"cut');
  expect(readJson(path)).toBeUndefined();
  expect(() => readJson(folder)).toThrow(Problem);
});

test("a folder is made with those above it, or the reason told", () => {
  makeFolder(join(folder, "deep", "er"), 0o700);
  expect(statSync(join(folder, "deep")).mode & 0o777).toBe(0o700);
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file", "x"), 0o700)).toThrow(/cannot make the folder .*ENOTDIR/);
});

test("what could not be replaced leaves nothing beside it", () => {
  const inner = join(folder, "c");
  mkdirSync(join(inner, "d"), { recursive: true });
  expect(() => replaceFile(join(inner, "d"), "x")).toThrow(Problem);
  expect(readdirSync(inner)).toEqual(["d"]);
});
