/**
 * A handler as its queue sees it: something that takes calls in order and says of each that it is done. `handler.ts` makes
 * one of a process; tests make them of functions.
 */
import type { Declaration, LifeFunction } from "./declaration.ts";
import type { Call } from "./wire.ts";

export type WorkerState =
  | { state: "starting" }
  | { state: "serving" }
  /** It comes back by itself: its process ended, or its file has changed. */
  | { state: "restarting"; reason: string }
  /** It does not, until its file changes or a person says so: refused, or it ended too often. It holds nobody up. */
  | { state: "out of service"; reason: string };

/** How a batch of calls ended. In every case the calls of which `done` was told are done, in the order given. */
export type Delivery =
  | { end: "done" }
  /** The handler itself said so of this call; nothing after it was begun. */
  | { end: "failed"; id: string; error: string; unavailable: boolean }
  /**
   * The process is no more (the worker already starts another). What it was at is the first call that is not done.
   * `timeout`: it took longer than the declaration allows and was killed; `none`: ended in order, e.g. to load a changed
   * file, or it was not serving at all: no call is to blame.
   */
  | { end: "lost"; error: string; blame: "crash" | "timeout" | "none" };

export interface Worker {
  readonly name: string;
  /** As of the last time it became ready; read anew whenever the state turns to `serving`. */
  readonly declaration: Declaration;
  readonly state: WorkerState;
  /** Told after every change of `state`. One listener: the queue. */
  onState: ((state: WorkerState) => void) | null;
  /**
   * Delivers in order; `done` comes as soon as the handler has acknowledged a call. Never rejects. The queue has at most
   * one `send` or `life` under way. Call objects are shared between handlers (and are not changed): what is made of one,
   * its JSON for instance, may be kept by identity in a WeakMap.
   */
  send(calls: readonly Call[], done: (id: string) => void): Promise<Delivery>;
  /** Rejects with what the function threw, or when the process was lost. A function that does not exist does nothing. */
  life(name: LifeFunction): Promise<void>;
  /** Ends the process in order: what is under way may finish until the deadline of its own. */
  stop(): Promise<void>;
}
