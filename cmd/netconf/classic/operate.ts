/** Interfaces brought up and down for ifup and ifdown, by the daemon. */
import type { Settings } from "../../../src/config/keys.ts";
import { controlName, type UpOptions, type UpResult } from "../../../src/console/interfaces/control.ts";
import type { Operate, Operated, Operation } from "../../../src/netconf/classic/operate.ts";
import { Problem } from "../../../src/problem.ts";
import { connect } from "../../../src/umcp/client.ts";
import { socketPath } from "../../../src/process/socket-path.ts";

export function operateBy(settings: Settings): Operate {
  return async (operation, say, signal) => {
    const client = await connect({ unix: socketPath(controlName, settings.run, {}) });
    try {
      if (operation.own) {
        const text =
          "the daemon runs with a configuration and a state of its own; stop it, or do without these options";
        throw new Problem("conflict", text);
      }
      const onPartial = (partial: unknown) => {
        if (operation.verbose) say((partial as { line: string }).line);
      };
      const answer = client.request(
        "COMMAND",
        [operation.action],
        { options: optionsOf(operation) as never },
        { signal, onPartial },
      );
      // Some of it not done is no error here: what was is told one by one.
      const { result } = await answer.catch((error: unknown) => {
        if (error instanceof Problem && error.code === "not-done" && error.detail) return { result: error.detail };
        throw error;
      });
      return (result as UpResult).interfaces.map(operated);
    } finally {
      client.close();
    }
  };
}

/** What the daemon is asked for. */
export function optionsOf(operation: Operation): UpOptions {
  const { all, exclude, named, force, ignoreErrors, mappings, scripts, verbose } = operation;
  const names = named.map(({ physical, logical }) => (logical === undefined ? physical : `${physical}=${logical}`));
  return {
    ...(all ? { all, exclude: [...exclude] } : { names }),
    ...(operation.class === "" ? {} : { class: operation.class }),
    force,
    ignoreErrors,
    mappings,
    scripts,
    verbose,
    // As the model: the end of ifup ends what it does.
    cancelOnDisconnect: true,
  };
}

function operated({ name, logical, outcome, reason }: UpResult["interfaces"][number]): Operated {
  const known: Record<string, Operated["outcome"]> = { done: "done", deferred: "deferred", notfound: "unknown" };
  return { physical: name, logical, outcome: known[outcome] ?? "failed", reason };
}
