/**
 * One handler's way through the journal: initial load, then event after event, in batches; what fails is parked, what is
 * done is written down.
 */
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { othersTurn } from "../process/wait.ts";
import { Batch } from "./batch.ts";
import { Breaker } from "./breaker.ts";
import { Setting } from "./clock-setting.ts";
import { damageOf } from "./database.ts";
import type { Declaration } from "./declaration.ts";
import type { HandlerRow } from "./handler-row.ts";
import { type Common, Intake, type Item, mostItems, mostParked } from "./intake.ts";
import type { Parked, Parking } from "./park.ts";
import { uuidBytes } from "./sighting.ts";
import { ready } from "./state-file.ts";
import type { Delivery, Worker, WorkerState } from "./worker.ts";

const log = logger("listener");

export class Queue {
  readonly name: string;
  readonly row: HandlerRow;
  readonly worker: Worker;
  readonly parking: Parking;
  readonly breaker: Breaker;
  readonly batch: Batch;
  /** Calls done since the start. */
  done = 0;
  /** Why it cannot serve although its process does; empty: it can. */
  refusal = "";
  readonly #common: Common;
  readonly #intake: Intake;
  #running: Promise<void> = Promise.resolve();
  #stopping = false;
  #priority = Number.POSITIVE_INFINITY;
  #wake: (() => void) | null = null;
  #woken = false;
  #turn = 0;
  readonly #setting: Setting;
  readonly #actions: (() => void)[] = [];
  /** What its process was at when it ended. */
  #suspect = "";

  constructor(common: Common, row: HandlerRow, worker: Worker, parking: Parking) {
    this.#common = common;
    this.name = row.name;
    this.row = row;
    this.worker = worker;
    this.parking = parking;
    this.#setting = new Setting(common.clock);
    this.breaker = new Breaker(common.clock);
    this.#intake = new Intake(common, this);
    this.batch = new Batch(common.clock, row.prepared, (prepared) => {
      row.prepared = prepared;
      this.save();
      common.commits.flush();
    });
    if (row.declaration !== "") this.#priority = (JSON.parse(row.declaration) as Declaration).priority;
    worker.onState = (state) => this.#onState(state);
    this.#onState(worker.state);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be something to do. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Ends after what is under way; what is owed in the end (postrun) is done if the handler serves. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#running;
    this.worker.onState = null;
    if (this.#serving && this.batch.prepared && this.#common.clock.now() >= this.breaker.until) await this.#postrun();
  }

  /** Does something while no call is under way; it is on disk when the promise resolves. */
  between<T>(action: () => T): Promise<T> {
    const { commits, changed } = this.#common;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#actions.push(() => {
      this.#suspect = "";
      try {
        const result = action();
        commits.flush();
        resolve(result);
      } catch (error) {
        reject(error);
      }
      changed();
    });
    this.wake();
    return promise;
  }

  /** Lower ones come first. */
  get rank(): number {
    return this.name === "replication" ? Number.NEGATIVE_INFINITY : this.#priority;
  }

  /** Those behind it must not overtake it. */
  get holds(): boolean {
    const inService = this.worker.state.state !== "out of service" && this.refusal === "";
    return this.row.state === "following" && !this.row.paused && inService && !this.full;
  }

  /** Nothing can be done before something happens or time passes, and it is not behind unless others hold it up. */
  get atRest(): boolean {
    return this.#wake !== null && !this.#woken;
  }

  get full(): boolean {
    return this.parking.size >= mostParked;
  }

  /** What it brings or hides was decided by another filter than the present one: a resync would put that right. */
  get stale(): boolean {
    const { state, scope, declaration } = this.row;
    return state !== "new" && declaration !== "" && scope !== scopeOf(JSON.parse(declaration));
  }

  /** Forgets where it was; clean, initialize and an initial load follow. Within `between`. */
  resync(): void {
    this.#suspect = "";
    this.breaker.now();
    this.parking.forgetAfter(-1);
    Object.assign(this.row, { state: "new", error: "", errorAt: 0 });
    this.#common.states.write(this.name, ready);
    this.save();
  }

  /**
   * Delivers one entry anew, in its place among the events: what is parked of it is tried first. Within `between`.
   */
  resyncEntry(uuid: string): void {
    const { state, start, position } = this.row;
    if (state === "new") return;
    const parked = this.parking.all().filter((row) => row.uuid === uuid);
    for (const row of parked) this.parking.retry(row);
    const seq = state === "loading" ? start : position;
    if (parked.some((row) => row.step !== "" && row.seq === seq)) return;
    const step = `again${this.#common.clock.now()}-${uuid}`;
    this.parking.ask(this.#common.loads.at(uuidBytes(uuid), seq, step));
  }

  /**
   * Delivers events that it is done with once more, first and last included, and behind them whatever came later for the
   * same entries: nobody is left with an old state. Within `between`.
   * @returns how many it delivers
   */
  replay(from: number, to: number): number {
    if (this.row.state !== "following") throw new Problem("conflict", `${this.name} has not had its initial load yet`);
    const events = this.#intake.past(from, to);
    for (const change of events) this.parking.ask(change);
    return events.length;
  }

  pause(paused: boolean): void {
    this.row.paused = paused;
    this.save();
  }

  get #serving(): boolean {
    return this.worker.state.state === "serving" && this.#intake.interest !== null;
  }

  save(): void {
    this.#common.commits.set(this.name, () => this.#common.rows.put(this.row));
  }

  #onState(state: WorkerState): void {
    if (state.state === "serving") {
      this.batch.restarted();
      this.#declare(this.worker.declaration);
    } else if (state.state === "out of service") this.#note(state.reason);
    this.#common.changed();
  }

  #declare(declaration: Declaration): void {
    const said = JSON.stringify(declaration);
    if (this.#intake.interest !== null && said === this.row.declaration) return;
    this.row.declaration = said;
    this.#priority = declaration.priority;
    this.recompile();
    this.save();
    this.#common.declared();
  }

  /** The schema has changed, or the declaration. */
  recompile(): void {
    try {
      this.#intake.interest = this.#common.interest(this.worker.declaration);
      this.refusal = "";
    } catch (error) {
      this.#intake.interest = null;
      this.refusal = Problem.from(error, "config", "its filter cannot be used").message;
      this.#note(this.refusal);
    }
  }

  #note(error: string): void {
    this.row.error = error;
    this.row.errorAt = this.#common.clock.now();
    this.save();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      const set = this.#setting.by();
      if (set !== 0) for (const part of [this.breaker, this.batch, this.parking]) part.shift(set);
      for (const action of this.#actions.splice(0)) action();
      try {
        const work = this.#next();
        if (work) await work();
        else if (!this.#woken) await this.#sleep();
      } catch (error) {
        log.error("a queue cannot go on", { handler: this.name, error });
        this.#unavailable(error);
        if (damageOf(error) === "damaged") this.#common.damaged(error);
      }
    }
    for (const action of this.#actions.splice(0)) action();
  }

  #next(): (() => Promise<void>) | null {
    const { clock, commits, journal } = this.#common;
    const now = clock.now();
    if (!this.#serving || this.row.paused || commits.error !== "" || this.breaker.until > now) return null;
    const over = this.batch.dueAt(this.worker);
    if (over !== null && over <= now) return () => this.#postrun();
    if (this.row.state === "new") return journal.loaded ? () => this.#initialise() : null;
    const sources = [() => this.#intake.parked(this.#limit), () => this.#intake.fresh(this.#limit)];
    if (this.#turn++ % 2 === 1) sources.reverse();
    for (const source of sources) {
      const items = source();
      if (items === "again") return othersTurn;
      if (items.length > 0) return () => this.#deliver(items);
    }
    return null;
  }

  /** Until there is something to do. */
  async #sleep(): Promise<void> {
    const now = this.#common.clock.now();
    const times = this.#serving ? [this.breaker.until, this.batch.dueAt(this.worker), this.parking.nextAt()] : [];
    const later = times.filter((time) => time !== null && time > now) as number[];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#common.rests(this);
    const forget = later.length > 0 ? this.#common.clock.after(Math.min(...later) - now, () => this.wake()) : null;
    await promise;
    this.#wake = null;
    forget?.();
  }

  get #limit(): number {
    return this.breaker.open || this.#suspect !== "" ? 1 : mostItems;
  }

  async #initialise(): Promise<void> {
    try {
      for (const name of ["clean", "initialize"] as const) {
        if (this.worker.declaration.functions.includes(name)) await this.worker.life(name);
      }
    } catch (error) {
      this.#unavailable(error);
      return;
    }
    this.breaker.succeeded();
    this.#common.commits.flush();
    this.#common.states.write(this.name, ready);
    this.#common.loads.begin(this.row, scopeOf(this.worker.declaration));
  }

  async #postrun(): Promise<void> {
    try {
      await this.batch.finish(this.worker);
    } catch (error) {
      this.#note(messageOf(error));
    }
  }

  async #deliver(items: Item[]): Promise<void> {
    try {
      await this.batch.begin(this.worker);
    } catch (error) {
      this.#unavailable(error);
      return;
    }
    let at = 0;
    let step = 0;
    const delivery = await this.worker.send(
      items.flatMap(({ calls }) => calls),
      (id) => {
        const item = items[at];
        if (item?.calls[step]?.id !== id) return;
        this.done += 1;
        step += 1;
        if (step < item.calls.length) return;
        item.done();
        if (this.#suspect === item.key) this.#suspect = "";
        this.breaker.succeeded();
        at += 1;
        step = 0;
      },
    );
    this.batch.called();
    const item = items[at];
    if (item) this.#ended(item, delivery);
  }

  /** The batch ended at this item. */
  #ended(item: Item, delivery: Delivery): void {
    switch (delivery.end) {
      case "failed":
        if (delivery.unavailable) this.#unavailable(delivery.error, item.row);
        else this.#failed(item, delivery.error);
        return;
      case "lost":
        // Ended in order, and on its way back: it says when it is there.
        if (delivery.blame === "none") this.breaker.rest(this.worker.state.state === "serving" ? 100 : 0);
        else if (delivery.blame === "timeout") this.#failed(item, delivery.error);
        else if (this.#suspect === item.key) this.#failed(item, delivery.error);
        else {
          // It may have been an after-effect of a call before: tried once more, alone.
          this.#suspect = item.key;
          this.#note(delivery.error);
        }
        return;
      case "done":
        this.#unavailable("it ended a batch without having acknowledged every call");
    }
  }

  #failed(item: Item, error: string): void {
    this.#suspect = "";
    this.#note(error);
    if (this.breaker.failed(item.key, item.uuid, item.row !== undefined)) item.fail(error);
    else if (item.row) this.parking.later(item.row);
  }

  /** The handler as a whole has to wait. */
  #unavailable(error: unknown, row?: Parked): void {
    this.#note(messageOf(error));
    this.breaker.unavailable();
    if (row) this.parking.later(row);
  }
}

function scopeOf({ filter, semantics, needs }: Declaration): string {
  return JSON.stringify({ filter, semantics, needs });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
