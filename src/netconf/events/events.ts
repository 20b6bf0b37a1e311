/**
 * The queue of events and what becomes of them: each is dispatched to its kind's handler, which may queue children and
 * wait for them; an event has ended when its handler and all its children have. The dispatcher itself never waits.
 */

import type { Clock } from "../../clock.ts";
import { logger } from "../../log.ts";
import { Problem } from "../../problem.ts";
import type { Position } from "../interfaces/configuration.ts";
import type { Stream } from "../world.ts";
import type { Event, EventKind, Outcome, StatusLine } from "./event.ts";
import type { Parameters } from "./parameters.ts";
import { Ring } from "./ring.ts";
import { type Ended, Ends, endingText, Stopped, Task } from "./task.ts";

const log = logger("netconf");

/** What a handler returns: absent is `done`. */
export type Ending = Outcome | Ended | undefined;
export type Dispatch = (task: Task) => Promise<Ending>;

export interface QueueOptions {
  /** `uid 1000 (alice)`, `kernel` …; that of the parent unless told. */
  by?: string;
  /** Milliseconds; never longer than the parent has. */
  timeout?: number;
  line?: Position | undefined;
  about?: string;
  /** It takes back what its parent began: that this one was told to end, or has no more time, is no matter to it. */
  cleans?: boolean;
}

/** What a watcher of everything is told. */
export type Happening =
  | { what: "queued"; task: Task }
  | { what: "ended"; task: Task }
  | { what: "line"; line: StatusLine; task: Task };

/** Lines that an event keeps, characters of a line. */
const limits = { lines: 200, text: 500 } as const;

export class Events {
  readonly ring: Ring;
  readonly #clock: Clock;
  readonly #dispatch: Dispatch;
  readonly #queue: Task[] = [];
  readonly #watchers = new Set<(happening: Happening) => void>();
  readonly #roots = new Set<Task>();
  #last: number;
  #order = 0;
  #closed = false;

  /** @param last number of the last event before this one's time */
  constructor(clock: Clock, dispatch: Dispatch, last = 0, ring = new Ring()) {
    this.#clock = clock;
    this.#dispatch = dispatch;
    this.#last = last;
    this.ring = ring;
  }

  /** A root, or with a parent its child: it is stopped with the parent, and has no more time than that. */
  queue<K extends EventKind>(
    kind: K,
    iface: string,
    parameters: Parameters[K],
    options: QueueOptions = {},
    parent?: Task,
  ): Task<K> {
    const steady = this.#clock.steady();
    const limit = options.cleans ? Number.POSITIVE_INFINITY : (parent?.deadline ?? Number.POSITIVE_INFINITY);
    const deadline = options.timeout === undefined ? limit : Math.min(limit, steady + options.timeout);
    const now = this.#clock.now();
    const event: Event = {
      id: ++this.#last,
      kind,
      iface,
      parameters: parameters as Readonly<Record<string, unknown>>,
      parent: parent?.event.id ?? 0,
      by: options.by ?? parent?.event.by ?? "",
      queued: now,
      begun: 0,
      ended: 0,
      deadline: Number.isFinite(deadline) ? Math.round(now + deadline - steady) : 0,
      reason: "",
      lines: [],
      performed: [],
      ran: [],
    };
    if (options.line) event.line = options.line;
    const task = new Task<K>(event, parameters, parent, deadline);
    task.about = options.about ?? "";
    this.ring.add(task as Task);
    if (parent) parent.children.push(task as Task);
    else this.#roots.add(task as Task);
    this.#watched({ what: "queued", task: task as Task });
    if (this.#closed && !parent) task.stop("cancelled", "the daemon ends");
    else if (parent?.stopped && !options.cleans) task.stop(parent.stopped.outcome, parent.stopped.reason);
    if (this.#queue.push(task as Task) === 1) queueMicrotask(() => this.#drain());
    return task;
  }

  /**
   * Adds a line to the event, and tells whoever listens to it, to those that wait for it, and to what follows these.
   * @param on it is what a command or script printed there
   */
  say(task: Task, text: string, on?: Stream): void {
    const { event } = task;
    if (event.lines.length > limits.lines) return;
    const full = event.lines.length === limits.lines;
    const said = full ? "… and more" : text.length > limits.text ? `${text.slice(0, limits.text)}…` : text;
    const line = {
      at: this.#clock.now(),
      order: ++this.#order,
      event: event.id,
      text: `${task.title}: ${said}`,
      ...(on ? { printed: { text: said, on } } : {}),
    };
    event.lines.push(line);
    this.#tell(task, line);
    if (this.#watchers.size > 0) this.#watched({ what: "line", line, task });
  }

  /** Is told of everything until the returned function is called. */
  watch(watcher: (happening: Happening) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Those without a parent that have not ended. */
  get living(): ReadonlySet<Task> {
    return this.#roots;
  }

  /** Nothing new begins; what lives is told to end. Resolves when it has. */
  async close(reason: string): Promise<void> {
    this.#closed = true;
    for (const root of this.#roots) root.stop("cancelled", reason);
    await Promise.all([...this.#roots].map(({ done }) => done));
  }

  #drain(): void {
    for (let at = 0; at < this.#queue.length; at++) void this.#work(this.#queue[at]!);
    this.#queue.length = 0;
  }

  async #work(task: Task): Promise<void> {
    const { event } = task;
    event.begun = this.#clock.now();
    const late = task.deadline - this.#clock.steady();
    // Who has as much time as its parent ends with it: a timer for each of a thousand events would be in vain.
    const timed = Number.isFinite(late) && task.deadline !== task.parent?.deadline;
    const cancel = timed ? this.#clock.after(late, () => task.stop("timeout", tooLong(event, this.#clock))) : undefined;
    let ended: Ended;
    try {
      task.check();
      const ending = await this.#dispatch(task);
      if (typeof ending === "object") ended = ending;
      else if (task.stopped && ending === task.stopped.outcome) ended = task.stopped;
      else ended = { outcome: ending ?? "done", reason: "" };
    } catch (error) {
      ended = endedBy(error, task);
    }
    if (task.children.some((child) => !child.ended)) {
      for (const child of task.children) child.stop("cancelled", "what it was part of has ended");
      await Promise.all(task.children.map(({ done }) => done));
    }
    cancel?.();
    this.#end(task, ended);
  }

  #end(task: Task, ended: Ended): void {
    const { event } = task;
    event.ended = this.#clock.now();
    event.outcome = ended.outcome;
    event.reason = ended.reason;
    this.say(task, endingText(ended, event));
    task.ended = ended;
    task.awaits = undefined;
    this.#watched({ what: "ended", task });
    if (task.parent === undefined) {
      this.#roots.delete(task);
      this.ring.end(task);
    }
    task.parent = undefined;
    task.followers.clear();
    task.listeners.clear();
    task.resolve(ended);
  }

  #watched(happening: Happening): void {
    for (const watcher of this.#watchers) guarded(() => watcher(happening));
  }

  /** @param told those that have heard it already, on another way up */
  #tell(task: Task, line: StatusLine, told?: Set<Task>): void {
    const way: Task[] = [];
    for (let at: Task | undefined = task; at && !told?.has(at); at = at.parent) {
      for (const listener of at.listeners) guarded(() => listener(line));
      way.push(at);
      told?.add(at);
    }
    for (const { followers } of way) {
      if (followers.size === 0) continue;
      told ??= new Set(way);
      for (const follower of followers) this.#tell(follower, line, told);
    }
  }
}

/** Who listens is no part of the work. */
function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    log.warning("whoever listens to events failed", { error });
  }
}

function endedBy(error: unknown, task: Task): Ended {
  if (error instanceof Stopped) return error.ended;
  if (error instanceof Ends) return { outcome: error.outcome, reason: error.message };
  const problem = Problem.from(error);
  if (problem.code === "cancelled" && task.stopped) return task.stopped;
  if (problem.code === "internal") {
    log.error("a handler failed", { event: task.event.kind, iface: task.event.iface, error: problem });
  }
  return { outcome: problem.code === "timeout" ? "timeout" : "failed", reason: problem.message };
}

function tooLong({ begun }: Event, clock: Clock): string {
  return `it took longer than ${Math.round((clock.now() - begun) / 100) / 10} s`;
}
