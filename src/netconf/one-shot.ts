/** `up` and `down` where no daemon runs: the same engine, for as long as the operation takes; and a look at what it would do. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/keys.ts";
import {
  formerInForce,
  lockName,
  type Progress,
  statusName,
  type UpOptions,
  type UpResult,
} from "../console/interfaces/control.ts";
import { logger } from "../log.ts";
import { makeFolder } from "../system/file.ts";
import { connect } from "../umcp/client.ts";
import { shown } from "./answer/follow.ts";
import { called, personOf } from "./answer/person.ts";
import { scriptSocket } from "./control.ts";
import type { Verdict } from "./dhcp/hook.ts";
import type { LeaseEvent } from "./dhcp/lease.ts";
import { hearClients } from "./hear-clients.ts";
import { ifPossible } from "./here/if-possible.ts";
import { keepIfstate } from "./here/ifstate-keeper.ts";
import { workLock } from "./here/lock.ts";
import { rememberSettings } from "./here/remembered.ts";
import { worldHere } from "./here/world.ts";
import type { Configuration } from "./interfaces/configuration.ts";
import type { Journal } from "./journal.ts";
import { type Asker, Netconf } from "./netconf.ts";
import { type Kept, verdict } from "./pending.ts";
import type { PendingApply } from "./world.ts";

const log = logger("netconf");

/**
 * @param say is told the lines that were asked for, and of waiting
 * @param signal ends the operation: what was begun is done or taken back
 * @param configuration in place of whatever else would be in force
 * @returns undefined: a daemon has started meanwhile, which is to be asked
 * @throws Problem `cancelled` while it waits for another one, and those of `Netconf.up`
 */
export async function oneShot(
  verb: "up" | "down",
  options: UpOptions,
  settings: Settings,
  say: (line: string, on?: Progress["on"]) => void,
  signal: AbortSignal,
  configuration?: Configuration,
): Promise<UpResult | undefined> {
  const work = async (netconf: Netconf) => {
    const operation = netconf[verb](options, await asker());
    operation.listen((line) => {
      const said = shown(line, options.lines);
      if (said) say(said.line, said.on);
    }, "first");
    const cancel = () => operation.cancel("it was interrupted");
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    await operation.done;
    return netconf.result(operation.task);
  };
  return await alone(settings, say, signal, work, configuration);
}

/**
 * Does something with an engine of our own, under the lock, with the hook's socket open.
 * @returns undefined: a daemon has started meanwhile
 */
export async function alone<T>(
  settings: Settings,
  say: (line: string) => void,
  signal: AbortSignal,
  work: (netconf: Netconf) => Promise<T>,
  configuration?: Configuration,
): Promise<T | undefined> {
  const { run, state } = settings;
  await ifPossible("state folder", () => makeFolder(state, 0o700));
  await ifPossible("run folder", () => makeFolder(run, 0o755));
  const path = join(run, lockName);
  const waits = () => say(`waits for another netconf, which holds ${path}`);
  let kept = false;
  const lock = await ifPossible("lock", async () => {
    const lock = await workLock(path, waits, signal, { kept: () => hasDaemon(run) });
    kept = lock === undefined;
    return lock;
  });
  if (kept) return undefined;
  try {
    return await withEngine(
      settings,
      async (netconf, started) => {
        const hook = await hearClients(netconf, started);
        try {
          await started;
          await takeBackLate(netconf, configuration);
          for (const text of warningsOf(netconf)) log.warning(text);
          await ifPossible("settings for a hook", () => rememberSettings(settings));
          const scripts = await ifPossible("socket for scripts", () => scriptSocket(netconf, run));
          try {
            return await work(netconf);
          } finally {
            await netconf.stop("it has ended");
            await scripts?.stop();
          }
        } finally {
          await hook?.stop();
        }
      },
      configuration,
    );
  } finally {
    lock?.release();
  }
}

/**
 * What a DHCP client told its script while no Reeve runs: a renewal or an expiry is applied by the script itself. To be
 * called under the lock.
 */
export async function leaseAlone(settings: Settings, event: LeaseEvent): Promise<Verdict> {
  return await withEngine(settings, async (netconf, started) => {
    await started;
    const { verdict } = await netconf.lease(event);
    await netconf.stop("it has ended");
    return verdict;
  });
}

/** @param work is given an engine that starts meanwhile */
async function withEngine<T>(
  settings: Settings,
  work: (netconf: Netconf, started: Promise<void>) => Promise<T>,
  configuration?: Configuration,
): Promise<T> {
  const world = await worldHere(settings, { stays: false });
  if (configuration) {
    world.files = { ...world.files, configuration: async () => configuration };
    const { pending, journal } = world;
    world.pending = { ...pending, read: (warn) => onlyLate(pending.read(warn), pending, journal) };
  }
  try {
    const netconf = new Netconf(world);
    const kept = keepIfstate(netconf.engine, settings["netconf.ifstate"]);
    try {
      const started = netconf.start();
      started.catch(() => undefined);
      return await work(netconf, started);
    } finally {
      await kept();
    }
  } finally {
    world.journal.close();
    world.kernel.close();
  }
}

/** @param configuration stays in force, if it was given */
async function takeBackLate({ engine }: Netconf, configuration: Configuration | undefined): Promise<void> {
  await engine.confirmation.takeBackLate();
  if (configuration) engine.configuration = configuration;
}

/** The status socket is a daemon's alone. */
async function hasDaemon(run: string): Promise<boolean> {
  const path = join(run, statusName);
  if (!existsSync(path)) return false;
  try {
    (await connect({ unix: path })).close();
    return true;
  } catch {
    return false; // a dead one's
  }
}

/** What is in force is given: nothing counts but what is to be taken back. */
function onlyLate(kept: Kept | undefined, { here, uptime }: PendingApply, { rolledBack }: Journal): Kept | undefined {
  if (!kept || !("inverse" in kept) || rolledBack.has(kept.id)) return undefined;
  return verdict(kept, here, uptime()) === "roll-back" ? kept : undefined;
}

function warningsOf({ engine: { confirmation, warnings } }: Netconf): string[] {
  return [...(confirmation.rolledBack ? [formerInForce(confirmation.rolledBack)] : []), ...warnings];
}

async function asker(): Promise<Asker> {
  const uid = process.getuid?.() ?? 0;
  const person = uid === 0 ? { uid, name: "root", groups: [] } : await personOf(uid);
  return { ...person, by: called(person) };
}
