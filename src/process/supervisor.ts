/** Keeps a child alive: restarts it with back-off, and visibly gives up when that does not help. */
import { logger } from "../log.ts";
import { Problem, type ProblemCode } from "../problem.ts";
import type { Child } from "./child.ts";
import { pause } from "./wait.ts";

export interface RestartPolicy {
  /** Milliseconds before the first restart; doubles up to `slowest`. */
  first: number;
  slowest: number;
  /** This many ends within `window` milliseconds: give up. */
  tries: number;
  window: number;
}

export const defaultPolicy: RestartPolicy = { first: 200, slowest: 30_000, tries: 5, window: 60_000 };

export type SupervisedState = "starting" | "running" | "waiting" | "stopped" | "gave-up";

export interface Supervised {
  readonly name: string;
  readonly state: SupervisedState;
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Why it ended last. */
  readonly reason: string | undefined;
  /** Resolves with the state it ended in: `stopped` or `gave-up`. */
  ended: Promise<SupervisedState>;
}

/** Trying again does not mend these; a person must. */
const hopeless: readonly ProblemCode[] = ["config", "usage", "schema-outdated", "schema-newer", "already-running"];
const hopelessExits: readonly (number | null)[] = [64, 78, 79, 80];

/**
 * @param start starts the child anew; its rejection counts as an end
 * @param signal stops the child and the supervision
 */
export function supervise(
  name: string,
  start: (signal: AbortSignal) => Promise<Child>,
  signal: AbortSignal,
  policy: RestartPolicy = defaultPolicy,
): Supervised {
  const log = logger("process");
  const it = {
    name,
    state: "starting" as SupervisedState,
    pid: undefined as number | undefined,
    restarts: 0,
    reason: undefined as string | undefined,
    ended: undefined as unknown as Promise<SupervisedState>,
  };

  // One life of the child; true when another try may help.
  const live = async (): Promise<boolean> => {
    try {
      it.state = "starting";
      const child = await start(signal);
      it.state = "running";
      it.pid = child.pid;
      const exit = await child.exited;
      it.reason = exit.signal ? `ended by ${exit.signal}` : `ended with status ${exit.status}`;
      return !hopelessExits.includes(exit.status);
    } catch (error) {
      const problem = Problem.from(error, "child-failed", "could not be started");
      it.reason = problem.message;
      return !hopeless.includes(problem.code);
    } finally {
      it.pid = undefined;
    }
  };

  const loop = async (): Promise<SupervisedState> => {
    let ends: number[] = [];
    while (!signal.aborted) {
      const curable = await live();
      if (signal.aborted) break;
      const now = performance.now();
      ends = [...ends.filter((time) => now - time < policy.window), now];
      if (!curable || ends.length >= policy.tries) {
        log.error("gave up on a child process", { child: name, reason: it.reason, ends: ends.length });
        it.state = "gave-up";
        return it.state;
      }
      const milliseconds = Math.min(policy.first * 2 ** (ends.length - 1), policy.slowest);
      log.warning("restarting a child process", { child: name, reason: it.reason, milliseconds });
      it.state = "waiting";
      it.restarts++;
      await pause(milliseconds, signal);
    }
    it.state = "stopped";
    return it.state;
  };
  it.ended = loop();
  return it;
}
