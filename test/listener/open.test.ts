import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type OpenJournal, type OpenOptions, openJournal } from "../../src/listener/open.ts";
import { configureLog } from "../../src/log.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type Followed, follow } from "./follower-lab.ts";
import { FakeDirectory } from "./provider.ts";

configureLog({ write: () => {} });

const open: OpenJournal[] = [];
const running: Followed[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  for (const one of open.splice(0)) one.close();
});

function opened(options: Partial<OpenOptions> & { folder: string }): OpenJournal {
  const one = openJournal({ base: "", ...options });
  open.push(one);
  return one;
}

function close(): void {
  for (const one of open.splice(0)) one.close();
}

function directory(): FakeDirectory {
  const made = new FakeDirectory();
  made.add("dc=lab");
  for (let number = 0; number < 300; number++) made.add(`cn=${number},dc=lab`, { x: ["x".repeat(500)] });
  return made;
}

/** A database with something in it. */
async function filled(folder: string): Promise<{ source: FakeDirectory; epoch: string }> {
  const source = directory();
  const { journal } = opened({ folder });
  const followed = follow(source.source(), { journal });
  await followed.live();
  source.modify("cn=1,dc=lab", { x: ["changed"] });
  await followed.until(() => journal.head === 1);
  await followed.stop();
  const { epoch } = journal;
  close();
  return { source, epoch };
}

describe("opening the database", () => {
  test("every file is for its owner alone, also where the folder is not and a database was not", async () => {
    const before = process.umask(0o000);
    try {
      const folder = temporaryFolder("open");
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, "listener.db"), "");
      const { journal, condemn } = opened({ folder });
      const followed = follow(directory().source(), { journal });
      await followed.live();
      condemn("for a test");
      const open = readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);
      expect(readdirSync(folder).sort()).toEqual([
        ...["listener.db", "listener.db-shm", "listener.db-wal", "listener.db.stage", "listener.db.suspect", "lock"],
      ]);
      expect(open).toEqual([]);
      await followed.stop();
    } finally {
      process.umask(before);
    }
  });

  test("a folder that others may write to is refused, and so is a link where the database belongs", () => {
    const folder = temporaryFolder("open");
    chmodSync(folder, 0o770);
    expect(() => opened({ folder })).toThrow(/must belong to root or to this user, writable by nobody else/);
    chmodSync(folder, 0o700);
    const other = join(folder, "other");
    writeFileSync(other, "");
    symlinkSync(other, join(folder, "listener.db"));
    expect(() => opened({ folder })).toThrow(/cannot write .*listener.db \(ELOOP\)/);
    expect(statSync(other).size).toBe(0);
  });

  test("is for its owner alone, and what is in it stays", async () => {
    const folder = join(temporaryFolder("open"), "a", "cache");
    const { epoch } = await filled(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const { journal, rebuilt } = opened({ folder, base: "ou=x,dc=lab" });
    expect(rebuilt).toBeUndefined();
    expect(journal.epoch).toBe(epoch);
    expect(journal.stats()).toMatchObject({ entries: 301, head: 1, loaded: true });
  });

  test("one listener at a time, and the file of the lock stays for ever", async () => {
    const folder = temporaryFolder("open");
    opened({ folder });
    expect(() => openJournal({ folder, base: "" })).toThrow(
      expect.objectContaining({ code: "already-running", message: `another listener uses ${folder}` }),
    );
    const inode = statSync(join(folder, "lock")).ino;
    close();
    opened({ folder, purge: true });
    expect(statSync(join(folder, "lock")).ino).toBe(inode);
  });

  test("the lock dies with its process, however that ends", async () => {
    const folder = temporaryFolder("open");
    const code = `
      const { openJournal } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/listener/open.ts"))});
      globalThis.kept = openJournal({ folder: ${JSON.stringify(folder)}, base: "" });
      console.log("open");
      setInterval(() => {}, 1000);`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    await child.stdout.getReader().read();
    expect(() => openJournal({ folder, base: "" })).toThrow("another listener");
    child.kill("SIGKILL");
    await child.exited;
    expect(opened({ folder }).rebuilt).toBeUndefined();
  });

  test("purged, it is empty and another", async () => {
    const folder = temporaryFolder("open");
    const { epoch } = await filled(folder);
    const { journal, rebuilt } = opened({ folder, purge: true });
    expect(rebuilt).toBeUndefined();
    expect(journal.epoch).not.toBe(epoch);
    expect(journal.stats()).toMatchObject({ entries: 0, head: 0, loaded: false });
  });

  type Damage = (folder: string) => void;
  const path = (folder: string) => join(folder, "listener.db");
  const scribble = (from: number, step: number) => (folder: string) => {
    const file = openSync(path(folder), "r+");
    const random = crypto.getRandomValues(new Uint8Array(512));
    for (let at = from; at < statSync(path(folder)).size; at += step) writeSync(file, random, 0, random.length, at);
  };
  const damages: [name: string, damage: Damage, reason: RegExp][] = [
    ["random bytes in every page", scribble(8192, 8192), /damaged/],
    ["random bytes at the beginning", scribble(0, 1e9), /damaged/],
    ["something else entirely", (folder) => writeFileSync(path(folder), "not a database ".repeat(1000)), /damaged/],
    ["cut off", (folder) => writeFileSync(path(folder), readFileSync(path(folder)).subarray(0, 8192 * 5)), /damaged/],
    [
      "found damaged while it was open",
      (folder) => writeFileSync(`${path(folder)}.suspect`, "it was damaged"),
      /was damaged/,
    ],
  ];

  test.each(damages)(
    "%s: moved aside, made anew from the directory, and nobody is told of deletions",
    async (_name, damage, reason) => {
      const folder = temporaryFolder("open");
      const { source, epoch } = await filled(folder);
      damage(folder);
      const { journal, rebuilt } = opened({ folder });
      expect(rebuilt).toMatch(reason);
      expect(existsSync(`${path(folder)}.old`)).toBe(true);
      expect(journal.epoch).not.toBe(epoch);
      const followed = follow(source.source(), { journal });
      running.push(followed);
      await followed.live();
      expect(journal.stats()).toMatchObject({ entries: 301, head: 0 });
      await followed.stop();
      close();
      expect(opened({ folder }).rebuilt).toBeUndefined();
    },
  );

  test("of another version, of another directory: moved aside", async () => {
    const folder = temporaryFolder("open");
    await filled(folder);
    opened({ folder }).journal.database.run("PRAGMA user_version = 99");
    close();
    expect(opened({ folder }).rebuilt).toMatch(/version 99/);
    close();
    await filled(folder);
    expect(opened({ folder, base: "dc=elsewhere" }).rebuilt).toBe("it holds dc=lab, not dc=elsewhere");
  });

  test("condemned while it is open: made anew the next time", async () => {
    const folder = temporaryFolder("open");
    await filled(folder);
    opened({ folder }).condemn("it is damaged: found by a query");
    close();
    expect(opened({ folder }).rebuilt).toBe("it is damaged: found by a query");
  });

  test("a folder that cannot be made is said to be so", () => {
    const file = join(temporaryFolder("open"), "file");
    writeFileSync(file, "");
    expect(() => openJournal({ folder: join(file, "cache"), base: "" })).toThrow(/cannot make the folder/);
  });
});
