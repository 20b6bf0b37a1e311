/** What a plan changes, as it is shown: by interface, things that several steps serve once. Pure. */
import type { ApplyResult, Difference } from "../../console/interfaces/control.ts";
import { place } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";
import type { Planned } from "../plan/planned.ts";

export function differencesOf(steps: readonly Planned[]): ApplyResult["differences"] {
  return [...Map.groupBy(steps, ({ iface }) => iface)].map(([name, of]) => ({
    name,
    differences: [...Map.groupBy(of, ({ kind, what }) => `${kind} ${what}`).values()].map(differenceOf),
  }));
}

function differenceOf(steps: readonly Planned[]): Difference {
  const [first] = steps;
  const { kind = "different", what = "", at } = first ?? {};
  return { kind, what, at: at ? place(at) : "", mend: steps.map(({ step }) => ipText(step)) };
}
