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
  let closing = false;

  async function send(): Promise<void> {
    const events = waiting;
    waiting = [];
    if (dropped > 0) logger("hooks").warning("events dropped: hooks are too slow", { dropped });
    dropped = 0;
    for (const result of await runHooks(events, hooks, stop.signal)) options.onResult?.(result);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= send().finally(() => {
      running = undefined;
      // What came meanwhile gathers as well: a quick hook would be called for each event alone.
      if (waiting.length > 0 && !closing) later();
    });
    return running;
  }

  function later(): void {
    timer ??= setTimeout(() => void flush(), window);
  }

  return {
    add(event) {
      if (!hooks.some((hook) => hook.events.has(event.event))) return;
      if (waiting.length >= limit) {
        dropped++;
        return;
      }
      waiting.push(event);
      if (running === undefined) later();
    },
    async close(patience = 30_000) {
      const late = setTimeout(() => stop.abort(), patience);
      closing = true;
      do await flush();
      while (waiting.length > 0);
      clearTimeout(late);
    },
  };
}
