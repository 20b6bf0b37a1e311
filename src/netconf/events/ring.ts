/** The trees of events that have ended, the newest ones: for `attach`, `events` and `why`. */
import type { Event } from "./event.ts";
import { succeeded, type Task } from "./task.ts";

/** Trees, and events in all of them: `up -a` of 200 interfaces is a thousand. */
const limits = { trees: 500, events: 4000 } as const;
/** Interfaces whose newest operation is kept. */
const mostInterfaces = 2000;

export class Ring {
  readonly #trees = new Map<number, { task: Task; size: number }>();
  readonly #tasks = new Map<number, Task>();
  /** The newest that was done to an interface, kept whatever else has happened since, and what it was before that. */
  readonly #latest = new Map<string, { task: Task; former: Task | undefined }>();
  #events = 0;
  readonly #limits: { trees: number; events: number };

  constructor(bounds: { trees: number; events: number } = limits) {
    this.#limits = bounds;
  }

  /** From its beginning on. */
  add(task: Task): void {
    this.#tasks.set(task.event.id, task);
    const { iface, kind } = task.event;
    // What takes back a way up that failed is part of that, and so is what its scripts ask for.
    const isPart = task.ancestors.some(({ event }) => event.iface === iface && requests.has(event.kind));
    if (iface !== "" && requests.has(kind) && !isPart) this.note(iface, task);
  }

  /** The newest that was done to an interface is this. */
  note(iface: string, task: Task): void {
    const former = this.latest(iface);
    this.#latest.delete(iface);
    this.#latest.set(iface, { task, former: former === task ? undefined : former });
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= mostInterfaces) break;
      this.#latest.delete(oldest);
    }
  }

  /** The whole tree has ended. */
  end(root: Task): void {
    const { iface, kind, id } = root.event;
    const newer = (this.#latest.get(iface)?.task.event.id ?? 0) < id;
    if (newer && happenings.has(kind) && didSomething(root)) this.note(iface, root);
    const size = count(root);
    this.#trees.set(root.event.id, { task: root, size });
    this.#events += size;
    for (const [id, tree] of this.#trees) {
      if (this.#trees.size <= this.#limits.trees && this.#events <= this.#limits.events) break;
      this.#trees.delete(id);
      this.#events -= tree.size;
      this.#forget(tree.task);
    }
  }

  find(id: number): Task | undefined {
    return this.#tasks.get(id);
  }

  /** What is kept, living ones included, newest first. */
  newest(before: number, limit: number, wanted: (event: Event) => boolean = () => true): Task[] {
    const found: Task[] = [];
    for (const task of [...this.#tasks.values()].reverse()) {
      if (found.length >= limit) break;
      if (task.event.id < before && wanted(task.event)) found.push(task);
    }
    return found;
  }

  /** The newest operation on an interface; one that found all as it should be does not hide what made it so. */
  latest(iface: string): Task | undefined {
    const { task, former } = this.#latest.get(iface) ?? {};
    return task && former && foundAll(task, iface) ? former : task;
  }

  get size(): number {
    return this.#tasks.size;
  }

  #forget(task: Task): void {
    this.#tasks.delete(task.event.id);
    for (const child of task.children) this.#forget(child);
  }
}

/** Kinds that say what was done to an interface; the others are their parts. */
const requests: ReadonlySet<string> = new Set(["CTLSOCK_IFUP", "CTLSOCK_IFDOWN"]);
/** … which these do when they come by themselves and are no mere news. */
const happenings: ReadonlySet<string> = new Set(["LEASE", "CARRIER", "HOTPLUG"]);

/** It changed the kernel, ran something or failed. */
function didSomething({ event, ended, children }: Task): boolean {
  if (event.performed.length + event.ran.length > 0) return true;
  return (ended !== undefined && !succeeded(ended.outcome)) || children.some(didSomething);
}

/** It has ended, and there was nothing to be done to the interface. */
function foundAll(task: Task, iface: string): boolean {
  const { event, ended, follows, children } = task;
  if (ended?.outcome !== "done" || follows.length > 0) return false;
  if (event.kind === "CTLSOCK_IFUP") return !didSomething(task);
  return (
    event.kind === "CTLSOCK_APPLY" && !children.some((child) => child.event.iface === iface && didSomething(child))
  );
}

function count(task: Task): number {
  return task.children.reduce((sum, child) => sum + count(child), 1);
}
