/** A plan in the making: steps so far, and the kernel as it will be after them. */
import { Problem } from "../../problem.ts";
import type { Position } from "../interfaces/configuration.ts";
import { countsAsDone } from "../kernel/errno.ts";
import { namespaceOf } from "../kernel/simulated.ts";
import { type Namespace, Refusal } from "../kernel/simulation/namespace.ts";
import { doStep } from "../kernel/simulation/steps.ts";
import { type Address, addressKey, type KernelState, type Link, type Route } from "../kernel/state.ts";
import type { LinkSettings, NewAddress, Step } from "../kernel/step.ts";
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

/** What every interface shall be like when a plan is done; those that go need not be among them. */
export class Everybody {
  readonly all: readonly Wanted[];
  #addresses: ReadonlyMap<string, readonly { name: string }[]> | undefined;

  constructor(all: readonly Wanted[]) {
    this.all = all;
  }

  /** Whether one that is not called `name` wants that address. */
  wantAddress(key: string, name: string): boolean {
    const each = () =>
      this.all.flatMap((one) => one.addresses.map(({ is }) => ({ key: addressKey(is), name: one.name })));
    this.#addresses ??= Map.groupBy(each(), (one) => one.key);
    return this.#addresses.get(key)?.some((one) => one.name !== name) === true;
  }
}

export class Planner {
  readonly ground: Ground;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly steps: Omit<Planned, "inverse">[] = [];
  readonly notices: Notice[] = [];
  /** Links that are made in this plan. */
  readonly fresh = new Set<string>();
  /** Links that become ports in this plan. */
  readonly joined = new Set<string>();
  /** What is taken away on purpose: links put down or freed, addresses and routes deleted. */
  readonly meant = new Set<string>();
  readonly #sysctls = new Map<string, string>();
  readonly everybody: Everybody;
  #space: Namespace | undefined;
  /** Steps that it has not seen yet: most plans need not know what comes of them. */
  #ahead: Step[] = [];

  /**
   * @param ground with that part of the state that these interfaces have to do with
   * @param jobs all of the transaction
   */
  constructor(ground: Ground, jobs: ReadonlyMap<string, Job>, everybody: Everybody) {
    this.ground = ground;
    this.jobs = jobs;
    this.everybody = everybody;
  }

  /** The kernel as it will be after the steps so far. */
  get space(): Namespace {
    const { state } = this.ground;
    this.#space ??= namespaceOf(state, { readSysctl: (key) => this.ground.sysctl(key) });
    const ahead = this.#ahead;
    this.#ahead = [];
    for (const step of ahead) refusalOf(this.#space, step);
    return this.#space;
  }

  /** Whatever the kernel may say against it. */
  do(step: Step, about: About): void {
    this.#ahead.push(step);
    this.steps.push({ step, ...about });
    if (step.do === "sysctl") this.#sysctls.set(step.key.join("/"), step.value);
  }

  /** @returns what the kernel will say against it, as far as can be told; the step is planned all the same */
  doJudged(step: Step, about: About): string | undefined {
    this.steps.push({ step, ...about });
    return refusalOf(this.space, step);
  }

  /** Only if the kernel will take it. */
  try(step: Step, about: About): void {
    if (refusalOf(this.space, step) === undefined) this.steps.push({ step, ...about });
  }

  notice(iface: string, text: string, at?: Position): void {
    if (this.notices.some((known) => known.iface === iface && known.text === text)) return;
    this.notices.push({ iface, text, ...(at ? { at } : {}) });
  }

  link(name: string): Link | undefined {
    return this.#after((step) => step.do.startsWith("address-")).links.get(name);
  }

  /** That address of its device, or of IPv6 the one that a link may have but once, whatever its prefix. */
  address(wanted: NewAddress): Address | undefined {
    const { device, family } = wanted;
    const key = addressKey(wanted);
    const is = (one: NewAddress | Address) => (family === 6 ? one.address === wanted.address : addressKey(one) === key);
    const other = (step: Step) =>
      family === 4 && ((step.do === "address-add" && !is(step.address)) || (step.do === "link-set" && isUp(step)));
    return this.#after(other).addresses.find((one) => one.device === device && one.family === family && is(one));
  }

  /** @param moot steps that change nothing of what is looked for */
  #after(moot: (step: Step) => boolean): Pick<KernelState, "links" | "addresses"> {
    if (!this.#ahead.every(moot)) return this.space;
    return this.#space ?? this.ground.state;
  }

  /** @throws Problem `not-found` */
  needed(name: string, iface: string, at?: Position): Link {
    this.need(name, iface, at);
    return this.link(name)!;
  }

  /** @throws Problem `not-found` */
  need(name: string, iface: string, at?: Position): void {
    const stays = (step: Step) => step.do.startsWith("address-") || (step.do === "link-set" && isUp(step));
    if (this.#after(stays).links.has(name)) return;
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
    return this.everybody.all.filter((one) => one.name !== name);
  }
}

/** @returns what the kernel says against it; undefined: it does it, or has it already */
function refusalOf(space: Namespace, step: Step): string | undefined {
  try {
    doStep(space, step);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!countsAsDone(step, error.code)) return error.message;
  }
  return undefined;
}

function isUp({ settings }: Extract<Step, { do: "link-set" }>): boolean {
  return Object.keys(settings).every((name) => name === "up");
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
