/** Moves, renames, deletions and the rest: what is done, and which calls handlers get for it. */
import { entries } from "./scenarios/entries.ts";
import { filters } from "./scenarios/filters.ts";
import { groups } from "./scenarios/groups.ts";
import { places } from "./scenarios/places.ts";
import { subtrees } from "./scenarios/subtrees.ts";
import type { Scenario } from "./scenarios/words.ts";

export const families: Record<string, Scenario[]> = {
  "One entry": entries,
  "Renamed and moved": places,
  Subtrees: subtrees,
  "In and out of filter and base": filters,
  Groups: groups,
};

export const scenarios: Scenario[] = Object.values(families).flat();
