/** The module processes of all sessions: started at the first request, gone when idle, started anew after a crash. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type AskerContext, idleNote, type ModuleStart } from "../console/protocol.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type Child, startChild } from "../process/child.ts";
import { childStart } from "../process/service.ts";
import { type Client, connect } from "../umcp/client.ts";

export interface ModulesSettings {
  /** Folder of the sockets; made anew, mode 0700. */
  folder: string;
  /** Folder of the services' own sockets. */
  run: string;
  /** Seconds. */
  idle: number;
  /** Most processes at a time, and of one user. */
  limit: number;
  perUser: number;
  database: ModuleStart["database"];
}

export interface Asked {
  module: { id: string; singleton?: boolean | undefined; file?: string | undefined };
  /** `inventory/query` */
  command: string;
  options: unknown;
  flavor?: string | undefined;
  asker: AskerContext;
  signal: AbortSignal;
  onPartial?: ((result: unknown) => void) | undefined;
}

interface Process {
  key: string;
  session: string | undefined;
  /** Whose session it is; undefined for a singleton. */
  user: string | undefined;
  client: Client;
  child: Child;
  pending: Set<{ session: string; cancel: AbortController }>;
  /** We told it to end. */
  ending: boolean;
}

/** Bytes of a socket's path, sockaddr_un's less NUL; and what is kept of them for a name such as `inventory-123456.sock`. */
const longestPath = 107;
const longestName = 24;

/** After this many ends without a single answer, starting waits. */
const crashLimit = 5;
const crashWindow = 60_000;

export class Modules {
  readonly #settings: ModulesSettings;
  readonly #signal: AbortSignal;
  readonly #log = logger("modules");
  readonly #starting = new Map<string, Pick<Process, "session" | "user"> & { process: Promise<Process> }>();
  readonly #running = new Map<string, Process>();
  /** Times at which a module's process ended by itself, for back-off. */
  readonly #crashes = new Map<string, number[]>();
  #counter = 0;

  /**
   * @param signal ends every module process
   * @throws Problem `config` for a folder whose path leaves no room for a socket's name
   */
  constructor(settings: ModulesSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
    const most = longestPath - longestName - 1;
    if (Buffer.byteLength(settings.folder) > most) {
      throw new Problem("config", `run: sockets want a shorter path than ${settings.folder} (at most ${most} bytes)`);
    }
    rmSync(settings.folder, { recursive: true, force: true });
    // Made here and now: one that somebody put there in between is refused.
    mkdirSync(settings.folder, { mode: 0o700 });
  }

  /** Result of a command, run in its module's process. Throws its Problem. */
  async call(asked: Asked): Promise<unknown> {
    const session = asked.module.singleton ? undefined : asked.asker.session;
    const process = await this.#process(asked.module, session, asked.asker);
    // One controller and one listener: AbortSignal.any() costs several times as much.
    const cancel = new AbortController();
    const gone = () => cancel.abort(asked.signal.reason);
    if (asked.signal.aborted) gone();
    asked.signal.addEventListener("abort", gone, { once: true });
    const entry = { session: asked.asker.session, cancel };
    process.pending.add(entry);
    try {
      const body = { options: asked.options, flavor: asked.flavor, context: asked.asker };
      const response = await process.client.request("COMMAND", [asked.command], body, {
        signal: cancel.signal,
        ...(asked.onPartial ? { onPartial: asked.onPartial } : {}),
        lost: "module-died",
      });
      this.#crashes.delete(asked.module.id);
      return response.result;
    } catch (error) {
      // The connection ends before its process is seen to: the next request must not meet the dead one.
      if (error instanceof Problem && error.code === "module-died") {
        this.#forget(process);
        void process.child.stop(2000);
      }
      throw error;
    } finally {
      asked.signal.removeEventListener("abort", gone);
      process.pending.delete(entry);
    }
  }

  /** Logout: the session's own modules end, its requests in singletons are cancelled. */
  async endSession(session: string): Promise<void> {
    // One that starts belongs to somebody who is gone by the time it is ready.
    for (const starting of this.#starting.values()) {
      if (starting.session === session)
        void starting.process.then((process) => this.#end(process)).catch(() => undefined);
    }
    const own: Process[] = [];
    for (const process of this.#running.values()) {
      if (process.session === session) own.push(process);
      else for (const entry of process.pending) if (entry.session === session) entry.cancel.abort();
    }
    await Promise.all(own.map((process) => this.#end(process)));
  }

  /** Ends all processes; resolves when none is left. */
  async stop(): Promise<void> {
    await Promise.all([...this.#starting.values()].map((starting) => starting.process.catch(() => undefined)));
    await Promise.all([...this.#running.values()].map((process) => this.#end(process)));
  }

  /** The processes, for STATUS. */
  list(): { key: string; pid: number; pending: number }[] {
    return [...this.#running.values()].map(({ key, child, pending }) => ({
      key,
      pid: child.pid,
      pending: pending.size,
    }));
  }

  #process(module: Asked["module"], session: string | undefined, asker: AskerContext): Promise<Process> {
    const key = session === undefined ? module.id : `${module.id} ${session.slice(0, 12)}`;
    const running = this.#running.get(key);
    if (running) return Promise.resolve(running);
    const begun = this.#starting.get(key);
    if (begun) return begun.process;
    const starting = this.#start(key, module, session, asker).finally(() => this.#starting.delete(key));
    this.#starting.set(key, { session, user: userOf(session, asker), process: starting });
    return starting;
  }

  async #start(
    key: string,
    module: Asked["module"],
    session: string | undefined,
    asker: AskerContext,
  ): Promise<Process> {
    if (this.#running.size + this.#starting.size >= this.#settings.limit) {
      throw new Problem("unavailable", "too many module processes run; try again later", { retryAfter: 10 });
    }
    const user = userOf(session, asker);
    const own = [...this.#running.values(), ...this.#starting.values()].filter((one) => one.user === user);
    if (user !== undefined && own.length >= this.#settings.perUser) {
      throw new Problem("unavailable", `${user} has too many sessions at work; log out of some`, { retryAfter: 60 });
    }
    this.#refuseAfterCrashes(module.id);
    const socket = join(this.#settings.folder, `${module.id}-${++this.#counter}.sock`);
    const start: ModuleStart = {
      module: module.id,
      listen: { unix: socket },
      idle: this.#settings.idle,
      locale: asker.locale ?? "en",
      run: this.#settings.run,
      database: this.#settings.database,
      ...(module.file === undefined ? {} : { file: module.file }),
    };
    let process: Process | undefined;
    let child: Child | undefined;
    let client: Client;
    try {
      child = await startChild(["module", "-m", module.id, "-s", socket], {
        start: childStart(start),
        signal: this.#signal,
        onNote: (note) => {
          if (note === idleNote && process?.pending.size === 0) void this.#end(process);
        },
      });
      client = await connect({ unix: socket });
    } catch (error) {
      this.#noteCrash(module.id);
      void child?.stop(0);
      const problem = Problem.from(error);
      if (problem.code === "cancelled") throw new Problem("unavailable", "the service is ending", { cause: error });
      throw new Problem("module-start", `the module ${module.id} did not start: ${problem.message}`, { cause: error });
    }
    process = { key, session, user, client, child, pending: new Set(), ending: false };
    this.#running.set(key, process);
    this.#log.debug("module process started", { module: key, pid: child.pid });
    void child.exited.then((exit) => {
      if (process) this.#forget(process);
      rmSync(socket, { force: true });
      if (process?.ending || this.#signal.aborted) return;
      this.#noteCrash(module.id);
      this.#log.error("module process died", { module: key, pid: child.pid, ...exit });
    });
    return process;
  }

  #forget(process: Process): void {
    if (this.#running.get(process.key) === process) this.#running.delete(process.key);
    process.client.close();
  }

  async #end(process: Process): Promise<void> {
    process.ending = true;
    for (const entry of process.pending) entry.cancel.abort();
    this.#forget(process);
    await process.child.stop(2000);
  }

  #noteCrash(id: string): void {
    this.#crashes.set(id, [...(this.#crashes.get(id) ?? []), performance.now()].slice(-crashLimit));
  }

  #refuseAfterCrashes(id: string): void {
    const crashes = this.#crashes.get(id) ?? [];
    const [first = 0] = crashes;
    const left = first + crashWindow - performance.now();
    if (crashes.length < crashLimit || left <= 0) return;
    throw new Problem(
      "unavailable",
      `the module ${id} has died ${crashes.length} times in a row; it may start again in a minute`,
      {
        retryAfter: left / 1000,
      },
    );
  }
}

/** A singleton serves all, and counts for nobody. */
function userOf(session: string | undefined, asker: AskerContext): string | undefined {
  return session === undefined ? undefined : asker.user;
}
