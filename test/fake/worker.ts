/** A handler without a process: calls go to a function of the test, which may fail, hang or die. */
import type { Declaration, LifeFunction } from "../../src/listener/declaration.ts";
import type { Call } from "../../src/listener/wire.ts";
import type { Delivery, Worker, WorkerState } from "../../src/listener/worker.ts";

/** What came of one call; `dies` and `hangs` may have done it nevertheless. */
export type Outcome = "done" | "unavailable" | "crash" | "timeout" | "ended" | { fails: string };

export class FakeWorker implements Worker {
  readonly name: string;
  declaration: Declaration;
  state: WorkerState = { state: "serving" };
  onState: ((state: WorkerState) => void) | null = null;
  /** Every call that was begun, and every life function. */
  readonly seen: (Call | LifeFunction)[] = [];
  onCall: (call: Call) => Outcome | Promise<Outcome> = () => "done";
  onLife: (name: LifeFunction) => void | Promise<void> = () => undefined;
  /** Comes back by itself after it was lost. */
  revives = true;
  /** Nothing that it was asked for is ever answered. */
  #gone = false;
  #busy = false;

  constructor(declaration: Declaration) {
    this.name = declaration.name;
    this.declaration = declaration;
  }

  async send(calls: readonly Call[], done: (id: string) => void): Promise<Delivery> {
    if (this.#busy) throw new Error("two things at a time");
    if (this.state.state !== "serving") return { end: "lost", error: "it is not running", blame: "none" };
    this.#busy = true;
    try {
      for (const call of calls) {
        this.seen.push(call);
        const outcome = await this.onCall(call);
        if (this.#gone) return await new Promise(() => undefined);
        if (outcome === "done") done(call.id);
        else if (outcome === "unavailable")
          return { end: "failed", id: call.id, error: "out of reach", unavailable: true };
        else if (typeof outcome === "object")
          return { end: "failed", id: call.id, error: outcome.fails, unavailable: false };
        else {
          this.set({ state: "restarting", reason: outcome });
          if (this.revives) queueMicrotask(() => this.serve());
          return { end: "lost", error: outcome, blame: outcome === "ended" ? "none" : outcome };
        }
      }
      return { end: "done" };
    } finally {
      this.#busy = false;
    }
  }

  async life(name: LifeFunction): Promise<void> {
    if (this.#busy) throw new Error("two things at a time");
    this.#busy = true;
    try {
      this.seen.push(name);
      await this.onLife(name);
      if (this.#gone) await new Promise(() => undefined);
    } finally {
      this.#busy = false;
    }
  }

  async stop(): Promise<void> {
    this.set({ state: "out of service", reason: "stopped" });
  }

  set(state: WorkerState): void {
    this.state = state;
    this.onState?.(state);
  }

  /** It is back. */
  serve(declaration = this.declaration): void {
    if (this.#gone) return;
    this.declaration = declaration;
    this.set({ state: "serving" });
  }

  /** The listener is killed: nothing comes of anything any more. */
  vanish(): void {
    this.#gone = true;
    this.set({ state: "out of service", reason: "gone" });
  }

  /** `a uid=ann`, `prerun` … since it was last asked. */
  take(): string[] {
    return this.seen.splice(0).map((one) => (typeof one === "string" ? one : `${one.command} ${one.dn.split(",")[0]}`));
  }
}
