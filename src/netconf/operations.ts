/**
 * One operation an interface at a time. Who wants what is being done already joins it; who wants the opposite has it
 * given up, and begins when it has ended; everybody else waits. Nobody waits in a circle.
 */
import type { Events } from "./events/events.ts";
import { type Ended, Ends, type Task } from "./events/task.ts";
import { cycleText, waitPath } from "./events/waits.ts";

/**
 * `lease`: a lease comes or goes by itself. `renew`: a client was asked to ask anew; whatever else is wanted goes before it.
 * `apply`: the interface is part of one; `rollback`: of one that is taken back, for which nobody is waited who may hang.
 */
export type Goal = "up" | "down" | "lease" | "renew" | "apply" | "rollback";

function supersedes(goal: Goal, other: Goal): boolean {
  if (other === "renew") return true;
  if (other === "up") return goal === "down" || goal === "rollback";
  return other === "down" && (goal === "up" || goal === "rollback");
}

interface Operation {
  iface: string;
  goal: Goal;
  task: Task;
  /** Resolves when the interface is free again. */
  left: Promise<void>;
  leave(): void;
}

export type Entry = { leave(): void } | { joined: Ended };

export class Operations {
  readonly #events: Events;
  readonly #running = new Map<string, Operation>();
  readonly #waiting = new Map<string, Operation[]>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** What is done to an interface. */
  of(iface: string): { goal: Goal; task: Task } | undefined {
    return this.#running.get(iface);
  }

  /** True: nothing is done to any. */
  get idle(): boolean {
    return this.#running.size === 0;
  }

  /**
   * Begins an operation, sooner or later; `leave` must be called at its end.
   * @throws Ends `conflict` when the wait would never end; Stopped
   */
  async enter(task: Task, iface: string, goal: Goal): Promise<Entry> {
    const mine = operation(task, iface, goal);
    for (;;) {
      const running = this.#running.get(iface);
      if (running === undefined) {
        this.#running.set(iface, mine);
        return {
          leave: () => {
            if (this.#running.get(iface) === mine) this.#running.delete(iface);
            mine.leave();
          },
        };
      }
      const others = [running, ...(this.#waiting.get(iface) ?? [])].filter(({ task }) => !task.stopped && !task.ended);
      const same = goal === "up" || goal === "down" ? others.find((other) => other.goal === goal) : undefined;
      if (same) {
        const ended = await this.#join(task, same.task);
        // Its asker gave up, ours did not.
        if (ended.outcome !== "cancelled") return { joined: ended };
        continue;
      }
      this.#refuseCycle(task, running.task);
      for (const other of others) {
        if (!supersedes(goal, other.goal)) continue;
        other.task.stop("superseded", `${task.event.by || "somebody"} wants ${iface} ${goal}`);
      }
      await this.#wait(mine, running);
    }
  }

  async #wait(mine: Operation, running: Operation): Promise<void> {
    const { task, iface } = mine;
    const waiting = this.#waiting.get(iface) ?? [];
    this.#waiting.set(iface, waiting);
    waiting.push(mine);
    task.awaits = running.task;
    try {
      await task.until(running.left);
    } finally {
      task.awaits = undefined;
      waiting.splice(waiting.indexOf(mine), 1);
      if (waiting.length === 0) this.#waiting.delete(iface);
    }
  }

  async #join(task: Task, other: Task): Promise<Ended> {
    this.#refuseCycle(task, other);
    this.#events.say(task, `event ${other.event.id} does that already`);
    task.follows.push(other);
    other.followers.add(task);
    task.awaits = other;
    try {
      return await task.until(other.done);
    } finally {
      task.awaits = undefined;
      other.followers.delete(task);
    }
  }

  #refuseCycle(task: Task, other: Task): void {
    const above = [task, ...task.ancestors];
    const path = waitPath(other, new Set(above));
    if (path === undefined) return;
    const down = above.slice(0, above.indexOf(path.at(-1) ?? task)).reverse();
    throw new Ends("conflict", `it would wait for itself: ${cycleText([task, ...path, ...down])}`);
  }
}

function operation(task: Task, iface: string, goal: Goal): Operation {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { iface, goal, task, left: promise, leave: resolve };
}
