/**
 * What takes a step back, exactly: it is done to a kernel in memory that holds what the real one does, and whatever it
 * would take along there (addresses, routes, ports, links above) is put back, too.
 */
import { countsAsDone } from "./errno.ts";
import { restoring } from "./restore.ts";
import { simpleInverse } from "./simple-inverse.ts";
import { namespaceOf, type SimulatedOptions } from "./simulated.ts";
import { type Namespace, Refusal } from "./simulation/namespace.ts";
import { doStep } from "./simulation/steps.ts";
import type { ReadSysctl } from "./simulation/sysctls.ts";
import type { KernelState } from "./state.ts";
import type { Step, Undoable } from "./step.ts";

/**
 * Steps that bring the kernel back to `state`, to be done in this order after `step`; none where the step changes nothing,
 * or where what it changes is not in the state (ethtool).
 */
export function inverse(step: Step, state: KernelState, sysctl?: ReadSysctl, options?: Foresight): Step[] {
  return undoable([step], state, sysctl, options)[0]?.inverse.slice() ?? [];
}

export type Foresight = Pick<SimulatedOptions, "liveRename">;

/** Each step with its inverse, by what the kernel will be like when it is that step's turn. */
export function undoable(
  steps: readonly Step[],
  state: KernelState,
  sysctl: ReadSysctl = () => undefined,
  options: Foresight = {},
): Undoable[] {
  const space = namespaceOf(state, { ...options, readSysctl: sysctl });
  return steps.map((step) => {
    const simple = simpleInverse(step, space);
    const before = simple ? undefined : space.copy();
    const refused = attempt(space, step);
    if (simple || !before) return { step, inverse: simple ?? [] };
    // What the kernel refuses here it may do there, or half of it: then nothing is known of what would be lost.
    return { step, inverse: refused ? [] : restoring(space.copy(), before, step) };
  });
}

function attempt(space: Namespace, step: Step): Refusal | undefined {
  try {
    doStep(space, step);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!countsAsDone(step, error.code)) return error;
  }
  return undefined;
}
