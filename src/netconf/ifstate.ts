/**
 * /run/network/ifstate: which interfaces are up, and as what, as ifupdown 0.8.41 keeps it and other tools read it. One file
 * lists all; one file for each interface (`ifstate.eth0`) says what it is up as, and is locked while it is worked on.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Problem } from "../problem.ts";
import { makeFolder } from "../system/file.ts";
import { lockRecord } from "../system/record-lock.ts";
import { parseIfstate, type StateEntry } from "./ifstate-lines.ts";

/** @throws Problem `io` when it is there and cannot be read */
export function readIfstate(folder: string): StateEntry[] {
  return parseIfstate(textOf(`${folder}/ifstate`) ?? "");
}

/** What an interface is up as; "": it was once, and is down; undefined: it never was. */
export function stateOf(folder: string, physical: string): string | undefined {
  return textOf(perInterface(folder, physical))?.split("\n", 1)[0]?.trim();
}

/**
 * Says of interfaces what they are up as, all in one go.
 * @param changes logical names by physical ones; undefined: it is down
 * @throws Problem `io`, `permission`
 */
export async function changeIfstate(
  folder: string,
  changes: ReadonlyMap<string, string | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  makeFolder(folder, 0o755);
  for (const [physical, logical] of changes) write(perInterface(folder, physical), `${logical ?? ""}\n`);
  const lock = await lockWaiting(`${folder}/.ifstate.lock`, () => undefined, signal);
  try {
    const entries = new Map(readIfstate(folder).map(({ physical, logical }) => [physical, logical]));
    for (const [physical, logical] of changes) {
      if (logical === undefined) entries.delete(physical);
      else entries.set(physical, logical);
    }
    const text = Array.from(entries, ([physical, logical]) => `${physical}=${logical}\n`).join("");
    write(`${folder}/.ifstate.tmp`, text);
    renameSync(`${folder}/.ifstate.tmp`, `${folder}/ifstate`);
  } catch (cause) {
    throw failed("write", `${folder}/ifstate`, cause);
  } finally {
    lock.release();
  }
}

export interface StateLock {
  release(): void;
}

/**
 * Locks an interface against every ifup and ifdown.
 * @param onWait called once when somebody else has it
 * @throws Problem `cancelled` (by the signal), `io`, `permission`
 */
export async function lockInterface(
  folder: string,
  physical: string,
  onWait: (path: string) => void,
  signal?: AbortSignal,
): Promise<StateLock> {
  makeFolder(folder, 0o755);
  return lockWaiting(perInterface(folder, physical), onWait, signal);
}

/** Milliseconds between two looks at a lock that somebody holds. */
const look = 20;

async function lockWaiting(path: string, onWait: (path: string) => void, signal?: AbortSignal): Promise<StateLock> {
  const fd = openFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW);
  try {
    for (let first = true; !lockRecord(fd); first = false) {
      if (first) onWait(path);
      if (signal?.aborted) throw new Problem("cancelled", `the wait for ${path} was cancelled`);
      await wait(look);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { release: () => closeSync(fd) };
}

/** A name with a slash stands for nothing here. */
function perInterface(folder: string, physical: string): string {
  return `${folder}/ifstate.${physical.replaceAll("/", "_")}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (/^(ENOENT|ENOTDIR)$/.test((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw failed("read", path, cause);
  }
}

/** Never by another file in its place: somebody may hold a lock on this one. */
function write(path: string, text: string): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW);
  try {
    const length = writeSync(fd, text);
    if (fstatSync(fd).size > length) ftruncateSync(fd, length);
  } catch (cause) {
    throw failed("write", path, cause);
  } finally {
    closeSync(fd);
  }
}

function openFile(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o644);
  } catch (cause) {
    throw failed("open", path, cause);
  }
}

function failed(what: string, path: string, cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  const { code = "" } = cause as NodeJS.ErrnoException;
  return new Problem(/^(EACCES|EPERM|EROFS)$/.test(code) ? "permission" : "io", `cannot ${what} ${path} (${code})`, {
    cause,
  });
}
