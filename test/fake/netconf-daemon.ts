/** `reeve netconf daemon` as the console sees it: both control sockets with made-up answers, no kernel behind them. */
import { join } from "node:path";
import {
  type ApplyResult,
  type Asked,
  controlName,
  type EventSummary,
  type EventTree,
  type InterfaceState,
  type MonitorLine,
  type NetconfStatus,
  type Options,
  type PendingConfirm,
  type Results,
  type RolledBack,
  statusName,
  type Verb,
  verbs,
} from "../../src/console/interfaces/control.ts";
import { Problem } from "../../src/problem.ts";
import type { Json } from "../../src/umcp/message.ts";
import { type Exchange, type Server, serve } from "../../src/umcp/server.ts";
import { diagnostics, differences, event, history, leases, links, stanzas } from "./netconf-host.ts";

type Answers = {
  [V in Verb]: (options: Options[V], exchange: Exchange, by: string) => Results[V] | Promise<Results[V]>;
};

const dayMinutes = 1440;

function summary({ lines: _, steps: __, ran: ___, children: ____, ...rest }: EventTree): EventSummary {
  return rest;
}

/** Its last line. */
function ending({ id, kind, name, outcome, reason, ended }: EventTree) {
  const text = [`${kind} ${name}`, outcome, reason].filter(Boolean).join(": ");
  return { what: "line", id, name, text, at: ended ?? 0 } as const;
}

function flat(tree: EventTree): EventTree[] {
  return [tree, ...tree.children.flatMap(flat)];
}

export class FakeNetconf {
  /** What was asked, in order, but by watches: the verb, its options, who asked, and over which socket. */
  readonly asked: { verb: string; options: unknown; by: string | undefined; changing: boolean }[] = [];
  readonly #now = Date.now();
  readonly links: InterfaceState[];
  /** The oldest first. */
  readonly events: EventTree[];
  readonly hostile: string;
  /** How often somebody has asked how the interfaces stand. */
  looks = 0;
  pending: PendingConfirm | null = null;
  rolledBack: RolledBack | null = null;
  warnings: string[] = [];
  /** What the policy says to whoever wants to change something; undefined: yes. */
  forbids: string | undefined;
  /** Resolves when an operation may go on after its first line. */
  gate: Promise<void> = Promise.resolve();
  #servers: Server[] = [];
  /** Those that follow, and whether they want marks. */
  readonly #monitors = new Map<Exchange, boolean>();
  #started = 0;
  #lines = 100;
  #rollback: ReturnType<typeof setTimeout> | undefined;

  constructor(hostile = "x") {
    this.hostile = hostile;
    this.events = history(this.#now, hostile);
    this.links = links(this.#now, hostile).map((link) => ({
      ...link,
      event: this.events.findLast(({ name }) => name === link.name)?.id ?? null,
    }));
  }

  get status(): NetconfStatus {
    const now = this.#now;
    return {
      ...{ pid: 612, version: "0.1.0", started: now - dayMinutes * 60_000, operational: "routable" },
      configuration: {
        files: ["/etc/network/interfaces", "/etc/network/interfaces.d/lab"],
        read: now - 300 * 60_000,
        diagnostics: diagnostics(this.hostile),
      },
      // Counted from when they are asked for, as the kernel has them.
      interfaces: this.links.map((link) => ({
        ...link,
        addresses: link.addresses.map((one) => ({
          ...one,
          validUntil: one.validUntil && one.validUntil + (Date.now() % 7),
        })),
      })),
      ...{ pending: this.pending, rolledBack: this.rolledBack, warnings: this.warnings },
      dns: { by: "resolvconf", servers: ["192.0.2.53", "10.20.0.1"], search: ["example.org"] },
    };
  }

  /** Of both sockets. */
  get connections(): number {
    return this.#servers.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Number of the event that went wrong. */
  get failing(): number {
    return this.events.find(({ outcome }) => outcome === "timeout")?.id ?? 0;
  }

  #link(name: string): InterfaceState {
    const found = this.links.find((one) => one.name === name);
    if (!found) throw new Problem("not-found", `there is no interface ${name}`);
    return found;
  }

  #of(names: string[] | undefined): (one: { name: string }) => boolean {
    return ({ name }) => names === undefined || names.includes(name);
  }

  #find(id: number): EventTree {
    const found = this.events.flatMap(flat).find((one) => one.id === id);
    if (!found) throw new Problem("not-found", `there is no event ${id} (any more)`);
    return found;
  }

  #told(line: MonitorLine): void {
    for (const [exchange, marked] of this.#monitors)
      exchange.partial(marked ? { ...line, mark: this.#mark } : { ...line });
  }

  get #mark(): string {
    return `${this.#started}.${this.events.length}`;
  }

  /** Something that happens by itself. */
  happens(kind: string, name: string, more: Partial<EventTree> = {}): EventTree {
    const tree = event(kind, name, { by: "kernel", ...more });
    this.events.push(tree);
    this.#told({ what: "event", event: summary(tree) });
    if (tree.outcome !== null) this.#told(ending(tree));
    return tree;
  }

  /** An operation with its lines: the first at once, the others when the gate is open. */
  async #operate(kind: string, name: string, by: string, exchange: Exchange, change: (tree: EventTree) => void) {
    const tree = this.happens(kind, name, { by: `${by} by way of uid 998 (reeve)`, ended: null, outcome: null });
    const say = (text: string) => {
      const line = { at: Date.now(), order: ++this.#lines, text: `${[kind, name].filter(Boolean).join(" ")}: ${text}` };
      tree.lines.push(line);
      exchange.partial({ line: line.text, event: tree.id });
      this.#told({ what: "line", id: tree.id, name, at: line.at, text: line.text });
    };
    say(`requested by ${tree.by}`);
    await this.gate;
    tree.children.push(
      event("LINK", name, { parent: tree.id, steps: [{ line: `ip link set dev ${name} up`, error: "", at: "" }] }),
    );
    tree.outcome = "done";
    change(tree);
    say(tree.outcome);
    tree.ended = Date.now();
    this.#told({ what: "event", event: summary(tree) });
    return tree;
  }

  async #upDown(kind: string, verb: "up" | "down", { names = [] }: Options["up"], exchange: Exchange, by: string) {
    const found = names.map((name) => this.#link(name.split("=")[0]!));
    const [first] = found;
    const { id } = await this.#operate(kind, first?.name ?? "", by, exchange, () => {
      for (const one of found) {
        one.setup = verb === "up" ? "configured" : "down";
        one.error = "";
        one.waitsFor = "";
      }
    });
    return {
      event: id,
      interfaces: found.map(({ name, logical }) => ({ name, logical, outcome: "done", reason: "" })),
    };
  }

  /** The time to confirm is over. */
  expire(): void {
    this.#takeBack("nobody has confirmed it in time");
    this.happens("ROLLBACK", "", { by: "timer" });
  }

  #takeBack(why: string): void {
    clearTimeout(this.#rollback);
    const { id = 0 } = this.pending ?? {};
    this.pending = null;
    this.rolledBack = { id, at: Date.now(), why };
  }

  async #apply({ names, timeout = 120, dryRun = false }: Options["apply"], exchange: Exchange, by: string) {
    const wanted = differences().filter(this.#of(names));
    const result: ApplyResult = {
      id: 0,
      differences: wanted
        .map(({ name, differences: all }) => ({ name, differences: all.filter(({ kind }) => kind !== "foreign") }))
        .filter(({ differences: all }) => all.length > 0),
      refused: [{ name: "enp9s0", reason: `the prefix length is none: ${this.hostile}`, at: "" }],
      steps: wanted.flatMap(({ differences: all }) => all.flatMap(({ mend }) => mend)),
      scripts: [
        "br0: pre-up /usr/local/sbin/watch-ports --quiet br0",
        `br0: /etc/network/if-up.d/${this.hostile}`,
        "bond0.20: post-up ip rule add from 10.20.0.0/16 lookup 20 priority 1020 protocol static suppress_prefixlength 0",
      ],
      deadline: null,
    };
    if (dryRun) {
      this.happens("CTLSOCK_APPLY", "", { by });
      return result;
    }
    if (this.pending) throw new Problem("conflict", `apply ${this.pending.id} waits for its confirm`);
    await this.#operate("CTLSOCK_APPLY", "", by, exchange, (tree) => {
      this.rolledBack = null;
      result.id = tree.id;
      if (timeout === 0) return;
      const since = Date.now();
      result.deadline = since + timeout * 1000;
      const changes = wanted.flatMap(({ name, differences: all }) => all.map(({ what }) => `${name}: ${what}`));
      this.pending = { id: tree.id, since, deadline: result.deadline, by: tree.by, changes };
      this.#rollback = setTimeout(() => this.expire(), timeout * 1000);
    });
    return result;
  }

  #pendingId(id: number | undefined): number {
    if (!this.pending) throw new Problem("conflict", "nothing waits for a confirm");
    if (id !== undefined && id !== this.pending.id)
      throw new Problem("conflict", `apply ${this.pending.id} waits, not ${id}`);
    return this.pending.id;
  }

  readonly #answers: Answers = {
    status: ({ names }) => {
      this.looks++;
      const interfaces = this.status.interfaces.filter(this.#of(names));
      return { ...this.status, interfaces: names ? interfaces : interfaces.map((one) => ({ ...one, routes: [] })) };
    },
    check: ({ names }) => {
      const interfaces = differences().filter(this.#of(names));
      const same = interfaces.every(({ differences: all }) => all.every(({ kind }) => kind === "foreign"));
      return { same, interfaces, diagnostics: [] };
    },
    why: ({ name }) => {
      const { operational, setup, error, waitsFor, at } = this.#link(name);
      const newest = this.events.findLast((one) => one.name === name);
      const says =
        error || (waitsFor && `not yet: ${waitsFor}`) || (at ? `it is as ${at} says` : "nothing is configured for it");
      return { name, operational, setup, sentence: says, event: newest ?? null, diagnostics: [] };
    },
    query: ({ names }) => ({
      interfaces: this.links.filter(this.#of(names)).map(({ name, methods, at }) => stanzas(name, methods, at)),
      diagnostics: [],
    }),
    leases: ({ names }) => ({ leases: leases(this.#now, this.hostile).filter(this.#of(names)) }),
    events: ({ before = Number.POSITIVE_INFINITY, limit, name, kind }) => {
      const left = this.events
        .flatMap(flat)
        .filter((one) => one.id < before && (!name || one.name === name) && (!kind || one.kind === kind))
        .sort((a, b) => b.id - a.id);
      const page = left.slice(0, limit).map(summary);
      return { events: page, before: left.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
    event: ({ id }) => this.#find(id),
    attach: ({ id }, exchange) => {
      const tree = this.#find(id);
      for (const { text } of tree.lines) exchange.partial({ line: text, event: id });
      return summary(tree);
    },
    monitor: async ({ after }, exchange) => {
      this.#monitors.set(exchange, after !== undefined);
      if (after !== undefined) {
        const [started, known = this.events.length] = after === "now" ? [this.#started] : after.split(".").map(Number);
        const text = started === this.#started ? "" : "the daemon was started anew";
        exchange.partial({ what: "mark", text, at: Date.now(), mark: this.#mark });
        for (const missed of this.events.slice(known)) exchange.partial({ ...ending(missed), mark: this.#mark });
      }
      await new Promise<void>((resolve) => exchange.signal.addEventListener("abort", () => resolve(), { once: true }));
      this.#monitors.delete(exchange);
      return null;
    },
    "wait-online": () => ({ online: true, interfaces: [] }),
    up: (options, exchange, by) => this.#upDown("CTLSOCK_IFUP", "up", options, exchange, by),
    down: (options, exchange, by) => this.#upDown("CTLSOCK_IFDOWN", "down", options, exchange, by),
    reload: () => {
      this.rolledBack = null;
      return { interfaces: this.links.length, diagnostics: diagnostics(this.hostile) };
    },
    apply: (options, exchange, by) => this.#apply(options, exchange, by),
    confirm: ({ id }) => {
      const confirmed = this.#pendingId(id);
      clearTimeout(this.#rollback);
      this.pending = null;
      this.happens("CTLSOCK_CONFIRM", "");
      return { id: confirmed };
    },
    rollback: async ({ id }, exchange, by) => {
      const taken = this.#pendingId(id);
      await this.#operate("ROLLBACK", "", by, exchange, () => this.#takeBack(`${by} wants it`));
      return { id: taken };
    },
    hotplug: () => ({ event: 0, interfaces: [] }),
    renew: async ({ name }, exchange, by) => {
      const { name: found } = this.#link(name);
      // The first line is that of a part.
      const root = this.happens("CARRIER", found, { by });
      const part = event("DHCP", found, { parent: root.id, by });
      root.children.push(part);
      exchange.partial({ line: `DHCP ${found}: renews`, event: part.id });
      return { renewed: [found] };
    },
  };

  /** Listens in a run folder. */
  async start(folder: string): Promise<void> {
    this.#started = Date.now();
    const open = (name: string, changing: boolean) =>
      serve({
        unix: join(folder, name),
        mode: changing ? 0o600 : 0o666,
        handler: async (exchange) => {
          const [verb = ""] = exchange.request.arguments;
          if (!Object.hasOwn(verbs, verb) || (!changing && verbs[verb as Verb].changes)) {
            throw new Problem("unknown-command", `this socket does not know ${verb}`);
          }
          const { options, by } = exchange.request.body as unknown as Asked;
          if (!["status", "events", "monitor"].includes(verb)) this.asked.push({ verb, options, by, changing });
          if (this.forbids !== undefined && verbs[verb as Verb].changes) throw new Problem("forbidden", this.forbids);
          const answer = this.#answers[verb as Verb] as (...given: unknown[]) => unknown;
          return { result: (await answer(options, exchange, by)) as Json };
        },
      });
    this.#servers = [await open(controlName, true), await open(statusName, false)];
  }

  async stop(): Promise<void> {
    clearTimeout(this.#rollback);
    await Promise.all(this.#servers.map((server) => server.stop(100)));
    this.#servers = [];
  }
}
