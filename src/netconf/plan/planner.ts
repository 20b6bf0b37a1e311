/** A plan in the making: steps so far, and the kernel as it will be after them. */
import { Problem } from "../../problem.ts";
import type { Position } from "../interfaces/configuration.ts";
import { countsAsDone } from "../kernel/errno.ts";
import { namespaceOf } from "../kernel/simulated.ts";
import { type Namespace, Refusal } from "../kernel/simulation/namespace.ts";
import { doStep } from "../kernel/simulation/steps.ts";
import { addressKey, type Link, type Route } from "../kernel/state.ts";
import type { LinkSettings, Step } from "../kernel/step.ts";
import type { Ground, Notice, Planned } from "./planned.ts";
import type { Owned, Part, Wanted } from "./wanted.ts";

/** Why a step is done. */
export type About = Omit<Planned, "step" | "inverse">;

/** What is to become of a link: `keep` changes it where it stands, `none`: it is not there, and need not be. */
export type Fate = "make" | "remake" | "delete" | "keep" | "none";

/** One interface in a plan. */
export interface Job {
  name: string;
  /** What it shall be like; of parts that are not planned now, what it was to be like before. */
  wanted: Wanted;
  before: Owned;
  parts: ReadonlySet<Part>;
  /** Nothing is wanted of it any more. */
  going: boolean;
  fate: Fate;
  renew: boolean;
  // What will be ours, as it grows.
  former: { settings: LinkSettings; sysctls: Record<string, string>; ports: Record<string, LinkSettings> };
  made: boolean;
  madePorts: Set<string>;
  /** Wanted routes that stay out, for another has their place. */
  shadowed: Set<Route>;
}

export class Planner {
  readonly ground: Ground;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly space: Namespace;
  readonly steps: Omit<Planned, "inverse">[] = [];
  readonly notices: Notice[] = [];
  /** Links that are made in this plan. */
  readonly fresh = new Set<string>();
  /** Links that become ports in this plan. */
  readonly joined = new Set<string>();
  /** What is taken away on purpose: links put down or freed, addresses and routes deleted. */
  readonly meant = new Set<string>();
  readonly #sysctls = new Map<string, string>();
  readonly #wanted: readonly Wanted[];

  /**
   * @param ground with that part of the state that these interfaces have to do with
   * @param jobs all of the transaction
   * @param everybody what every interface shall be like when it is done; those that go need not be among them
   */
  constructor(ground: Ground, jobs: ReadonlyMap<string, Job>, everybody: readonly Wanted[]) {
    this.ground = ground;
    this.jobs = jobs;
    this.#wanted = everybody;
    this.space = namespaceOf(ground.state, { readSysctl: (key) => ground.sysctl(key) });
  }

  /** @returns what the kernel will say against it, as far as can be told; the step is planned all the same */
  do(step: Step, about: About): string | undefined {
    const refusal = this.#attempt(step);
    this.steps.push({ step, ...about });
    if (step.do === "sysctl") this.#sysctls.set(step.key.join("/"), step.value);
    return refusal;
  }

  /** Only if the kernel will take it. */
  try(step: Step, about: About): void {
    if (this.#attempt(step) === undefined) this.steps.push({ step, ...about });
  }

  #attempt(step: Step): string | undefined {
    try {
      doStep(this.space, step);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!countsAsDone(step, error.code)) return error.message;
    }
    return undefined;
  }

  notice(iface: string, text: string, at?: Position): void {
    if (this.notices.some((known) => known.iface === iface && known.text === text)) return;
    this.notices.push({ iface, text, ...(at ? { at } : {}) });
  }

  link(name: string): Link | undefined {
    return this.space.links.get(name);
  }

  /** @throws Problem `not-found` */
  needed(name: string, iface: string, at?: Position): Link {
    const link = this.link(name);
    if (link) return link;
    const what = name === iface ? `there is no device ${name}` : `${iface} needs ${name}, which is not there`;
    throw new Problem("not-found", what, { detail: { iface, at } });
  }

  /** Undefined: the kernel has no such key. Of a link that is made in this plan, what new ones begin with. */
  sysctl(key: readonly string[]): string | undefined {
    const set = this.#sysctls.get(key.join("/"));
    if (set !== undefined) return set;
    const [family = "", table = "", device = "", ...rest] = key;
    const own = rest.length > 0 && this.fresh.has(device);
    return this.ground.sysctl(own ? [family, table, "default", ...rest] : key);
  }

  /** What all others want that were not to go: it is not taken away with this one. */
  wantedByOthers(name: string): Wanted[] {
    return this.#wanted.filter((one) => one.name !== name);
  }
}

export function conflict(iface: string, text: string, at?: Position): Problem {
  return new Problem("conflict", text, { detail: { iface, at } });
}

export function addressMeant(address: Parameters<typeof addressKey>[0]): string {
  return `address ${addressKey(address)}`;
}

/** The place that a route takes among others: the kernel holds one in each, as far as Reeve puts them there. */
export function routePlace({ family, table, destination, prefix, metric }: Route): string {
  return `route ${family} ${table} ${destination}/${prefix} ${metric || (family === 6 ? 1024 : 0)}`;
}
