import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { caller } from "../../cmd/caller.ts";
import { temporaryFolder } from "../lab/folder.ts";

test("the name that /etc/passwd has for a uid", () => {
  const file = join(temporaryFolder("passwd"), "passwd");
  writeFileSync(file, "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n:x:7:7::/:/bin/sh\n");
  expect([caller(0, file), caller(1000, file), caller(7, file), caller(1001, file)]).toEqual([
    ...["root", "alice", "uid-7", "uid-1001"],
  ]);
  expect([caller(0, "/nonexistent"), caller(5, "/nonexistent")]).toEqual(["root", "uid-5"]);
});
