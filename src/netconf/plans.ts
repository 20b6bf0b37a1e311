/**
 * Plans are carried out one at a time: written down, done by events of their parts in order, and taken back when any of it
 * fails. Interfaces that come up at the same time are one plan, which is quicker by far; where that fails, each is one.
 */
import { Problem } from "../problem.ts";
import type { Engine } from "./engine.ts";
import type { EventKind } from "./events/event.ts";
import { Ends, Stopped, type Task } from "./events/task.ts";
import { type Found, foundOf } from "./plan/found.ts";
import { eitherWanted } from "./plan/owned.ts";
import { type Ground, inverseOf, type Planned, type PlanOptions } from "./plan/planned.ts";
import { transaction, withInverses } from "./plan/transaction.ts";
import type { Owned, Wanted } from "./plan/wanted.ts";
import type { InterfaceRecord } from "./record.ts";
import type { Records } from "./records.ts";
import type { Undertaking } from "./replay.ts";

/** What one event wants done to one interface. Its functions are called when it is its turn. */
export interface Undertaken {
  what: Undertaking;
  iface: string;
  wanted(): Wanted;
  /** The record afterwards; null: none. */
  record(owned: Owned): InterfaceRecord | null;
  options?: PlanOptions;
  /** True: these steps are left to somebody else; only the record is written then. */
  leave?(steps: readonly Planned[]): boolean;
  /** What a LINK event says. */
  to: "up" | "down" | "changed";
}

interface Waiting extends Undertaken {
  task: Task;
  resolve(): void;
  reject(error: unknown): void;
}

export class Plans {
  readonly #engine: Engine;
  #queue: Waiting[] = [];
  #running = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * All of it or nothing: nobody stops it half-way.
   * @throws Ends `failed`, `conflict`, with the step's line on the event; Stopped
   */
  async carryOut(task: Task, undertaken: Undertaken): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ ...undertaken, task, resolve, reject });
    if (!this.#running) {
      this.#running = true;
      queueMicrotask(() => void this.#run());
    }
    await task.until(promise);
    task.check();
  }

  /** In turn with the plans. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#exclusive;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exclusive = before.then(() => promise);
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
  #exclusive: Promise<void> = Promise.resolve();

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.alone(async () => {
        const batch = this.#take();
        if (batch.length > 0) await this.#carryOut(batch);
      });
    }
    this.#running = false;
  }

  /** The first one, with those that can be one plan with it. */
  #take(): Waiting[] {
    const waiting = this.#queue.filter(({ task, reject }) => {
      if (task.stopped) reject(new Stopped(task.stopped));
      return !task.stopped;
    });
    const [first] = waiting;
    if (first === undefined) {
      this.#queue = [];
      return [];
    }
    const names = new Set<string>();
    const fits = (one: Waiting) => isPlain(one) && one.what === first.what && isNew(names, one.iface);
    const batch = isPlain(first) ? waiting.filter(fits) : [first];
    const taken = new Set(batch);
    this.#queue = waiting.filter((one) => !taken.has(one));
    return batch;
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    for (const { task } of batch) task.hold();
    try {
      await this.#together(batch);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const [only, ...more] = batch;
      if (more.length === 0) only?.reject(refusal(error, only.task));
      else for (const one of batch) await this.#carryOut([one]);
    } finally {
      for (const { task } of batch) task.release();
    }
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    const engine = this.#engine;
    const { journal } = engine.world;
    const [first] = batch;
    if (first === undefined) return;
    const wanted = batch.map((one) => one.wanted());
    const { ground } = engine;
    const plan = transaction(wanted, ground, { ...first.options, inverses: false });
    const by = new Map(batch.map((one) => [one.iface, one]));
    const owner = (iface: string) => by.get(iface) ?? first;
    const left = first.leave?.(plan.steps) === true;
    const steps = left ? [] : plan.steps;
    const comes = first.what === "up" || first.what === "lease";
    const records = this.#records(by, plan.owned, { left, found: comes ? foundOf(plan.owned, ground) : {} });
    for (const { iface, text } of plan.notices) {
      engine.say(owner(iface).task, by.has(iface) ? text : `${iface}: ${text}`);
    }
    if (steps.length === 0) {
      for (const [name, record] of Object.entries(records)) {
        if (record) journal.put(record);
        else journal.drop(name);
      }
      return;
    }
    const former = Object.fromEntries(Object.keys(records).map((name) => [name, engine.records.get(name) ?? null]));
    const id = journal.begin({ what: first.what, records, plan: steps });
    const before = asItIs(ground, steps);
    const tried: Planned[] = [];
    try {
      await performParts(engine, id, steps, owner, tried);
    } catch (error) {
      const wrong = await takeBack(engine, withInverses(tried, before));
      if (wrong === "") journal.end(id, "undone", this.#meanwhile(former));
      else {
        journal.end(id, "failed");
        engine.say(first.task, `not all of it could be taken back: ${wrong}`);
      }
      throw error;
    }
    journal.end(id, "done", this.#meanwhile(records));
  }

  /** Of those asked for, and of those that own something else afterwards. */
  #records(
    by: ReadonlyMap<string, Waiting>,
    owned: ReadonlyMap<string, Owned>,
    { left, found }: { left: boolean; found: Found },
  ): Records {
    const records: Record<string, InterfaceRecord | null> = {};
    for (const [name, now] of owned) {
      const asked = by.get(name);
      const known = this.#engine.records.get(name);
      if (asked) records[name] = withFound(asked.record(left ? (known?.owned ?? now) : now), found[name]);
      else if (known) records[name] = { ...known, owned: now };
    }
    return records;
  }

  /** These records with what changed in them while the plan was carried out; undefined: nothing did. */
  #meanwhile(records: Records): Records | undefined {
    let changed = false;
    const entries = Object.entries(records).map(([name, record]) => {
      const now = this.#engine.records.get(name);
      if (!record || !now || (now.asked === record.asked && now.users === record.users)) return [name, record] as const;
      changed = true;
      return [name, { ...record, users: now.users, asked: now.asked }] as const;
    });
    return changed ? Object.fromEntries(entries) : undefined;
  }
}

function withFound(record: InterfaceRecord | null, found: Wanted | undefined): InterfaceRecord | null {
  if (!record || !found) return record;
  return { ...record, found: record.found ? eitherWanted(found, record.found) : found };
}

/** The kernel before these steps, also when they have been done. */
function asItIs({ state, sysctl }: Ground, steps: readonly Planned[]): Pick<Ground, "state" | "sysctl"> {
  const keys = steps.flatMap(({ step }) => (step.do === "sysctl" ? [step.key] : []));
  const values = new Map(keys.map((key) => [key.join("/"), sysctl(key)]));
  return { state, sysctl: (key) => values.get(key.join("/")) };
}

function isPlain({ what, leave, options }: Undertaken): boolean {
  return (what === "up" || what === "down") && leave === undefined && options === undefined;
}

function isNew(names: Set<string>, name: string): boolean {
  if (names.has(name)) return false;
  names.add(name);
  return true;
}

function refusal(error: unknown, task: Task): unknown {
  if (error instanceof Ends || error instanceof Stopped) return error;
  const problem = Problem.from(error);
  if (problem.code === "internal" || task.stopped) return error;
  return new Ends(problem.code === "conflict" ? "conflict" : "failed", problem.message);
}

/**
 * Does the steps of a plan, each part by an event. The kernel is given all of them at once, which is quicker by far; the
 * events tell what became of them.
 * @param owner whose child that is
 * @param tried is filled with the steps that were done or tried
 * @throws Ends `failed`
 */
export async function performParts(
  engine: Engine,
  id: number,
  steps: readonly Planned[],
  owner: (iface: string) => { task: Task; to: Undertaken["to"] },
  tried: Planned[],
): Promise<void> {
  for (const chunk of chunksOf(steps)) {
    const results = await engine.world.kernel.perform(chunk.map(({ step }) => step));
    tried.push(...chunk.slice(0, results.length));
    let at = 0;
    for (const part of partsOf(chunk)) {
      const { task, to } = owner(part.iface);
      const parameters = part.kind === "LINK" ? { to, steps: part.steps } : { steps: part.steps };
      engine.results.set(part.steps, results.slice(at, at + part.steps.length));
      at += part.steps.length;
      const child = engine.events.queue(part.kind, part.iface, parameters as never, {}, task);
      const { outcome, reason } = await child.done;
      const { line } = child.event;
      if (outcome === "done") continue;
      if (line) task.event.line = line;
      throw new Ends("failed", reason);
    }
    if (chunk.length < steps.length) engine.world.journal.done(id, tried.length);
  }
}

/** Until a link is deleted each: how far a plan has come must be known from there on. */
function chunksOf(steps: readonly Planned[]): Planned[][] {
  const chunks: Planned[][] = [];
  let open: Planned[] | undefined;
  for (const step of steps) {
    if (open === undefined) {
      open = [];
      chunks.push(open);
    }
    open.push(step);
    if (step.step.do === "link-delete") open = undefined;
  }
  return chunks;
}

/** @returns what could not be taken back; "": nothing */
export async function takeBack(engine: Engine, steps: readonly Planned[]): Promise<string> {
  const back = await engine.world.kernel.perform(inverseOf(steps), { goOn: true });
  const wrong = back.find((result) => !result.ok);
  return wrong && !wrong.ok ? `${wrong.code} ${wrong.message}` : "";
}

interface PartOfPlan {
  kind: Extract<EventKind, "LINK" | "IFCFG" | "ROUTE">;
  iface: string;
  steps: Planned[];
}

/** Steps that follow each other and are of one part of one interface. */
function partsOf(steps: readonly Planned[]): PartOfPlan[] {
  const parts: PartOfPlan[] = [];
  for (const step of steps) {
    const kind = kindOf(step);
    const last = parts.at(-1);
    if (last && last.kind === kind && last.iface === step.iface) last.steps.push(step);
    else parts.push({ kind, iface: step.iface, steps: [step] });
  }
  return parts;
}

function kindOf({ step }: Planned): PartOfPlan["kind"] {
  if (step.do.startsWith("address-")) return "IFCFG";
  return step.do.startsWith("route-") || step.do.startsWith("rule-") ? "ROUTE" : "LINK";
}
