/** `reeve netconf daemon`: the world, the engine, its sockets; it ends without touching an interface. */
import { join } from "node:path";
import type { Settings } from "../config/keys.ts";
import { controlName, formerInForce, lockName } from "../console/interfaces/control.ts";
import { logger } from "../log.ts";
import { onHangup } from "../process/lifeline.ts";
import type { Host } from "../process/service.ts";
import { aborted } from "../process/wait.ts";
import { makeFolder } from "../system/file.ts";
import { controlSockets } from "./control.ts";
import { chosenUp } from "./expand.ts";
import { hearClients } from "./hear-clients.ts";
import { ifPossible } from "./here/if-possible.ts";
import { keepIfstate } from "./here/ifstate-keeper.ts";
import { workLock } from "./here/lock.ts";
import { managers } from "./here/managers.ts";
import { rememberSettings } from "./here/remembered.ts";
import { worldHere } from "./here/world.ts";
import { Netconf } from "./netconf.ts";
import { recordingFile } from "./recording/file.ts";
import { recorded } from "./recording/record.ts";

const log = logger("netconf");

/** Milliseconds for whoever is at work now: an interface that comes up, a client's hook. */
const patience = 30_000;

export interface NetconfStart {
  settings: Settings;
  /** Bring up what is in `auto`, as at boot. */
  auto: boolean;
}

/** What it says when it is ready. */
export interface NetconfReady {
  interfaces: number;
  /** Path of the control socket; "": there could be none. */
  socket: string;
  /** Errors in the configuration. */
  errors: number;
}

export async function netconfDaemon({ settings, auto }: NetconfStart, host: Host): Promise<void> {
  const { run } = settings;
  await ifPossible("state folder", () => makeFolder(settings.state, 0o700));
  await ifPossible("run folder", () => makeFolder(run, 0o755));
  const waits = () => log.info("waits for a command or a client's hook that is at work", { run });
  const lock = await ifPossible("lock", () => workLock(join(run, lockName), waits, host.signal, { most: patience }));
  const ends: (() => unknown)[] = [() => lock?.release()];
  try {
    const here = await worldHere(settings, { stays: true });
    const path = settings["netconf.recording"];
    const world = path === "" ? here : recorded(here, recordingFile(path));
    ends.push(
      () => world.kernel.close(),
      () => world.journal.close(),
    );
    const netconf = new Netconf(world);
    const started = Promise.withResolvers<void>();
    onHangup(() => void started.promise.then(() => reload(netconf)).catch(() => undefined));
    const hook = await hearClients(netconf, started.promise);
    ends.push(() => hook?.stop());
    await netconf.start();
    await ifPossible("settings for a hook", () => rememberSettings(settings));
    started.resolve();
    ends.push(() => netconf.stop());
    const { engine } = netconf;
    ends.push(keepIfstate(engine, settings["netconf.ifstate"]));
    const around = { started: world.clock.now(), managers: managers() };
    const group = settings["netconf.group"];
    const sockets = await ifPossible("control sockets", () => controlSockets(netconf, around, { folder: run, group }));
    for (const server of sockets ?? []) ends.push(() => server.stop());
    if (!sockets) {
      const text = "nobody can ask this daemon anything; it brings up `auto` and follows what happens";
      log.error(text, { run, auto });
      engine.warnings.add(text);
    }
    engine.events.watch((happening) => {
      if (happening.what === "line") log.debug(happening.line.text, { event: happening.task.event.id });
      else if (happening.what === "ended" && happening.task.event.parent === 0) {
        const { kind, iface, outcome, reason, by } = happening.task.event;
        const fields = { event: kind, iface, outcome, ...(reason ? { reason } : {}), by };
        if (outcome === "done" || outcome === "deferred") log.info("ended", fields);
        else log.warning("ended", fields);
      }
    });
    const { rolledBack } = engine.confirmation;
    if (rolledBack) log.warning(formerInForce(rolledBack));
    const { stanzas } = engine.configuration;
    const errors = tellErrors(netconf);
    const interfaces = new Set(stanzas.map(({ name }) => name)).size;
    const ready: NetconfReady = { interfaces, socket: sockets ? join(run, controlName) : "", errors };
    host.ready(ready, `${interfaces} interfaces configured`);
    if (auto) {
      const root = { uid: 0, name: "root", groups: [], by: "boot" };
      netconf.up({ all: true }, root);
      // Their devices came before us: what udev said of them nobody heard.
      const hotplugged = chosenUp(engine, { class: "hotplug" }).filter(({ physical }) => engine.link(physical));
      for (const { physical } of hotplugged) netconf.hotplug({ name: physical, action: "add" }, root);
    }
    await aborted(host.signal);
  } finally {
    for (const end of ends.reverse())
      await Promise.resolve(end()).catch((error) => log.warning("at the end", { error }));
  }
}

/** SIGHUP: nobody is there to be told but the log. */
async function reload(netconf: Netconf): Promise<void> {
  await netconf.reload({ uid: 0, name: "root", groups: [], by: "SIGHUP" }).done;
  tellErrors(netconf);
}

/** @returns how many there are */
function tellErrors({ engine }: Netconf): number {
  const errors = engine.diagnostics.filter(({ severity }) => severity === "error");
  for (const { message, at } of errors) log.error("configuration", { message, ...at });
  return errors.length;
}
