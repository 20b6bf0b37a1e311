import { afterAll, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesHere } from "../../../src/netconf/here/files.ts";
import { temporaryFolder } from "../../lab/folder.ts";

const folder = temporaryFolder("files");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what another ifup has just written in ifstate is seen at once", () => {
  const ifstate = join(folder, "network");
  const files = filesHere({ interfaces: "", policy: "", scripts: "", clientHooks: "", ifstate });
  const put = (text: string) => {
    writeFileSync(join(ifstate, ".ifstate.tmp"), text);
    renameSync(join(ifstate, ".ifstate.tmp"), join(ifstate, "ifstate"));
  };
  expect(files.listed()).toEqual([]);
  mkdirSync(ifstate);
  put("lo=lo\neth0=home\n");
  const both = [
    { physical: "lo", logical: "lo" },
    { physical: "eth0", logical: "home" },
  ];
  expect([files.listed(), files.listed()]).toEqual([both, both]);
  put("lo=lo\neth0=work\n");
  expect(files.listed().at(-1)).toEqual({ physical: "eth0", logical: "work" });
  rmSync(join(ifstate, "ifstate"));
  expect(files.listed()).toEqual([]);
  put("lo=lo\neth0=home\n");
  expect(files.listed()).toEqual(both);
});
