/** A world for netconf's engine, all of it in memory: simulated kernel, turned clock, scripted programs and DHCP clients. */
import type { Lease, LeaseEvent, LeaseReason } from "../../src/netconf/dhcp/lease.ts";
import type { Client, ClientOptions, ClientRecord, Supplier } from "../../src/netconf/dhcp/supplier.ts";
import type { Ended } from "../../src/netconf/events/task.ts";
import type { Configuration } from "../../src/netconf/interfaces/configuration.ts";
import type { Files as TextFiles } from "../../src/netconf/interfaces/files.ts";
import { loadConfiguration } from "../../src/netconf/interfaces/parser.ts";
import type { Journal } from "../../src/netconf/journal.ts";
import type { Kernel } from "../../src/netconf/kernel/kernel.ts";
import { simulatedKernel } from "../../src/netconf/kernel/simulated.ts";
import type { Family } from "../../src/netconf/kernel/state.ts";
import { type Asker, Netconf } from "../../src/netconf/netconf.ts";
import type { Kept } from "../../src/netconf/pending.ts";
import type { WantedDns } from "../../src/netconf/plan/wanted.ts";
import type { Records } from "../../src/netconf/records.ts";
import { halfWay, type Intent, type IntentOutcome, type Line, Replay } from "../../src/netconf/replay.ts";
import type { Operation } from "../../src/netconf/running.ts";
import type { Claim, Program, ProgramOptions, ScriptPhase, World } from "../../src/netconf/world.ts";
import { Problem } from "../../src/problem.ts";
import { ManualClock } from "./clock.ts";

export const root: Asker = { uid: 0, name: "root", groups: [], by: "root" };

/** Resolves when what is ready has run. */
export async function idle(rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise<void>((resolve) => setTimeout(resolve));
}

export class MemoryJournal implements Journal {
  readonly replay: Replay;
  readonly lines: Line[] = [];
  warnings: string[] = [];
  lasting = true;
  settled = 0;
  /** Its process has died: nothing is written any more. */
  dead = false;
  constructor(replay = new Replay()) {
    this.replay = replay;
  }
  get records() {
    return this.replay.records;
  }
  get next() {
    return this.replay.next;
  }
  get open() {
    return [...this.replay.open.values()];
  }
  get applied() {
    return this.replay.applied;
  }
  get rolledBack() {
    return this.replay.rolledBack;
  }
  begin(intent: Intent): number {
    const begin = this.replay.next;
    const former = Object.fromEntries(
      Object.keys(intent.records).map((name) => [name, this.records.get(name) ?? null]),
    );
    this.#write({ begin, ...intent, former });
    return begin;
  }
  done(id: number, steps: number): void {
    this.#write({ of: id, done: steps });
  }
  end(id: number, outcome: IntentOutcome, records?: Records): void {
    const intent = this.replay.open.get(id);
    if (!intent) return;
    const since =
      records ?? (outcome === "done" ? intent.records : outcome === "undone" ? intent.former : halfWay(intent));
    const { what, of } = intent;
    this.#write({ end: id, what, ...(of === undefined ? {} : { of }), outcome, records: since });
  }
  put(record: Parameters<Journal["put"]>[0]): void {
    this.#write({ record });
  }
  drop(name: string): void {
    this.#write({ gone: name });
  }
  settle(): void {
    this.settled++;
  }
  close(): void {}
  #write(line: Line): void {
    if (this.dead) return;
    const copy = structuredClone(line);
    this.lines.push(copy);
    this.replay.apply(copy);
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

/** A DHCP client that does what the test says. */
export class FakeClient implements Client {
  record: ClientRecord;
  readonly exited: Promise<{ status: number | null }>;
  readonly calls: string[] = [];
  /** What its end is preceded by, as the hook's calls of the real one. */
  onRelease: () => Promise<unknown> = () => Promise.resolve();
  onRenew: () => void = () => undefined;
  /** Whose it is; what a dead process calls does not happen. */
  owner: { dead: boolean } = { dead: false };
  readonly #exit = Promise.withResolvers<{ status: number | null }>();

  constructor({ iface, family }: Pick<ClientOptions, "iface" | "family">, pid: number) {
    this.record = {
      ...{ supplier: "dhclient", iface, family, pid, startTime: pid * 10, argv: ["dhclient", iface] },
      ...{ leaseFile: "/l", pidFile: "/p", logFile: "/g" },
    };
    this.exited = this.#exit.promise;
  }
  die(status: number | null): void {
    this.#exit.resolve({ status });
  }
  async release(): Promise<void> {
    if (this.owner.dead) return never();
    this.calls.push("release");
    await this.onRelease();
    this.die(0);
  }
  async stop(): Promise<void> {
    if (this.owner.dead) return never();
    this.calls.push("stop");
    this.die(null);
  }
  async renew(): Promise<void> {
    if (this.owner.dead) return never();
    this.calls.push("renew");
    this.onRenew();
  }
  lastWord(): string {
    return "";
  }
}

export interface SceneOptions {
  interfaces?: string;
  policy?: string;
  stays?: boolean;
  journal?: MemoryJournal;
  pending?: { held: Kept | undefined };
  kernel?: ReturnType<typeof simulatedKernel>;
  clock?: ManualClock;
  settings?: Partial<World["settings"]>;
}

export class Scene {
  readonly clock: ManualClock;
  readonly kernel: ReturnType<typeof simulatedKernel>;
  readonly journal: MemoryJournal;
  readonly netconf: Netconf;
  readonly world: World;
  readonly clients: FakeClient[] = [];
  /** Clients that live, to be adopted. */
  readonly living = new Set<FakeClient>();
  /** Programs that ran: text or argv, and the environment. */
  readonly ran: { what: string; env: Readonly<Record<string, string>> }[] = [];
  readonly dns = new Map<string, WantedDns>();
  /** Addresses that somebody else answers for. */
  readonly others = new Set<string>();
  hostName = "test";
  clientHooks: string[] = [];
  /** Addresses that others are asked about for long: it is theirs. */
  readonly asked = new Map<string, () => void>();
  readonly claims: { address: string; lose: () => void; released: boolean }[] = [];
  readonly scripts: Partial<Record<ScriptPhase, string[]>> = {};
  /** What ifstate lists, by physical name. */
  readonly listed: Record<string, string> = {};
  /** Links of somebody else. */
  readonly managers: Record<string, string> = {};
  interfaces: string;
  policy: string | undefined;
  pending: { held: Kept | undefined };
  uptime = 1000;
  /** Its process was killed: whatever it calls never comes back, and does nothing. */
  dead = false;
  /** What a program does; default: it ends with 0. */
  program: (what: string, options: ProgramOptions) => Promise<number | null> = async () => 0;
  /** What a client does once it runs. */
  onStart: (client: FakeClient) => void = () => undefined;
  #pid = 100;
  /** What the kernel's death does: it is that of the process. */
  mortal = false;
  readonly died = Promise.withResolvers<void>();
  #left: Kept | undefined;

  constructor(options: SceneOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    this.kernel = options.kernel ?? simulatedKernel();
    this.journal = options.journal ?? new MemoryJournal();
    this.pending = options.pending ?? { held: undefined };
    this.interfaces = options.interfaces ?? "";
    this.policy = options.policy;
    this.world = this.#world(options);
    this.netconf = new Netconf(this.world);
  }

  get engine() {
    return this.netconf.engine;
  }

  /** The process is killed: kernel, files and clients stay as they are. */
  kill(): void {
    this.dead = true;
    this.journal.dead = true;
    this.#left = structuredClone(this.pending.held);
    this.died.resolve();
  }

  /** Another process on the same host. */
  async heir(): Promise<Scene> {
    const { world } = this.kernel;
    world.die(Number.POSITIVE_INFINITY);
    const clock = new ManualClock();
    clock.turnTo(this.clock.now());
    const next = new Scene({
      interfaces: this.interfaces,
      journal: new MemoryJournal(this.journal.replay),
      pending: { held: this.#left },
      kernel: Object.assign(world.open(), { world }),
      clock,
    });
    const known = [...this.journal.records.values()].flatMap(({ clients }) => clients.map(({ pid }) => pid));
    for (const client of this.living) {
      // Killed between its start and the note of it: the real supplier ends such a one when it starts the next.
      if (known.includes(client.record.pid)) next.adoptable(client);
      else client.die(null);
    }
    next.onStart = this.onStart;
    next.program = this.program;
    await next.netconf.start();
    return next;
  }

  /** It lives, whoever started it. */
  adoptable(client: FakeClient): void {
    this.clients.push(client);
    this.living.add(client);
    this.#pid = Math.max(this.#pid, client.record.pid);
    void client.exited.then(() => this.living.delete(client));
  }

  async up(...names: string[]): Promise<Ended> {
    return await this.netconf.up({ names }, root).done;
  }

  async down(...names: string[]): Promise<Ended> {
    return await this.netconf.down({ names }, root).done;
  }

  /** Addresses of a link, `192.0.2.1/24`. */
  addresses(device: string): string[] {
    const all = this.kernel.world.state.addresses.filter((one) => one.device === device && one.scope !== "link");
    return all.map(({ address, prefix }) => `${address}/${prefix}`);
  }

  /** Routes that somebody put there. */
  routes(device: string): string[] {
    return this.kernel.world.state.routes
      .filter(({ protocol, hops }) => protocol !== 2 && hops.some((hop) => hop.device === device))
      .map(({ destination, prefix, hops }) => `${destination}/${prefix} via ${hops[0]?.gateway}`);
  }

  isUp(device: string): boolean | undefined {
    return this.kernel.world.state.links.get(device)?.up;
  }

  setup(iface: string): string | undefined {
    return this.journal.records.get(iface)?.setup;
  }

  /** What a client's script is called for. */
  hook(
    client: FakeClient,
    reason: LeaseReason,
    { lease, old, signal }: { lease?: Lease; old?: Lease; signal?: AbortSignal } = {},
  ): Promise<{ status: number; outcome: string }> {
    const { iface, family, pid } = client.record;
    const event: LeaseEvent = {
      ...{ reason, said: reason.toUpperCase(), iface, family, pid, unusable: "" },
      ...(lease ? { lease } : {}),
      ...(old ? { old } : {}),
    };
    return this.netconf.lease(event, signal);
  }

  lease(address: string, more: Partial<Lease> = {}): Lease {
    return {
      ...{ family: 4, address, prefix: 24, broadcast: "", routers: [], mtu: 0, hostName: "", domain: "" },
      routes: [{ destination: "0.0.0.0", prefix: 0, gateway: address.replace(/\d+$/, "1") }],
      ...{ search: [], dns: [], ntp: [], server: address.replace(/\d+$/, "1"), lifetime: 3600, renewal: 1800 },
      ...{ rebinding: 3150, preferred: 3600, since: this.clock.now(), other: {}, refused: {} },
      ...more,
    };
  }

  /** A client that asks for the link, gets a lease, and says so. */
  binds(lease: () => Lease): (client: FakeClient) => void {
    return (client) => {
      void (async () => {
        await this.hook(client, "preinit");
        await this.hook(client, "bound", { lease: lease() });
      })();
    };
  }

  #world({ stays = true, settings = {} }: SceneOptions): World {
    const scene = this;
    const supplier: Supplier = {
      name: "dhclient",
      program: () => "/sbin/dhclient",
      async start(options) {
        if (scene.dead) return never();
        const client = new FakeClient(options, ++scene.#pid);
        client.owner = scene;
        scene.clients.push(client);
        scene.living.add(client);
        void client.exited.then(() => scene.living.delete(client));
        queueMicrotask(() => scene.onStart(client));
        return client;
      },
      adopt(record) {
        const client = [...scene.living].find((one) => one.record.pid === record.pid);
        return client && Object.assign(client, { owner: scene });
      },
      parse: () => {
        throw new Problem("bad-request", "not here");
      },
    };
    return {
      settings: {
        ...{ timeout: 300_000, confirm: 120_000, dhcpTimeout: 60_000, dhcpClient: "auto", stays, uids: [] },
        ...{ dhcpProbe: 10, dhcpWatch: 0, dhcpHostName: true },
        clients: { folder: "/f", script: "/s", socket: "/k" },
        ...settings,
      },
      clock: scene.clock,
      kernel: Object.assign(Object.create(scene.kernel), {
        perform: (...all: Parameters<Kernel["perform"]>) =>
          scene.dead
            ? never()
            : scene.kernel.perform(...all).catch((error) => {
                if (!scene.mortal) throw error;
                scene.kill();
                return never();
              }),
      }),
      files: {
        configuration: async () => (scene.dead ? never() : scene.configuration()),
        policy: async () => scene.policy,
        interfacesPath: "/etc/network/interfaces",
        policyPath: "/policy",
        tables: () => new Map(),
        attribute: () => undefined,
        listed: () => Object.entries(this.listed).map(([physical, logical]) => ({ physical, logical })),
        manager: ({ name }) => scene.managers[name] ?? "",
        seed: "seed",
        scripts: (phase) => scene.scripts[phase] ?? [],
        clientHooks: () => scene.clientHooks,
      },
      programs: {
        async run(program: Program, options) {
          if (scene.dead) return never();
          const what = "shell" in program ? program.shell : program.argv.join(" ");
          scene.ran.push({ what, env: options.env });
          return await scene.program(what, options);
        },
      },
      suppliers: [supplier],
      neighbours: {
        answers: (_iface, address, time, signal) =>
          new Promise((resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Problem("cancelled", "nobody wants to know")));
            if (scene.others.has(address) || time <= 1000) return resolve(scene.others.has(address));
            scene.asked.set(address, () => resolve(true));
            scene.clock.after(time, () => resolve(false));
          }),
        async claim(_iface, { prefer, avoid }): Promise<Claim> {
          const free = ["169.254.7.1", "169.254.7.2", "169.254.7.3"].filter((one) => !scene.others.has(one));
          const address = prefer && free.includes(prefer) ? prefer : free.find((one) => !avoid.includes(one));
          if (address === undefined) throw new Problem("conflict", "none is free");
          const lost = Promise.withResolvers<void>();
          const held = { address, lose: lost.resolve, released: false };
          scene.claims.push(held);
          return { address, lost: lost.promise, release: () => Object.assign(held, { released: true }) };
        },
      },
      dns: { by: "file", set: async (iface, dns) => void scene.dns.set(iface, dns) },
      hostName: {
        read: () => scene.hostName,
        write: (name) => {
          scene.hostName = name;
        },
      },
      journal: scene.journal,
      pending: {
        here: { boot: "b", namespace: "n" },
        uptime: () => scene.uptime + (scene.clock.steady() - 1_700_000_000_000) / 1000,
        read: () => scene.pending.held,
        write: (kept) => {
          scene.pending.held = structuredClone(kept);
        },
        remove: () => {
          scene.pending.held = undefined;
        },
      },
    };
  }

  configuration(): Configuration {
    const files: TextFiles = {
      read: () => this.interfaces,
      list: () => [],
      exists: () => true,
      environment: {},
    };
    return loadConfiguration("/etc/network/interfaces", files);
  }
}

/** Lines of an operation, as they come. */
export function linesOfOperation(operation: Operation): string[] {
  const lines: string[] = [];
  operation.listen(({ text }) => void lines.push(text), "first");
  return lines;
}

export type { Family };
