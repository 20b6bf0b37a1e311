/** A kernel that prints what would be done to it, and goes on as if it had been done. */
import { ipText } from "./ip-line.ts";
import type { Kernel } from "./kernel.ts";
import { simulatedKernel } from "./simulated.ts";

/**
 * @param kernel as it is now; it is not changed, and not read again, for what was pretended would be lost
 * @param print gets each step as `ip` lines that one could type
 */
export function dryRunKernel(kernel: Kernel, print: (line: string) => void): Kernel {
  const pretended = simulatedKernel(kernel.state, { readSysctl: (key) => kernel.sysctl(key) });
  return {
    get state() {
      return pretended.state;
    },
    refresh: () => Promise.resolve(),
    perform: async (steps) => {
      for (const step of steps) for (const line of ipText(step).split("\n")) print(line);
      await pretended.perform(steps, { goOn: true });
      // What only the kernel in memory refuses is no reason to print half a plan.
      return steps.map(() => ({ ok: true }));
    },
    watch: (listener) => pretended.watch(listener),
    sysctl: (key) => pretended.sysctl(key),
    close: () => pretended.close(),
  };
}
