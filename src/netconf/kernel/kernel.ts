/** The one way to the kernel. Whoever implements it is the only writer. */
import type { KernelChange, KernelState } from "./state.ts";
import type { Step, StepResult } from "./step.ts";

export interface Kernel {
  /**
   * As it was last read. Without `watch`, that is at `refresh` and after each `perform` (which reads back what it
   * changed); with it, always; but Linux tells nobody of the data of a link that is down, when others change them.
   */
  readonly state: KernelState;
  /** Reads everything anew. */
  refresh(): Promise<void>;
  /**
   * Does them in order, and stops at the first that fails unless `goOn`, or soon after it: where many can go to the kernel
   * at once, some dozens behind it are tried as well. As many results as steps were tried. `state`
   * shows the effect when it resolves. Several calls are done one after the other, never mixed.
   */
  perform(steps: readonly Step[], options?: { goOn?: boolean }): Promise<StepResult[]>;
  /**
   * Tells of every change, our own included, until closed. Lost notifications are made up for: `overrun`, then the
   * differences.
   */
  watch(listener: (change: KernelChange) => void): { close(): void };
  /** `/proc/sys/net/` value; undefined when there is no such key. */
  sysctl(key: readonly string[]): string | undefined;
  close(): void;
}
