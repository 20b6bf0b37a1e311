/** `reeve listener`: builds the parts, follows the directory, hands changes to handlers, and ends in order. */
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import type { Settings } from "../config/keys.ts";
import { readSecretFile } from "../config/load.ts";
import { isLoopback } from "../http/address.ts";
import type { Identity } from "../ldap/connect.ts";
import { treeKey } from "../ldap/dn.ts";
import { parseLdapUri } from "../ldap/uri.ts";
import { logger } from "../log.ts";
import type { Host } from "../process/service.ts";
import { aborted, pause } from "../process/wait.ts";
import { makeFolder } from "../system/file.ts";
import { adopt } from "./adopt.ts";
import type { Parts } from "./answer-status.ts";
import { controlSocket } from "./control.ts";
import { damageOf } from "./database.ts";
import { Dispatcher } from "./dispatch.ts";
import { Follower } from "./follow.ts";
import { Interests } from "./interest.ts";
import { ldapSource } from "./ldap-source.ts";
import { type OpenJournal, openJournal } from "./open.ts";
import { Rates } from "./rates.ts";
import { retain } from "./retention.ts";
import { Roster, registryOf } from "./roster.ts";
import type { ListenerReady, ListenerStart } from "./start.ts";
import { stateFiles } from "./state-file.ts";
import { verifyRegularly } from "./verify-regularly.ts";

const log = logger("listener");

/** Milliseconds between two looks at counters, and at what of the journal may go. */
const sampling = 5000;
const retaining = 60_000;
/** Milliseconds that handlers get in the end for the call that is under way and for postrun. */
const grace = 60_000;
const mebibyte = 2 ** 20;

export async function listener(start: ListenerStart, host: Host): Promise<void> {
  const { settings } = start;
  const folder = settings["listener.cache"] || join(settings.state, "listener");
  for (const uri of settings["listener.servers"]) consider(uri, settings);
  // A file that cannot be read is told of at once.
  identityOf(settings);
  makeFolder(folder, 0o700);
  makeFolder(settings.run, 0o755);
  let purge = start.purge;
  // A database that turns out to be damaged is made anew, without a person.
  for (;;) {
    const opened = openJournal({ folder, base: settings["listener.base"], purge });
    purge = false;
    try {
      return await serve(start, host, folder, opened);
    } catch (error) {
      if (damageOf(error) !== "damaged" || host.signal.aborted) throw error;
      log.error("the listener's database is damaged and made anew from the directory", { error });
      opened.condemn((error as Error).message);
    } finally {
      opened.close();
    }
  }
}

async function serve(start: ListenerStart, host: Host, folder: string, { journal }: OpenJournal): Promise<void> {
  const { settings } = start;
  const clock = systemClock;
  journal.base = treeKey(settings["listener.base"]);
  const [servers, base, withheld] = [
    settings["listener.servers"],
    settings["listener.base"],
    settings["listener.withheld"],
  ];
  const states = stateFiles(join(folder, "handlers"));
  if (start.purge) states.clear();
  const stopping = new AbortController();
  const signal = AbortSignal.any([host.signal, stopping.signal]);
  const ends: (() => unknown)[] = [];
  try {
    const adopted = start.adopt ? await adopt(journal, start.adopt, withheld) : new Set<string>();
    const follower = new Follower({
      journal,
      source: ldapSource({ uris: servers, connection: connectionOf(settings), identity: () => identityOf(settings) }),
      ...{ base, withheld },
      limits: { percent: settings["listener.guardPercent"], least: settings["listener.guardLeast"] },
      schemaInterval: settings["listener.schemaInterval"],
    });
    const interests = new Interests(base, withheld, follower.schema);
    const damage = Promise.withResolvers<never>();
    damage.promise.catch(() => undefined);
    const [attempts, onDamage] = [settings["listener.attempts"], damage.reject];
    const onDeclared = () => roster.needsChanged();
    const dispatcher = new Dispatcher({ journal, clock, states, interests, attempts, onDamage, onDeclared });
    follower.onSchema = (schema) => dispatcher.schemaChanged(schema);
    const roster: Roster = new Roster({
      ...{ settings, dispatcher, adopted },
      source: base || servers.join(" "),
      directory: {
        basedn: base || (journal.meta.get("suffix") ?? ""),
        binddn: settings["listener.bindDn"],
        ldapserver: hostOf(servers[0] ?? ""),
        registry: registryOf(folder),
      },
      bindPassword: () => passwordOf(settings),
      onNeeds: (types) => follower.setNeeds(types),
    });
    ends.unshift(() => roster.close());
    const rates = new Rates(clock);
    const parts: Parts = {
      journal,
      follower,
      dispatcher,
      roster,
      rates,
      servers,
      base,
      interests,
      started: clock.now(),
    };
    await roster.open();
    const control = await controlSocket(parts, settings.run, settings["listener.group"]);
    ends.unshift(() => control.stop());

    const sample = () => rates.sample(dispatcher.status().map(({ name, done }) => [name, done]));
    const limits = {
      age: settings["listener.journalAge"],
      size: settings["listener.journalSize"] * mebibyte,
      hardSize: settings["listener.journalLimit"] * mebibyte,
    };
    const resync = (handler: string) =>
      void dispatcher
        .resync(handler)
        .catch((error) => log.error("a handler cannot be loaded anew", { handler, error }));
    const tidy = () => retain(journal, limits, resync, signal);
    const timers = [setInterval(sample, sampling), setInterval(guarded(tidy), retaining)];
    ends.unshift(() => timers.forEach((timer) => void clearInterval(timer)));

    dispatcher.start();
    ends.unshift(async () => {
      const stopped = new AbortController();
      const done = dispatcher.stop().finally(() => stopped.abort());
      await Promise.race([done, pause(grace, stopped.signal)]);
    });
    const following = follower.run(signal);
    const interval = settings["listener.verify"] * 1000;
    const verifying = interval > 0 ? verifyRegularly(follower, journal, interval, signal) : undefined;
    ends.unshift(
      () => stopping.abort(),
      () => following.catch(() => undefined),
      () => verifying,
    );

    const handlers = roster.handlers.map(({ name }) => name);
    const ready: ListenerReady = { servers, cache: folder, handlers, socket: control.path ?? "" };
    host.ready(ready, `follows ${servers.join(", ")}`);
    await Promise.race([start.once ? allLoaded(parts, signal) : aborted(signal), following, damage.promise]);
    log.info("ending");
  } finally {
    stopping.abort();
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        log.error("could not end in order", { error });
      }
    }
  }
}

/** @throws Problem `config`: that is no URI */
function consider(uri: string, settings: Settings): void {
  const address = parseLdapUri(uri);
  const bare = address.scheme === "ldap" && settings["listener.startTls"] !== "require" && !isLoopback(address.host);
  if (bare && settings["listener.bindPasswordFile"] !== "") {
    log.warning("the password may cross the network readable: ldaps:// or -ZZ prevents that", { uri });
  }
}

/** `-i` and `-P`: until every handler that serves has had all entries. */
async function allLoaded({ follower, dispatcher, journal }: Parts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await dispatcher.settled();
    const done = dispatcher
      .status()
      .every(
        ({ state, worker, paused, lag }) =>
          paused || worker.state === "out of service" || (state === "following" && lag.events === 0),
      );
    if (done && journal.loaded && follower.status().state === "live") return;
    await pause(200, signal);
  }
}

function guarded(work: () => unknown): () => void {
  return () => {
    Promise.try(work).catch((error) => log.warning("upkeep of the listener has failed; it is tried again", { error }));
  };
}

function connectionOf(settings: Settings) {
  const caFile = settings["listener.caFile"];
  return { startTls: settings["listener.startTls"], ...(caFile ? { caFile } : {}) };
}

/** Read anew at each connection: a changed password wants no restart. */
function identityOf(settings: Settings): Identity | undefined {
  if (settings["listener.sasl"] === "EXTERNAL") return { sasl: "EXTERNAL" };
  const dn = settings["listener.bindDn"];
  return dn === "" ? undefined : { dn, password: passwordOf(settings) };
}

function passwordOf(settings: Settings): string {
  const file = settings["listener.bindPasswordFile"];
  return file === "" ? "" : readSecretFile(file, "listener.bindPasswordFile");
}

function hostOf(uri: string): string {
  return URL.parse(uri)?.hostname ?? "";
}
