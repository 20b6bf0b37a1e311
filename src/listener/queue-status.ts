/** How a handler's queue stands, for those who ask. */
import type { HandlerRow } from "./handler-row.ts";
import type { ParkedCounts } from "./park.ts";
import type { WorkerState } from "./worker.ts";

export interface QueueStatus {
  name: string;
  state: HandlerRow["state"];
  paused: boolean;
  worker: WorkerState;
  priority: number;
  position: number;
  /** Events that it is behind, and milliseconds since the oldest of them was observed. */
  lag: { events: number; milliseconds: number };
  /** Of an initial load: entries done and all. */
  load: { done: number; of: number } | null;
  parked: ParkedCounts;
  /** Name of a handler that has to be done first. */
  waitsFor: string | null;
  /** Milliseconds since 1970 before which it tries nothing, because what it writes to is out of reach; 0: it may. */
  waitsUntil: number;
  /** postrun is owed. */
  prepared: boolean;
  /** Calls done since the start. */
  done: number;
  /** Its filter or needs are not those of its initial load: a resync is wanted. */
  stale: boolean;
  /** It takes nothing new: too much is parked. */
  full: boolean;
  /** The last one; empty for none. */
  error: string;
  errorAt: number;
}
