/**
 * A program that outlives us: in a session of its own, its output in a file, found again after a restart of ours by pid
 * and start time. DHCP clients are run so, and nothing else is.
 */
import { spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { Problem } from "../problem.ts";
import { childEnvironment } from "./environment.ts";
import { endGroup } from "./group.ts";
import { needProgram } from "./program.ts";

export interface LastingOptions {
  /** File for what it prints; emptied first. */
  log: string;
  /** Descriptor that it inherits as its third: a lock is held for as long as it lives. */
  lock?: number;
}

export interface Lasting {
  readonly pid: number;
  readonly startTime: number;
  /** Resolves when it has gone: exit status; null after a signal, or when it was none of our own children. */
  readonly exited: Promise<{ status: number | null }>;
  /** False: it has gone. */
  signal(name: NodeJS.Signals): boolean;
  /** TERM to its group, after `grace` milliseconds KILL; resolves when none of them lives. */
  end(grace: number): Promise<void>;
}

/** What /proc tells of a process. */
export interface ProcessFacts {
  /** Clock ticks since boot (field 22 of proc_pid_stat(5)). */
  startTime: number;
  /** The program's name, cut to 15 bytes by the kernel. */
  name: string;
  /** Empty for kernel threads; some programs write over it. */
  argv: string[];
}

/** Undefined: there is no such process, or it is dead and nobody has reaped it yet. */
export function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, name = "", rest = ""] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
    const fields = rest.split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "").split("\0");
    return { startTime: Number(fields[19]), name, argv };
  } catch {
    return undefined; // it has just ended
  }
}

/** Bytes of the largest environment that is read: more than anything of ours is given. */
const largest = 256 * 1024;

/**
 * With what environment a process of ours, or of root, was started (proc_pid_environ(5)); undefined: it has gone, is
 * another's, is not to be looked at without further rights, or was given far too much.
 */
export function environmentOf(pid: number): Record<string, string> | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(`/proc/${pid}/environ`, constants.O_RDONLY);
    if (![0, process.getuid?.()].includes(fstatSync(fd).uid)) return undefined;
    const bytes = new Uint8Array(largest);
    let size = 0;
    for (let read = -1; read !== 0 && size < largest; size += read)
      read = readSync(fd, bytes, size, largest - size, null);
    if (size === largest) return undefined;
    const text = new TextDecoder().decode(bytes.subarray(0, size));
    return Object.fromEntries(
      Array.from(text.matchAll(/(?<=^|\0)([^=\0]+)=([^\0]*)/g), ([, name = "", value = ""]) => [name, value]),
    );
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** @throws Problem `missing` (no such program), `io` */
export async function startLasting(command: readonly string[], options: LastingOptions): Promise<Lasting> {
  const [name = "", ...args] = command;
  const program = needProgram(name);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW } = constants;
  let log: number;
  try {
    // Appended to: whoever keeps the file short leaves no hole in it.
    log = openSync(options.log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new Problem("io", `cannot write ${options.log}`, { cause });
  }
  try {
    const child = spawn(program, args, {
      env: childEnvironment(),
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log, ...(options.lock === undefined ? [] : [options.lock])],
    });
    const exited = new Promise<{ status: number | null }>((resolve) => {
      child.once("exit", (status) => resolve({ status }));
    });
    const failed = new Promise<never>((_, reject) => child.once("error", reject));
    const { pid } = child;
    if (pid === undefined) await failed;
    failed.catch(() => undefined);
    // One-shot commands end while it goes on.
    child.unref();
    // Ours until it is reaped: the number cannot be another's yet, whether it lives or not.
    return handle(pid ?? 0, factsOf(pid ?? 0)?.startTime ?? 0, exited);
  } catch (cause) {
    throw new Problem("io", `${name} could not be started`, { cause });
  } finally {
    closeSync(log);
  }
}

/** Finds it again; undefined: it has gone, or the number is another's by now. */
export function adoptLasting(pid: number, startTime: number): Lasting | undefined {
  const lives = () => factsOf(pid)?.startTime === startTime;
  if (!lives()) return undefined;
  const exited = new Promise<{ status: null }>((resolve) => {
    // Nobody is told of the end of a process that is not his child.
    const timer = setInterval(() => {
      if (lives()) return;
      clearInterval(timer);
      resolve({ status: null });
    }, pause);
    timer.unref();
  });
  return handle(pid, startTime, exited);
}

/** Milliseconds between two looks at an adopted process. */
const pause = 1000;

function handle(pid: number, startTime: number, exited: Lasting["exited"]): Lasting {
  const lives = () => startTime !== 0 && factsOf(pid)?.startTime === startTime;
  return {
    pid,
    startTime,
    exited,
    signal(name) {
      if (!lives()) return false;
      try {
        process.kill(pid, name);
        return true;
      } catch {
        return false; // it has just ended
      }
    },
    async end(grace) {
      // What it started may be left when it has gone; its number is nobody's as long as one of them lives.
      if (lives() || factsOf(pid) === undefined) await endGroup(pid, grace);
    },
  };
}
