/** An event that lives: its handler runs, its children have not all ended, or somebody listens. */
import { place } from "../interfaces/configuration.ts";
import type { Event, EventKind, Outcome, StatusLine } from "./event.ts";
import type { Parameters } from "./parameters.ts";

/** How it ended, and why not as `done`. */
export interface Ended {
  outcome: Outcome;
  reason: string;
}

export type Listener = (line: StatusLine) => void;

/** Nobody need be told of a failure. */
export function succeeded(outcome: Outcome): boolean {
  return outcome === "done" || outcome === "deferred";
}

export class Task<K extends EventKind = EventKind> {
  readonly event: Event;
  readonly parameters: Parameters[K];
  /** Until it has ended. */
  parent: Task | undefined;
  readonly children: Task[] = [];
  /** Resolves when it and all its children have. */
  readonly done: Promise<Ended>;
  ended: Ended | undefined;
  /** It is to end like that: whatever it waits for is given up. */
  stopped: Ended | undefined;
  /** By the steady clock; infinite: none. */
  readonly deadline: number;
  /** A task outside its own tree that it waits for. */
  awaits: Task | undefined;
  /** Its lines are those of this one, too. */
  readonly follows: Task[] = [];
  readonly followers = new Set<Task>();
  readonly listeners = new Set<Listener>();
  /** What it is about beside kind and interface: ` up`, ` 192.0.2.1/24`; stands in its lines. */
  about = "";
  /** What the answer to whoever asked is made of, beside how it ended. */
  result: unknown;
  readonly resolve: (ended: Ended) => void;
  #held = 0;
  #late: Ended | undefined;
  #controller: AbortController | undefined;
  #stop: PromiseWithResolvers<never> | undefined;

  constructor(event: Event, parameters: Parameters[K], parent: Task | undefined, deadline: number) {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.event = event;
    this.parameters = parameters;
    this.parent = parent;
    this.deadline = deadline;
    this.done = promise;
    this.resolve = resolve;
  }

  /** Fires when it is to end. Made when it is asked for first: most events never wait. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.stopped) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Tells it and its children to end, the innermost first. What has ended, or was told before, stays as it is. */
  stop(outcome: Outcome, reason: string): void {
    if (this.ended || this.stopped) return;
    if (this.#held > 0) {
      this.#late ??= { outcome, reason };
      return;
    }
    this.stopped = { outcome, reason };
    for (const child of this.children) child.stop(outcome, reason);
    this.#controller?.abort();
    this.#stop?.reject(new Stopped(this.stopped));
  }

  /** What it does until `release` is done whole: who tells it and its children to end meanwhile is heard then. */
  hold(): void {
    this.#held++;
  }

  release(): void {
    this.#held--;
    if (this.#held === 0 && this.#late) this.stop(this.#late.outcome, this.#late.reason);
  }

  /** @throws Stopped */
  check(): void {
    if (this.stopped) throw new Stopped(this.stopped);
  }

  /** Waits for it, or until this task is to end. @throws Stopped, or what it rejects with */
  async until<T>(promise: Promise<T>): Promise<T> {
    if (this.stopped) promise.catch(() => {});
    this.check();
    if (this.#stop === undefined) {
      this.#stop = Promise.withResolvers<never>();
      this.#stop.promise.catch(() => {});
    }
    return await Promise.race([promise, this.#stop.promise]);
  }

  /** `LINK eth0 up`. */
  get title(): string {
    const { kind, iface } = this.event;
    return `${kind}${iface ? ` ${iface}` : ""}${this.about}`;
  }

  get ancestors(): Task[] {
    const all: Task[] = [];
    for (let task = this.parent; task; task = task.parent) all.push(task);
    return all;
  }
}

/** Thrown in a handler whose event is to end. */
export class Stopped extends Error {
  override name = "Stopped";
  readonly ended: Ended;

  constructor(ended: Ended) {
    super(ended.reason);
    this.ended = ended;
  }
}

/** Thrown by a handler: the event ends like that. */
export class Ends extends Error {
  override name = "Ends";
  readonly outcome: Outcome;

  constructor(outcome: Outcome, reason: string) {
    super(reason);
    this.outcome = outcome;
  }
}

/** `failed: no such device (interfaces:3:1)`. */
export function endingText({ outcome, reason }: Ended, event: Event): string {
  if (outcome === "done") return reason ? `done: ${reason}` : "done";
  return `${outcome}${reason ? `: ${reason}` : ""}${event.line ? ` (${place(event.line)})` : ""}`;
}

/** All lines of a tree, those of what it follows included, in the order in which they were said. */
export function linesOf(task: Task, seen = new Set<Task>()): StatusLine[] {
  const collect = (from: Task): StatusLine[] => {
    if (seen.has(from)) return [];
    seen.add(from);
    return [...from.event.lines, ...from.children.flatMap(collect), ...from.follows.flatMap(collect)];
  };
  return collect(task).sort((a, b) => a.order - b.order);
}
