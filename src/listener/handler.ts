/**
 * The parent's half of a handler: its process, started, spoken to, timed, and started again with back-off when it ends by
 * itself. Visibly gives up where that does not help.
 */
import { readFileSync } from "node:fs";
import { type Level, logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import { refuseForeignCode } from "../system/trusted-file.ts";
import type { Declaration, LifeFunction } from "./declaration.ts";
import { complete, unknownDeclaration } from "./declare.ts";
import { Errand } from "./errand.ts";
import type { HandlerFile } from "./handler-file.ts";
import type { HandlerStart } from "./handler-host.ts";
import { type Identity, type Peer, startPeer } from "./handler-peer.ts";
import { identityOf } from "./identity.ts";
import { Noise } from "./noise.ts";
import type { Call, FromHandler, ToHandler } from "./wire.ts";
import type { Delivery, Worker, WorkerState } from "./worker.ts";

export interface HandlerOptions {
  /** `listener.settings` of this handler. */
  settings: Record<string, string[]>;
  /** What only Python modules are told (`setdata`, the registry). */
  directory?: Extract<ToHandler, { type: "start" }>["directory"];
  /** And the password, when one asks for it. */
  bindPassword?: () => string;
  /** What only those get that are part of Reeve. */
  shipped?: HandlerStart["shipped"];
  /** The file says another name than before: it is another handler. */
  onRenamed?: (now: string) => void;
  pace?: Partial<Pace>;
}

export interface HandlerStats {
  pid: number | undefined;
  /** Calls that it was given and has not answered. */
  pending: number;
  /** Bytes of its process, without what it started. */
  memory: number;
  calls: number;
  failures: number;
  /** Milliseconds in calls, all together and the longest. */
  busy: number;
  slowest: number;
  /** Ends that nobody had asked for. */
  crashes: number;
}

/** How patiently a process is started again. */
export interface Pace {
  /** Milliseconds until it must have said that it is ready. */
  readyTimeout: number;
  /** Milliseconds before the first restart; doubles, up to `slowest`. */
  first: number;
  slowest: { ready: number; unready: number };
  /** Lives in a row without a call done, after which it stays out of service: having been ready, and not. */
  tries: { ready: number; unready: number };
}

export const defaultPace: Pace = {
  readyTimeout: 30_000,
  first: 200,
  slowest: { ready: 5000, unready: 30_000 },
  tries: { ready: 30, unready: 8 },
};

/** Trying again does not mend these; another file does. */
const hopeless = new Set(["config", "not-found", "permission", "missing"]);

/** What `timeout` is multiplied by for the other functions: a resync's `clean` may take its time. */
const lifeFactor = 10;

export class HandlerProcess implements Worker {
  readonly file: HandlerFile;
  name: string;
  declaration: Declaration;
  state: WorkerState = { state: "starting" };
  onState: ((state: WorkerState) => void) | null = null;
  warnings: string[] = [];
  /** Resolves when it serves, or is out of service, for the first time. */
  readonly settled: Promise<void>;

  readonly #options: HandlerOptions;
  readonly #pace: Pace;
  readonly #log = logger("listener");
  readonly #settle: () => void;
  /** Others know it by its name. */
  #settled = false;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #again = new AbortController();
  #peer: Peer | undefined;
  #errand: Errand | undefined;
  #identity: Identity | undefined;
  #fruitless = 0;
  #lives = 0;
  readonly #stats = { calls: 0, failures: 0, busy: 0, slowest: 0, crashes: 0 };

  constructor(file: HandlerFile, options: HandlerOptions) {
    this.file = file;
    this.name = file.stem;
    this.declaration = unknownDeclaration(file.stem);
    this.#options = options;
    this.#pace = { ...defaultPace, ...options.pace };
    const settled = Promise.withResolvers<void>();
    this.settled = settled.promise;
    this.#settle = () => {
      this.#settled = true;
      settled.resolve();
    };
    this.#ended = this.#live();
  }

  async send(calls: readonly Call[], done: (id: string) => void): Promise<Delivery> {
    const peer = this.#peer;
    if (!peer) return { end: "lost", error: "it is not running", blame: "none" };
    if (calls.length === 0) return { end: "done" };
    const errand = new Errand(
      calls.map(({ id }) => id),
      this.declaration.timeout * 1000,
      (id, milliseconds) => {
        this.#count(milliseconds);
        done(id);
        if (peer.window === 1) pass();
      },
      () => void peer.stop(0),
    );
    const pass = () => {
      if (errand.open) peer.say({ type: "calls", calls: calls.slice(errand.at, errand.at + peer.window) });
    };
    return this.#run(errand, pass);
  }

  async life(name: LifeFunction): Promise<void> {
    const peer = this.#peer;
    if (!this.declaration.functions.includes(name)) return;
    if (!peer) throw new Problem("unavailable", `${name}: the handler is not running`);
    const id = `${name}-${++this.#lives}`;
    const errand = new Errand(
      [id],
      this.declaration.timeout * 1000 * lifeFactor,
      () => undefined,
      () => void peer.stop(0),
    );
    const delivery = await this.#run(errand, () => peer.say({ type: "life", id, function: name }));
    if (delivery.end !== "done") throw new Problem("command-failed", `${name}: ${delivery.error}`);
  }

  /** Its file has changed, or a person wants it back: ended in order and started anew. */
  restart(): void {
    this.#fruitless = 0;
    this.#again.abort();
  }

  /** Takes it out of service, e.g. for a name that another has already. It does not come back by itself. */
  async refuse(reason: string): Promise<void> {
    await this.stop();
    this.#set({ state: "out of service", reason });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Problem("cancelled", "the handler is stopped"));
    await this.#ended;
  }

  get stats(): HandlerStats {
    const pid = this.#peer?.pid;
    const pending = this.#errand?.pending ?? 0;
    return { pid, pending, memory: pid === undefined ? 0 : residentBytes(pid), ...this.#stats };
  }

  async #run(errand: Errand, begin: () => void): Promise<Delivery> {
    if (this.#errand) throw new Problem("internal", "a handler was given two things to do at a time");
    this.#errand = errand;
    begin();
    try {
      return await errand.end;
    } finally {
      this.#errand = undefined;
    }
  }

  #count(milliseconds: number): void {
    this.#fruitless = 0;
    this.#stats.calls++;
    this.#stats.busy += milliseconds;
    this.#stats.slowest = Math.max(this.#stats.slowest, milliseconds);
  }

  async #live(): Promise<void> {
    const stopping = this.#stop.signal;
    while (!stopping.aborted) {
      this.#again = new AbortController();
      const interrupted = AbortSignal.any([stopping, this.#again.signal]);
      let reason: string;
      let wasReady = false;
      let waits = true;
      try {
        const peer = await this.#start(interrupted);
        wasReady = true;
        reason = await this.#serve(peer, interrupted);
        if (interrupted.aborted) waits = false;
      } catch (error) {
        const problem = Problem.from(error, "child-failed", "it could not be started");
        reason = problem.message;
        if (interrupted.aborted) waits = false;
        else if (hopeless.has(problem.code)) this.#fruitless = Number.POSITIVE_INFINITY;
      }
      if (!waits) {
        this.#identity = undefined;
        if (!stopping.aborted) this.#set({ state: "restarting", reason: "its file has changed" });
        continue;
      }
      await this.#rest(reason, wasReady ? "ready" : "unready", interrupted);
    }
    this.#settle();
  }

  /** After an end that nobody had asked for. */
  async #rest(reason: string, kind: "ready" | "unready", interrupted: AbortSignal): Promise<void> {
    const { first, slowest, tries } = this.#pace;
    this.#fruitless++;
    if (this.#fruitless >= tries[kind]) {
      this.#log.error("a handler is out of service", { handler: this.name, file: this.file.file, reason });
      this.#set({ state: "out of service", reason });
      return pause(2 ** 31 - 1, interrupted);
    }
    const milliseconds = Math.min(first * 2 ** (this.#fruitless - 1), slowest[kind]);
    this.#log.warning("a handler is started again", { handler: this.name, reason, milliseconds });
    this.#set({ state: "restarting", reason });
    return pause(milliseconds, interrupted);
  }

  async #start(signal: AbortSignal): Promise<Peer> {
    this.#set({ state: "starting" });
    const { file, folder, kind, stem } = this.file;
    const { settings, directory, bindPassword, shipped } = this.#options;
    if (kind !== "shipped") refuseForeignCode(file, "config");
    const noise = new Noise((level, text) => this.#say(level, text));
    const start: HandlerStart = { type: "start", name: this.name, file, folder, settings };
    if (kind === "python" && directory) start.directory = directory;
    if (kind === "shipped") start.shipped = shipped;
    const peer = await startPeer(
      this.file,
      start,
      this.#identity,
      {
        noise,
        onMessage: (message) => this.#hear(message, noise),
        ...(kind === "python" && directory && bindPassword ? { bindPassword } : {}),
      },
      this.#pace.readyTimeout,
      signal,
    );
    try {
      const declaration = complete(peer.declaration, stem, settings);
      if (declaration.user !== "" && !this.#identity) {
        const identity = await identityOf(declaration.user);
        if (identity && kind !== "python") {
          this.#identity = identity;
          await peer.stop(1000);
          return await this.#start(signal);
        }
      }
      if (this.#settled && declaration.name !== this.name) {
        this.#options.onRenamed?.(declaration.name);
        throw new Problem("config", `it says that its name is ${declaration.name}, and was ${this.name}`);
      }
      this.name = declaration.name;
      this.declaration = declaration;
      this.warnings = peer.warnings;
      for (const warning of peer.warnings) this.#log.warning("handler", { handler: this.name, warning });
      const exited = peer.exited.then((reason) => {
        noise.flush();
        return [reason, ...noise.last.slice(-3)].join("\n");
      });
      return { ...peer, exited };
    } catch (error) {
      await peer.stop(1000);
      throw error;
    }
  }

  /** From ready to its end. */
  async #serve(peer: Peer, interrupted: AbortSignal): Promise<string> {
    this.#peer = peer;
    this.#log.info("a handler serves", { handler: this.name, pid: peer.pid });
    const end = () => {
      this.#peer = undefined;
      // What is under way has a deadline of its own.
      void peer.stop(this.#errand ? this.declaration.timeout * 1000 * lifeFactor : 2000);
    };
    interrupted.addEventListener("abort", end, { once: true });
    if (interrupted.aborted) end();
    else this.#set({ state: "serving" });
    const reason = await peer.exited;
    interrupted.removeEventListener("abort", end);
    this.#peer = undefined;
    if (interrupted.aborted) this.#errand?.lost("it was ended in order", "none");
    else {
      this.#stats.crashes++;
      this.#errand?.lost(reason, "crash");
    }
    return reason;
  }

  #hear(message: FromHandler, noise: Noise): void {
    const errand = this.#errand;
    switch (message.type) {
      case "log":
        noise.line(message.message, message.level);
        return;
      case "done":
        if (!errand?.done(message.id)) void this.#peer?.stop(0);
        return;
      case "failed":
        this.#stats.failures++;
        if (!errand?.failed(message.id, message.error, message.unavailable === true)) void this.#peer?.stop(0);
    }
  }

  #say(level: Level, text: string): void {
    const method = level.toLowerCase() as Lowercase<Level>;
    this.#log[method]("handler", { handler: this.name, text });
  }

  #set(state: WorkerState): void {
    this.state = state;
    if (state.state === "serving" || state.state === "out of service") this.#settle();
    this.onState?.(state);
  }
}

// proc_pid_statm(5): size, resident …, in pages.
function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // it has just ended
  }
}
