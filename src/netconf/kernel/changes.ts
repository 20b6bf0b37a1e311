/** What is different between two states of the kernel. */
import {
  type Address,
  addressKey,
  type KernelChange,
  type KernelState,
  type Route,
  type Rule,
  routeKey,
  ruleKey,
} from "./state.ts";

/** Links first, matched by number (they may have been renamed), then what hangs on them; what went before what came. */
export function changesBetween(before: KernelState, after: KernelState): KernelChange[] {
  return [
    ...pairs([...before.links.values()], [...after.links.values()], ({ index }) => String(index)).map(
      (pair): KernelChange => ({ what: "link", ...pair }),
    ),
    ...pairs<Address>(before.addresses, after.addresses, addressKey).map(
      (pair): KernelChange => ({ what: "address", ...pair }),
    ),
    ...pairs<Route>(before.routes, after.routes, routeObject).map((pair): KernelChange => ({ what: "route", ...pair })),
    ...pairs<Rule>(before.rules, after.rules, ruleKey).map((pair): KernelChange => ({ what: "rule", ...pair })),
  ];
}

/** The kernel itself has routes of one key on several links. */
function routeObject(route: Route): string {
  return `${routeKey(route)} ${route.protocol} ${route.hops.map(({ device }) => device).join(" ")}`;
}

function pairs<Thing>(
  before: readonly Thing[],
  after: readonly Thing[],
  key: (thing: Thing) => string,
): { before?: Thing; after?: Thing }[] {
  if (before === after) return [];
  const kept = new Set(after);
  const gone = new Map(before.filter((one) => !kept.has(one)).map((one) => [key(one), one]));
  const former = new Set(before);
  const came: { before?: Thing; after?: Thing }[] = [];
  for (const one of after) {
    if (former.has(one)) continue;
    const old = gone.get(key(one));
    gone.delete(key(one));
    if (old && JSON.stringify(old) === JSON.stringify(one)) continue;
    came.push({ ...(old ? { before: old } : {}), after: one });
  }
  return [...Array.from(gone.values(), (one) => ({ before: one })), ...came];
}
