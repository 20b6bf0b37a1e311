/** All interfaces of a configuration at once: what each wants, in what order, and what is wrong with it. */
import type { Diagnostic } from "../interfaces/configuration.ts";
import { cycleText, graphOf, type Order, orderOf, withUsers } from "../plan/graph.ts";
import type { Wanted } from "../plan/wanted.ts";
import type { Context } from "./context.ts";
import { wantedOf } from "./wanted-of.ts";

export interface Survey {
  /** By physical name, in the configuration's order; those that are refused as well. */
  wanted: ReadonlyMap<string, Wanted>;
  order: Order;
  /** What is refused is refused with all that needs it; a cycle is an error at the first of its lines. */
  diagnostics: readonly Diagnostic[];
}

export function survey(context: Context): Survey {
  const all = Array.from(context.stanzas, ([name, stanzas]) => ({ stanzas, ...wantedOf(name, stanzas, context) }));
  const graph = graphOf(all.map(({ wanted }) => wanted));
  const order = orderOf(graph);
  const said = all.flatMap(({ diagnostics }) => diagnostics);
  const cycles = order.cycles.map((cycle): Diagnostic => {
    const at = cycle.needs.find((need) => need.at)?.at ?? context.stanzas.get(cycle.names[0]!)![0]!.at;
    const refuses = [...order.refused].filter(([, why]) => why === cycle).map(([name]) => name);
    return { severity: "error", message: `these wait for each other: ${cycleText(cycle)}`, at, refuses };
  });
  return {
    wanted: new Map(all.map(({ wanted }) => [wanted.name, wanted])),
    order,
    diagnostics: [...said.map((each) => ({ ...each, refuses: [...withUsers(graph, each.refuses)] })), ...cycles],
  };
}
