/** `reeve daemon`: builds the console's parts, opens its doors, and closes them in order. */
import { join } from "node:path";
import type { Settings } from "../config/keys.ts";
import { readSecretFile } from "../config/load.ts";
import { isLoopback, networks, parseListen } from "../http/address.ts";
import { serveHttp } from "../http/server.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { startChild } from "../process/child.ts";
import { childStart, type Host } from "../process/service.ts";
import { supervise } from "../process/supervisor.ts";
import { aborted } from "../process/wait.ts";
import { openStore } from "../store/database.ts";
import { expireFailures } from "../store/login-failure.ts";
import { pruneSoftware } from "../store/software.ts";
import { makeFolder } from "../system/file.ts";
import { lockFile } from "../system/flock.ts";
import { Catalogue } from "./catalogue.ts";
import { CommandCaller } from "./command.ts";
import { type Console, endSession } from "./console.ts";
import { createFirstUser, type FirstUser } from "./first-user.ts";
import { Logins } from "./login.ts";
import { Modules } from "./modules.ts";
import { largestPacked } from "./ocs.ts";
import { consoleHandler } from "./server.ts";
import { Sessions } from "./session.ts";
import { consoleSocket } from "./umcp.ts";

export interface DaemonStart {
  settings: Settings;
  adminPasswordFile?: string | undefined;
  /** A person reads our terminal. */
  terminal: boolean;
  /** Services to run as children: the embedded mode. */
  with: string[];
}

/** What the daemon says when it is ready. */
export interface DaemonReady {
  url: string;
  socket: string;
  database: string;
  firstUser?: FirstUser;
}

/** Milliseconds running requests get when the daemon ends. */
const grace = 3000;
const housekeeping = 10 * 60_000;
/** Milliseconds: a listener looks through its whole database first. */
const readyTimeout = { backend: 10_000, listener: 10 * 60_000 };
/** What holds for one run of a listener, in the usual case. */
const listening = { purge: false, once: false };

export async function daemon(start: DaemonStart, host: Host): Promise<void> {
  const { settings } = start;
  const log = logger("daemon");
  const address = parseListen(settings.listen);
  const trusted = networks(settings.trustedProxies, "trustedProxies");
  const allowed = networks(settings["agents.networks"], "agents.networks");
  const tls = tlsOf(settings);
  if (!isLoopback(address.hostname) && !tls && settings.trustedProxies.length === 0 && !settings.insecure) {
    throw new Problem(
      "config",
      `listen: ${settings.listen} is beyond loopback; give tls.cert and tls.key, or trustedProxies, or --insecure`,
    );
  }
  if (start.with.includes("listener") && settings["listener.servers"].length === 0) {
    throw new Problem(
      "config",
      "listener.servers: the listener beside the console wants to know which directory to follow",
    );
  }
  makeFolder(settings.state, 0o700);
  makeFolder(settings.run, 0o755);
  // The pid file lies in the run folder: two daemons with one state and different run folders would not see each other.
  if (!lockFile(join(settings.state, "daemon.lock"))) {
    throw new Problem("already-running", `another daemon works on ${settings.state}`);
  }

  const database = { url: settings.database, passwordFile: settings.databasePasswordFile || undefined };
  const store = await openStore(database, host.signal).catch((error) => {
    if (!host.signal.aborted) throw error;
  });
  if (!store) return;
  const stopping = new AbortController();
  const signal = AbortSignal.any([host.signal, stopping.signal]);
  const ends: (() => Promise<unknown>)[] = [() => store.close()];
  try {
    const firstUser = await createFirstUser(store, settings.state, start.adminPasswordFile, start.terminal);
    const catalogue = new Catalogue();
    const sockets = join(settings.run, "modules");
    const modules = new Modules(
      {
        folder: sockets,
        run: settings.run,
        idle: settings["modules.idle"],
        limit: settings["modules.limit"],
        perUser: settings["modules.perUser"],
        database,
      },
      signal,
    );
    ends.unshift(() => modules.stop());
    if (settings["modules.folder"]) {
      const site = { idle: 10, locale: "en", run: settings.run, database };
      await catalogue.addSite(settings["modules.folder"], site, sockets, signal);
    }
    if (signal.aborted) return;
    const sessions = new Sessions(store, settings["sessions.lifetime"]);
    const parts: Console = {
      store,
      catalogue,
      modules,
      logins: new Logins(store, (hash) => endSession({ sessions, modules }, hash)),
      sessions,
      caller: new CommandCaller(catalogue, modules, store),
    };
    const agents = {
      allowed,
      secret: settings["agents.secret"] || secretOf(settings["agents.secretFile"], "agents.secretFile"),
      interval: settings["agents.interval"],
      perHour: settings["agents.perHour"],
    };
    const http = serveHttp({ address, tls, maxBody: largestPacked }, await consoleHandler(parts, { trusted, agents }));
    ends.unshift(() => http.stop(grace));
    const socket = join(settings.run, "daemon.sock");
    const umcp = await consoleSocket(parts, socket);
    ends.unshift(() => umcp.stop());

    const timer = setInterval(() => {
      tidy(parts).catch((error) => log.error("the store could not be tidied", { error }));
    }, housekeeping);
    ends.unshift(async () => clearInterval(timer));

    const services = start.with.map((name) => embed(name, settings, http.url, agents.secret, signal));
    ends.unshift(() => Promise.all(services.map((service) => service.ended)));

    const ready: DaemonReady = { url: http.url, socket, database: store.name, ...(firstUser ? { firstUser } : {}) };
    log.info("the console is open", { url: http.url, socket, database: store.name });
    host.ready(ready, `console at ${http.url}`);
    await aborted(signal);
    log.info("ending");
  } finally {
    stopping.abort();
    for (const end of ends) await end().catch((error) => log.error("could not end in order", { error }));
  }
}

/** Forgets what has expired. */
async function tidy({ store, sessions, modules }: Console): Promise<void> {
  const ended = await sessions.expire();
  await Promise.all(ended.map((hash) => modules.endSession(hash)));
  await expireFailures(store, Date.now());
  await pruneSoftware(store);
}

/** Another service as a child of this one, configured to talk to it. It is told no secret it has no use for. */
function embed(name: string, settings: Settings, url: string, secret: string, signal: AbortSignal) {
  if (name === "backend" || name === "listener") {
    // They work on our database, whose tables are ours to make.
    const options = { settings: { ...settings, "agents.secret": "" }, ...(name === "listener" ? listening : {}) };
    const start = () => startChild([name], { start: childStart(options), signal, readyTimeout: readyTimeout[name] });
    return supervise(name, start, signal);
  }
  const own: Settings = { ...settings, state: join(settings.state, name), database: "", "agents.secret": "" };
  const home = own["agent.servers"].length === 0;
  if (home) own["agent.servers"] = [`${url}/ocsinventory`];
  const options = { settings: own, ...(home ? { secret } : {}) };
  return supervise(name, () => startChild([name], { start: childStart(options), signal }), signal);
}

function tlsOf(settings: Settings): { cert: string; key: string } | undefined {
  const { "tls.cert": cert, "tls.key": key } = settings;
  if (!cert && !key) return undefined;
  if (!cert || !key) throw new Problem("config", "tls.cert and tls.key go together");
  return { cert, key };
}

function secretOf(file: string, name: string): string {
  return file === "" ? "" : readSecretFile(file, name);
}
