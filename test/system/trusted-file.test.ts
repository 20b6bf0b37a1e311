import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { refuseForeignCode } from "../../src/system/trusted-file.ts";
import { temporaryFolder } from "../lab/folder.ts";

function file(folderMode: number, fileMode = 0o644): string {
  const folder = join(temporaryFolder("trusted"), "x");
  mkdirSync(folder);
  const path = join(folder, "code.ts");
  writeFileSync(path, "");
  chmodSync(path, fileMode);
  chmodSync(folder, folderMode);
  return path;
}

describe("code of a site", () => {
  test.each([
    ["is taken from a folder of our own", 0o755, 0o644, true],
    ["is not taken from a file that others may write", 0o755, 0o664, false],
    ["is not taken from a folder that others may write to", 0o777, 0o644, false],
    ["is not taken from a folder that a group may write to", 0o775, 0o644, false],
    ["is taken from where nobody can remove what is another's", 0o1777, 0o644, true],
  ] as const)("%s", (_, folderMode, fileMode, good) => {
    const path = file(folderMode, fileMode);
    if (good) refuseForeignCode(path, "config");
    else expect(() => refuseForeignCode(path, "config")).toThrow(/writable by nobody else/);
  });

  test("a link counts as what it leads to", () => {
    const [good, bad] = [file(0o755), file(0o777)];
    for (const [target, refused] of [
      [good, false],
      [bad, true],
    ] as const) {
      const link = join(join(file(0o755), ".."), "link.ts");
      symlinkSync(target, link);
      if (refused) expect(() => refuseForeignCode(link, "config")).toThrow(/writable by nobody else/);
      else refuseForeignCode(link, "config");
    }
  });
});
