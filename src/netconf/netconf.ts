/**
 * The engine as its users see it: the daemon's control sockets, the one-shot `up` and `down`, the hook of DHCP clients.
 * What is asked becomes an event; what became of it, and its status lines, can be followed.
 */
import type { ApplyResult, Options, UpResult, Which } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import { hasHooks, hookEnvironment, hookText } from "./dhcp/client-hooks.ts";
import type { Verdict } from "./dhcp/hook.ts";
import type { LeaseEvent } from "./dhcp/lease.ts";
import { Engine } from "./engine.ts";
import type { EventKind } from "./events/event.ts";
import type { QueueOptions } from "./events/events.ts";
import type { Parameters } from "./events/parameters.ts";
import type { Task } from "./events/task.ts";
import { chosenDown, chosenUp } from "./expand.ts";
import { handlers } from "./handlers/table.ts";
import type { Named } from "./interfaces/pattern.ts";
import { allows, type Person, type Right } from "./policy/policy.ts";
import { type Operation, Running } from "./running.ts";
import { howOf } from "./several.ts";
import { begin } from "./start.ts";
import { watchKernel } from "./watching.ts";
import type { World } from "./world.ts";

/** Who asks. */
export interface Asker extends Person {
  /** As events name it: `root`, `alice (by the console)`. */
  by: string;
  /** Number of the event whose script asks (REEVE_EVENT): it waits for the answer. */
  within?: number;
}

/** Milliseconds for all hooks of a lease: less than the client's script has for itself. */
const hookTime = 20_000;

/** Verbs that change something, each an event of its own. */
export type Work = "up" | "down" | "reload" | "apply" | "confirm" | "rollback" | "hotplug" | "renew";

export class Netconf {
  readonly engine: Engine;
  #unwatch: (() => void) | undefined;

  constructor(world: World) {
    this.engine = new Engine(world, handlers);
    const { recording } = world;
    if (!recording) return;
    this.engine.events.watch((happening) => {
      if (happening.what === "ended" && happening.task.event.parent === 0) recording.tree(happening.task);
    });
  }

  /**
   * Reads kernel and configuration, finishes or takes back what a former process left half done, and finds its clients
   * again.
   */
  async start(): Promise<void> {
    const { engine } = this;
    this.#note("start");
    await engine.world.kernel.refresh();
    await engine.readPolicy();
    await engine.readFirst();
    await begin(engine);
    // Not before: while something is taken back its records are of neither side, and nobody must go by them.
    if (engine.world.settings.stays) this.#unwatch = watchKernel(engine);
  }

  /**
   * Ends what is under way, or where nothing else comes (no daemon) waits for it; interfaces and clients stay as they are.
   */
  async stop(reason = "the daemon ends"): Promise<void> {
    this.#unwatch?.();
    const { engine } = this;
    this.#note("stop", { reason });
    while (!engine.world.settings.stays && engine.events.living.size > 0) {
      await Promise.all(Array.from(engine.events.living, ({ done }) => done));
    }
    await engine.close(reason);
  }

  /**
   * @throws Problem `forbidden` by the policy, `not-found` for a name that neither kernel nor configuration nor records
   *   have, `bad-options`
   */
  up(options: Options["up"], asker: Asker): Operation {
    this.#note("up", { options, asker });
    const { engine } = this;
    const which = whichOf(options);
    const chosen = chosenUp(engine, which);
    const narrowed = options.all || options.class !== undefined || options.exclude !== undefined;
    if (chosen.length === 0 && !narrowed) throw new Problem("not-found", `no device fits ${options.names?.join(", ")}`);
    // A name in `auto` that nothing is known of fails alone.
    if (options.names) for (const { physical, logical } of chosen) this.#known(physical, logical);
    this.#allow(asker, "IFUP", this.#concerned(chosen));
    const rest = { ...howOf(options), ...(options.mappings === false ? { mappings: false } : {}) };
    const [only] = chosen;
    if (isOne(which) && chosen.length === 1 && only) {
      const logical = only.logical === undefined ? {} : { logical: only.logical };
      return this.#queue(
        "CTLSOCK_IFUP",
        only.physical,
        { class: "", asked: true, ...logical, ...rest },
        asker,
        options,
      );
    }
    return this.#queue("CTLSOCK_IFUP", "", { which, class: which.class ?? "", asked: true, ...rest }, asker, options);
  }

  /** @throws Problem as `up`, but that of what is not up nothing need be known */
  down(options: Options["down"], asker: Asker): Operation {
    this.#note("down", { options, asker });
    const which = whichOf(options);
    const chosen = chosenDown(this.engine, which);
    const alone = isOne(which) && chosen.length === 1 && options.along !== true;
    this.#allow(asker, "IFDOWN", alone ? this.#concerned(chosen) : this.#along(this.#concerned(chosen)));
    const rest = { ...howOf(options), ...(options.along ? { along: true } : {}) };
    const [only] = chosen;
    if (isOne(which) && chosen.length === 1 && only) {
      const logical = only.logical === undefined ? {} : { logical: only.logical };
      return this.#queue("CTLSOCK_IFDOWN", only.physical, { ...logical, ...rest }, asker, options);
    }
    return this.#queue("CTLSOCK_IFDOWN", "", { which, ...rest }, asker, options);
  }

  reload(asker: Asker): Operation {
    this.#note("reload", { asker });
    this.#allow(asker, "APPLY", []);
    return this.#queue("CTLSOCK_RELOAD", "", {}, asker);
  }

  apply(options: Options["apply"], asker: Asker): Operation {
    this.#note("apply", { options, asker });
    this.#allow(asker, "APPLY", []);
    return this.#queue("CTLSOCK_APPLY", "", options, asker, {});
  }

  confirm(options: Options["confirm"], asker: Asker): Operation {
    this.#note("confirm", { options, asker });
    this.#allow(asker, "APPLY", []);
    return this.#queue("CTLSOCK_CONFIRM", "", options, asker);
  }

  rollback(options: Options["rollback"], asker: Asker): Operation {
    this.#note("rollback", { options, asker });
    this.#allow(asker, "APPLY", []);
    return this.#queue("ROLLBACK", "", { ...options, why: `${asker.by} wants it` }, asker);
  }

  hotplug({ name, action }: Options["hotplug"], asker: Asker): Operation {
    this.#note("hotplug", { options: { name, action }, asker });
    this.#allow(asker, action === "add" ? "IFUP" : "IFDOWN", [name]);
    return this.#queue("HOTPLUG", name, { action }, asker);
  }

  /** @throws Problem `not-found`: no client runs for it */
  renew({ name }: Options["renew"], asker: Asker): Operation {
    this.#note("renew", { options: { name }, asker });
    this.#allow(asker, "IFUP", [name]);
    if (this.engine.clients.of(name).length === 0) throw new Problem("not-found", `no DHCP client runs for ${name}`);
    return this.#queue("CARRIER", name, { carrier: true }, asker);
  }

  /**
   * What a DHCP client's script was called for. A new address is in use long before the answer, for which the script has
   * to wait until it is known that nobody else has it.
   * @param signal the script has gone: what it asked for is not wanted any more, what was begun is done
   * @returns the script's exit status: other than 0 means that the lease is declined
   */
  async lease(event: LeaseEvent, signal?: AbortSignal): Promise<{ status: number; outcome: string; verdict: Verdict }> {
    const { engine } = this;
    this.#note("lease", { event });
    if (event.iface === "" || !engine.clients.isOurs(event)) return { status: 0, outcome: "superseded", verdict: "ok" };
    const waiting = engine.clients.waiting(event.iface, event.family);
    const { timeout } = engine.world.settings;
    const by = `${engine.clients.get(event.iface, event.family)?.record.supplier ?? "dhcp"} ${event.pid}`;
    const task = engine.events.queue("LEASE", event.iface, event, { by, timeout }, waiting?.task);
    const gone = () => this.#cancel(task as unknown as Task, "its client's script has gone");
    signal?.addEventListener("abort", gone, { once: true });
    if (signal?.aborted) gone();
    const { outcome } = await task.done;
    signal?.removeEventListener("abort", gone);
    const { lease } = event;
    const told = outcome === "done" ? this.#runHooks(event, by) : undefined;
    const taken = outcome === "done" && lease !== undefined && (await engine.watches.taken(event.iface, lease.address));
    await told;
    const conflict = taken || outcome === "conflict";
    const verdict = conflict ? "conflict" : outcome === "failed" ? "unusable" : "ok";
    return { status: conflict ? 1 : 0, outcome: conflict ? "conflict" : outcome, verdict };
  }

  /** What other packages want to know of dhclient's leases. */
  async #runHooks(event: LeaseEvent, by: string): Promise<void> {
    const { engine } = this;
    const { iface, family } = event;
    const client = engine.records.get(iface)?.clients.find((one) => one.family === family);
    if (client?.supplier !== "dhclient" || !hasHooks(event)) return;
    const shell = hookText(engine.world.files.clientHooks());
    if (shell === "") return;
    const run = { phase: "hooks", shell, env: hookEnvironment(event) } as const;
    await engine.events.queue("SCRIPTS", iface, run, { by, timeout: hookTime }).done;
  }

  /** An event that is under way or among the last ones. @throws Problem `not-found` */
  attach(id: number): Operation {
    const task = this.engine.events.ring.find(id);
    if (!task) throw new Problem("not-found", `there is no event ${id} (any more)`);
    return new Running(task, this.#cancel);
  }

  /** What became of each interface of a request. */
  result(task: Task): UpResult {
    const all = task.event.iface === "" ? task.children : [task];
    const interfaces = all
      .filter(({ event }) => event.iface !== "")
      .map(({ event: { iface, outcome, reason }, result }) => ({
        name: iface,
        logical: this.engine.records.get(iface)?.logical ?? (typeof result === "string" ? result : ""),
        outcome: outcome ?? "",
        reason,
      }));
    return { event: task.event.id, interfaces };
  }

  /** What an apply did or would do. */
  applied(task: Task): ApplyResult {
    return (
      (task.result as ApplyResult | undefined) ?? {
        id: 0,
        differences: [],
        refused: [],
        steps: [],
        scripts: [],
        deadline: null,
      }
    );
  }

  #queue<K extends EventKind>(
    kind: K,
    iface: string,
    parameters: Parameters[K],
    { by, within }: Asker,
    { timeout }: { timeout?: number } = {},
  ): Operation {
    const { events, world } = this.engine;
    const options: QueueOptions = { by, timeout: timeout === undefined ? world.settings.timeout : timeout * 1000 };
    const waits = within === undefined ? undefined : events.ring.find(within);
    return new Running(
      events.queue(kind, iface, parameters, options, waits?.ended ? undefined : waits) as unknown as Task,
      this.#cancel,
    );
  }

  #note(name: string, value: unknown = {}): void {
    this.engine.world.recording?.note(name, value);
  }

  readonly #cancel = (task: Task, reason: string): void => {
    this.#note("cancel", { id: task.event.id, reason });
    task.stop("cancelled", reason);
  };

  #known(physical: string, logical: string | undefined): void {
    const { configuration, records, policy } = this.engine;
    const name = logical ?? physical;
    // Scripts and status lines have it.
    if (/[\s\p{Cc}]/u.test(`${physical}${name}`)) throw new Problem("bad-options", "a name has no white space in it");
    const named = configuration.stanzas.some((stanza) => stanza.name === name) || configuration.mappings.length > 0;
    const refused = configuration.diagnostics.some(({ refuses }) => refuses.includes(name));
    if (named || refused || records.has(physical) || policy.ways.size > 0 || this.engine.link(physical)) return;
    throw new Problem("not-found", `there is no interface ${physical}, neither in the kernel nor in the configuration`);
  }

  /** Interfaces, and those whose stanzas they are asked to take. */
  #concerned(chosen: readonly Named[]): string[] {
    return chosen.flatMap(({ physical, logical }) =>
      logical !== undefined && this.engine.link(logical) ? [physical, logical] : [physical],
    );
  }

  /** With what needs them, which goes down before they do. */
  #along(names: readonly string[]): string[] {
    const all = new Set(names);
    for (const name of all) for (const user of this.engine.records.get(name)?.users ?? []) all.add(user);
    return [...all];
  }

  #allow(asker: Asker, right: Right, names: readonly string[]): void {
    const { policy, world } = this.engine;
    if (asker.uid === 0 || world.settings.uids.includes(asker.uid)) return;
    const refused = (names.length > 0 ? names : [""]).find((name) => !allows(policy, right, name, asker));
    if (refused === undefined) return;
    const what =
      right === "APPLY"
        ? "change the configuration"
        : `bring ${refused || "anything"} ${right === "IFUP" ? "up" : "down"}`;
    throw new Problem("forbidden", `the policy does not allow ${asker.name || `uid ${asker.uid}`} to ${what}`);
  }
}

function whichOf({ names, class: name, all, exclude }: Which & { exclude?: string[] }): Which & { exclude?: string[] } {
  if (!all && name === undefined && (names ?? []).length === 0) {
    throw new Problem("bad-options", "which interface? name one, a class, or all");
  }
  return {
    ...(names === undefined ? {} : { names }),
    ...(name === undefined ? {} : { class: name }),
    ...(all === undefined ? {} : { all }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

function isOne({ names, class: name, all }: Which): boolean {
  return names?.length === 1 && name === undefined && all !== true;
}
