/** What somebody asked for, as they see it: an event to listen to and to give up. */
import { type Ended, type Listener, linesOf, type Task } from "./events/task.ts";

/** What was asked, on its way. */
export interface Operation {
  readonly id: number;
  readonly task: Task;
  readonly done: Promise<Ended>;
  /** Is told of every status line from now on; `from` the first one: of those before, too. */
  listen(listener: Listener, from?: "first" | "now"): () => void;
  /** Tells it to end, unless others wait for it as well. */
  cancel(reason: string): void;
}

export class Running implements Operation {
  readonly task: Task;
  readonly #cancel: (task: Task, reason: string) => void;

  constructor(task: Task, cancel: (task: Task, reason: string) => void) {
    this.task = task;
    this.#cancel = cancel;
  }

  get id(): number {
    return this.task.event.id;
  }

  get done(): Promise<Ended> {
    return this.task.done;
  }

  listen(listener: Listener, from: "first" | "now" = "now"): () => void {
    if (from === "first") for (const line of linesOf(this.task)) listener(line);
    if (this.task.ended) return () => undefined;
    this.task.listeners.add(listener);
    return () => void this.task.listeners.delete(listener);
  }

  cancel(reason: string): void {
    if (this.task.followers.size === 0) this.#cancel(this.task, reason);
  }
}
