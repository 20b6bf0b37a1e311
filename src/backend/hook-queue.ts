/** Gathers events so that a first run over thousands of devices calls each hook a few times, not thousands. */
import { logger } from "../log.ts";
import { type HookEvent, type HookResult, type parseHooks, runHooks } from "./hooks.ts";

export interface HookQueueOptions {
  hooks: ReturnType<typeof parseHooks>;
  /** Milliseconds from the first event until it and those after it go out; 2000 unless told otherwise. */
  window?: number;
  /** Events that wait at most, while hooks are slow; 20 000 unless told otherwise. What is more is dropped, and logged. */
  limit?: number;
  /** For whoever watches. */
  onResult?: (result: HookResult) => void;
}

export interface HookQueue {
  add(event: HookEvent): void;
  /** Sends what waits and resolves when all is told or given up, at the latest after so many milliseconds. */
  close(patience?: number): Promise<void>;
}

export function hookQueue(options: HookQueueOptions): HookQueue {
  const { hooks, window = 2000, limit = 20_000 } = options;
  const stop = new AbortController();
  let waiting: HookEvent[] = [];
  let dropped = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      const events = waiting;
      waiting = [];
      if (dropped > 0) logger("hooks").warning("events dropped: hooks are too slow", { dropped });
      dropped = 0;
      for (const result of await runHooks(events, hooks, stop.signal)) options.onResult?.(result);
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= send().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    add(event) {
      if (!hooks.some((hook) => hook.events.has(event.event))) return;
      if (waiting.length >= limit) {
        dropped++;
        return;
      }
      waiting.push(event);
      if (timer === undefined && running === undefined) timer = setTimeout(() => void flush(), window);
    },
    async close(patience = 30_000) {
      const late = setTimeout(() => stop.abort(), patience);
      await flush();
      clearTimeout(late);
    },
  };
}
