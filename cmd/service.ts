/** Runs a service for a person: in the foreground, or as a process of its own. */
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../src/config/keys.ts";
import { Problem } from "../src/problem.ts";
import { stopSignal } from "../src/process/lifeline.ts";
import { holdPidFile, runningPid, stopRunning } from "../src/process/pidfile.ts";
import { host, startBackground } from "../src/process/service.ts";
import { makeFolder } from "../src/system/file.ts";
import { loadChild } from "./children.ts";

export interface Background {
  pid: number;
  log: string;
}

export function pidFileOf(name: string, settings: Settings): string {
  return join(settings.run, `${name}.pid`);
}

/**
 * @param announce told what the service said when it was ready
 * @param readyTimeout milliseconds it gets for that in the background; absent: the usual ones
 * @param attempt makes its folder and its pid file; forgives what cannot be made where the service can do without
 */
export async function runService(
  name: string,
  settings: Settings,
  start: unknown,
  background: boolean,
  announce: (ready: unknown, background?: Background) => void,
  readyTimeout?: number,
  attempt: (what: string, make: () => unknown) => Promise<unknown> = async (_, make) => make(),
): Promise<void> {
  const pidFile = pidFileOf(name, settings);
  // Before the pid file's folder, which may lie in it and is open to all.
  await attempt("state folder", () => makeFolder(settings.state, 0o700));
  if (background) {
    const log = join(settings.state, `${name}.log`);
    const { pid, ready } = await startBackground([name], start, pidFile, openLog(log), readyTimeout);
    announce(ready, { pid, log });
    return;
  }
  const main = await loadChild(name);
  const parent = {
    start,
    ready: (value: unknown) => announce(value),
    note: () => undefined,
    onMessage: () => undefined,
  };
  // Held until the process is gone: who waits for the lock waits for that.
  await attempt("pid file", () => holdPidFile(pidFile));
  await host(main, start, stopSignal(), parent);
}

function openLog(path: string): number {
  try {
    return openSync(path, "a", 0o640);
  } catch (cause) {
    throw new Problem("io", `cannot write the log: ${(cause as Error).message}`, { cause });
  }
}

/** What `status` prints. */
export function serviceStatus(
  name: string,
  settings: Settings,
): { service: string; running: boolean; pid: number | null } {
  const pid = runningPid(pidFileOf(name, settings)) ?? null;
  return { service: name, running: pid !== null, pid };
}

/** Pid of the parent of a process; undefined when that process has ended. */
export function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

/** @param grace milliseconds until it is killed; absent: the usual ones */
export function stopService(name: string, settings: Settings, grace?: number): Promise<number> {
  return stopRunning(pidFileOf(name, settings), grace);
}
