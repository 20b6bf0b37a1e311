/** A dispatcher with handlers of a test on a toy directory. */
import { standardSchema } from "../../src/ldap/schema.ts";
import type { Declaration } from "../../src/listener/declaration.ts";
import { Dispatcher } from "../../src/listener/dispatch.ts";
import { Interests } from "../../src/listener/interest.ts";
import type { QueueStatus } from "../../src/listener/queue-status.ts";
import type { StateFiles } from "../../src/listener/state-file.ts";
import { configureLog } from "../../src/log.ts";
import { ManualClock } from "../fake/clock.ts";
import { FakeWorker } from "../fake/worker.ts";
import { declare } from "./declarations.ts";
import { ToyDirectory } from "./toy-directory.ts";

// Those that are killed complain of it.
configureLog({ write: () => {} });

const made = new Set<Queues>();

/** Of all that were made. */
export function closeQueues(): void {
  for (const queues of made) {
    queues.kill();
    queues.directory.close();
  }
  made.clear();
}

export class Queues {
  clock = new ManualClock();
  readonly directory = new ToyDirectory(this.clock);
  readonly states = memoryStates();
  dispatcher = this.#dispatcher();
  readonly workers: FakeWorker[] = [];
  onDeclared: () => void = () => undefined;

  constructor() {
    made.add(this);
  }

  /** Declared, but not attached. */
  worker(name: string, part: Partial<Declaration> = {}): FakeWorker {
    const worker = new FakeWorker(declare(name, part));
    this.workers.push(worker);
    return worker;
  }

  /** Attached, and with its initial load behind it. */
  async follow(name: string, part: Partial<Declaration> = {}): Promise<FakeWorker> {
    const worker = this.worker(name, part);
    this.dispatcher.attach(worker);
    this.dispatcher.start();
    await this.dispatcher.settled();
    worker.take();
    return worker;
  }

  status(name: string): QueueStatus {
    const status = this.dispatcher.status().find((one) => one.name === name);
    if (!status) throw new Error(`there is no ${name}`);
    return status;
  }

  /** Until nobody has anything to do. */
  settle(): Promise<void> {
    return this.dispatcher.settled();
  }

  /** Lets time pass, timer by timer, so that what each begins is over before the next. */
  async turn(milliseconds: number): Promise<void> {
    await this.settle();
    const end = this.clock.now() + milliseconds;
    for (let next = this.clock.next; next !== undefined && next <= end; next = this.clock.next) {
      this.clock.turnTo(next);
      await this.settle();
    }
    this.clock.turnTo(end);
    await this.settle();
  }

  /** kill -9: what was not written is gone. Handlers are to be attached anew. */
  kill(): void {
    for (const worker of this.workers.splice(0)) worker.vanish();
    const clock = new ManualClock();
    clock.turnTo(this.clock.now());
    this.clock = clock;
    this.directory.reopen(clock);
    this.dispatcher = this.#dispatcher();
  }

  #dispatcher(): Dispatcher {
    return new Dispatcher({
      journal: this.directory.journal,
      clock: this.clock,
      states: this.states,
      interests: new Interests("", new Set(["userpassword"]), standardSchema),
      onDeclared: () => this.onDeclared(),
    });
  }
}

export function memoryStates(): StateFiles & { files: Map<string, number> } {
  const files = new Map<string, number>();
  return {
    files,
    read: (name) => files.get(name),
    write: (name, state) => void files.set(name, state),
    remove: (name) => void files.delete(name),
    clear: () => files.clear(),
  };
}
