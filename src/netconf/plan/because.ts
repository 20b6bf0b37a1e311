/** Lists of what is wanted and why, compared by keys of what it is. */
import type { Because } from "./wanted.ts";

/** All of both; of what stands in both, as the second has it. */
export function either<Thing>(
  a: readonly Because<Thing>[],
  b: readonly Because<Thing>[],
  key: (thing: Thing) => string,
): Because<Thing>[] {
  return [...b, ...without(a, b, key)];
}

/** Of the first those that the second has not. */
export function without<Thing>(
  all: readonly Because<Thing>[],
  others: readonly Because<Thing>[],
  key: (thing: Thing) => string,
): Because<Thing>[] {
  const gone = new Set(others.map(({ is }) => key(is)));
  return all.filter(({ is }) => !gone.has(key(is)));
}

/** Of the first those that the second has, too. */
export function both<Thing>(
  all: readonly Because<Thing>[],
  others: readonly Because<Thing>[],
  key: (thing: Thing) => string,
): Because<Thing>[] {
  const there = new Set(others.map(({ is }) => key(is)));
  return all.filter(({ is }) => there.has(key(is)));
}

export function vlanKey({ vlan, self }: { vlan: number; self: boolean }): string {
  return `${vlan} ${self}`;
}
