/** What the handlers share: the world, what is configured, what is recorded, and what is going on. */
import { Problem } from "../problem.ts";
import { Changes } from "./changes.ts";
import { Clients } from "./clients.ts";
import { Confirmation } from "./confirmation.ts";
import type { Client, ClientRecord } from "./dhcp/supplier.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import type { EventKind } from "./events/event.ts";
import { Events, type QueueOptions } from "./events/events.ts";
import type { Parameters } from "./events/parameters.ts";
import type { Ended, Task } from "./events/task.ts";
import type { Handlers } from "./handlers/table.ts";
import type { Configuration, Diagnostic, Stanza } from "./interfaces/configuration.ts";
import type { KernelState, Link } from "./kernel/state.ts";
import type { StepResult } from "./kernel/step.ts";
import { isLinkLocal } from "./link-local.ts";
import { type Context, contextOf } from "./methods/context.ts";
import { Operations } from "./operations.ts";
import type { Pending } from "./pending.ts";
import type { Ground, Planned } from "./plan/planned.ts";
import type { DynamicMethod, Wanted } from "./plan/wanted.ts";
import { Plans } from "./plans.ts";
import { parsePolicy } from "./policy/parser.ts";
import { noPolicy, type Policy } from "./policy/policy.ts";
import type { InterfaceRecord } from "./record.ts";
import { freshRecord } from "./records.ts";
import { Retries } from "./retries.ts";
import { isOurs } from "./scripts.ts";
import { Watches } from "./watches.ts";
import type { Claim, ScriptPhase, Stream, World } from "./world.ts";

export const noConfiguration: Configuration = {
  stanzas: [],
  templates: [],
  classes: new Map(),
  noAutoDown: [],
  noScripts: [],
  renames: [],
  mappings: [],
  diagnostics: [],
  files: [],
};

export class Engine {
  readonly world: World;
  readonly events: Events;
  readonly operations: Operations;
  readonly changes: Changes;
  readonly clients = new Clients();
  /** In force. */
  configuration = noConfiguration;
  /** When it was read, epoch milliseconds. */
  read = 0;
  policy: Policy = noPolicy;
  /** What the stanzas of an interface that is going up want, as far as they were done: leases come on top. */
  readonly bases = new Map<string, Wanted>();
  /** IPv4LL addresses that we defend, by interface. */
  readonly claims = new Map<string, Claim>();
  readonly retries = new Retries();
  /** Addresses of leases that were just taken into use. */
  readonly watches = new Watches();
  readonly confirmation: Confirmation;
  readonly plans = new Plans(this);
  /** What the kernel said to the steps of an event of a plan. */
  readonly results = new WeakMap<readonly Planned[], readonly StepResult[]>();
  /** What is wrong with the engine itself, each once. */
  readonly warnings = new Set<string>();
  #diagnostics: { of: Configuration; and: Policy; all: readonly Diagnostic[] } | undefined;
  /** The warning that there is none. */
  #unread = "";
  #tables: ReadonlyMap<string, number> = new Map();
  #context: Context | undefined;
  #contextOf: Configuration | undefined;
  /** Physical to logical name in that context. */
  #mapped: ReadonlyMap<string, string> = new Map();
  #scripts = new Map<ScriptPhase, { at: number; paths: readonly string[] }>();
  #stanzas = new Map<string, Stanza[]>();
  #stanzasOf: Configuration | undefined;

  constructor(world: World, handlers: Handlers) {
    const last = Math.max(0, ...Array.from(world.journal.records.values(), ({ event }) => event));
    this.world = world;
    this.confirmation = new Confirmation(this);
    this.events = new Events(
      world.clock,
      (task) => (handlers[task.event.kind] as Handlers[EventKind])(task as never, this),
      last,
    );
    this.operations = new Operations(this.events);
    this.changes = new Changes(world.kernel, world.clock);
  }

  get records(): ReadonlyMap<string, InterfaceRecord> {
    return this.world.journal.records;
  }

  get state(): KernelState {
    return this.world.kernel.state;
  }

  get now(): number {
    return this.world.clock.now();
  }

  /** The link that an interface is: of an alias `eth0:1` that of `eth0`. */
  link(iface: string): Link | undefined {
    return this.state.links.get(iface.replace(/:.*/s, ""));
  }

  /** Who else takes care of an interface that is not up by us; "": nobody. */
  managerOf(iface: string): string {
    const link = this.link(iface);
    if (!link || link.type === "loopback" || this.records.has(iface)) return "";
    return this.world.files.manager(link);
  }

  /** What plans are made against: the kernel as it is now, and its sysctls when they are looked at first. */
  get ground(): Ground {
    const { kernel } = this.world;
    const { records } = this;
    const sysctls = new Map<string, string | undefined>();
    return {
      state: kernel.state,
      sysctl(key) {
        const path = key.join("/");
        if (!sysctls.has(path)) sysctls.set(path, kernel.sysctl(key));
        return sysctls.get(path);
      },
      owned: new Map(Array.from(records.values(), ({ name, owned }) => [name, owned])),
    };
  }

  /** Scripts of a hook folder that are to run; looked up once a second at most. */
  scripts(phase: ScriptPhase): readonly string[] {
    const steady = this.world.clock.steady();
    const known = this.#scripts.get(phase);
    if (known && steady - known.at < 1000) return known.paths;
    const paths = this.world.files.scripts(phase).filter((path) => !isOurs(path));
    this.#scripts.set(phase, { at: steady, paths });
    return paths;
  }

  /** Somebody only looks: a replay, which does not have him, must find all as if he had not. */
  aside<T>(look: () => T): T {
    const { recording } = this.world;
    if (!recording) return look();
    const scripts = this.#scripts;
    this.#scripts = new Map(scripts);
    try {
      return recording.aside(look);
    } finally {
      this.#scripts = scripts;
    }
  }

  /** Stanzas of that logical name, in order. */
  stanzasOf(logical: string): readonly Stanza[] {
    if (this.#stanzasOf !== this.configuration) {
      this.#stanzasOf = this.configuration;
      this.#stanzas = Map.groupBy(this.configuration.stanzas, ({ name }) => name);
    }
    return this.#stanzas.get(logical) ?? [];
  }

  /** All that is wrong with what is configured. */
  get diagnostics(): readonly Diagnostic[] {
    const { configuration, policy, world } = this;
    if (this.#diagnostics?.of !== configuration || this.#diagnostics.and !== policy) {
      const all = diagnosticsOf(configuration, policy, { tables: this.#tables, seed: world.files.seed });
      this.#diagnostics = { of: configuration, and: policy, all };
    }
    return this.#diagnostics.all;
  }

  /** What a Wanted depends on beside its own stanzas. */
  get context(): Context {
    const { files, settings } = this.world;
    const mapped = new Map<string, string>();
    for (const { name, logical } of this.records.values()) if (logical !== name) mapped.set(name, logical);
    const same =
      mapped.size === this.#mapped.size && mapped.entries().every(([name, to]) => this.#mapped.get(name) === to);
    if (this.#context === undefined || this.#contextOf !== this.configuration || !same) {
      this.#contextOf = this.configuration;
      this.#mapped = mapped;
      const tables = settings.stays ? this.#tables : files.tables();
      this.#context = contextOf(this.configuration, { tables, seed: files.seed }, mapped);
    }
    return { ...this.#context, links: this.state.links };
  }

  /** Changes a record (made when there is none) without doing anything to the kernel. */
  update(iface: string, change: (record: InterfaceRecord) => Partial<InterfaceRecord>): InterfaceRecord {
    const former = this.records.get(iface) ?? freshRecord(iface, this.now);
    const record = this.changed(former, change(former));
    this.world.journal.put(record);
    return record;
  }

  changed(former: InterfaceRecord, change: Partial<InterfaceRecord>): InterfaceRecord {
    const since = change.setup === undefined || change.setup === former.setup ? former.since : this.now;
    return { ...former, ...change, since };
  }

  /** A child that is waited for. @throws Stopped: the task itself is to end */
  async child<K extends EventKind>(
    task: Task,
    kind: K,
    iface: string,
    parameters: Parameters[K],
    options: QueueOptions = {},
  ): Promise<Ended> {
    if (!options.cleans) task.check();
    const ended = await this.events.queue(kind, iface, parameters, options, task).done;
    if (!options.cleans) task.check();
    return ended;
  }

  /**
   * Reads interfaces(5) anew; what is up stays as it is.
   * @param ends true: what is in force since an apply was taken back is so no longer
   */
  async readConfiguration(ends = false): Promise<void> {
    const { files, settings } = this.world;
    const configuration = await files.configuration();
    if (ends && !this.pending) this.confirmation.release();
    this.configuration = configuration;
    this.warnings.delete(this.#unread);
    if (settings.stays) this.#tables = files.tables();
    this.read = this.now;
  }

  /**
   * As at a start: where it cannot be read, what is up goes down all the same, and what is kept of an apply counts.
   * @throws Problem: there is nothing of either
   */
  async readFirst(): Promise<void> {
    const { files, pending, settings } = this.world;
    try {
      await this.readConfiguration();
    } catch (error) {
      if (this.records.size === 0 && pending.read(() => undefined) === undefined) throw error;
      this.#unread = `the configuration cannot be read: ${Problem.from(error).message}`;
      this.warnings.add(this.#unread);
      this.configuration = { ...noConfiguration, files: [files.interfacesPath] };
      if (settings.stays) this.#tables = files.tables();
    }
  }

  /** A policy that cannot be read allows nothing. */
  async readPolicy(): Promise<void> {
    const { files } = this.world;
    try {
      const text = await files.policy();
      this.policy = text === undefined ? noPolicy : parsePolicy(text, files.policyPath);
    } catch (error) {
      const message = `the policy cannot be read: ${Problem.from(error).message}`;
      const at = { file: files.policyPath, line: 1, column: 1 };
      this.policy = { ...noPolicy, diagnostics: [{ severity: "error", message, at, refuses: [] }] };
    }
  }

  /** A client that runs for us: remembered, so that whoever comes after us finds it again. */
  keepClient(client: Client): void {
    this.clients.add(client, () => this.#clientGone(client));
    this.noteClient(client);
  }

  noteClient({ record }: Client): void {
    const { iface, family } = record;
    this.update(iface, ({ clients }) => ({ clients: [...clients.filter((one) => one.family !== family), record] }));
  }

  /** A client that was started before our time; undefined: it has gone. */
  adopt(record: ClientRecord): Client | undefined {
    return this.world.suppliers.find(({ name }) => name === record.supplier)?.adopt(record);
  }

  /** What it gave stays as long as it was given for; another one is started. */
  #clientGone({ record: { iface, family, supplier } }: Client): void {
    if (!this.records.has(iface)) return;
    const { setup } = this.update(iface, ({ clients }) => ({
      clients: clients.filter((one) => one.family !== family),
    }));
    if (this.operations.of(iface) || (setup !== "configured" && setup !== "deferred")) return;
    this.update(iface, () => ({ setup: "deferred", error: `${supplier} has ended` }));
    this.retries.later(this, iface);
  }

  /** Goes on with an interface that is deferred, now that there may be what it waited for. */
  resume(iface: string, by: string): void {
    const record = this.records.get(iface);
    if (record?.setup !== "deferred" && record?.setup !== "configuring") return;
    const { asked, class: name } = record;
    const { timeout } = this.world.settings;
    this.events.queue("CTLSOCK_IFUP", iface, { class: name, asked, resumes: true }, { by, timeout });
  }

  /** Brings about what a record says and is not so yet: clients that run, scripts that have run. */
  goOn(iface: string, by: string): void {
    const record = this.records.get(iface);
    if (!record) return;
    const { setup, owned, clients, leases, class: name, asked } = record;
    const { timeout } = this.world.settings;
    if (setup === "down") this.events.queue("CTLSOCK_IFDOWN", iface, {}, { by, timeout });
    const served = ({ method, family }: DynamicMethod) =>
      method === "ipv4ll"
        ? this.claims.has(iface) || leases.some((one) => one.family === 4 && !isLinkLocal(one.lease))
        : method === "auto" || clients.some((client) => client.family === family);
    const orphaned = !owned.wanted.dynamic.every(served);
    if (setup !== "configuring" && setup !== "deferred" && !(setup === "configured" && orphaned)) return;
    this.events.queue("CTLSOCK_IFUP", iface, { class: name, asked, resumes: true }, { by, timeout });
  }

  /** The apply that waits for its confirm. */
  get pending(): Pending | undefined {
    return this.confirmation.pending;
  }

  /** Ends what is under way, and lets nothing begin; interfaces and clients stay as they are. */
  async close(reason: string): Promise<void> {
    this.retries.close();
    this.watches.close();
    this.confirmation.close();
    await this.events.close(reason);
    this.changes.close();
    for (const claim of this.claims.values()) claim.release();
    this.world.journal.settle();
  }

  /** @param on it is what a command or script printed there */
  say(task: Task, text: string, on?: Stream): void {
    this.events.say(task, text, on);
  }
}
