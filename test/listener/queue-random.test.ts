/**
 * Random changes, failures, crashes, kills and commands: every event reaches every handler that it concerns at least
 * once and behind what it depends on, repetitions have the same id, and in the end each handler knows the directory.
 */
import { afterEach, expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";
import { standardSchema } from "../../src/ldap/schema.ts";
import { Change, callsOf, type Interest } from "../../src/listener/change.ts";
import type { Declaration } from "../../src/listener/declaration.ts";
import { Dependencies } from "../../src/listener/dependency.ts";
import { Interests } from "../../src/listener/interest.ts";
import type { Call, WireEntry } from "../../src/listener/wire.ts";
import type { Outcome } from "../fake/worker.ts";
import { random, trials } from "../random.ts";
import { declare } from "./declarations.ts";
import { closeQueues, Queues } from "./queues.ts";
import { person } from "./toy-directory.ts";

const interests = new Interests("", new Set(), standardSchema);

afterEach(closeQueues);

interface Concern {
  change: Change;
  ids: string[];
}

/** What a handler has made of its calls; it outlives its processes. */
class Site {
  readonly name: string;
  readonly part: Partial<Declaration>;
  readonly known = new Map<string, { dn: string; entry: WireEntry }>();
  /** First version of every call that it ever got. */
  readonly calls = new Map<string, string>();
  /** Ids of all that it acknowledged since its last initial load. */
  readonly done = new Set<string>();
  /** Every event, with the ids of the calls that it means. */
  readonly concerns: Concern[] = [];
  readonly interest: Interest;
  repeated = 0;

  constructor(name: string, part: Partial<Declaration>) {
    this.name = name;
    this.part = part;
    this.interest = interests.of(declare(name, part));
  }

  apply({ command, uuid, dn, new: entry }: Call): void {
    if (command === "d" || command === "r") this.known.delete(uuid);
    else this.known.set(uuid, { dn, entry });
  }
}

class Trial {
  readonly q = new Queues();
  readonly sites: Site[];
  readonly next: () => number;
  /** Calls, processes and the whole listener may fail. */
  rough = true;
  /** A person interferes; then nothing can be said about who waits for whom. */
  readonly commanded: boolean;
  readonly wrong: string[] = [];
  readonly #changes: Change[] = [];

  constructor(seed: number) {
    this.next = random(seed);
    this.commanded = seed % 2 === 1;
    const all = { filter: "(objectClass=*)", functions: ["clean"] } as const;
    const people = { filter: "(objectClass=person)", functions: ["clean", "prerun", "postrun"] } as const;
    this.sites = [
      new Site("replication", { ...all, priority: 70, functions: [...all.functions] }),
      new Site("early", { ...people, priority: 10, functions: [...people.functions] }),
      new Site("beside", { ...all, priority: 10, style: "objects", functions: [...all.functions] }),
      new Site("late", { ...people, priority: 90, style: "objects", functions: [...people.functions] }),
    ];
  }

  chance(of: number): boolean {
    return this.next() < of;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }

  attach(): void {
    for (const site of this.sites) {
      const worker = this.q.worker(site.name, site.part);
      worker.onCall = (call) => this.call(site, call);
      worker.onLife = (name) => {
        if (name !== "clean") return;
        site.known.clear();
        site.done.clear();
      };
      this.q.dispatcher.attach(worker);
    }
    this.q.dispatcher.start();
  }

  async call(site: Site, call: Call): Promise<Outcome> {
    const { at, ...content } = call;
    const text = JSON.stringify(call.command === "n" ? content : { at, ...content });
    const before = site.calls.get(call.id);
    if (before === undefined) this.first(site, call);
    else {
      site.repeated++;
      if (before !== text) this.wrong.push(`${site.name}: ${call.id} is another call than before`);
    }
    site.calls.set(call.id, text);
    this.inOrder(site, call);
    const { clock } = this.q;
    if (this.chance(0.2)) await setImmediate();
    // Killed meanwhile.
    if (clock !== this.q.clock) return "done";
    const outcome = this.outcome();
    // What fails may have been done all the same.
    if (outcome === "done" || this.chance(0.5)) site.apply(call);
    if (outcome === "done") site.done.add(call.id);
    return outcome;
  }

  outcome(): Outcome {
    if (!this.rough || this.chance(0.85)) return "done";
    return this.pick<Outcome>([{ fails: "no" }, { fails: "no" }, "crash", "timeout", "unavailable", "ended"]);
  }

  first(site: Site, { id, command, uuid }: Call): void {
    if ("mdr".includes(command) && !site.known.has(uuid))
      this.wrong.push(`${site.name}: ${command} of a stranger: ${id}`);
    const seq = Number(id.split(".")[1]);
    if (this.commanded || command === "n") return;
    const rank = (name: string) => (name === "replication" ? 0 : this.q.status(name).priority);
    for (const other of this.q.dispatcher.status()) {
      if (rank(other.name) >= rank(site.name) || other.state !== "following" || other.position >= seq) continue;
      // What it was given before the other had ended its initial load is on its way.
      if (other.position === this.startOf(other.name)) continue;
      this.wrong.push(`${site.name} has ${seq} before ${other.name}, which is at ${other.position}`);
    }
  }

  /** Nothing that it depends on is still to be done. */
  inOrder(site: Site, { id, command }: Call): void {
    const seq = Number(id.split(".")[1]);
    if (command === "n") return;
    const earlier = this.concerning(site, seq - 1);
    const call = site.concerns[seq - 1];
    if (!call?.ids.includes(id)) {
      this.wrong.push(`${site.name}: ${id} is none of its business`);
      return;
    }
    const before = new Dependencies();
    for (const { change, ids } of earlier) {
      if (!ids.every((one) => site.done.has(one))) before.add(change);
    }
    if (before.block(call.change)) this.wrong.push(`${site.name}: ${id} came before something it depends on`);
  }

  /** Events since its last initial load that concern it, and have to be delivered. */
  concerning(site: Site, upTo: number): Concern[] {
    const { journal } = this.q.directory;
    for (const event of journal.read(this.#changes.at(-1)?.seq ?? 0, 10_000)) this.#changes.push(new Change(event));
    for (const change of this.#changes.slice(site.concerns.length)) {
      site.concerns.push({ change, ids: callsOf(change, site.interest, journal.epoch).map(({ id }) => id) });
    }
    const start = this.startOf(site.name);
    return site.concerns.filter(({ change: { seq }, ids }) => seq > start && seq <= upTo && ids.length > 0);
  }

  startOf(name: string): number {
    const row = this.q.directory.database.prepare<{ start: number }, [string]>(
      "SELECT start FROM handler WHERE name = ?",
    );
    return row.get(name)?.start ?? 0;
  }

  change(): void {
    const { directory } = this.q;
    const { dns } = directory;
    const dn = this.pick(dns);
    const leaf = `cn=${Math.floor(this.next() * 12)}`;
    const free = (name: string) => !dns.includes(name);
    const below = (name: string) => dns.some((other) => other.endsWith(`,${name}`));
    const choice = this.next();
    if (dns.length < 6 || (choice < 0.3 && dns.length < 30)) {
      if (free(`${leaf},${dn}`) && dn.split(",").length < 6) directory.create(`${leaf},${dn}`, this.entry());
    } else if (choice < 0.6) directory.modify(dn, this.entry());
    else if (dn === "dc=lab") return;
    else if (choice < 0.8) {
      const parent = this.pick(dns.filter((other) => other !== dn && !other.endsWith(`,${dn}`)));
      if (free(`${leaf},${parent}`)) directory.move(dn, `${leaf},${parent}`);
    } else if (!below(dn)) directory.remove(dn);
  }

  entry() {
    const objectClass = this.chance(0.7) ? ["top", "person"] : ["top", "device"];
    return { ...person("cn=x"), objectClass, sn: String(Math.floor(this.next() * 1000)) };
  }

  command(): void {
    const { dispatcher, directory } = this.q;
    const { name } = this.pick(this.sites);
    const commands = [
      () => dispatcher.resync(name),
      () => dispatcher.resyncObject(this.pick(directory.dns), this.chance(0.5) ? name : undefined),
      () => dispatcher.retry(name),
      () => dispatcher.pause(name, this.chance(0.5)),
      () => {
        const { position } = this.q.status(name);
        // What came before its initial load may be about entries that the load did not find any more.
        const from = Math.max(this.startOf(name) + 1, position - Math.floor(this.next() * 9));
        return dispatcher.replay(name, from, position - Math.floor(this.next() * 3));
      },
    ];
    // The listener may be killed before it is done; going back before the beginning is refused.
    this.pick(commands)().catch(() => undefined);
  }

  async run(steps: number): Promise<void> {
    this.q.directory.create("dc=lab", this.entry());
    for (let i = 0; i < 5; i++) this.change();
    this.q.directory.load();
    this.attach();
    for (let i = 0; i < steps; i++) {
      if (this.chance(0.5)) this.change();
      if (this.chance(0.3)) this.q.clock.turn(Math.floor(this.next() * 3000));
      if (this.commanded && this.chance(0.03)) this.command();
      if (this.chance(0.02)) {
        this.q.kill();
        this.attach();
      }
      for (let turns = Math.floor(this.next() * 3); turns > 0; turns--) await setImmediate();
    }
    this.rough = false;
    await this.q.settle();
    for (const { name } of this.sites) await this.q.dispatcher.pause(name, false);
    await this.q.turn(2 * 3_600_000);
  }

  check(): void {
    expect(this.wrong).toEqual([]);
    const { directory, dispatcher } = this.q;
    expect(dispatcher.parked()).toEqual([]);
    for (const site of this.sites) {
      expect([site.name, this.q.status(site.name).lag.events]).toEqual([site.name, 0]);
      const missed = this.concerning(site, Number.POSITIVE_INFINITY).filter(
        ({ ids }) => !ids.every((id) => site.done.has(id)),
      );
      expect([site.name, missed.map(({ change }) => change.seq)]).toEqual([site.name, []]);
      const there = [...directory.journal.entries()].flatMap(({ uuid }) => this.asSeen(site, uuid));
      const known = [...site.known.values()].map(({ dn, entry }) => `${dn} ${entry.objectClass} ${entry.sn}`);
      expect([site.name, known.sort()]).toEqual([site.name, there.sort()]);
    }
  }

  asSeen(site: Site, uuid: Uint8Array): string[] {
    const { dn, attributes } = this.q.directory.journal.cache.byUuid(uuid)!;
    const event = {
      seq: 0,
      at: 0,
      kind: "create",
      origin: "live",
      uuid,
      csn: "",
      oldDn: null,
      newDn: dn,
      old: null,
    } as const;
    const [call] = callsOf(new Change({ ...event, new: attributes }), site.interest, "e");
    return call ? [`${dn} ${call.new.objectClass} ${call.new.sn}`] : [];
  }
}

/** A few in the inner loop, half of them with commands; many in `make soak`. */
const seeds = trials(2, 200);

for (let seed = 1; seed <= seeds; seed++) {
  test(`seed ${seed}`, async () => {
    const trial = new Trial(seed);
    await trial.run(400);
    trial.check();
    const calls = trial.sites.reduce((sum, site) => sum + site.calls.size, 0);
    const repeated = trial.sites.reduce((sum, site) => sum + site.repeated, 0);
    expect(calls).toBeGreaterThan(100);
    expect(repeated).toBeGreaterThan(0);
  }, 60_000);
}
