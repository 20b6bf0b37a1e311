/** One apply, from its first script to the wait for its confirm. */
import { BringUp } from "../bring-up.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { Ends, Stopped, type Task } from "../events/task.ts";
import type { Configuration } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";
import { type Found, foundOf } from "../plan/found.ts";
import { inverseOf, type Plan, type Planned } from "../plan/planned.ts";
import type { Owned } from "../plan/wanted.ts";
import { performParts, takeBack } from "../plans.ts";
import type { InterfaceRecord } from "../record.ts";
import { freshRecord, type Records } from "../records.ts";
import { runOf, runsAny } from "../script-runs.ts";
import { owed, stopClients, takeLeftovers } from "../take-down.ts";
import { differencesOf } from "./differences.ts";
import { type Fate, needsOf, refusedOf, sayRefused } from "./fates.ts";
import { ranSoFar, scriptsOf } from "./scripts.ts";

export interface ToApply {
  configuration: Configuration;
  fates: ReadonlyMap<string, Fate>;
  plan(): Plan;
}

export class Application {
  readonly #engine: Engine;
  readonly #task: Task;
  readonly #to: ToApply;
  readonly #fates: readonly Fate[];
  /** Records before anything was done. */
  readonly #former: Records;
  readonly #before: Configuration;
  readonly #since: number;
  readonly #scripts: string[];
  /** What `pre-up` has run of what comes. */
  readonly #ran = new Map<string, InterfaceRecord["ran"]>();
  #found: Found = {};
  #done: readonly Planned[] = [];
  #id = 0;

  constructor(engine: Engine, task: Task, to: ToApply) {
    this.#engine = engine;
    this.#task = task;
    this.#to = to;
    this.#fates = [...to.fates.values()].filter(({ what }) => what !== "refused");
    this.#former = Object.fromEntries(this.#fates.map(({ name }) => [name, engine.records.get(name) ?? null]));
    this.#before = engine.configuration;
    this.#since = engine.now;
    this.#scripts = scriptsOf(engine, to.fates);
    for (const name of to.fates.keys()) engine.events.ring.note(name, task);
  }

  async go(): Promise<Ending> {
    const engine = this.#engine;
    sayRefused(engine, this.#task, this.#to.fates);
    try {
      engine.confirmation.prepare(this.#before);
      await this.#scriptsBefore();
      await this.#kernel();
      const deferred = await this.#after();
      const deadline = this.#await();
      this.#task.result = this.#result(deadline);
      if (deadline !== null)
        engine.say(this.#task, `taken back in ${this.#confirmTime / 1000} s unless it is confirmed`);
      return deferred === "" ? "done" : { outcome: "deferred", reason: deferred };
    } catch (error) {
      await this.#undo(error);
      throw error;
    }
  }

  /** What goes says so while it is still there; what comes prepares itself. */
  async #scriptsBefore(): Promise<void> {
    const engine = this.#engine;
    for (const { name, what, wanted } of this.#fates) {
      const record = engine.records.get(name);
      if (record && (what === "goes" || what === "restarts")) await owed(engine, this.#task, record, "up");
      const gone = record?.clients.some(({ family }) => !wanted.dynamic.some((method) => method.family === family));
      if (record && (what === "goes" || gone)) await stopClients(engine, this.#task, record);
      if (record && what === "restarts") await owed(engine, this.#task, engine.records.get(name) ?? record, "pre-up");
      if (record && (what === "goes" || what === "restarts")) takeLeftovers(engine, engine.records.get(name) ?? record);
    }
    for (const fate of this.#fates) {
      if (fate.what === "comes" || fate.what === "restarts") await this.#prepare(fate);
    }
  }

  /** Scripts of `pre-up`. */
  async #prepare(fate: Fate): Promise<void> {
    const engine = this.#engine;
    const { name, logical, stanzas, class: of } = fate;
    const ran: InterfaceRecord["ran"] = [];
    this.#ran.set(name, ran);
    for (const [index, stanza] of stanzas.entries()) {
      if (!runsAny(engine, stanza, "pre-up")) continue;
      ran.push({ stanza: index, phase: "pre-up" });
      // Whoever comes after our death has it go down again.
      if (fate.what === "comes")
        engine.update(name, () => ({ setup: "down", logical, stanzas, class: of, ran: [...ran] }));
      const run = runOf(engine, { iface: name, logical, class: of }, stanza, "pre-up");
      const { outcome, reason } = await engine.child(this.#task, "SCRIPTS", name, run);
      if (outcome !== "done") throw new Ends(outcome, `${name}: pre-up: ${reason}`);
    }
  }

  async #kernel(): Promise<void> {
    const engine = this.#engine;
    const { journal } = engine.world;
    this.#task.hold();
    try {
      await engine.plans.alone(async () => {
        const plan = this.#to.plan();
        for (const { iface, text } of plan.notices) engine.say(this.#task, `${iface}: ${text}`);
        const records = this.#records(plan.owned);
        this.#found = foundOf(plan.owned, engine.ground);
        this.#id = journal.begin({ what: "apply", records, found: this.#found, plan: plan.steps });
        const tried: Planned[] = [];
        try {
          await performParts(engine, this.#id, plan.steps, () => ({ task: this.#task, to: "changed" }), tried);
          this.#done = tried;
          // On disk before it counts as done: whatever happens to us from here on, it is taken back.
          const late = engine.world.settings.timeout + this.#confirmTime;
          if (this.#waits) engine.confirmation.begin(this.#pending(late));
        } catch (error) {
          const wrong = await takeBack(engine, tried);
          this.#done = [];
          journal.end(this.#id, wrong === "" ? "undone" : "failed");
          throw error;
        }
        journal.end(this.#id, "done");
        if (!this.#waits) engine.confirmation.release();
        engine.configuration = this.#to.configuration;
        engine.read = engine.now;
      });
    } finally {
      this.#task.release();
    }
    this.#task.check();
  }

  /** Resolver, addresses that somebody gives, scripts. @returns what is deferred; "": nothing */
  async #after(): Promise<string> {
    const engine = this.#engine;
    const deferred: string[] = [];
    for (const { name, what } of this.#fates) {
      const former = this.#former[name];
      if (what !== "goes" || !former) continue;
      const { dns } = former.owned.wanted;
      if (dns.servers.length + dns.search.length > 0 || former.leases.length > 0) {
        await engine.child(this.#task, "DNS", name, { dns: { servers: [], search: [], options: [] } });
      }
      const record = engine.records.get(name);
      if (record) await owed(engine, this.#task, record, "pre-up");
      engine.world.journal.drop(name);
    }
    const ups = this.#fates
      .filter(({ what }) => what !== "goes")
      .map(async (fate) => {
        const late = await this.#bring(fate).go();
        if (late !== "") deferred.push(`${fate.name}: ${late}`);
      });
    // Each comes to its end, so that what is taken back is not still on its way.
    for (const ended of await Promise.allSettled(ups)) if (ended.status === "rejected") throw ended.reason;
    return deferred.join("; ");
  }

  #bring({ name, logical, stanzas, class: of, asked }: Fate): BringUp {
    const about = { iface: name, logical, stanzas, class: of, asked };
    return new BringUp(this.#engine, this.#task, { ...about, how: {} });
  }

  #records(owned: ReadonlyMap<string, Owned>): Records {
    const records: Record<string, InterfaceRecord | null> = {};
    for (const [name, now] of owned) {
      const fate = this.#to.fates.get(name);
      const known = this.#engine.records.get(name);
      if (fate) records[name] = this.#record(fate, now, known);
      else if (known) records[name] = { ...known, owned: now };
    }
    return records;
  }

  #record(fate: Fate, owned: Owned, known: InterfaceRecord | undefined): InterfaceRecord | null {
    const { name, what, logical, stanzas, asked, class: of } = fate;
    const engine = this.#engine;
    const record = known ?? freshRecord(name, engine.now);
    const event = this.#task.event.id;
    if (what === "goes") {
      const owes = record.ran.some(({ phase }) => phase === "pre-up");
      return owes ? engine.changed(record, { setup: "down", owned, leases: [], clients: [], event }) : null;
    }
    return engine.changed(record, {
      ...{ logical, stanzas, asked, class: of, owned, event },
      users: this.#users(name, record.users),
      // Scripts of what stays up do not run: they count as having run for what the stanzas are now.
      ran: what === "changes" ? ranSoFar(record, stanzas) : (this.#ran.get(name) ?? []),
      setup: what === "changes" ? record.setup : "configuring",
      error: "",
    });
  }

  #users(name: string, before: readonly string[]): string[] {
    const untouched = before.filter(
      (user) => !this.#to.fates.has(user) || this.#to.fates.get(user)?.what === "refused",
    );
    const needing = this.#fates.filter(
      ({ what, wanted }) => what !== "goes" && needsOf(this.#engine, wanted).includes(name),
    );
    return [...new Set([...untouched, ...needing.map((fate) => fate.name)])];
  }

  get #waits(): boolean {
    return this.#done.length > 0 && this.#confirmTime > 0;
  }

  get #confirmTime(): number {
    const { timeout } = this.#task.parameters as { timeout?: number };
    return timeout === undefined ? this.#engine.world.settings.confirm : timeout * 1000;
  }

  /** What it is taken back by. */
  get #takenBack() {
    const [former, found, configuration] = [this.#former, this.#found, this.#before];
    return { inverse: inverseOf(this.#done), former, found, configuration };
  }

  /** @param time milliseconds until it is taken back */
  #pending(time: number) {
    const engine = this.#engine;
    const { pending } = engine.world;
    return {
      ...pending.here,
      id: this.#id,
      since: this.#since,
      deadline: engine.now + time,
      ends: pending.uptime() + time / 1000,
      by: this.#task.event.by,
      changes: [...new Set(this.#done.map(({ iface, what }) => `${iface}: ${what}`))].slice(0, 200),
      ...this.#takenBack,
    };
  }

  /** @returns when it is taken back; null: it holds */
  #await(): number | null {
    if (!this.#waits) return null;
    const pending = this.#pending(this.#confirmTime);
    this.#engine.confirmation.begin(pending);
    return pending.deadline;
  }

  #result(deadline: number | null) {
    const steps = this.#done;
    const id = steps.length > 0 ? this.#id : 0;
    return {
      id,
      differences: differencesOf(steps),
      refused: refusedOf(this.#to.fates),
      steps: steps.map(({ step }) => ipText(step)),
      scripts: this.#scripts,
      deadline,
    };
  }

  async #undo(error: unknown): Promise<void> {
    const engine = this.#engine;
    const why = error instanceof Ends || error instanceof Stopped ? error.message : "it failed";
    const applied = { id: this.#id, ...this.#takenBack };
    const { timeout } = engine.world.settings;
    if (!this.#waits && this.#id > 0) engine.confirmation.prepare(this.#before, this.#id);
    await engine.child(this.#task, "ROLLBACK", "", { why, applied }, { cleans: true, timeout });
    engine.confirmation.takenBack({ id: this.#id, configuration: this.#before }, why);
  }
}
