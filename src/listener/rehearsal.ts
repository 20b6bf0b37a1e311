/**
 * A handler against changes that were recorded, or that happen now: which calls it gets, and if asked for, what it makes of
 * them. Nothing is written: no position, no state, nothing parked.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/keys.ts";
import { type Attributes, encodeAttributes, text } from "../ldap/attributes.ts";
import { readContent } from "../ldap/ldif.ts";
import { standardSchema } from "../ldap/schema.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import { Change, callsOf, type Interest } from "./change.ts";
import { loaded, serving } from "./handler-trial.ts";
import { initialCalls, made } from "./initialise.ts";
import { Interests } from "./interest.ts";
import type { Journal } from "./journal.ts";
import { readJournal } from "./open.ts";
import { lastSchema } from "./schema-watch.ts";
import { Side } from "./side.ts";
import { uuidBytes } from "./sighting.ts";
import type { Call } from "./wire.ts";
import type { Delivery } from "./worker.ts";

export type Changes =
  /** The entries of a file, as an initial load. */
  | { ldif: string }
  /** Events of the listener's journal, both included. */
  | { from: number; to: number }
  /** Events as the running listener observes them. */
  | { live: true };

export interface RehearsalOptions {
  /** Of the handler; absolute. */
  file: string;
  settings: Settings;
  changes: Changes;
  /** The handler is really called. */
  run: boolean;
  signal: AbortSignal;
  tell(one: Rehearsed): void;
}

/** The calls of one change, and how they ended. */
export interface Rehearsed {
  calls: readonly Call[];
  delivery?: Delivery;
}

export interface RehearsalCounts {
  changes: number;
  concerned: number;
  failed: number;
}

/** Milliseconds between two looks at the journal of another process. */
const interval = 200;

/**
 * `clean` and `initialize` are not called; `prerun` and `postrun` are, where the handler is.
 * @throws Problem `not-found` (no such handler, no journal, events that are no longer kept), `config` (it does not load),
 * and those of `readContent`
 */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalCounts> {
  const { file, settings, changes, run, signal, tell } = options;
  const folder = settings["listener.cache"] || join(settings.state, "listener");
  const journal = "ldif" in changes ? undefined : readJournal(folder);
  const counts = { changes: 0, concerned: 0, failed: 0 };
  try {
    const handler = await loaded(file, settings["listener.settings"]);
    try {
      const schema = journal ? lastSchema(journal) : standardSchema;
      const withheld = settings["listener.withheld"];
      const interest = new Interests(settings["listener.base"], withheld, schema).of(handler.declaration);
      let begun = false;
      for await (const calls of callsFrom(changes, journal, interest, signal)) {
        counts.changes++;
        if (calls.length === 0) continue;
        counts.concerned++;
        if (!run) {
          tell({ calls });
          continue;
        }
        if (!begun) await handler.life("prerun");
        begun = true;
        const delivery = await handler.send(calls, () => undefined);
        if (delivery.end !== "done") counts.failed++;
        tell({ calls, delivery });
        if (handler.state.state !== "serving") await serving(handler);
      }
      if (begun) await handler.life("postrun");
    } finally {
      await handler.stop();
    }
    return counts;
  } finally {
    journal?.database.close();
  }
}

/** Of each change, none where it is none of the handler's business. */
async function* callsFrom(
  changes: Changes,
  journal: Journal | undefined,
  interest: Interest,
  signal: AbortSignal,
): AsyncGenerator<readonly Call[]> {
  if (!journal || "ldif" in changes) {
    if ("ldif" in changes) yield* initial(changes.ldif, interest);
    return;
  }
  const { first } = journal.stats();
  let [at, end] = [journal.head, Number.POSITIVE_INFINITY];
  if ("from" in changes) {
    if (changes.from < first || changes.to > journal.head) {
      const kept = journal.head < first ? "no event" : `the events from ${first} to ${journal.head}`;
      throw new Problem("not-found", `the journal has ${kept}`);
    }
    [at, end] = [changes.from - 1, changes.to];
  }
  while (at < end && !signal.aborted) {
    const events = journal.read(at, 100);
    if (events.length === 0) await pause(interval, signal);
    for (const event of events) {
      at = event.seq;
      if (at > end) return;
      yield callsOf(new Change(event), interest, journal.epoch);
    }
  }
}

async function* initial(file: string, interest: Interest): AsyncGenerator<readonly Call[]> {
  let number = 0;
  try {
    for await (const { dn, attributes } of readContent(createReadStream(file))) {
      number++;
      const one = (type: string) => firstOf(attributes, type);
      const side = new Side(dn, encodeAttributes(attributes));
      const entry = made(uuidBytes(one("entryuuid")), number, 0, "", side, one("entrycsn"));
      yield initialCalls(entry, `load1-${number}`, interest, "ldif", Date.now());
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Problem || code === undefined) throw error;
    throw new Problem("io", `${file} cannot be read (${code})`, { cause: error });
  }
}

function firstOf(attributes: Attributes, type: string): string {
  for (const name in attributes) if (name.toLowerCase() === type) return text(attributes[name]![0]!);
  return "";
}
