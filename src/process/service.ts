/**
 * How a service or an internal child runs, whoever started it: a person's terminal, systemd, `--background`, or another
 * process of ours.
 */
import type { Level } from "../log.ts";
import { logSettings } from "../log.ts";
import { notifyManager } from "../system/notify.ts";
import { startChild } from "./child.ts";
import type { Parent } from "./lifeline.ts";
import { holdPidFile } from "./pidfile.ts";
import { giveBackAtRest } from "./rest.ts";

/** What a service may do with whoever runs it. */
export interface Host {
  /** Fires when the service must end. */
  signal: AbortSignal;
  /** Says that it is ready; `value` goes to the parent (JSON), `status` to the service manager. */
  ready(value?: unknown, status?: string): void;
  note(value: unknown): void;
  /** What the parent says after the start; never anything without a parent. */
  onMessage(listener: (message: unknown) => void): void;
}

/** A service or child: resolves when it has ended in order. */
export type ServiceMain = (start: never, host: Host) => Promise<void>;

/** What every re-run child gets beside its own configuration. */
export interface ChildStart {
  log: { level: Level; format: "auto" | "text" | "json" };
  /** Present: the child is a service of its own and keeps this file locked while it lives. */
  pidFile?: string;
  options: unknown;
}

export function childStart(options: unknown, pidFile?: string): ChildStart {
  return { log: logSettings(), options, ...(pidFile ? { pidFile } : {}) };
}

/** Runs a service until it has ended; `parent` is absent when a person or systemd started it. */
export async function host(
  main: ServiceMain,
  options: unknown,
  signal: AbortSignal,
  parent?: Parent,
  pidFile?: string,
): Promise<void> {
  // Held until the process is gone: who waits for the lock waits for that.
  if (pidFile !== undefined) await holdPidFile(pidFile);
  signal.addEventListener("abort", () => notifyManager("STOPPING=1"), { once: true });
  giveBackAtRest(signal);
  await main(options as never, {
    signal,
    ready(value, status) {
      notifyManager("READY=1", ...(status ? [`STATUS=${status}`] : []));
      parent?.ready(value);
    },
    note: (value) => parent?.note(value),
    onMessage: (listener) => parent?.onMessage(listener),
  });
}

/**
 * `--background`: starts the service as a process of its own, which outlives this one.
 * @param log descriptor of the log file
 * @param readyTimeout milliseconds until it must have said that it is ready
 * @returns its pid, once it is ready
 * @throws the Problem it failed with
 */
export async function startBackground(
  args: readonly string[],
  options: unknown,
  pidFile: string,
  log: number,
  readyTimeout = 30_000,
): Promise<{ pid: number; ready: unknown }> {
  const child = await startChild(args, {
    start: childStart(options, pidFile),
    stays: true,
    stdout: log,
    stderr: log,
    readyTimeout,
  });
  child.release();
  return { pid: child.pid, ready: child.ready };
}
