/** A run folder that is full, and one that cannot be read. */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openJournal, readJournal } from "../../src/netconf/journal.ts";
import { freshRecord } from "../../src/netconf/records.ts";
import { temporaryFolder } from "../lab/folder.ts";

const here = { boot: "b", namespace: "n" };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const record = (name: string, size = 0) => ({ ...freshRecord(name, 1), error: "x".repeat(size) });
const names = (folder: string) => [...readJournal(folder, here).replay.records.keys()];

test("a full disk: all goes on in memory, with a warning; with room again nothing is missing", () => {
  const disk = temporaryFolder("tmpfs");
  if (Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk]).exitCode !== 0) {
    console.warn("skipped: no right to mount a file system");
    return;
  }
  ends.push(() => Bun.spawnSync(["umount", "-l", disk]));
  const folder = join(disk, "netconf");
  const journal = openJournal(folder, here);
  journal.put(record("eth0"));
  writeFileSync(join(disk, "else"), Buffer.alloc(200_000));
  const id = journal.begin({ what: "up", records: { eth1: record("eth1", 60_000) }, plan: [] });
  expect(journal.warnings.join()).toMatch(/in memory only.*ENOSPC/);
  journal.put(record("eth2", 60_000));
  expect([...journal.records.keys()]).toEqual(["eth0", "eth1", "eth2"]);
  // Who dies now has what was on disk before: whole lines, no half one.
  expect(readJournal(folder, here).damage).toEqual([]);
  expect(names(folder)).toEqual(["eth0"]);
  unlinkSync(join(disk, "else"));
  journal.end(id, "done");
  expect(journal.warnings).toEqual([]);
  expect(names(folder)).toEqual(["eth0", "eth1", "eth2"]);
  expect(readJournal(folder, here).replay.open.size).toBe(0);
});

test("files that cannot be read are kept beside, and told", () => {
  const folder = temporaryFolder("journal");
  openJournal(folder, here).put(record("eth0"));
  unlinkSync(join(folder, "interfaces.json"));
  mkdirSync(join(folder, "interfaces.json"));
  const journal = openJournal(folder, here);
  expect(journal.warnings.join()).toMatch(/interfaces\.json: EISDIR.*renamed to .*interfaces\.json\.damaged/);
  expect([...journal.records.keys()]).toEqual(["eth0"]);
  expect(openJournal(folder, here).warnings).toEqual([]);
});
