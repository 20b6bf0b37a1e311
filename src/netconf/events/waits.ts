/** Who waits for whom: a task for its children, and for the task of another tree that it follows or that must end first. */
import type { Task } from "./task.ts";

/**
 * By which tasks `from` waits for one of `goals`, both ends included; undefined: it does not. Asked before a new wait of a
 * goal for `from` is begun, it says whether that would never end.
 */
export function waitPath(from: Task, goals: ReadonlySet<Task>, seen = new Set<Task>()): Task[] | undefined {
  if (goals.has(from)) return [from];
  if (from.ended || seen.has(from)) return undefined;
  seen.add(from);
  for (const next of from.awaits ? [...from.children, from.awaits] : from.children) {
    const path = waitPath(next, goals, seen);
    if (path) return [from, ...path];
  }
  return undefined;
}

/** A cycle as a person reads it: `br0 → vlan10 → br0`. */
export function cycleText(path: readonly Task[]): string {
  const names = path.map(({ event }) => event.iface).filter((name, index, all) => name && name !== all[index - 1]);
  return names.join(" → ");
}
