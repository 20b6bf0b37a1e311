/** Which interface needs which: in what order they come and go, what can be done at a time, what is in nobody's use. */
import { type Position, place } from "../interfaces/configuration.ts";
import type { Wanted } from "./wanted.ts";

/** Why one interface needs another, and the line that says so. */
export interface Need {
  to: string;
  /** `below`: it stands on it, or is a port of it; `port`: it is to be one of its ports; `requires`: said in words, or a tunnel's device. */
  why: "below" | "port" | "requires";
  at?: Position;
}

export interface Graph {
  /** By name, in the order of what was given; links without stanzas come after those that need them. */
  needs: ReadonlyMap<string, readonly Need[]>;
}

/** A way back to where it began. Its interfaces cannot be brought up, nor what needs them. */
export interface Cycle {
  /** Each needs the next, the last the first. */
  names: readonly string[];
  /** Why each needs the next. */
  needs: readonly Need[];
}

export interface Order {
  /** What stands in one layer can be done at a time; each needs only what stands in layers before. */
  layers: readonly (readonly string[])[];
  cycles: readonly Cycle[];
  /** In a cycle, or in need of one: they stand in no layer. */
  refused: ReadonlyMap<string, Cycle>;
}

export function graphOf(wanted: Iterable<Wanted>): Graph {
  const needs = new Map<string, Need[]>();
  for (const each of wanted) needs.set(each.name, needsOf(each));
  for (const { to } of [...needs.values()].flat()) if (!needs.has(to)) needs.set(to, []);
  return { needs };
}

/** What must be there before it, each once. A port that joins by itself needs its master, not the other way round. */
export function needsOf({ name, link, settings, requires, requiresAt, ports }: Wanted): Need[] {
  const { is, at, lines } = settings;
  const found: Need[] = [
    ...(link?.is.lower ? [{ to: link.is.lower, why: "below", at: link.at } as const] : []),
    ...(is.master ? [{ to: is.master, why: "below", at: lines?.master ?? at } as const] : []),
    ...requires.map((to) => ({ to, why: "requires", at: requiresAt[to] }) as const),
    ...ports
      .filter((port) => !port.is.joins)
      .flatMap(({ is: port, at: line }) => {
        return [port.link?.lower, port.name].flatMap((to) => (to ? [{ to, why: "port", at: line } as const] : []));
      }),
  ];
  return found.filter(({ to }, at) => to !== name && found.findIndex((other) => other.to === to) === at);
}

/** Bottom up. Going down takes the layers in reverse. */
export function orderOf({ needs }: Graph): Order {
  const layerOf = new Map<string, number>();
  const users = usersOf({ needs });
  const left = new Map([...needs].map(([name, list]) => [name, list.length]));
  const ready = [...left].filter(([, count]) => count === 0).map(([name]) => name);
  // The array grows while it is gone through.
  for (const name of ready) {
    const below = (needs.get(name) ?? []).map(({ to }) => layerOf.get(to) ?? 0);
    layerOf.set(name, Math.max(-1, ...below) + 1);
    for (const user of users.get(name) ?? []) {
      const count = (left.get(user) ?? 0) - 1;
      left.set(user, count);
      if (count === 0) ready.push(user);
    }
  }
  const placed = [...needs.keys()].filter((name) => layerOf.has(name));
  const layers = [...Map.groupBy(placed, (name) => layerOf.get(name)!)].sort(([a], [b]) => a - b);
  const rest = [...needs.keys()].filter((name) => !layerOf.has(name));
  return { layers: layers.map(([, names]) => names), ...cyclesAmong(rest, needs) };
}

/** Each of `rest` needs another of them, so that following the needs comes to a cycle. */
function cyclesAmong(rest: readonly string[], needs: Graph["needs"]): Pick<Order, "cycles" | "refused"> {
  const among = new Set(rest);
  const refused = new Map<string, Cycle>();
  const cycles: Cycle[] = [];
  for (const start of rest) {
    const way = new Map<string, Need>();
    let name = start;
    while (!refused.has(name) && !way.has(name)) {
      const need = needs.get(name)!.find(({ to }) => among.has(to))!;
      way.set(name, need);
      name = need.to;
    }
    let cycle = refused.get(name);
    if (!cycle) {
      const all = [...way];
      const round = all.slice(all.findIndex(([each]) => each === name));
      cycle = { names: round.map(([each]) => each), needs: round.map(([, need]) => need) };
      cycles.push(cycle);
    }
    for (const each of way.keys()) refused.set(each, cycle);
  }
  return { cycles, refused };
}

/** `br0 → bond0 → br0: br0 has bond0 as a port (interfaces:3:5), bond0 requires br0 (interfaces:9:5)`. */
export function cycleText({ names, needs }: Cycle): string {
  const verbs = { below: "stands on", port: "has as a port", requires: "requires" };
  const reasons = needs.map(({ to, why, at }, index) => {
    return `${names[index]} ${verbs[why]} ${to}${at ? ` (${place(at)})` : ""}`;
  });
  return `${[...names, names[0]].join(" → ")}: ${reasons.join(", ")}`;
}

/** Who needs it, directly. */
export function usersOf({ needs }: Graph): Map<string, string[]> {
  const users = new Map<string, string[]>([...needs.keys()].map((name) => [name, []]));
  for (const [name, list] of needs) for (const { to } of list) users.get(to)!.push(name);
  return users;
}

/** All that must be there for these, themselves included. */
export function withNeeds({ needs }: Graph, names: Iterable<string>): Set<string> {
  return reach(names, (name) => (needs.get(name) ?? []).map(({ to }) => to));
}

/** All that cannot be without these, themselves included. */
export function withUsers(graph: Graph, names: Iterable<string>): Set<string> {
  const users = usersOf(graph);
  return reach(names, (name) => users.get(name) ?? []);
}

function reach(names: Iterable<string>, next: (name: string) => readonly string[]): Set<string> {
  const found = new Set(names);
  // The set grows while it is gone through.
  for (const name of found) for (const other of next(name)) found.add(other);
  return found;
}

/**
 * What goes down along with these: what they needed, nobody who stays needs, and nobody asked for by name (ifupdown-ng's
 * reference counts).
 * @param asked whether somebody did; false as well for what is not up
 */
export function unusedWithout(graph: Graph, down: Iterable<string>, asked: (name: string) => boolean): Set<string> {
  const { layers } = orderOf(graph);
  const users = usersOf(graph);
  const gone = new Set(down);
  const needed = withNeeds(graph, gone);
  for (const name of layers.flat().toReversed()) {
    if (!needed.has(name) || gone.has(name) || asked(name)) continue;
    const using = users.get(name) ?? [];
    if (using.some((user) => gone.has(user)) && using.every((user) => gone.has(user))) gone.add(name);
  }
  return gone;
}
