/** What is to be done so that one interface is as wanted. */
import { nothingOwned } from "./owned.ts";
import type { Ground, Notice, Planned, PlanOptions } from "./planned.ts";
import { transaction } from "./transaction.ts";
import type { Owned, Wanted } from "./wanted.ts";

/**
 * No steps: it is so already. `also`: interfaces that lie upon it and have to be made anew with it, with what is theirs then
 * (the same as before, but for what is not there any more).
 * @param wanted `nothing(name)`: it goes down
 * @throws Problem `conflict`, `not-found` as `transaction`
 */
export function difference(
  wanted: Wanted,
  ground: Ground,
  options: PlanOptions = {},
): { steps: Planned[]; owned: Owned; also: Map<string, Owned>; notices: Notice[] } {
  const { steps, owned, notices } = transaction([wanted], ground, options);
  const { name } = wanted;
  const also = new Map([...owned].filter(([other]) => other !== name));
  return { steps, owned: owned.get(name) ?? nothingOwned(name), also, notices };
}
