/** Routes of one family that the kernel has told of. */
import { type KernelChange, protocols, type Route } from "../kernel/state.ts";
import { NLM_F } from "./message.ts";
import type { ReadRoute } from "./route.ts";

export class KnownRoutes {
  readonly #changed: (change: KernelChange) => void;
  /** By place, then by key (see readRoute). */
  readonly #routes = new Map<string, Map<string, Route>>();
  /** How many routes that others than the kernel have made prefer a source; how many hops go over a device. */
  readonly #sources = new Map<string, number>();
  readonly #devices = new Map<string, number>();
  #list: readonly Route[] | undefined;

  constructor(changed: (change: KernelChange) => void) {
    this.#changed = changed;
  }

  list(): readonly Route[] {
    this.#list ??= Array.from(this.#routes.values(), (of) => [...of.values()]).flat();
    return this.#list;
  }

  /** Whether one goes over that device. */
  uses(device: string): boolean {
    return this.#devices.has(device);
  }

  /** Whether one that the kernel has not made by itself has that source. */
  prefers(source: string): boolean {
    return this.#sources.has(source);
  }

  #count({ source, protocol, hops }: Route, one: 1 | -1): void {
    for (const { device } of hops) add(this.#devices, device, one);
    if (source !== "" && protocol !== protocols.kernel) add(this.#sources, source, one);
  }

  /** @returns false: it has done something to others that is not said, all are to be read anew */
  set({ place, key, route }: ReadRoute, flags: number): boolean {
    const there = this.#routes.get(place);
    const before = there?.get(key);
    const others = there?.size ?? 0;
    const joins = !before && others > 0 && (flags & NLM_F.MULTI) === 0;
    const replaces = joins && (flags & NLM_F.REPLACE) !== 0;
    // Which of several it has replaced is not said.
    if (replaces && others === 1) for (const other of there?.keys() ?? []) this.delete(place, other);
    const of = this.#routes.get(place) ?? new Map<string, Route>();
    // IPv4: of several the first one counts.
    const first = joins && route.family === 4 && (flags & (NLM_F.REPLACE | NLM_F.APPEND)) === 0;
    this.#routes.set(place, first ? new Map([[key, route], ...of]) : of.set(key, route));
    if (before) this.#count(before, -1);
    this.#count(route, 1);
    this.#list = undefined;
    if (!before || JSON.stringify(before) !== JSON.stringify(route)) {
      this.#changed({ what: "route", ...(before && { before }), after: route });
    }
    // A hop was added to what is there: that one is now another.
    const many = joins && route.family === 6 && route.hops.length > 1;
    return !many && !(replaces && others > 1);
  }

  /** @returns false: it was not known, one hop of several, perhaps */
  delete(place: string, key: string): boolean {
    const of = this.#routes.get(place);
    const before = of?.get(key);
    if (!of || !before) return false;
    of.delete(key);
    if (of.size === 0) this.#routes.delete(place);
    this.#count(before, -1);
    this.#list = undefined;
    this.#changed({ what: "route", before });
    return true;
  }

  /** Those that are not among them go. */
  keep(seen: ReadonlySet<string>): void {
    for (const [place, of] of this.#routes) {
      for (const key of of.keys()) if (!seen.has(`${place} ${key}`)) this.delete(place, key);
    }
  }
}

function add(counts: Map<string, number>, name: string, one: 1 | -1): void {
  const count = (counts.get(name) ?? 0) + one;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
