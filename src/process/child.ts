/**
 * The parent's half of a re-run child (the child's half is lifeline.ts): started with a message that holds its
 * configuration, not in use until it says that it is ready, stopped in order, dead when this process is.
 */
import { Problem, type ProblemCode, problemCodes } from "../problem.ts";
import { childEnvironment } from "./environment.ts";
import { endGroup } from "./group.ts";
import { selfCommand } from "./self.ts";

/** Parent → child: the first message. */
export interface StartMessage {
  start: unknown;
  /** The parent's pid as the parent sees it, so that a child whose parent died before it looked can tell. */
  parent: number;
  /** True: the child goes on when the parent ends (`--background`). */
  stays?: boolean;
}

/** Child → parent. */
export type ChildMessage = { ready: unknown } | { failed: { code: ProblemCode; message: string } } | { note: unknown };

export interface ChildOptions {
  /** Configuration and secrets of the child; crosses over a socket pair, never argv or environment. JSON. */
  start: unknown;
  /** Milliseconds until a child that has not said ready is ended; 10 000 unless told otherwise. */
  readyTimeout?: number;
  /** Ends the child. */
  signal?: AbortSignal;
  /** Called for each further message of the child. */
  onNote?: (note: unknown) => void;
  env?: Record<string, string>;
  /** `inherit` (default for standard error), `pipe` to read it, `ignore`; or a descriptor, for a log file. */
  stdout?: "inherit" | "pipe" | "ignore" | number;
  stderr?: "inherit" | "ignore" | number;
  uid?: number;
  gid?: number;
  stays?: boolean;
  /** It runs long and with many others, and mostly waits: it takes less memory, and more time to compute. */
  smallHeap?: boolean;
  /** Bytes kept free for the title that the child may show later (system/title.ts). */
  titleRoom?: number;
}

export interface ChildExit {
  status: number | null;
  /** Name of the signal that ended it. */
  signal: string | null;
}

export interface Child {
  pid: number;
  /** What the child said with its ready. */
  ready: unknown;
  exited: Promise<ChildExit>;
  stdout: ReadableStream<Uint8Array> | undefined;
  /** Says something more to it (JSON); false when it is gone. */
  send(message: unknown): boolean;
  /** TERM, wait `grace` milliseconds, KILL the group. */
  stop(grace?: number): Promise<ChildExit>;
  /** Lets this process end while the child goes on; only with `stays`. */
  release(): void;
}

/**
 * By how much JavaScriptCore lets the heap grow before all of it is collected: half of it, where twice its size is usual.
 * And no optimising compiler: its work and its code cost a worker of the backend 8 MiB at first and 13 later. A short run
 * takes no more processor time without it, a long one a fifth more (docs/measurements.md).
 */
const smallHeap = { BUN_JSC_heapGrowthMaxIncrease: "0.5", BUN_JSC_useDFGJIT: "0" };

/**
 * Starts `reeve ARGS…` and waits until it is ready.
 * @throws the Problem the child failed with; else `child-failed` (it ended first), `timeout`, `cancelled`
 */
export async function startChild(args: readonly string[], options: ChildOptions): Promise<Child> {
  if (options.signal?.aborted) throw new Problem("cancelled", "cancelled before the child was started");
  const name = `reeve ${args.slice(0, 3).join(" ")}`;
  const ready = Promise.withResolvers<unknown>();
  const process_ = Bun.spawn(selfCommand(args), {
    argv0: "reeve".padEnd(options.titleRoom ?? 0),
    env: { ...childEnvironment(options.env), ...(options.smallHeap ? smallHeap : {}) },
    cwd: "/",
    stdin: "ignore",
    stdout: options.stdout ?? "inherit",
    stderr: options.stderr ?? "inherit",
    detached: true,
    serialization: "json",
    ipc(message: ChildMessage) {
      // Code of a site may run in it, and say anything.
      if (message === null || typeof message !== "object") return;
      if ("ready" in message) ready.resolve(message.ready);
      else if ("failed" in message) ready.reject(problemOf(message.failed, name));
      else if ("note" in message) options.onNote?.(message.note);
    },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  const exited = process_.exited.then((): ChildExit => {
    ready.reject(new Problem("child-failed", `${name} ended before it was ready (${describe(process_)})`));
    return { status: process_.exitCode, signal: signalName(process_) };
  });
  const stop = async (grace = 5000): Promise<ChildExit> => {
    await endLeader(process_, exited, grace);
    return exited;
  };

  const limit = options.readyTimeout ?? 10_000;
  const timer = setTimeout(
    () => ready.reject(new Problem("timeout", `${name} was not ready after ${limit / 1000} s and was ended`)),
    limit,
  );
  const onAbort = () => {
    ready.reject(new Problem("cancelled", `${name} was stopped`));
    void stop();
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  void exited.then(() => options.signal?.removeEventListener("abort", onAbort));
  try {
    const start: StartMessage = {
      start: options.start,
      parent: process.pid,
      ...(options.stays ? { stays: true } : {}),
    };
    process_.send(start);
    const value = await ready.promise;
    return {
      pid: process_.pid,
      ready: value,
      exited,
      stdout: process_.stdout instanceof ReadableStream ? process_.stdout : undefined,
      send: (message) => {
        try {
          process_.send(message);
          return process_.exitCode === null && process_.signalCode === null;
        } catch {
          return false; // the channel is closed: its end is on the way
        }
      },
      stop,
      release: () => {
        process_.disconnect();
        process_.unref();
      },
    };
  } catch (error) {
    await stop(500);
    throw Problem.from(error, "child-failed", `${name} could not be started`);
  } finally {
    clearTimeout(timer);
  }
}

function describe(child: Bun.Subprocess): string {
  const signal = signalName(child);
  return signal ? `ended by ${signal}` : `status ${child.exitCode}`;
}

// Bun says a number where a signal has no name (real-time signals).
function signalName(child: Pick<Bun.Subprocess, "signalCode">): string | null {
  return child.signalCode === null ? null : String(child.signalCode);
}

// The child is of our own binary, but a code is looked up all the same before it decides anything.
function problemOf(failed: { code: ProblemCode; message: string }, name: string): Problem {
  const code = failed.code in problemCodes ? failed.code : "child-failed";
  return new Problem(code, failed.message || `${name} failed`);
}

// The leader ends its own children in order when it is told to; only then is the rest of its group killed.
async function endLeader(child: Bun.Subprocess, exited: Promise<unknown>, grace: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(() => timer.resolve(), grace);
    await Promise.race([exited, timer.promise]);
    clearTimeout(timeout);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  }
  await endGroup(child.pid, 0);
}
