import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../src/problem.ts";
import { holdPidFile, runningPid } from "../../src/process/pidfile.ts";
import { lockFile } from "../../src/system/flock.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-pidfile-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("held: one at a time, the pid inside, for its owner alone; free: nobody runs", async () => {
  const path = join(folder, "run", "a.pid");
  expect(runningPid(path)).toBeUndefined();
  const lock = await holdPidFile(path);
  expect(runningPid(path)).toBe(process.pid);
  // Whoever can open the file can lock it, and so keep the service from starting.
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(holdPidFile(path)).rejects.toMatchObject({ code: "already-running" });
  lock.release();
  expect(runningPid(path)).toBeUndefined();
});

test("those who ask for the status see no service in each other, and hinder none that starts", async () => {
  const path = join(folder, "b.pid");
  (await holdPidFile(path)).release();
  const other = lockFile(path, true);
  expect(runningPid(path)).toBeUndefined();
  const holding = holdPidFile(path);
  other?.release();
  (await holding).release();
});

test("a symbolic link is not followed, and what it points to stays whole", async () => {
  const [path, target] = [join(folder, "c.pid"), join(folder, "precious")];
  writeFileSync(target, "precious");
  symlinkSync(target, path);
  await expect(holdPidFile(path)).rejects.toMatchObject({ code: "io" });
  expect(() => runningPid(path)).toThrow(Problem);
  expect(readFileSync(target, "utf8")).toBe("precious");
});

test.if(process.getuid?.() === 0)("a file of another user cannot name a process of root's", async () => {
  const path = join(folder, "d.pid");
  const lock = await holdPidFile(path);
  const { chownSync } = await import("node:fs");
  chownSync(path, 65_534, 65_534);
  expect(() => runningPid(path)).toThrow("does not belong to the file's owner");
  lock.release();
  (await holdPidFile(path)).release();
  expect(statSync(path).uid).toBe(0);
});
