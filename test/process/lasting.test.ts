import { describe, expect, test } from "bun:test";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adoptLasting, factsOf, startLasting } from "../../src/process/lasting.ts";
import { lockFile } from "../../src/system/flock.ts";
import { temporaryFolder } from "../lab/folder.ts";

/** A shell script as a program, with its log. */
function script(text: string) {
  const folder = temporaryFolder("lasting");
  const path = join(folder, "program");
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return { folder, path, log: join(folder, "log") };
}

async function said(log: string, word: string): Promise<string> {
  for (;;) {
    const text = readFileSync(log, "utf8");
    if (text.includes(word)) return text;
    await Bun.sleep(5);
  }
}

describe("a program that outlives us", () => {
  test("has a session of its own, a clean environment, and a log that was emptied", async () => {
    const { path, log, folder } = script('echo "$1 $HOME_OF_NOBODY $(pwd)"; echo oops >&2; env > "$2"; sleep 60');
    writeFileSync(log, "of yesterday\n");
    process.env.HOME_OF_NOBODY = "x";
    const lasting = await startLasting([path, "one two", join(folder, "env")], { log });
    delete process.env.HOME_OF_NOBODY;
    expect(await said(log, "oops")).toBe("one two  /\noops\n");
    expect(readFileSync(join(folder, "env"), "utf8")).not.toContain("HOME_OF_NOBODY");
    const [, group, session] =
      /^\d+ \(.*\) \S \d+ (\d+) (\d+)/s.exec(readFileSync(`/proc/${lasting.pid}/stat`, "utf8")) ?? [];
    expect([group, session]).toEqual([`${lasting.pid}`, `${lasting.pid}`]);
    expect(factsOf(lasting.pid)).toMatchObject({ startTime: lasting.startTime, name: "program" });
    await lasting.end(1000);
    expect(await lasting.exited).toEqual({ status: null });
    expect([factsOf(lasting.pid), lasting.signal("SIGUSR1")]).toEqual([undefined, false]);
  });

  test("its exit status", async () => {
    const { path, log } = script("exit 7");
    expect(await (await startLasting([path], { log })).exited).toEqual({ status: 7 });
  });

  test("who ignores TERM is killed, with what it started; so is what it left behind", async () => {
    const { path, log } = script("trap '' TERM; sleep 300 & echo child $!; wait; wait; wait");
    const stubborn = await startLasting([path], { log });
    const child = Number(/child (\d+)/.exec(await said(log, "child"))?.[1]);
    await stubborn.end(100);
    expect([factsOf(stubborn.pid), factsOf(child)]).toEqual([undefined, undefined]);

    const leaving = script("sleep 300 & echo child $!; exit 0");
    const gone = await startLasting([leaving.path], { log: leaving.log });
    await gone.exited;
    const left = Number(/child (\d+)/.exec(await said(leaving.log, "child"))?.[1]);
    expect(factsOf(left)).toBeDefined();
    await gone.end(1000);
    expect(factsOf(left)).toBeUndefined();
  });

  test("a lock is held as long as it lives", async () => {
    const { path, log, folder } = script("sleep 60");
    const lockPath = join(folder, "lock");
    const lock = lockFile(lockPath);
    const lasting = await startLasting([path], { log, lock: lock!.fd });
    lock?.release();
    expect(lockFile(lockPath)).toBeUndefined();
    await lasting.end(1000);
    lockFile(lockPath)!.release();
  });

  test("found again by pid and start time, by nothing else", async () => {
    const { path, log } = script("sleep 60");
    const { pid, startTime, end } = await startLasting([path], { log });
    expect(adoptLasting(pid, startTime + 1)).toBeUndefined();
    expect(adoptLasting(2 ** 22, startTime)).toBeUndefined();
    const adopted = adoptLasting(pid, startTime);
    expect(adopted?.pid).toBe(pid);
    await end(1000);
    expect(await adopted?.exited).toEqual({ status: null });
  });

  test("no such program; a log that is a link", async () => {
    const { path, log, folder } = script("exit 0");
    await expect(startLasting([join(folder, "absent")], { log })).rejects.toMatchObject({ code: "missing" });
    symlinkSync("/etc/passwd", log);
    await expect(startLasting([path], { log })).rejects.toMatchObject({ code: "io" });
  });
});
