/**
 * Queues actions at their times. What was due while no backend ran, or this one stood still, is made up for within
 * `catchUp`; of several backends one takes each time.
 */
import { Cron } from "croner";
import type { Settings } from "../config/keys.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import type { Store } from "../store/database.ts";
import { checkedUntil, setChecked, takeTime } from "../store/schedule.ts";
import type { Clock } from "./clock.ts";

/** Milliseconds: a daily job is made up for after a night's pause, and a year's pause floods nobody. */
export const catchUp = 12 * 3_600_000;
/** Milliseconds: a clock that was set is noticed so soon. */
const longestSleep = 30_000;

interface Entry {
  /** `discoverall`, or `discover::neighbors`. */
  action: string;
  cron: Cron;
  /** Until when this process has looked. */
  looked?: number;
}

export class Scheduler {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #entries: Entry[];
  readonly #log = logger("backend");

  /** @throws Problem `config` for a time or time zone that is none */
  constructor(store: Store, settings: Pick<Settings, "backend.schedule" | "backend.timezone">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#entries = parseSchedule(settings);
  }

  get actions(): string[] {
    return this.#entries.map(({ action }) => action);
  }

  /** Queues what has become due. Gives what this backend took: action and time. */
  async tick(backend: string): Promise<{ action: string; due: number }[]> {
    const now = this.#clock.now();
    const taken: { action: string; due: number }[] = [];
    for (const entry of this.#entries) {
      const { action, cron } = entry;
      const checked = await checkedUntil(this.#store, action, now);
      // A clock that ran ahead and was set back must not silence the schedule: each time is taken once in any case.
      const from = Math.max(Math.min(checked, entry.looked ?? checked, now), now - catchUp);
      const [name = "", stage = ""] = action.split("::");
      for (let due = next(cron, from); due !== undefined && due <= now; due = next(cron, due)) {
        const took = await takeTime(this.#store, { action, due, backend }, { action: name, stage }, now);
        if (took) taken.push({ action, due });
      }
      await setChecked(this.#store, action, now);
      entry.looked = now;
    }
    return taken;
  }

  /** When something is due next; `undefined` when nothing ever is. */
  nextDue(now: number): number | undefined {
    const times = this.#entries.map(({ cron }) => next(cron, now)).filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** @param backend this backend's id at the moment */
  async run(backend: () => string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { action, due } of await this.tick(backend())) {
          this.#log.info("queued by schedule", { action, due: new Date(due).toISOString() });
        }
      } catch (error) {
        this.#log.warning("the schedule could not be kept; it is made up for", { error });
      }
      const now = this.#clock.now();
      const due = this.nextDue(now) ?? Number.POSITIVE_INFINITY;
      await pause(Math.min(Math.max(due - now, 100), longestSleep), signal);
    }
  }
}

function next(cron: Cron, after: number): number | undefined {
  return cron.nextRun(new Date(after))?.getTime();
}

/** @throws Problem `config` */
export function parseSchedule(settings: Pick<Settings, "backend.schedule" | "backend.timezone">): Entry[] {
  const timezone = settings["backend.timezone"];
  const entries: Entry[] = [];
  for (const [action, pattern] of Object.entries(settings["backend.schedule"])) {
    if (pattern.trim() === "") continue;
    try {
      // Five fields: seconds would fire on several backends' clocks for nothing.
      if (pattern.trim().split(/\s+/).length > 5 && !pattern.startsWith("@")) throw new Error("more than five fields");
      const cron = new Cron(pattern, { paused: true, ...(timezone ? { timezone } : {}) });
      cron.nextRun(new Date());
      entries.push({ action, cron });
    } catch (cause) {
      const said = (cause as Error).message;
      throw new Problem(
        "config",
        `backend.schedule: ${action}: "${pattern}" (time zone ${timezone || "local"}): ${said}`,
        {
          cause,
        },
      );
    }
  }
  return entries;
}
