/**
 * One process of a service: a pid file that its process keeps locked. The lock, not the number in the file, tells
 * whether the service lives.
 */
import { ftruncateSync, mkdirSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { type FileLock, lockFile } from "../system/flock.ts";

/**
 * Takes the lock and writes this process's pid. The file stays when the process ends.
 * @throws Problem `already-running`
 */
export function holdPidFile(path: string): FileLock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const lock = lockFile(path);
  if (!lock) {
    const pid = readPid(path);
    throw new Problem("already-running", `it already runs${pid ? ` as process ${pid}` : ""} (lock of ${path})`);
  }
  ftruncateSync(lock.fd, 0);
  writeSync(lock.fd, `${process.pid}\n`);
  return lock;
}

function readPid(path: string): number | undefined {
  const text = readFileSync(path, "utf8").trim();
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** Pid of the process that holds the file, or undefined when nobody does. */
export function runningPid(path: string): number | undefined {
  let lock: FileLock | undefined;
  try {
    readFileSync(path);
    lock = lockFile(path);
  } catch {
    return undefined; // never started, or not ours to look at
  }
  if (!lock) return readPid(path);
  lock.release();
  return undefined;
}

/**
 * TERM, wait, KILL.
 * @throws Problem `not-running`
 */
export async function stopRunning(path: string, grace = 15_000): Promise<number> {
  const pid = runningPid(path);
  if (pid === undefined) throw new Problem("not-running", "it does not run");
  try {
    process.kill(pid, "SIGTERM");
  } catch (cause) {
    throw new Problem("permission", `process ${pid} may not be stopped by this user`, { cause });
  }
  const deadline = performance.now() + grace;
  // The process is not our child: its lock is all that can be watched.
  while (runningPid(path) === pid) {
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await sleep(20);
  }
  return pid;
}
