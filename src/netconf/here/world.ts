/** This host as the engine's world. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import type { Settings } from "../../config/keys.ts";
import { hookName } from "../../console/interfaces/control.ts";
import { logger } from "../../log.ts";
import { Problem } from "../../problem.ts";
import { makeFolder } from "../../system/file.ts";
import { thisBoot, uptime } from "../boot.ts";
import { hookScript } from "../dhcp/script.ts";
import { clientFolder, installedSuppliers } from "../dhcp/suppliers.ts";
import { dnsHere } from "../dns/dns.ts";
import { type Journal, memoryJournal, openJournal, readJournal } from "../journal.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { openNetlinkKernel } from "../kernel/netlink-kernel.ts";
import { peekPending, readPending, removePending, writePending } from "../pending.ts";
import { Replay } from "../replay.ts";
import type { PendingApply, World } from "../world.ts";
import { filesHere } from "./files.ts";
import { hostNameHere } from "./host-name.ts";
import { ifPossible } from "./if-possible.ts";
import { neighboursHere } from "./neighbours.ts";
import { programsHere } from "./programs.ts";

const log = logger("netconf");

interface Kind {
  /** It is the daemon's. */
  stays: boolean;
  /** It is for looking only: nothing is written, and no lock needed. Else it is to be opened under the lock. */
  only?: "look";
}

/**
 * @throws Problem `permission` without the right to configure a network, `missing`, `config`
 */
export async function worldHere(settings: Settings, { stays, only }: Kind): Promise<World> {
  const { run, state } = settings;
  const folder = join(run, "netconf");
  // Of root alone, too; for clients, which are told.
  const hooks = writable(run) ? run : state;
  if (only === undefined) await ifPossible("run folder", () => makeFolder(run, 0o755));
  const kernel = await kernelHere(settings["netconf.kernel"]);
  const suppliers = installedSuppliers(settings["netconf.dhcp.client"]);
  return {
    settings: {
      timeout: settings["netconf.timeout"] * 1000,
      confirm: settings["netconf.confirm"] * 1000,
      dhcpTimeout: settings["netconf.dhcp.timeout"] * 1000,
      dhcpProbe: settings["netconf.dhcp.probe"],
      dhcpWatch: settings["netconf.dhcp.watch"] * 1000,
      dhcpHostName: settings["netconf.dhcp.hostname"],
      dhcpClient: settings["netconf.dhcp.client"],
      clients: {
        folder: clientFolder(state),
        script: only ? "" : scriptHere(settings, join(hooks, "netconf")),
        socket: join(hooks, hookName),
      },
      stays,
      uids: [process.getuid?.() ?? 0],
    },
    clock: systemClock,
    kernel,
    files: filesHere({
      interfaces: settings["netconf.interfaces"],
      policy: settings["netconf.policy"],
      scripts: settings["netconf.scripts"],
      clientHooks: settings["netconf.dhcp.hooks"],
      ifstate: settings["netconf.ifstate"],
    }),
    programs: programsHere,
    suppliers,
    neighbours: neighboursHere(() => kernel.state.links, systemClock),
    dns: dnsHere({ by: settings["netconf.dns"], path: settings["netconf.resolvConf"], run, state }),
    hostName: hostNameHere,
    journal: only ? lookedAt(folder) : openJournal(folder),
    pending: only ? pendingLookedAt(join(state, "netconf")) : pendingHere(join(state, "netconf")),
  };
}

/** Netlink where it can be spoken (FFI is forbidden in some sandboxes), else the program. */
async function kernelHere(wanted: "netlink" | "ip"): Promise<Kernel> {
  const byProgram = async () => (await import("../kernel/ip-kernel.ts")).openIpKernel();
  if (wanted === "ip") return byProgram();
  try {
    return openNetlinkKernel();
  } catch (error) {
    if (Problem.from(error).code === "permission") throw error;
    log.warning("netlink cannot be spoken, the program ip is used", { error });
    return byProgram();
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Without a script no DHCP client can be started; all else works. */
function scriptHere(settings: Settings, run: string): string {
  try {
    return hookScript(settings["netconf.dhcp.script"], join(settings.state, "netconf"), run);
  } catch (error) {
    log.warning("DHCP clients cannot be started", { error });
    return "";
  }
}

/** The records as they are, in a journal that is written nowhere. */
function lookedAt(folder: string): Journal {
  const replay = new Replay();
  replay.restore({ ...readJournal(folder).replay.snapshot });
  return memoryJournal(replay);
}

function pendingLookedAt(folder: string): PendingApply {
  return { ...pendingHere(folder), read: () => peekPending(folder), write: () => undefined, remove: () => undefined };
}

function pendingHere(folder: string): PendingApply {
  return {
    here: thisBoot(),
    uptime,
    read: (warn) => readPending(folder, warn),
    write: (pending) => writePending(folder, pending),
    remove: () => removePending(folder),
  };
}
