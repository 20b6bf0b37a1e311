/**
 * What takes a step back, exactly: it is done to a kernel in memory that holds what the real one does, and whatever it
 * would take along there (addresses, routes, ports, links above) is put back, too.
 */
import { type Pinned, restoring } from "./restore.ts";
import { simpleInverse } from "./simple-inverse.ts";
import { namespaceOf, type SimulatedOptions } from "./simulated.ts";
import { type Namespace, Refusal } from "./simulation/namespace.ts";
import { doStep } from "./simulation/steps.ts";
import type { ReadSysctl } from "./simulation/sysctls.ts";
import type { KernelState } from "./state.ts";
import type { Step, Undoable } from "./step.ts";

/**
 * Steps that bring the kernel back to `state`, to be done in this order after `step`; none where the step changes nothing,
 * or where what it changes is not in the state (ethtool). Of a step that is refused it takes back what a `link-set` has
 * done before the refusal.
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
  const pinned = steps.flatMap(pinnedBy);
  return steps.map((step) => {
    const simple = simpleInverse(step, space);
    const before = simple ? undefined : space.copy();
    attempt(space, step);
    return { step, inverse: simple ?? (before ? restoring(space, before, step, pinned) : []) };
  });
}

/** What a bridge or a bond has from its ports until somebody says otherwise: then it does not follow them any more. */
function pinnedBy(step: Step): Pinned[] {
  if (step.do !== "link-set") return [];
  const { name, settings } = step;
  return (["mtu", "address"] as const).flatMap((key) => (settings[key] === undefined ? [] : [{ name, key }]));
}

function attempt(space: Namespace, step: Step): void {
  try {
    doStep(space, step);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
