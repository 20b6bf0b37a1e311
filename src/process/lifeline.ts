/**
 * The child's half of a re-run process, and the signals of every service: one AbortSignal that fires when this process
 * is told to stop or its parent is gone.
 */
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { dieWithParent } from "../system/prctl.ts";
import type { ChildMessage, StartMessage } from "./child.ts";

/** Milliseconds an orderly stop may take after the parent's death. */
const orphanGrace = 1000;

export interface Parent {
  /** The first message's content. */
  start: unknown;
  /** Says that this process is ready, with what the parent should know (an address …). */
  ready(value?: unknown): void;
  note(value: unknown): void;
  /** Called for each further message of the parent, also for those that have come already. One listener. */
  onMessage(listener: (message: unknown) => void): void;
}

function tell(message: ChildMessage, done?: () => void): void {
  if (process.send && process.connected) process.send(message, undefined, undefined, () => done?.());
  else done?.();
}

let hangup: (() => void) | undefined;

/** HUP calls this and ends the process no more: of a service that has something to read anew. */
export function onHangup(listener: () => void): void {
  hangup = listener;
}

/** Fires on TERM, INT and HUP (but see `onHangup`). A second INT ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(name, () => {
      if (name === "SIGINT" && stop.signal.aborted) process.exit(130);
      if (name === "SIGHUP" && hangup) return hangup();
      stop.abort(new Problem("cancelled", `stopped by ${name}`));
    });
  }
  return stop.signal;
}

/**
 * The parent of this re-run process, or undefined when a person started it. From here on the process dies with its
 * parent: the kernel kills it (also in the middle of a busy loop), and where the kernel would not, the end of the
 * channel stops it in order.
 */
export async function attachToParent(): Promise<{ parent: Parent; signal: AbortSignal } | undefined> {
  if (!process.send) return undefined;
  const first = Promise.withResolvers<StartMessage>();
  const stop = new AbortController();
  let stays = false;
  const orphaned = () => {
    if (stays) return;
    stop.abort(new Problem("cancelled", "the parent process is gone"));
    setTimeout(() => process.exit(70), orphanGrace).unref();
  };
  const early: unknown[] = [];
  let listener: ((message: unknown) => void) | undefined;
  process.once("message", (start) => {
    process.on("message", (message) => (listener ? listener(message) : early.push(message)));
    first.resolve(start as StartMessage);
  });
  process.on("disconnect", () => {
    first.reject(new Problem("child-failed", "the parent process is gone"));
    orphaned();
  });
  const message = await first.promise;
  stays = message.stays === true;
  if (!stays) {
    let asked = false;
    try {
      asked = dieWithParent();
    } catch (error) {
      logger("process").warning("no signal at the parent's death", { error });
    }
    if (process.ppid !== message.parent || !process.connected) orphaned();
    else if (!asked) logger("process").warning("the kernel refused a signal at the parent's death");
  }
  const own = stopSignal();
  const signal = AbortSignal.any([own, stop.signal]);
  return {
    signal,
    parent: {
      start: message.start,
      ready: (value = null) => tell({ ready: value }),
      note: (value) => tell({ note: value }),
      onMessage: (given) => {
        listener = given;
        for (const message of early.splice(0)) given(message);
      },
    },
  };
}

/** Tells the parent why this process cannot start, and resolves when that is on its way. */
export function reportFailure(problem: Problem): Promise<void> {
  return new Promise((resolve) => tell({ failed: { code: problem.code, message: problem.message } }, resolve));
}
