/** What is different between two states of the kernel, exactly and in order, in few words. Pure. */
import type { KernelState, Link } from "../kernel/state.ts";

/** A list by what it was: ranges `[from, count]` of the list before, and what is new. */
export type ListDelta = ([from: number, count: number] | { new: unknown })[];

export interface StateDelta {
  links?: ListDelta;
  addresses?: ListDelta;
  routes?: ListDelta;
  rules?: ListDelta;
  forwarding?: ListDelta;
}

const lists = ["addresses", "routes", "rules", "forwarding"] as const;

export const emptyState: KernelState = { links: new Map(), addresses: [], routes: [], rules: [], forwarding: [] };

/** Undefined: nothing is. What is the same object is the same thing. */
export function stateDelta(before: KernelState, after: KernelState): StateDelta | undefined {
  if (before === after) return undefined;
  const delta: StateDelta = {};
  const links = listDelta([...before.links.values()], [...after.links.values()]);
  if (links) delta.links = links;
  for (const name of lists) {
    const changed = before[name] === after[name] ? undefined : listDelta(before[name], after[name]);
    if (changed) delta[name] = changed;
  }
  return Object.keys(delta).length === 0 ? undefined : delta;
}

export function applyDelta(before: KernelState, delta: StateDelta): KernelState {
  const links = delta.links ? (applied([...before.links.values()], delta.links) as Link[]) : undefined;
  const rest = Object.fromEntries(
    lists.map((name) => [name, delta[name] ? applied(before[name], delta[name]) : before[name]]),
  ) as unknown as Omit<KernelState, "links">;
  return { ...rest, links: links ? new Map(links.map((link) => [link.name, link])) : before.links };
}

function listDelta(before: readonly unknown[], after: readonly unknown[]): ListDelta | undefined {
  if (before.length === after.length && before.every((one, at) => one === after[at])) return undefined;
  const places = new Map(before.map((one, at) => [one, at]));
  const delta: ListDelta = [];
  for (const one of after) {
    const place = places.get(one);
    const last = delta.at(-1);
    if (place === undefined) delta.push({ new: one });
    else if (Array.isArray(last) && last[0] + last[1] === place) last[1]++;
    else delta.push([place, 1]);
  }
  return delta;
}

function applied(before: readonly unknown[], delta: ListDelta): unknown[] {
  return delta.flatMap((part) => (Array.isArray(part) ? before.slice(part[0], part[0] + part[1]) : [part.new]));
}
