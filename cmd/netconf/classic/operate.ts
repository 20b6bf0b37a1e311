/** Interfaces brought up and down for ifup and ifdown: by the daemon where it runs, else by this very process. */
import type { Settings } from "../../../src/config/keys.ts";
import {
  type Asked,
  controlName,
  type Progress,
  statusName,
  type UpOptions,
  type UpResult,
} from "../../../src/console/interfaces/control.ts";
import type { Operate, Operated, Operation } from "../../../src/netconf/classic/operate.ts";
import { Problem } from "../../../src/problem.ts";
import { socketPath } from "../../../src/process/socket-path.ts";
import { connect } from "../../../src/umcp/client.ts";

type Say = Parameters<Operate>[1];

export function operateBy(settings: Settings): Operate {
  return async (operation, say, signal) => {
    for (;;) {
      try {
        return (await byDaemon(settings, operation, say, signal)).interfaces.map(operated);
      } catch (error) {
        if (Problem.from(error).code !== "not-running") throw error;
      }
      const result = await alone(settings, operation, say, signal);
      if (result) return result.interfaces.map(operated);
    }
  };
}

/** @throws Problem `not-running`: no daemon runs; `conflict`: this is nothing for a daemon; those of its `up` and `down` */
async function byDaemon(settings: Settings, operation: Operation, say: Say, signal: AbortSignal): Promise<UpResult> {
  const { own, environment } = operation;
  // The status socket is a daemon's alone.
  const name = own && environment.REEVE_EVENT === undefined ? statusName : controlName;
  const client = await connect({ unix: socketPath(name, settings.run, {}, "/run/reeve-netconf") });
  try {
    if (own) {
      const text = "a netconf runs with a configuration and a state of its own; stop it, or do without these options";
      throw new Problem("conflict", text);
    }
    const within = Number(environment.REEVE_EVENT ?? "");
    const body: Asked<"up"> = {
      options: optionsOf(operation),
      ...(Number.isSafeInteger(within) && within > 0 ? { within } : {}),
    };
    const onPartial = (partial: unknown) => {
      const { line, on } = partial as Progress;
      for (const one of line.split("\n")) say(one, on);
    };
    const { result } = await client.request("COMMAND", [operation.action], body as never, { signal, onPartial });
    return result as UpResult;
  } catch (error) {
    // What was not done is told interface by interface.
    if (error instanceof Problem && error.code === "not-done" && error.detail) return error.detail as UpResult;
    throw error;
  } finally {
    client.close();
  }
}

/** @returns undefined: a daemon has started meanwhile */
async function alone(settings: Settings, operation: Operation, say: Say, signal: AbortSignal) {
  const { oneShot } = await import("../../../src/netconf/one-shot.ts");
  const { action, configuration, interfaces, stateDir } = operation;
  const own = { ...settings, "netconf.interfaces": interfaces, "netconf.ifstate": stateDir };
  return oneShot(action, optionsOf(operation), own, say, signal, configuration);
}

/** What is asked of the engine. */
export function optionsOf(operation: Operation): UpOptions {
  const { action, all, exclude, named, force, ignoreErrors, mappings, scripts, verbose } = operation;
  const names = named.map(({ physical, logical }) => (logical === undefined ? physical : `${physical}=${logical}`));
  return {
    ...(all ? { all, exclude: [...exclude] } : { names }),
    // `ifdown -a` is about all that is up, in whichever class.
    ...(operation.class === "" || (all && operation.class === "auto") ? {} : { class: operation.class }),
    force,
    // As the model: nothing that fails holds up what goes down, and the VLANs of a device go with it.
    ignoreErrors: ignoreErrors || action === "down",
    ...(action === "down" ? { along: true, ...(all ? { manualStays: true } : {}) } : {}),
    mappings,
    folders: scripts,
    verbose,
    // As the model: nothing is said of what is done, but what commands and scripts print is for whoever asked.
    lines: verbose ? "status" : "printed",
    // … and the end of ifup is the end of what it does.
    cancelOnDisconnect: true,
  };
}

function operated({ name, logical, outcome, reason }: UpResult["interfaces"][number]): Operated {
  const known: Record<string, Operated["outcome"]> = { done: "done", deferred: "deferred", notfound: "unknown" };
  return { physical: name, logical: logical || name, outcome: known[outcome] ?? "failed", reason };
}
