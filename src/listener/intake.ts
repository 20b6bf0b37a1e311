/** What a queue delivers next: parked things whose time has come, entries of an initial load, events. */

import type { Clock } from "../clock.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type Change, callsOf, type Interest } from "./change.ts";
import type { Commits } from "./commits.ts";
import type { Declaration } from "./declaration.ts";
import { Dependencies } from "./dependency.ts";
import type { HandlerRow, HandlerRows } from "./handler-row.ts";
import { initialCalls, type Loads, loadStep } from "./initialise.ts";
import type { Journal } from "./journal.ts";
import type { Parkable, Parked, Parking } from "./park.ts";
import type { Queue } from "./queue.ts";
import { uuidBytes } from "./sighting.ts";
import { initialized, ready, type StateFiles } from "./state-file.ts";
import type { Window } from "./window.ts";
import type { Call } from "./wire.ts";

/** What all queues have in common. */
export interface Common {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly commits: Commits;
  readonly window: Window;
  readonly loads: Loads;
  readonly rows: HandlerRows;
  readonly states: StateFiles;
  /** @throws Problem: its filter or one of its attributes is wrong */
  interest(declaration: Declaration): Interest;
  /** The newest event that the queue may take. */
  bound(queue: Queue): number;
  /** Its position has changed. */
  moved(queue: Queue): void;
  /** Who holds whom up may have changed. */
  changed(): void;
  /** A handler has said something else of itself than when it was last loaded. */
  declared(): void;
  /** It has nothing to do now. */
  rests(queue: Queue): void;
  /** The database is damaged: nobody can go on. */
  damaged(error: unknown): void;
}

/** Something to deliver: calls that belong together, and what to do once they are done or have failed. */
export interface Item {
  key: string;
  uuid: string;
  calls: readonly Call[];
  /** The parked row it comes from. */
  row?: Parked;
  done(): void;
  /** Parks it. */
  fail(error: string): void;
}

/** Of one batch. */
export const mostItems = 100;
const mostBytes = 1024 * 1024;
/** Events that are looked at before others have their turn. */
const stretch = 1000;
/** With so many parked, a handler takes nothing new, and holds nobody up. */
export const mostParked = 10_000;

/** Something that may become an item; without calls it does not concern the handler. */
interface Candidate {
  place: number;
  thing: Parkable;
  calls: readonly Call[];
  bytes: number;
}

/** Where the handler is when an item is done, and what has to wait until then. */
interface Settlement {
  to: number;
  waiting: Parkable[];
}

const log = logger("listener");

export class Intake {
  /** What the handler wants; null: nothing can be asked. */
  interest: Interest | null = null;
  readonly #common: Common;
  readonly #queue: Queue;
  readonly #row: HandlerRow;
  readonly #parking: Parking;

  constructor(common: Common, queue: Queue) {
    this.#common = common;
    this.#queue = queue;
    this.#row = queue.row;
    this.#parking = queue.parking;
  }

  /** What is parked and due; at most so many. `again`: nothing of it is left to deliver, there may be more. */
  parked(limit: number): Item[] | "again" {
    const next = this.#parking.nextAt();
    if (next === null || next > this.#common.clock.now()) return [];
    const items: Item[] = [];
    const due = this.#parking.due(limit);
    for (const row of due) {
      const calls = this.#callsOfRow(row);
      if (calls === null) {
        this.#parking.giveUp(row, "the journal no longer has this event");
        continue;
      }
      if (calls.length === 0) this.#parking.done(row);
      else
        items.push({
          key: `parked ${row.id}`,
          uuid: row.uuid,
          calls,
          row,
          done: () => this.#parking.done(row),
          fail: (error) => this.#parking.failedAgain(row, error),
        });
    }
    return items.length === 0 && due.length > 0 ? "again" : items;
  }

  /**
   * Events that it is done with and that concern it, first and last included, and all later ones of the same entries.
   * @throws Problem `bad-options`, `conflict`
   */
  past(from: number, to: number): Change[] {
    const { journal, window } = this.#common;
    const { name, position } = this.#row;
    const { interest } = this;
    if (interest === null) throw new Problem("conflict", `${name} is out of service`);
    const { first } = journal.stats();
    if (from < first || from > to || to > position) {
      throw new Problem("bad-options", `${name} can be given events from ${first} to ${position} once more`);
    }
    const parked = new Set(this.#parking.all().flatMap(({ seq, step }) => (step === "" ? [seq] : [])));
    const entries = new Set<string>();
    const events: Change[] = [];
    for (const change of window.after(from - 1, position)) {
      if (change.seq > to && !entries.has(change.uuid)) continue;
      if (callsOf(change, interest, journal.epoch).length === 0) continue;
      entries.add(change.uuid);
      if (!parked.has(change.seq)) events.push(change);
      if (events.length + parked.size > mostParked) {
        throw new Problem("bad-options", `these are more than ${mostParked} events: ${name} wants a resync`);
      }
    }
    return events;
  }

  /** Null: it cannot be known any more. */
  #callsOfRow({ seq, step, uuid }: Parked): readonly Call[] | null {
    const { journal, window, loads, clock } = this.#common;
    if (step !== "")
      return initialCalls(loads.at(uuidBytes(uuid), seq, step), step, this.interest!, journal.epoch, clock.now());
    const change = window.get(seq);
    return change === undefined ? null : callsOf(change, this.interest!, journal.epoch);
  }

  /** What has not been tried yet. `again`: some of it was passed by, there may be more. */
  fresh(limit: number): Item[] | "again" {
    if (this.#queue.full) return [];
    const loading = this.#row.state === "loading";
    const source = loading ? this.#entries() : this.#events();
    const before = this.#place;
    const items = this.#take(source, limit);
    if (items.length > 0) return items;
    if (this.#place !== before) return "again";
    if (!loading) return [];
    this.#common.commits.flush();
    this.#common.loads.finish(this.#row);
    this.#common.states.write(this.#row.name, initialized + ready);
    log.info("a handler has had its initial load", { handler: this.#row.name, event: this.#row.start });
    this.#common.changed();
    return "again";
  }

  get #place(): number {
    return this.#row.state === "loading" ? this.#row.cursor : this.#row.position;
  }

  #advance(to: number): void {
    const row = this.#row;
    if (row.state === "loading") row.cursor = to;
    else row.position = to;
    this.#queue.save();
    this.#common.moved(this.#queue);
  }

  *#events(): Generator<Candidate> {
    const { journal, window } = this.#common;
    const { position } = this.#row;
    for (const change of window.after(position, this.#common.bound(this.#queue))) {
      const calls = callsOf(change, this.interest!, journal.epoch);
      yield { place: change.seq, thing: change, calls, bytes: change.size };
    }
  }

  *#entries(): Generator<Candidate> {
    const { journal, loads, clock } = this.#common;
    for (const entry of loads.next(this.#row)) {
      const step = loadStep(this.#row, entry);
      const calls = initialCalls(entry, step, this.interest!, journal.epoch, clock.now());
      yield { place: entry.n, thing: { ...entry, step }, calls, bytes: entry.side?.size ?? 0 };
    }
  }

  /**
   * Makes items of what concerns the handler. What does not, and what must wait behind something parked, belongs to the
   * item before it: the place where the handler is goes over it when that item is settled.
   */
  #take(candidates: Iterable<Candidate>, limit: number): Item[] {
    const items: Item[] = [];
    const behind = new Dependencies();
    let bytes = 0;
    let seen = 0;
    let settle: Settlement = { to: this.#place, waiting: [] };
    for (const { place, thing, calls, bytes: size } of candidates) {
      if (++seen > stretch) break;
      if (calls.length > 0 && (this.#parking.block(thing) || behind.block(thing))) {
        behind.add(thing);
        settle.waiting.push(thing);
      } else if (calls.length > 0) {
        if (items.length > 0 && (items.length === limit || bytes + size > mostBytes)) break;
        bytes += size;
        if (items.length === 0) this.#settle(settle);
        settle = { to: place, waiting: [] };
        items.push(this.#item(thing, calls, settle));
      }
      settle.to = place;
    }
    if (items.length === 0) this.#settle(settle);
    return items;
  }

  #item(thing: Parkable, calls: readonly Call[], settle: Settlement): Item {
    return {
      key: `${thing.seq} ${thing.step}`,
      uuid: thing.uuid,
      calls,
      done: () => this.#settle(settle),
      fail: (error) => {
        this.#parking.park(thing, error);
        this.#settle(settle);
      },
    };
  }

  #settle({ to, waiting }: Settlement): void {
    for (const thing of waiting) this.#parking.wait(thing);
    if (to !== this.#place) this.#advance(to);
  }
}
