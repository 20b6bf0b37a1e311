/**
 * The one place that everything passes which comes from the world: what was asked, results of what the engine called,
 * clocks and timers, changes of the kernel. A recorder notes it as lines of JSON, a player gives it back.
 *
 * Between two inputs nothing but the engine's own promises runs, and time stands still; so the same inputs in the same
 * order make the engine do the same.
 */

import type { Clock } from "../../clock.ts";
import { Problem, type ProblemCode } from "../../problem.ts";
import type { KernelState } from "../kernel/state.ts";
import type { StateDelta } from "./state-delta.ts";

export interface Tape {
  clock: Clock;
  /** The kernel's state as of the last input. */
  readonly state: KernelState;
  /** Something asynchronous is called; its result is an input. `run` is not called by a player. */
  call<T>(name: string, args: readonly unknown[], run: (id: number) => Promise<T>): Promise<T>;
  /** Something is read, or written, at once. */
  read<T>(name: string, args: readonly unknown[], run: () => T): T;
  /** Who is told of inputs of that name that nobody called for. */
  on(name: string, listener: (value: never) => void): void;
  /** Such an input: listeners are called in its turn. Nothing for a player. */
  input(name: string, value: unknown): void;
  /** An input whose effect begins at once, in the caller's turn. Nothing for a player. */
  note(name: string, value: unknown): void;
}

/** What the engine has become before the first input; else what a line is. */
export type TapeLine =
  | { netconf: 1; world: unknown }
  /**
   * @property t clock and steady clock, milliseconds @property s the kernel's state since the line before @property w right
   *   after the input before: nothing went on between them
   */
  | { t: [number, number]; in: string; v?: unknown; s?: StateDelta; w?: 1 }
  | { t: [number, number]; ret: number; v?: unknown; e?: Thrown; s?: StateDelta }
  | { call: number; do: string; a: readonly unknown[] }
  | { read: string; a: readonly unknown[]; v?: unknown; e?: Thrown }
  | { tree: unknown };

export interface Thrown {
  /** Of a Problem; "": another error. */
  code: ProblemCode | "";
  message: string;
}

export function thrown(error: unknown): Thrown {
  if (error instanceof Problem) return { code: error.code, message: error.message };
  return { code: "", message: error instanceof Error ? error.message : String(error) };
}

export function rethrown({ code, message }: Thrown): Error {
  return code === "" ? new Error(message) : new Problem(code, message);
}

/** Maps survive it, functions and signals do not. */
export function toLine(line: TapeLine): string {
  return JSON.stringify(line, (_key, value) => {
    if (value instanceof Map) return { $map: [...value] };
    if (value instanceof AbortSignal || typeof value === "function") return undefined;
    return value;
  });
}

/** @throws SyntaxError */
export function fromLine(text: string): TapeLine {
  return JSON.parse(text, (_key, value) => {
    const entries = (value as { $map?: [unknown, unknown][] } | null)?.$map;
    return Array.isArray(entries) ? new Map(entries) : value;
  });
}

/** As it is on a tape, to be compared. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(toLine({ tree: value })).tree;
}
