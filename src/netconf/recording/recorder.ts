/** A tape that notes. While it does, each input has a turn of the event loop to itself. */
import { setImmediate } from "node:timers";
import type { Clock } from "../../clock.ts";
import type { KernelState } from "../kernel/state.ts";
import { emptyState, type StateDelta, stateDelta } from "./state-delta.ts";
import { type Tape, type TapeLine, thrown, toLine } from "./tape.ts";

export class Recorder implements Tape {
  readonly clock: Clock;
  readonly #real: Clock;
  readonly #write: (line: string) => void;
  readonly #look: () => KernelState;
  readonly #listeners = new Map<string, (value: never) => void>();
  readonly #queue: (() => void)[] = [];
  readonly #timers = new Map<number, () => void>();
  #state: KernelState = emptyState;
  #now: number;
  #steady: number;
  #calls = 0;
  /** Something was noted, and no promise has gone on since. */
  #noted = false;
  #timer = 0;
  /** So many look that no replay has. */
  #aside = 0;

  /**
   * @param write is given a line without its end
   * @param look the kernel's state now
   */
  constructor(clock: Clock, look: () => KernelState, write: (line: string) => void) {
    this.#real = clock;
    this.#look = look;
    this.#write = write;
    [this.#now, this.#steady] = [clock.now(), clock.steady()];
    this.clock = {
      now: () => this.#now,
      steady: () => this.#steady,
      after: (milliseconds, callback) => this.#after(milliseconds, callback),
    };
  }

  get state(): KernelState {
    return this.#state;
  }

  line(line: TapeLine): void {
    this.#write(toLine(line));
  }

  call<T>(name: string, args: readonly unknown[], run: (id: number) => Promise<T>): Promise<T> {
    const id = ++this.#calls;
    this.line({ call: id, do: name, a: args });
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    run(id).then(
      (value) =>
        this.#turn(
          (about) => this.line({ ...about, ret: id, v: value }),
          () => resolve(value),
        ),
      (error) =>
        this.#turn(
          (about) => this.line({ ...about, ret: id, e: thrown(error) }),
          () => reject(error),
        ),
    );
    return promise;
  }

  /** What is read while it runs is not noted. */
  aside<T>(look: () => T): T {
    this.#aside++;
    try {
      return look();
    } finally {
      this.#aside--;
    }
  }

  read<T>(name: string, args: readonly unknown[], run: () => T): T {
    if (this.#aside > 0) return run();
    try {
      const value = run();
      this.line({ read: name, a: args, v: value });
      return value;
    } catch (error) {
      this.line({ read: name, a: args, e: thrown(error) });
      throw error;
    }
  }

  on(name: string, listener: (value: never) => void): void {
    this.#listeners.set(name, listener);
  }

  input(name: string, value: unknown): void {
    this.#turn(
      (about) => this.line({ ...about, in: name, v: value }),
      () => this.#listeners.get(name)?.(value as never),
    );
  }

  note(name: string, value: unknown): void {
    this.line({ ...this.#about(), in: name, v: value, ...(this.#noted ? { w: 1 } : {}) });
    if (this.#noted) return;
    this.#noted = true;
    queueMicrotask(() => {
      this.#noted = false;
    });
  }

  #after(milliseconds: number, callback: () => void): () => void {
    const id = ++this.#timer;
    this.#timers.set(id, callback);
    const cancel = this.#real.after(milliseconds, () =>
      this.#turn(
        (about) => this.line({ ...about, in: "timer", v: id }),
        () => {
          const due = this.#timers.get(id);
          this.#timers.delete(id);
          due?.();
        },
      ),
    );
    return () => {
      this.#timers.delete(id);
      cancel();
    };
  }

  /** Alone in a turn: what the input before has set going has come to rest. */
  #turn(note: (about: { t: [number, number]; s?: StateDelta }) => void, deliver: () => void): void {
    this.#queue.push(() => {
      note(this.#about());
      deliver();
    });
    if (this.#queue.length === 1) setImmediate(() => this.#next());
  }

  #next(): void {
    this.#queue[0]?.();
    this.#queue.shift();
    if (this.#queue.length > 0) setImmediate(() => this.#next());
  }

  #about(): { t: [number, number]; s?: StateDelta } {
    [this.#now, this.#steady] = [this.#real.now(), this.#real.steady()];
    const before = this.#state;
    this.#state = this.#look();
    const s = stateDelta(before, this.#state);
    return { t: [this.#now, this.#steady], ...(s ? { s } : {}) };
  }
}
