/**
 * The way up of one interface: its stanzas in order, each with its scripts, its part of the kernel and what gives
 * addresses. What is there already is left as it is, and what has drifted is mended: going up twice is going up.
 */
import { isCommand } from "./classic/variables.ts";
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import { Ends, succeeded, type Task } from "./events/task.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { addressKey } from "./kernel/state.ts";
import { wantedOf } from "./methods/wanted-of.ts";
import type { Planned } from "./plan/planned.ts";
import type { Wanted } from "./plan/wanted.ts";
import { nextWay, stanzaOf } from "./policy/policy.ts";
import type { InterfaceRecord } from "./record.ts";
import { freshRecord } from "./records.ts";
import { allRan, runOf, runsAny } from "./script-runs.ts";
import { settled } from "./settled.ts";
import { dnsOf, withLeases } from "./with-leases.ts";
import type { ScriptPhase } from "./world.ts";

export interface Bringing {
  iface: string;
  logical: string;
  stanzas: readonly Stanza[];
  class: string;
  how: How;
  /** Somebody asked for it by name; else `user` needs it. */
  asked: boolean;
  user?: string;
  /** What all stanzas want, if that is known already. */
  wanted?: Wanted;
}

/** Stanzas that are done in one go, for nothing has to happen between them. */
interface Group {
  first: number;
  stanzas: Stanza[];
}

export class BringUp {
  /** Stanzas are done, or what failed is no reason to take back what is there: an `up` script of a host that is reached by it. */
  kept = false;
  readonly #engine: Engine;
  readonly #task: Task;
  readonly #bringing: Bringing;
  readonly #iface: string;
  /** All stanzas; one that failed is replaced by what the policy has instead. */
  #stanzas: Stanza[];
  #deferred: string[] = [];
  /** Of stanzas before the group: so many dynamic methods were started. */
  #started = 0;
  /** Scripts ran, which may have changed what is there; a way failed, and another one was taken. */
  #scripted = false;
  #replaced = false;
  /** It was up to the end: what later stanzas want is there, and none of it goes while earlier ones are done again. */
  readonly #wasUp: boolean;

  constructor(engine: Engine, task: Task, bringing: Bringing) {
    this.#engine = engine;
    this.#task = task;
    this.#bringing = bringing;
    this.#iface = bringing.iface;
    this.#stanzas = [...bringing.stanzas];
    this.#wasUp = engine.records.get(bringing.iface)?.setup === "configured";
  }

  /** @returns why it is deferred; "": it is up. @throws Ends, Stopped */
  async go(): Promise<string> {
    const groups = this.#groups();
    for (const [index, group] of groups.entries()) {
      await this.#withPolicy(group, index === groups.length - 1);
      this.kept = true;
    }
    const error = this.#deferred.join("; ");
    const setup = error === "" ? "configured" : "deferred";
    const ran = setup === "configured" ? this.#allRan() : this.#record().ran;
    const record = this.#record();
    const same = record.setup === setup && record.error === error && record.ran.length === ran.length;
    if (!same) this.#put({ setup, error, ran });
    return error;
  }

  #groups(): Group[] {
    const groups: Group[] = [];
    let open = false;
    for (const [first, stanza] of this.#stanzas.entries()) {
      const alone = this.#hasScripts(stanza) || this.#engine.policy.ways.size > 0;
      const group = groups.at(-1);
      if (open && !alone && group) group.stanzas.push(stanza);
      else groups.push({ first, stanzas: [stanza] });
      open = !alone;
    }
    return groups;
  }

  #hasScripts(stanza: Stanza): boolean {
    return this.#runs("pre-up", stanza) || this.#runs("up", stanza);
  }

  #runs(phase: ScriptPhase, stanza: Stanza): boolean {
    const { how } = this.#bringing;
    return how.scripts !== false && runsAny(this.#engine, stanza, phase, how);
  }

  /** Does a group, and what the policy has in its place when it fails, each way once. */
  async #withPolicy(group: Group, last: boolean): Promise<void> {
    const gone = new Set<string>();
    for (let name = group.stanzas[0]?.method ?? ""; ; ) {
      try {
        return await this.#group(group, last);
      } catch (error) {
        if (!(error instanceof Ends)) throw error;
        gone.add(name.toLowerCase());
        const next = nextWay(this.#engine.policy, name, error.outcome);
        if (!next || gone.has(next.name.toLowerCase())) throw error;
        await this.#engine.child(this.#task, "POLICY", this.#iface, {
          method: name,
          outcome: error.outcome,
          reason: error.message,
          next: next.name,
        });
        // A server may answer yet: its lease takes the place of an address that the host gave itself.
        if (next.method !== "ipv4ll") await this.#stopClients(group);
        name = next.name;
        const [former] = group.stanzas;
        const insteadOf = former?.insteadOf ?? former;
        const way = stanzaOf(next, this.#iface);
        // What the interface's own stanza has run is run whatever gives it its address.
        const commands = insteadOf?.options.filter(isCommand) ?? [];
        const options = [...way.options, ...commands];
        const stanza = { ...way, options, ...(insteadOf ? { insteadOf } : {}) };
        group.stanzas = [stanza];
        this.#stanzas[group.first] = stanza;
        this.#replaced = true;
      }
    }
  }

  async #group(group: Group, last: boolean): Promise<void> {
    const { first, stanzas } = group;
    const [stanza] = stanzas;
    const scripted = stanza !== undefined && this.#hasScripts(stanza);
    if (scripted) await this.#scripts("pre-up", first, stanza);
    const wanted = this.#wanted(this.#wasUp ? this.#stanzas.length : first + stanzas.length);
    this.#engine.bases.set(this.#iface, wanted);
    const dynamic = wanted.dynamic.slice(this.#started);
    const complete = last && dynamic.length === 0 && !scripted && this.#deferred.length === 0;
    await this.#kernel(wanted, complete);
    await settled(this.#engine, this.#task, this.#iface, wanted);
    await this.#dns(wanted);
    const late = await this.#dynamic(dynamic);
    this.#started = wanted.dynamic.length;
    if (late !== "") this.#deferred.push(late);
    else if (scripted) {
      this.kept = true;
      await this.#scripts("up", first, stanza);
    }
  }

  /** What the stanzas until there want. */
  #wanted(end: number): Wanted {
    const { wanted: known, stanzas } = this.#bringing;
    if (known && end === stanzas.length && !this.#scripted && !this.#replaced) return known;
    const { wanted, diagnostics } = wantedOf(this.#iface, this.#stanzas.slice(0, end), this.#engine.context);
    const wrong = diagnostics.find(({ severity }) => severity === "error");
    if (wrong === undefined) return wanted;
    this.#task.event.line = wrong.at;
    throw new Ends("refused", wrong.message);
  }

  async #kernel(wanted: Wanted, complete: boolean): Promise<void> {
    const engine = this.#engine;
    const iface = this.#iface;
    if (!wanted.link && !engine.link(iface)) throw new Ends("notfound", "there is no such device");
    const dhcp4 = wanted.dynamic.some(({ method, family }) => method === "dhcp" && family === 4);
    let left = false;
    await engine.plans.carryOut(this.#task, {
      what: "up",
      iface,
      wanted: () => withLeases(wanted, this.#stanzas, this.#record().leases, engine.now),
      record: (owned) =>
        this.#next({
          ...(left ? {} : { owned }),
          ...(complete ? { setup: "configured", error: "", ran: this.#allRan() } : {}),
        }),
      // The client itself says when it wants the link up (PREINIT).
      ...(dhcp4 ? { leave: (steps) => (left = raises(steps)) } : {}),
      to: "up",
    });
  }

  async #dns(wanted: Wanted): Promise<void> {
    const { leases, owned } = this.#record();
    const dns = dnsOf(wanted, leases, this.#engine.now);
    const before = owned.wanted.dns;
    if ([dns, before].every(({ servers, search, options }) => servers.length + search.length + options.length === 0))
      return;
    await this.#engine.child(this.#task, "DNS", this.#iface, { dns });
  }

  /** @returns why it is deferred; "": all of them have given what they have to */
  async #dynamic(methods: Wanted["dynamic"]): Promise<string> {
    const children = methods
      .filter(({ method }) => method !== "auto")
      .map(async (method) => {
        const ended = await this.#engine.child(this.#task, "DHCP", this.#iface, { what: "start", method });
        return { method, ended };
      });
    const ended = await Promise.all(children);
    this.#task.check();
    const failed = ended.find(({ ended: { outcome } }) => !succeeded(outcome));
    if (failed) throw new Ends(failed.ended.outcome, `${failed.method.method}: ${failed.ended.reason}`);
    return ended
      .filter(({ ended: { outcome } }) => outcome === "deferred")
      .map(({ ended: { reason } }) => reason)
      .join("; ");
  }

  async #stopClients({ stanzas }: Group): Promise<void> {
    const { dynamic } = wantedOf(this.#iface, stanzas, this.#engine.context).wanted;
    for (const method of dynamic) {
      if (method.method !== "auto") {
        await this.#engine.child(this.#task, "DHCP", this.#iface, { what: "stop", method });
      }
    }
  }

  async #scripts(phase: "pre-up" | "up", index: number, stanza: Stanza): Promise<void> {
    const { how } = this.#bringing;
    const isThis = (one: InterfaceRecord["ran"][number]) => one.stanza === index && one.phase === phase;
    const ran = this.#record().ran.some((one) => isThis(one) && !one.failed);
    if (how.scripts === false || (ran && !how.force)) return;
    if (this.#runs(phase, stanza)) {
      this.#scripted = true;
      this.#task.check();
      const run = runOf(this.#engine, this.#bringing, stanza, phase, how);
      const stood = this.#record().stood ?? addressesOf(this.#engine, this.#iface);
      const ended = await this.#engine.events.queue("SCRIPTS", this.#iface, run, {}, this.#task).done;
      const failed = ended.outcome === "done" ? {} : { failed: true as const };
      const others = this.#record().ran.filter((one) => !isThis(one));
      this.#put({ ran: [...others, { stanza: index, phase, ...failed }], stood });
      this.#task.check();
      if (ended.outcome !== "done") throw new Ends(ended.outcome, `${phase}: ${ended.reason}`);
    }
  }

  #allRan(): InterfaceRecord["ran"] {
    if (this.#bringing.how.scripts === false) return this.#record().ran;
    return allRan(this.#stanzas);
  }

  #record(): InterfaceRecord {
    return this.#engine.records.get(this.#iface) ?? freshRecord(this.#iface, this.#engine.now);
  }

  #put(change: Partial<InterfaceRecord>): void {
    this.#engine.world.journal.put(this.#next(change));
  }

  #next(change: Partial<InterfaceRecord>): InterfaceRecord {
    return this.#engine.changed(this.#record(), { ...this.#about(), ...change });
  }

  /** What the record says beside what is owned. */
  #about(): Partial<InterfaceRecord> {
    const { asked, user, logical } = this.#bringing;
    const record = this.#record();
    return {
      logical,
      stanzas: this.#stanzas,
      asked: asked || record.asked,
      users: user === undefined || record.users.includes(user) ? record.users : [...record.users, user],
      class: record.class || this.#bringing.class,
      event: this.#task.event.id,
    };
  }
}

function raises(steps: readonly Planned[]): boolean {
  return steps.every(({ step }) => step.do === "link-set" && Object.keys(step.settings).join() === "up");
}

function addressesOf({ state }: Engine, iface: string): string[] {
  return state.addresses.filter(({ device, family }) => device === iface && family === 4).map(addressKey);
}
