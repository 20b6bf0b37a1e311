/**
 * Interfaces of a plan in groups that have nothing to do with each other, each with what of the kernel's state concerns it:
 * two hundred cards are two hundred small plans, not one in which every step looks at all of them.
 */
import { canonicalRoute } from "../kernel/compare.ts";
import { type KernelState, protocols, type Route, ruleKey } from "../kernel/state.ts";
import { type Job, routePlace } from "./planner.ts";
import type { Wanted } from "./wanted.ts";

export interface Slice {
  /** In the order given. */
  jobs: Job[];
  state: KernelState;
}

export function slicesOf(jobs: readonly Job[], state: KernelState): Slice[] {
  const groups = new Groups();
  for (const { name, lower, master } of state.links.values()) groups.join(name, lower, master);
  const all = jobs.flatMap(({ wanted, before }) => [wanted, before.wanted]);
  if (all.some(isEverywhere)) return [{ jobs: [...jobs], state }];
  for (const { name, wanted, before, former } of jobs) {
    for (const one of [wanted, before.wanted]) groups.join(deviceOf(name), ...mentioned(one));
    for (const { master } of Object.values(former.ports)) groups.join(deviceOf(name), master);
  }
  const places = new Set(all.flatMap(({ routes }) => routes.map(({ is }) => `${is.destination}/${is.prefix}`)));
  for (const route of state.routes) {
    const [first = "", ...more] = devicesOf(route);
    groups.join(first, ...more);
    if (places.size > 0 && places.has(`${route.destination}/${route.prefix}`)) groups.join(first, routePlace(route));
    if (route.source && route.protocol !== protocols.kernel) groups.join(first, sourceName(route.source));
  }
  for (const { device, address } of state.addresses) {
    if (groups.has(sourceName(address))) groups.join(device, sourceName(address));
  }
  return cut(jobs, state, groups);
}

function cut(jobs: readonly Job[], state: KernelState, groups: Groups): Slice[] {
  const slices = new Map<string, Slice & { state: Shelves }>();
  for (const job of jobs) {
    const group = groups.of(deviceOf(job.name));
    const slice = slices.get(group);
    if (slice) slice.jobs.push(job);
    else {
      const shelves = { links: new Map(), addresses: [], routes: [], rules: state.rules, forwarding: [] };
      slices.set(group, { jobs: [job], state: shelves });
    }
  }
  const of = (device: string) => slices.get(groups.of(device))?.state;
  for (const [name, link] of state.links) of(name)?.links.set(name, link);
  for (const address of state.addresses) of(address.device)?.addresses.push(address);
  for (const route of state.routes) of(devicesOf(route)[0] ?? routePlace(route))?.routes.push(route);
  for (const entry of state.forwarding) of(entry.device)?.forwarding.push(entry);
  return [...slices.values()];
}

interface Shelves extends KernelState {
  links: Map<string, KernelState["links"] extends ReadonlyMap<string, infer Link> ? Link : never>;
  addresses: KernelState["addresses"][number][];
  routes: Route[];
  forwarding: KernelState["forwarding"][number][];
}

/** What it says concerns links that it does not name. */
function isEverywhere({ routes, sysctls }: Wanted): boolean {
  return (
    routes.some(({ is }) => is.hops.some(({ device }) => device === "")) ||
    sysctls.some(({ is: { key } }) => key.length < 4 || key[2] === "all" || key[2] === "default")
  );
}

/** Names of links, of places of routes, of rules, of source addresses. */
function mentioned(wanted: Wanted): (string | undefined)[] {
  const { link, settings, ports, requires, addresses, routes, rules, sysctls, forwarding } = wanted;
  return [
    ...[link?.is.lower, link?.is.peer, settings.is.master, ...requires],
    ...ports.flatMap(({ is }) => [is.name, is.link?.lower]),
    ...addresses.map(({ is }) => is.device),
    ...routes.flatMap(({ is }) => [
      ...devicesOf(is),
      routePlace(canonicalRoute(is)),
      is.source && sourceName(is.source),
    ]),
    ...rules.map(({ is }) => ruleKey(is)),
    ...sysctls.map(({ is }) => is.key[2]),
    ...forwarding.map(({ is }) => is.device),
  ];
}

function devicesOf({ hops }: Route): string[] {
  return hops.map(({ device }) => device);
}

function deviceOf(name: string): string {
  return name.replace(/:.*/s, "");
}

function sourceName(address: string): string {
  return `source ${address}`;
}

/** Names that belong together (union-find). */
class Groups {
  readonly #above = new Map<string, string>();

  has(name: string): boolean {
    return this.#above.has(name);
  }

  of(name: string): string {
    let root = name;
    for (let above = this.#above.get(root); above !== undefined && above !== root; above = this.#above.get(root)) {
      root = above;
    }
    if (root !== name) this.#above.set(name, root);
    return root;
  }

  join(first: string, ...more: readonly (string | undefined)[]): void {
    if (!first) return;
    const root = this.of(first);
    this.#above.set(first, root);
    for (const name of more) if (name) this.#above.set(this.of(name), root);
  }
}
