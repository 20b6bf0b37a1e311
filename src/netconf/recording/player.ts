/** A tape that was recorded: the engine is told what it was told then, and what it does is compared with what it did. */
import { setImmediate } from "node:timers";
import type { Clock } from "../../clock.ts";
import type { KernelState } from "../kernel/state.ts";
import { applyDelta, emptyState, type StateDelta } from "./state-delta.ts";
import { plain, rethrown, type Tape, type TapeLine, type Thrown } from "./tape.ts";

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Differences that are told; the first one is what matters. */
const mostDifferences = 20;

export class Player implements Tape {
  readonly clock: Clock;
  /** Where the engine did something else than was recorded. */
  readonly differences: string[] = [];
  readonly #lines: Iterator<TapeLine>;
  #next: TapeLine | undefined;
  readonly #calls = new Map<number, Call>();
  readonly #listeners = new Map<string, (value: never) => void>();
  readonly #timers = new Map<number, () => void>();
  #state: KernelState = emptyState;
  #now = 0;
  #steady = 0;
  #call = 0;
  #timer = 0;
  #number = 0;

  constructor(lines: Iterable<TapeLine>) {
    this.#lines = lines[Symbol.iterator]();
    this.#step();
    this.clock = {
      now: () => this.#now,
      steady: () => this.#steady,
      after: (_milliseconds, callback) => {
        const id = ++this.#timer;
        this.#timers.set(id, callback);
        return () => void this.#timers.delete(id);
      },
    };
  }

  get state(): KernelState {
    return this.#state;
  }

  /** The first line. */
  header(): Extract<TapeLine, { netconf: 1 }> | undefined {
    const line = this.#next;
    if (line === undefined || !("netconf" in line)) return undefined;
    this.#step();
    return line;
  }

  /** Gives every input its turn. */
  async play(): Promise<void> {
    for (;;) {
      const line = this.#next;
      if (line === undefined) return;
      if ("in" in line) {
        this.#step();
        this.#about(line);
        if (line.in === "timer") this.#due(line.v as number);
        else this.#listeners.get(line.in)?.(line.v as never);
      } else if ("ret" in line) {
        this.#step();
        this.#about(line);
        this.#return(line);
      } else {
        // What the engine did then and not now.
        this.#differ(`it did not: ${text(line)}`);
        this.#step();
        continue;
      }
      if (this.#next && "w" in this.#next) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  call<T>(name: string, args: readonly unknown[]): Promise<T> {
    const id = ++this.#call;
    const line = this.#next;
    const mine: TapeLine = { call: id, do: name, a: args };
    if (line !== undefined && "call" in line && line.do === name) {
      this.#step();
      if (!same(line.a, args)) this.#differ(`it called otherwise: ${text(mine)}, not ${text(line)}`);
    } else this.#differ(`it called ${text(mine)}, where there is ${text(line)}`);
    return new Promise<T>((resolve, reject) => this.#calls.set(id, { resolve: resolve as Call["resolve"], reject }));
  }

  read<T>(name: string, args: readonly unknown[]): T {
    const line = this.#next;
    if (line !== undefined && "read" in line && line.read === name) {
      this.#step();
      if (!same(line.a, args)) this.#differ(`it read otherwise: ${name} ${JSON.stringify(args)}, not ${text(line)}`);
      if (line.e) throw rethrown(line.e as Thrown);
      return line.v as T;
    }
    this.#differ(`it read ${name} ${JSON.stringify(args)}, where there is ${text(line)}`);
    return undefined as T;
  }

  on(name: string, listener: (value: never) => void): void {
    this.#listeners.set(name, listener);
  }

  input(): void {}

  note(): void {}

  /** The engine has come to the end of a tree of events. */
  tree(tree: unknown): void {
    const line = this.#next;
    if (line !== undefined && "tree" in line) {
      this.#step();
      if (!same(line.tree, tree)) this.#differ(`another tree: ${text({ tree })}, not ${text(line)}`);
    } else this.#differ(`a tree ${text({ tree })}, where there is ${text(line)}`);
  }

  #step(): void {
    const { value, done } = this.#lines.next();
    this.#next = done ? undefined : value;
    this.#number++;
  }

  #about({ t, s }: { t: [number, number]; s?: StateDelta }): void {
    [this.#now, this.#steady] = t;
    if (s) this.#state = applyDelta(this.#state, s);
  }

  #due(id: number): void {
    const due = this.#timers.get(id);
    this.#timers.delete(id);
    due?.();
  }

  #return(line: Extract<TapeLine, { ret: number }>): void {
    const call = this.#calls.get(line.ret);
    this.#calls.delete(line.ret);
    if (call === undefined) this.#differ(`nobody waits for ${text(line)}`);
    else if (line.e) call.reject(rethrown(line.e));
    else call.resolve(line.v);
  }

  #differ(what: string): void {
    if (this.differences.length < mostDifferences) this.differences.push(`line ${this.#number}: ${what}`);
  }
}

function same(recorded: unknown, now: unknown): boolean {
  return JSON.stringify(plain(recorded)) === JSON.stringify(plain(now));
}

function text(line: TapeLine | undefined): string {
  const whole = line === undefined ? "the end" : JSON.stringify(plain(line));
  return whole.length > 400 ? `${whole.slice(0, 400)}…` : whole;
}
