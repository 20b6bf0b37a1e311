/** Routes of one family that the kernel has told of. */
import type { KernelChange, Route } from "../kernel/state.ts";
import { NLM_F } from "./message.ts";
import type { ReadRoute } from "./route.ts";

export class KnownRoutes {
  readonly #changed: (change: KernelChange) => void;
  /** By place, then by key (see readRoute). */
  readonly #routes = new Map<string, Map<string, Route>>();
  #list: readonly Route[] | undefined;

  constructor(changed: (change: KernelChange) => void) {
    this.#changed = changed;
  }

  list(): readonly Route[] {
    this.#list ??= Array.from(this.#routes.values(), (of) => [...of.values()]).flat();
    return this.#list;
  }

  /** @returns false: it has done something to others that is not said, all are to be read anew */
  set({ place, key, route }: ReadRoute, flags: number): boolean {
    const before = this.#routes.get(place)?.get(key);
    const others = [...(this.#routes.get(place)?.keys() ?? [])].filter((other) => other !== key);
    const told = (flags & NLM_F.MULTI) === 0 && !before && others.length > 0;
    const replaced = told && (flags & NLM_F.REPLACE) !== 0;
    // Which of several it has replaced is not said.
    if (replaced && others.length === 1) this.delete(place, others[0]!);
    const of = this.#routes.get(place) ?? new Map<string, Route>();
    this.#routes.set(place, of.set(key, route));
    this.#list = undefined;
    if (!before || JSON.stringify(before) !== JSON.stringify(route)) {
      this.#changed({ what: "route", ...(before && { before }), after: route });
    }
    // A hop was added to what is there: that one is now another.
    const joined = told && route.family === 6 && route.hops.length > 1;
    return !joined && !(replaced && others.length > 1);
  }

  /** @returns false: it was not known, one hop of several, perhaps */
  delete(place: string, key: string): boolean {
    const of = this.#routes.get(place);
    const before = of?.get(key);
    if (!of || !before) return false;
    of.delete(key);
    if (of.size === 0) this.#routes.delete(place);
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
