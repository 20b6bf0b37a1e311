/**
 * One process, one module: answers UMCP commands on its socket, several at once, and ends when it has had no work for a
 * while. Commands only, never pages.
 */
import { describeModule } from "../console/description.ts";
import type { CommandContext } from "../console/module.ts";
import { type AskerContext, idleNote, type ModuleReady, type ModuleStart } from "../console/protocol.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { run } from "../process/run.ts";
import type { Host } from "../process/service.ts";
import { openStore, type Store } from "../store/database.ts";
import type { Json } from "../umcp/message.ts";
import { type Exchange, serve } from "../umcp/server.ts";
import { type LoadedModule, loadModule } from "./load.ts";

export async function moduleHost(start: ModuleStart, host: Host): Promise<void> {
  const log = logger(start.module);
  const module = await loadModule(start.module, start.file);
  const done = Promise.withResolvers<void>();
  const ending = new AbortController();
  const signal = AbortSignal.any([host.signal, ending.signal]);
  signal.addEventListener("abort", () => done.resolve(), { once: true });

  let store: Promise<Store> | undefined;
  const openOnce = () => {
    store ??= openStore({ ...start.database, migrate: "check" });
    return store;
  };

  let peers = 0;
  let running = 0;
  const idle = new IdleTimer(start.idle * 1000, () => {
    if (peers > 0) host.note(idleNote);
    else ending.abort(new Problem("cancelled", "idle"));
  });

  const server = await serve({
    ...("unix" in start.listen ? { unix: start.listen.unix, mode: 0o600 } : start.listen),
    onPeer: () => void peers++,
    onGone: () => {
      peers--;
      if (peers === 0 && running === 0 && idle.expired) ending.abort(new Problem("cancelled", "idle"));
    },
    async handler(exchange) {
      if (exchange.request.command === "EXIT") {
        ending.abort(new Problem("cancelled", "asked to exit"));
        return { status: 250 };
      }
      if (exchange.request.command !== "COMMAND") {
        throw new Problem("unknown-command", `a module does not know ${exchange.request.command}`);
      }
      running++;
      idle.stop();
      try {
        return { result: await runCommand(module, exchange, { start, signal, log, openOnce }) };
      } finally {
        running--;
        if (running === 0) idle.arm();
      }
    },
  });
  const ready: ModuleReady = start.describe ? { description: describeModule(module.declaration) } : {};
  if ("port" in start.listen && server.port !== undefined) ready.port = server.port;
  idle.arm();
  host.ready(ready, `module ${start.module}`);
  await done.promise;
  idle.stop();
  await server.stop();
  await (await store)?.close();
}

interface Work {
  start: ModuleStart;
  signal: AbortSignal;
  log: ReturnType<typeof logger>;
  openOnce: () => Promise<Store>;
}

async function runCommand(module: LoadedModule, exchange: Exchange, work: Work): Promise<unknown> {
  const { request } = exchange;
  const [path = ""] = request.arguments;
  const id = module.declaration.id;
  const name = path.startsWith(`${id}/`) ? path.slice(id.length + 1) : "";
  const declared = Object.hasOwn(module.declaration.commands, name) ? module.declaration.commands[name] : undefined;
  const command = module.commands[name];
  if (!declared || !command) throw new Problem("unknown-command", `the module ${id} has no command ${path}`);

  const body = request.body as Json;
  const asker = askerOf(body.context, declared.access === "administrator");
  const parsed = await declared.options.safeParseAsync(body.options ?? {});
  if (!parsed.success) {
    const detail = Object.fromEntries(
      parsed.error.issues.map((issue) => [issue.path.join(".") || "options", issue.message]),
    );
    const words = Object.entries(detail).map(([field, message]) => `${field}: ${message}`);
    throw new Problem("bad-options", `${path}: ${words.join("; ")}`, { detail });
  }
  // Made when somebody looks at it: most commands are done before anybody could abort them, and a signal is not cheap.
  let made: AbortSignal | undefined;
  const signal = () => {
    made ??= AbortSignal.any([exchange.signal, work.signal]);
    return made;
  };
  const context: CommandContext = {
    user: { name: asker.user, administrator: asker.administrator },
    session: asker.session,
    address: asker.address,
    locale: asker.locale ?? work.start.locale,
    flavor: typeof body.flavor === "string" ? body.flavor : undefined,
    get signal() {
      return signal();
    },
    progress: (partial) => exchange.partial(partial),
    run: (words, options = {}) =>
      run(words, { ...options, signal: options.signal ? AbortSignal.any([options.signal, signal()]) : signal() }),
    store: work.openOnce,
    sockets: work.start.run,
    log: work.log,
  };
  return (await command(parsed.data as never, context)) ?? null;
}

// The socket lies in a folder of the daemon's, or wants its token: who may speak here speaks for the daemon.
function askerOf(context: unknown, administratorOnly: boolean): AskerContext {
  const given = (context ?? {}) as Partial<AskerContext>;
  const asker: AskerContext = {
    user: typeof given.user === "string" ? given.user : "",
    administrator: given.administrator === true,
    session: typeof given.session === "string" ? given.session : "",
    address: typeof given.address === "string" ? given.address : "",
    ...(typeof given.locale === "string" ? { locale: given.locale } : {}),
  };
  if (administratorOnly && !asker.administrator) throw new Problem("forbidden", "this wants an administrator");
  return asker;
}

/** Longest a timer can wait, milliseconds: beyond it, it would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Counts time without work; armed from the start, so that a module that is never asked ends too. */
class IdleTimer {
  expired = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #milliseconds: number;
  readonly #expire: () => void;

  constructor(milliseconds: number, expire: () => void) {
    this.#milliseconds = Math.min(milliseconds, longestTimer);
    this.#expire = expire;
  }

  arm(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.expired = true;
      this.#expire();
    }, this.#milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.expired = false;
  }
}
