/** Waiting for the kernel: until its state is as somebody wants it. It is watched from the first time that anybody waits. */
import type { Clock } from "../clock.ts";
import type { Task } from "./events/task.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { KernelChange, KernelState } from "./kernel/state.ts";

export class Changes {
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #listeners = new Set<(change: KernelChange) => void>();
  #watch: { close(): void } | undefined;

  constructor(kernel: Kernel, clock: Clock) {
    this.#kernel = kernel;
    this.#clock = clock;
  }

  /** Is told of every change until the returned function is called. */
  listen(listener: (change: KernelChange) => void): () => void {
    this.#listeners.add(listener);
    this.#watch ??= this.#kernel.watch((change) => {
      for (const told of this.#listeners) told(change);
    });
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves with what `look` finds, as soon as it finds anything, or with what `otherwise` does. @throws Stopped */
  async until<T, U = never>(
    task: Task,
    look: (state: KernelState) => T | undefined,
    otherwise?: Promise<U>,
  ): Promise<T | U> {
    const found = Promise.withResolvers<T | U>();
    const check = () => {
      const result = look(this.#kernel.state);
      if (result !== undefined) found.resolve(result);
    };
    const forget = this.listen(check);
    try {
      check();
      void otherwise?.then(found.resolve, found.reject);
      return await task.until(found.promise);
    } finally {
      forget();
    }
  }

  /** As `until`, or undefined after so many milliseconds, or when `over` resolves. @throws Stopped */
  async within<T>(
    task: Task,
    milliseconds: number,
    look: (state: KernelState) => T | undefined,
    over?: Promise<unknown>,
  ): Promise<T | undefined> {
    const late = Promise.withResolvers<undefined>();
    const end = () => late.resolve(undefined);
    const cancel = this.#clock.after(milliseconds, end);
    void over?.then(end, end);
    try {
      return await this.until(task, look, late.promise);
    } finally {
      cancel();
    }
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}
