/** A live agent as a Source: read, walked and written with one credential, in its contexts, too. */
import { Problem } from "../problem.ts";
import type { Credential } from "./credential.ts";
import type { SnmpEngine } from "./engine.ts";
import type { Exchange, Outcome, Question } from "./exchange.ts";
import { follows } from "./order.ts";
import { errorName, failed, noSuchName, type Pdu, type Reply, tooBig } from "./pdu.ts";
import type { Peer } from "./peer.ts";
import { Budget, type WalkLimits } from "./progress.ts";
import { CommunitySecurity, type Security } from "./security.ts";
import type { ReadOptions, Source } from "./source.ts";
import type { Tables } from "./tables.ts";
import type { ResolvedTarget } from "./target.ts";
import { DiscoverySecurity, UserSecurity, Engine as V3Engine } from "./usm.ts";
import { type Oid, tag, type VarBind } from "./value.ts";
import { type Pace, readObjects } from "./walk.ts";

/** A context that says nothing is waited for this long at least, and asked twice. */
const contextPatience = 500;
/** Silent contexts in a row after which the rest are not asked: where none has answered yet, and where some have. */
const silentAtFirst = 4;
const silentInARow = 8;

/** What a walk of everything may bring: it goes to a disk, not into memory, but an endless one must end. */
const recordingLimits: WalkLimits = { rows: 10_000_000, values: 10_000_000, bytes: 1024 ** 3 };

export interface AgentOptions {
  /** SETs are allowed; by default, when the credential says so. */
  write?: boolean;
  limits?: WalkLimits;
}

/**
 * The agent with that credential. Nothing is sent yet. Close it.
 * @throws Problem `bad-request` for a credential that cannot be used
 */
export function openAgent(
  engine: SnmpEngine,
  target: ResolvedTarget,
  credential: Credential,
  options: AgentOptions = {},
): LiveAgent {
  return new LiveAgent(new Device(engine, target, credential, options));
}

/** Requests of one read, walk or SET, so that they can be ended together. */
class Batch {
  readonly #running = new Set<Exchange>();
  stopped: string | undefined;

  add(exchange: Exchange): Promise<Outcome> {
    if (this.stopped !== undefined) exchange.stop(this.stopped);
    this.#running.add(exchange);
    return exchange.outcome.finally(() => this.#running.delete(exchange));
  }

  stop(reason: string): void {
    this.stopped ??= reason;
    for (const exchange of this.#running) exchange.stop(reason);
  }
}

/** What an agent and its contexts share. */
class Device {
  readonly engine: SnmpEngine;
  readonly target: ResolvedTarget;
  readonly credential: Credential;
  readonly write: boolean;
  readonly limits: WalkLimits | undefined;
  readonly peer: Peer;
  readonly pace: Pace;
  readonly v3: V3Engine | undefined;
  readonly batches = new Set<Batch>();
  readonly contexts = new Map<string, Context>();
  contextsAnswered = 0;
  silentContexts = 0;
  closed = false;
  #discovering: Promise<Outcome> | undefined;

  constructor(engine: SnmpEngine, target: ResolvedTarget, credential: Credential, options: AgentOptions) {
    this.engine = engine;
    this.target = target;
    this.credential = credential;
    this.write = options.write ?? credential.write;
    this.limits = options.limits;
    this.pace = { repetitions: engine.options.repetitions };
    this.v3 = credential.version === 3 ? new V3Engine(credential) : undefined;
    this.peer = engine.peer(target);
  }

  /** The engine's id, asked for once for all who wait for it. */
  discover(batch: Batch, question: Omit<Question, "security" | "pdu">): Promise<Outcome> {
    this.#discovering ??= batch
      .add(this.peer.ask({ ...question, security: new DiscoverySecurity(this.v3!), pdu: { kind: "get", oids: [] } }))
      .finally(() => {
        this.#discovering = undefined;
      });
    return this.#discovering;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const batch of this.batches) batch.stop("closed");
    this.engine.release(this.peer);
  }
}

interface Context {
  /** As messages name it. */
  name: string;
  /** As the agent knows it. */
  wire: string;
  answered: boolean;
  /** It has been asked in vain. */
  silent: boolean;
  lastAnswer: number;
}

export class LiveAgent implements Source {
  readonly name: string;
  readonly #device: Device;
  readonly #context: Context | undefined;
  readonly #security: Security;

  constructor(device: Device, context?: Context) {
    this.#device = device;
    this.#context = context;
    this.name = context ? `${device.target.name}@${context.name}` : device.target.name;
    const { version, community = "" } = device.credential;
    if (device.v3) this.#security = new UserSecurity(device.v3, context?.wire ?? "");
    else {
      const plain = version === 1 ? 1 : 2;
      this.#security = new CommunitySecurity(plain, context ? `${community}@${context.wire}` : community);
    }
  }

  async read(objects: readonly Oid[], options: ReadOptions = {}): Promise<Tables> {
    return await this.#batch(options, (batch) =>
      readObjects(objects, {
        ask: (pdu) => this.#ask(pdu, batch),
        bulk: this.#device.credential.version !== 1,
        pace: this.#device.pace,
        // A context is asked one thing before it has shown that it exists.
        parallel: () => (this.#context?.answered === false ? 1 : this.#device.engine.options.inFlight),
        answered: () => this.#context?.answered ?? this.#device.peer.slowest !== undefined,
        limits: this.#device.limits,
        outOfOrder: () => this.#device.engine.outOfOrder(),
      }),
    );
  }

  async walk(
    root: Oid,
    each: (binding: VarBind) => void | Promise<void>,
    options: ReadOptions = {},
  ): Promise<{ complete: boolean; reason?: string | undefined }> {
    return await this.#batch(options, (batch) => this.#walk(root, each, batch));
  }

  async #walk(root: Oid, each: (binding: VarBind) => void | Promise<void>, batch: Batch) {
    const { pace, credential, engine } = this.#device;
    const prefix = `${root}.`;
    // BER has no OID of one number.
    let last = root.includes(".") ? root : `${root}.0`;
    const budget = new Budget(this.#device.limits ?? recordingLimits);
    let flaw: string | undefined;
    let cap = 200;
    for (;;) {
      const repetitions = Math.min(cap, pace.repetitions * 4);
      const pdu: Pdu =
        credential.version === 1 ? { kind: "getNext", oids: [last] } : { kind: "getBulk", oids: [last], repetitions };
      const reply = await this.#ask(pdu, batch);
      if (failed(reply)) return { complete: false, reason: reply.reason };
      const asked = pdu.repetitions ?? 1;
      if (reply.status === noSuchName) return { complete: flaw === undefined, reason: flaw };
      if (reply.status !== 0 || reply.varbinds.length === 0) {
        if (asked === 1) {
          const reason =
            reply.status === 0 ? "the agent answers with nothing" : `the agent says ${errorName(reply.status)}`;
          return { complete: false, reason: `${reason} after ${last}` };
        }
        cap = reply.status === tooBig ? Math.floor(asked / 2) : 1;
        continue;
      }
      cap = Math.min(200, Math.max(cap + 1, reply.repetitions));
      for (const { oid, type, value, bad } of reply.varbinds.slice(0, asked)) {
        if (type === tag.endOfMibView || type === tag.noSuchObject || type === tag.noSuchInstance) {
          return { complete: flaw === undefined, reason: flaw };
        }
        if (!follows(last, oid)) {
          engine.outOfOrder();
          return { complete: false, reason: `loop: after ${last} the agent answers ${oid}` };
        }
        if (!oid.startsWith(prefix)) return { complete: flaw === undefined, reason: flaw };
        last = oid;
        if (!budget.spend(oid, value ?? "")) return { complete: false, reason: budget.exceeded };
        if (bad) flaw ??= `the value of ${oid} cannot be read`;
        else await each({ oid, type, value });
        if (batch.stopped !== undefined) return { complete: false, reason: batch.stopped };
      }
    }
  }

  async set(bindings: readonly VarBind[]): Promise<void> {
    if (!this.#device.write) {
      throw new Problem("forbidden", `${this.name}: the credential ${this.#device.credential.tag} is not for writing`);
    }
    const reply = await this.#batch({}, (batch) => this.#ask({ kind: "set", oids: [], bindings }, batch));
    if (failed(reply)) {
      const code =
        reply.failure === "stopped" ? "cancelled" : reply.failure === "refused" ? "forbidden" : "unavailable";
      throw new Problem(code, `${this.name}: ${reply.reason}`);
    }
    if (reply.status === 0) return;
    const guilty = bindings[reply.index - 1]?.oid;
    throw new Problem("forbidden", `${this.name} refuses${guilty ? ` ${guilty}` : ""}: ${errorName(reply.status)}`);
  }

  context(kind: "vlan" | "vrf", name: string): LiveAgent {
    const device = this.#device;
    const { version, contextPrefix } = device.credential;
    const wire = version === 3 && kind === "vlan" ? `${contextPrefix}${name}` : name;
    let context = device.contexts.get(wire);
    if (!context) {
      context = { name, wire, answered: false, silent: false, lastAnswer: Number.NEGATIVE_INFINITY };
      device.contexts.set(wire, context);
    }
    return new LiveAgent(device, context);
  }

  close(): void {
    // A context holds nothing of its own.
    if (!this.#context) this.#device.close();
  }

  /** One answer to one question, for finding out whether the credential is right. */
  async probe(oids: readonly Oid[], patience: number[], signal?: AbortSignal): Promise<Reply> {
    return await this.#batch({ signal }, (batch) =>
      this.#ask({ kind: "get", oids }, batch, { patience: () => patience, tentative: true }),
    );
  }

  async #batch<Result>({ signal, deadline }: ReadOptions, work: (batch: Batch) => Promise<Result>): Promise<Result> {
    const cancelled = () => new Problem("cancelled", `reading ${this.name} was cancelled`);
    if (signal?.aborted) throw cancelled();
    const batch = new Batch();
    if (this.#device.closed) batch.stop("closed");
    this.#device.batches.add(batch);
    const abort = () => batch.stop("cancelled");
    signal?.addEventListener("abort", abort, { once: true });
    const timer = deadline === undefined ? undefined : setTimeout(() => batch.stop("the time is up"), deadline);
    try {
      const result = await work(batch);
      if (signal?.aborted) throw cancelled();
      return result;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#device.batches.delete(batch);
    }
  }

  async #ask(pdu: Pdu, batch: Batch, how: Partial<Question> = {}): Promise<Reply> {
    const { peer, v3 } = this.#device;
    const context = this.#context;
    const question = { patience: () => peer.patience(), context: context?.name ?? "", ...how };
    let reply: Outcome | undefined;
    // Two tries more where the agent's engine or clock has changed.
    for (let attempt = 0; attempt < 3; attempt++) {
      if (v3 && !v3.known) {
        reply = await this.#device.discover(batch, question);
        // Another read's end may have ended it.
        if (failed(reply) && reply.failure === "stopped" && batch.stopped === undefined) continue;
        if (failed(reply)) return reply;
      }
      const asked = peer.ask({ ...question, security: this.#security, pdu, ...(context && this.#gently(context)) });
      reply = await batch.add(asked);
      if (!failed(reply)) break;
      if (!reply.again) break;
    }
    if (context && reply) this.#learn(context, reply);
    return reply!;
  }

  /** A context that does not exist is silence with v1 and v2c: it must cost little, and nothing to the device. */
  #gently(context: Context): Partial<Question> {
    const device = this.#device;
    const { peer, engine } = device;
    const gate = () => {
      if (context.answered) return undefined;
      if (context.silent) return "the context does not answer";
      const enough = device.contextsAnswered > 0 ? silentInARow : silentAtFirst;
      return device.silentContexts >= enough ? `${device.silentContexts} contexts in a row did not answer` : undefined;
    };
    if (context.answered) return { lastAnswer: () => context.lastAnswer };
    const { timeout } = engine.options;
    const patience = () => {
      const wait =
        peer.slowest === undefined ? timeout : Math.min(timeout, Math.max(contextPatience, peer.slowest * 4));
      return [wait, wait];
    };
    return { gate, patience, lastAnswer: () => context.lastAnswer, quiet: true };
  }

  #learn(context: Context, reply: Reply): void {
    const device = this.#device;
    if (!failed(reply)) {
      context.lastAnswer = performance.now();
      if (context.answered) return;
      context.answered = true;
      device.contextsAnswered++;
      device.silentContexts = 0;
    } else if (reply.failure === "silent" && !context.answered && !context.silent) {
      context.silent = true;
      device.silentContexts++;
    }
  }
}
