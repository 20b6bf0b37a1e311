/**
 * One process of a service: a pid file that its process keeps locked. The lock, not the number in the file, tells
 * whether the service lives.
 */
import { fchmodSync, fchownSync, fstatSync, ftruncateSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { makeFolder } from "../system/file.ts";
import { type FileLock, lockFile } from "../system/flock.ts";

/**
 * Takes the lock and writes this process's pid. The file stays when the process ends.
 * @throws Problem `already-running`, `permission`, `io`
 */
export async function holdPidFile(path: string): Promise<FileLock> {
  makeFolder(dirname(path), 0o755);
  let lock = lockFile(path);
  // Whoever asks for the status holds a lock, too, for a moment.
  for (let tries = 0; !lock && tries < 5; tries++) {
    await sleep(20);
    lock = lockFile(path);
  }
  if (!lock) {
    const pid = readPid(path);
    throw new Problem("already-running", `it already runs${pid ? ` as process ${pid}` : ""} (lock of ${path})`);
  }
  try {
    // Left by another user: the owner tells whose process the number is. Asked for only then, for units forbid the call.
    const uid = process.geteuid?.() ?? 0;
    if (fstatSync(lock.fd).uid !== uid) fchownSync(lock.fd, uid, process.getegid?.() ?? 0);
    fchmodSync(lock.fd, 0o600);
    ftruncateSync(lock.fd, 0);
    writeSync(lock.fd, `${process.pid}\n`);
  } catch (cause) {
    lock.release();
    throw new Problem("io", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  return lock;
}

function readPid(path: string): number | undefined {
  const text = readFileSync(path, "utf8").trim();
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** Effective uid of a process; undefined when it cannot be seen from here. */
function userOf(pid: number): number | undefined {
  try {
    return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

/**
 * Pid of the process that holds the file, or undefined when nobody does.
 * @throws Problem `permission` when this user may not know, or when the file names a process of somebody else: its
 * owner shall not have root end any process
 */
export function runningPid(path: string): number | undefined {
  try {
    const lock = lockFile(path, true);
    if (lock) {
      lock.release();
      return undefined;
    }
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return undefined;
    throw error;
  }
  const pid = readPid(path);
  if (pid === undefined) return undefined;
  const user = userOf(pid);
  if (user === undefined || user === statSync(path).uid) return pid;
  throw new Problem("permission", `${path} names process ${pid}, which does not belong to the file's owner`);
}

/**
 * TERM, wait, KILL.
 * @throws Problem `not-running`, `permission`
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
