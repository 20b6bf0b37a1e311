/**
 * What takes a step back, exactly: it is done to a kernel in memory that holds what the real one does, and whatever it
 * would take along there (addresses, routes, ports, links above) is put back, too.
 */
import { countsAsDone } from "./errno.ts";
import { type Pinned, restoring } from "./restore.ts";
import { simpleInverse } from "./simple-inverse.ts";
import { namespaceOf, type SimulatedOptions } from "./simulated.ts";
import { type Namespace, Refusal } from "./simulation/namespace.ts";
import { sameRoute } from "./simulation/routes.ts";
import { doStep } from "./simulation/steps.ts";
import type { ReadSysctl } from "./simulation/sysctls.ts";
import { addressKey, type KernelState } from "./state.ts";
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
  const first = space.copy();
  const pinned = steps.flatMap(pinnedBy);
  const owed = new Map<string, Step>();
  const taken: boolean[] = [];
  const plan = steps.map((step) => {
    const simple = simpleInverse(step, space);
    const before = simple ? undefined : space.copy();
    taken.push(attempt(space, step));
    if (simple || !before) return { step, inverse: simple ?? [] };
    const back = restoring(space, before, step, pinned);
    for (const one of back.owed) if (wasThere(first, one)) owed.set(JSON.stringify(one), one);
    return { step, inverse: back.steps };
  });
  // Last of all, when everything else is as it was.
  plan[taken.indexOf(true)]?.inverse.push(...owed.values());
  return plan;
}

function wasThere(space: Namespace, step: Step): boolean {
  if (step.do === "route-add") return space.routes.some((one) => sameRoute(one, step.route));
  return step.do === "address-add" && space.addresses.some((one) => addressKey(one) === addressKey(step.address));
}

/** What a bridge or a bond has from its ports until somebody says otherwise: then it does not follow them any more. */
function pinnedBy(step: Step): Pinned[] {
  if (step.do !== "link-set") return [];
  const { name, settings } = step;
  return (["mtu", "address"] as const).flatMap((key) => (settings[key] === undefined ? [] : [{ name, key }]));
}

/** @returns whether the kernel takes it */
function attempt(space: Namespace, step: Step): boolean {
  try {
    doStep(space, step);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return countsAsDone(step, error.code);
  }
}
