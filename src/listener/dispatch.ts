/** All handlers' queues: what they share, who waits for whom, and what a person can do about them. */

import type { Clock } from "../clock.ts";
import { treeKey } from "../ldap/dn.ts";
import type { Schema } from "../ldap/schema.ts";
import { Problem } from "../problem.ts";
import { Commits } from "./commits.ts";
import { type HandlerRow, HandlerRows, newRow } from "./handler-row.ts";
import { Loads } from "./initialise.ts";
import type { Common } from "./intake.ts";
import type { Interests } from "./interest.ts";
import type { Journal } from "./journal.ts";
import {
  type Parked,
  type ParkedCounts,
  type ParkedItem,
  ParkedRows,
  Parking,
  parkedCounts,
  parkedHandler,
  parkedItems,
} from "./park.ts";
import { Queue } from "./queue.ts";
import type { QueueStatus } from "./queue-status.ts";
import { uuidText } from "./sighting.ts";
import { initialized, ready, type StateFiles } from "./state-file.ts";
import { Window } from "./window.ts";
import type { Worker } from "./worker.ts";

export interface DispatcherOptions {
  journal: Journal;
  clock: Clock;
  states: StateFiles;
  interests: Interests;
  /** Told of damage to the database, as far as handlers meet it. */
  onDamage?: (error: unknown) => void;
  /** Told when a handler serves that says something else of itself than before, or for the first time. */
  onDeclared?: () => void;
  /**
   * Tries of something parked, the first included, before it waits for a person. 24 unless said otherwise: with 1 s, 2 s …
   * 1 h between them about half a day.
   */
  attempts?: number;
}

export class Dispatcher {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #interests: Interests;
  readonly #states: StateFiles;
  readonly #attempts: number;
  readonly #rows: HandlerRows;
  readonly #common: Common;
  readonly #commits: Commits;
  readonly #queues = new Map<string, Queue>();
  readonly #known: Map<string, HandlerRow>;
  readonly #forgetJournal: () => void;
  #started = false;
  #nextParked: number;
  #settled: (() => void)[] = [];

  constructor({ journal, clock, states, interests, onDamage, onDeclared, attempts = 24 }: DispatcherOptions) {
    const { database } = journal;
    this.#journal = journal;
    this.#clock = clock;
    this.#interests = interests;
    this.#states = states;
    this.#attempts = attempts;
    this.#rows = new HandlerRows(database);
    this.#known = new Map(this.#rows.all().map((row) => [row.name, row]));
    this.#commits = new Commits(database, clock, () => this.wake());
    const last = database.prepare<{ id: number | null }, []>("SELECT max(id) AS id FROM parked").get();
    this.#nextParked = (last?.id ?? 0) + 1;
    this.#common = {
      clock,
      journal,
      commits: this.#commits,
      window: new Window(journal),
      loads: new Loads(database, journal, this.#rows),
      rows: this.#rows,
      states,
      interest: (declaration) => interests.of(declaration),
      bound: (queue) => this.#holder(queue)?.row.position ?? journal.head,
      moved: (queue) => this.#moved(queue),
      changed: () => this.wake(),
      rests: () => this.#rests(),
      damaged: (error) => onDamage?.(error),
      declared: () => {
        try {
          this.#commits.flush();
        } catch {
          // Logged, and planned again.
        }
        onDeclared?.();
      },
    };
    this.#forgetJournal = journal.onCommit(() => this.wake());
  }

  /**
   * Gives a handler its queue; it goes on where it was. Before `start`, so that those that others wait for are there.
   * @param adopt if it is new: it has been told of everything already, by another listener
   * @throws Problem `conflict`: there is one of that name
   */
  attach(worker: Worker, { adopt = false } = {}): Queue {
    const { name } = worker;
    if (this.#queues.has(name)) throw new Problem("conflict", `there are two handlers of the name ${name}`);
    const row = this.#known.get(name) ?? newRow(name);
    const state = this.#states.read(name);
    if (adopt && row.state === "new") {
      Object.assign(row, { state: "following", position: this.#journal.head, start: this.#journal.head });
      this.#states.write(name, initialized + ready);
    } else if (row.state !== "new" && state === undefined) {
      // Somebody has deleted its state file: the model's way to ask for a resync.
      row.state = "new";
    }
    this.#known.set(name, row);
    const rows = new ParkedRows(this.#journal.database, name);
    const parking = new Parking(
      rows,
      this.#commits,
      () => this.#nextParked++,
      () => this.#clock.now(),
      this.#attempts,
    );
    if (row.state === "new") parking.forgetAfter(-1);
    const queue = new Queue(this.#common, row, worker, parking);
    this.#commits.set(name, () => this.#rows.put(row));
    this.#queues.set(name, queue);
    if (this.#started) queue.start();
    return queue;
  }

  /** Its file is gone. What it knows stays: should it come back, it goes on from here. */
  async detach(name: string): Promise<void> {
    const queue = this.#queue(name);
    await queue.stop();
    this.#queues.delete(name);
    this.#commits.flush();
    this.wake();
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const queue of this.#queues.values()) queue.start();
  }

  /** After what is under way, with every postrun that is owed. */
  async stop(): Promise<void> {
    this.#forgetJournal();
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
    this.#commits.flush();
  }

  /** There may be something to do for anybody. */
  wake(): void {
    for (const queue of this.#queues.values()) queue.wake();
  }

  /** Resolves when nobody can do anything before something happens or time passes. */
  settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled.push(resolve);
    this.#rests();
    return promise;
  }

  /** Filters mean what the schema says of their attributes. */
  schemaChanged(schema: Schema): void {
    this.#interests.schema = schema;
    for (const queue of this.#queues.values()) queue.recompile();
  }

  /**
   * Everything anew: clean, initialize, initial load. Others go on. Of a handler that is not there: should it come back.
   * @throws Problem `not-found`
   */
  async resync(name: string): Promise<void> {
    const row = this.#known.get(name);
    if (row === undefined || this.#queues.has(name)) {
      const queue = this.#queue(name);
      return queue.between(() => queue.resync());
    }
    row.state = "new";
    this.#states.write(name, ready);
    this.#commits.write(() => {
      this.#rows.put(row);
      this.#journal.database.prepare("DELETE FROM parked WHERE handler = ?").run(name);
    });
    this.#commits.flush();
  }

  /**
   * One entry anew, as `n`, in its place among the events.
   * @param name for this handler only
   * @throws Problem `not-found`
   */
  async resyncObject(dn: string, name?: string): Promise<void> {
    const place = this.#journal.cache.byKey(treeKey(dn, this.#interests.schema));
    if (place === undefined) throw new Problem("not-found", `the directory has no entry “${dn}”`);
    const queues = name === undefined ? [...this.#queues.values()] : [this.#queue(name)];
    await Promise.all(queues.map((queue) => queue.between(() => queue.resyncEntry(uuidText(place.uuid)))));
  }

  async pause(name: string, paused: boolean): Promise<void> {
    const queue = this.#queue(name);
    await queue.between(() => queue.pause(paused));
  }

  /** Delivers events once more that it is done with. @returns how many concern it */
  async replay(name: string, from: number, to: number): Promise<number> {
    const queue = this.#queue(name);
    return queue.between(() => queue.replay(from, to));
  }

  /** What is parked, oldest first, skipped ones included. */
  parked(name?: string, limit = 1000): ParkedItem[] {
    this.#commits.flush();
    return parkedItems(this.#journal.database, name, limit);
  }

  /** Of a handler, which need not be there. */
  parkedCounts(name: string): ParkedCounts {
    this.#commits.flush();
    return this.#queues.get(name)?.parking.counts ?? parkedCounts(this.#journal.database, name);
  }

  /** The handler of a parked item. @throws Problem `not-found` */
  parkedHandler(id: number): string {
    this.#commits.flush();
    const handler = parkedHandler(this.#journal.database, id);
    if (handler === undefined) throw new Problem("not-found", `nothing is parked under the number ${id}`);
    return handler;
  }

  /** Tries a parked item now. Without one: all of a handler, and whatever the handler as a whole waits for. */
  async retry(name: string, id?: number): Promise<void> {
    const queue = this.#queue(name);
    await queue.between(() => {
      queue.breaker.now();
      for (const row of id === undefined ? queue.parking.all() : [this.#item(queue, id)]) queue.parking.retry(row);
    });
  }

  /** Never delivers a parked item; what waited behind it goes on. */
  async skip(name: string, id: number): Promise<void> {
    const queue = this.#queue(name);
    await queue.between(() => queue.parking.skip(this.#item(queue, id)));
  }

  /** Handlers that were here and are not. What they have not had is kept for them, up to the journal's limit. */
  gone(): HandlerRow[] {
    return [...this.#known.values()].filter(({ name }) => !this.#queues.has(name));
  }

  /**
   * Forgets a handler that is not there any more.
   * @throws Problem `conflict`, `not-found`
   */
  forget(name: string): void {
    if (this.#queues.has(name)) throw new Problem("conflict", `the handler ${name} is there`);
    if (!this.#known.delete(name)) throw new Problem("not-found", `there is no handler ${name}`);
    this.#commits.write(() => {
      for (const table of ["handler WHERE name", "parked WHERE handler"]) {
        this.#journal.database.prepare(`DELETE FROM ${table} = ?`).run(name);
      }
    });
    this.#commits.flush();
    this.#states.remove(name);
  }

  status(): QueueStatus[] {
    return [...this.#queues.values()].map((queue) => this.#statusOf(queue));
  }

  #statusOf(queue: Queue): QueueStatus {
    const { row, worker, parking, refusal } = queue;
    const behind = row.state === "following" ? this.#journal.head - row.position : 0;
    const oldest = behind > 0 ? this.#journal.oldestAfter(row.position) : undefined;
    const holder = this.#holder(queue);
    const now = this.#clock.now();
    return {
      name: queue.name,
      state: row.state,
      paused: row.paused,
      worker: refusal === "" ? worker.state : { state: "out of service", reason: refusal },
      priority: worker.declaration.priority,
      position: row.position,
      lag: { events: behind, milliseconds: oldest === undefined ? 0 : Math.max(0, now - oldest) },
      load: row.state === "loading" ? { done: row.cursor, of: this.#common.loads.count(row.start) } : null,
      parked: parking.counts,
      waitsFor: holder !== undefined && behind > 0 && holder.row.position <= row.position ? holder.name : null,
      waitsUntil: queue.breaker.until > now ? queue.breaker.until : 0,
      prepared: queue.batch.prepared,
      done: queue.done,
      stale: queue.stale,
      full: queue.full,
      error: row.error,
      errorAt: row.errorAt,
    };
  }

  #queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Problem("not-found", `there is no handler ${name}`);
    return queue;
  }

  #item(queue: Queue, id: number): Parked {
    const row = queue.parking.get(id);
    if (row === undefined) throw new Problem("not-found", `${queue.name} has nothing parked under the number ${id}`);
    return row;
  }

  /** Of those that must be done with an event before `queue` gets it, the one that is behind most. */
  #holder(queue: Queue): Queue | undefined {
    let holder: Queue | undefined;
    for (const other of this.#queues.values()) {
      if (other.rank >= queue.rank || !other.holds) continue;
      if (holder === undefined || other.row.position < holder.row.position) holder = other;
    }
    return holder;
  }

  #moved(queue: Queue): void {
    for (const other of this.#queues.values()) if (other.rank > queue.rank) other.wake();
  }

  #rests(): void {
    if (this.#settled.length === 0) return;
    for (const queue of this.#queues.values()) if (!queue.atRest) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}
