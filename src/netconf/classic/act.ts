/** ifup and ifdown for real: what is asked of the engine, and what the model says of what became of it. */
import type { Configuration } from "../interfaces/configuration.ts";
import type { Named } from "../interfaces/pattern.ts";
import type { Stream } from "../world.ts";
import { isKnown, type Rename } from "./definitions.ts";
import type { Scene } from "./face.ts";
import type { Invocation } from "./invocation.ts";
import type { Operated, Operation } from "./operate.ts";
import type { States } from "./rehearsal.ts";
import { isCommand } from "./variables.ts";

interface Chosen {
  configuration: Configuration;
  named: readonly Named[];
  renames: readonly Rename[];
  states: States;
}

/** @returns false: something failed */
export async function act(invocation: Invocation, chosen: Chosen, scene: Scene): Promise<boolean> {
  const { configuration, states } = chosen;
  const { all, face } = invocation;
  const say = (text: string) => scene.err(`${face}: ${text}`);
  const unknown = chosen.named.filter(({ physical, logical = physical }) => {
    return !isKnown(configuration, logical) && (face === "ifup" || states.of(physical) === undefined);
  });
  for (const { physical, logical = physical } of all ? [] : unknown) say(`unknown interface ${logical}`);
  const named = chosen.named.filter((one) => !unknown.includes(one));
  const wasUp = new Set(named.filter(({ physical }) => states.of(physical)).map(({ physical }) => physical));
  if (named.length === 0 && !all) return unknown.length === 0;
  const operation = operationOf(invocation, { ...chosen, named }, scene);
  const show = (line: string, printed?: Stream) => {
    if (printed === undefined) say(line);
    else (printed === "stdout" ? scene.out : scene.err)(line);
  };
  const operated = await scene.operate(operation, show, scene.signal);
  let good = all || unknown.length === 0;
  for (const one of operated) {
    const { physical, logical, outcome } = one;
    // A mapping's script may say that nothing is configured here.
    const nothing = outcome === "unknown" && logical !== physical && !isKnown(configuration, logical);
    const text = nothing
      ? `ignoring unknown interface ${physical}=${logical}`
      : sentence(one, invocation, wasUp.has(physical), configuration);
    if (text !== undefined) say(text);
    good &&= nothing || outcome === "done" || outcome === "deferred";
  }
  return good;
}

function sentence(
  operated: Operated,
  { all, face, force }: Invocation,
  wasUp: boolean,
  configuration: Configuration,
): string | undefined {
  const { physical, logical, outcome, reason } = operated;
  if (outcome === "done") {
    // Of what failed to come up ifstate says nothing, and yet it went down.
    const asBefore = face === "ifup" ? wasUp : !wasUp && reason !== "";
    if (!asBefore || all || force) return undefined;
    return `interface ${physical} ${face === "ifup" ? "already" : "not"} configured`;
  }
  // Where it has a stanza, it is the device that is not there.
  if (outcome === "unknown" && !isKnown(configuration, logical)) return `unknown interface ${logical}`;
  if (outcome === "deferred") return `interface ${physical} is deferred: ${reason}`;
  return `failed to ${face === "ifup" ? "bring up" : "take down"} ${physical}${reason === "" ? "" : `: ${reason}`}`;
}

function operationOf(invocation: Invocation, chosen: Chosen, { defaults, files }: Scene): Operation {
  const { interfaces = defaults.interfaces, stateDir = defaults.stateDir, options, loopback } = invocation;
  const { all, allow, exclude, face, force, ignoreErrors, mappings, scripts, verbose } = invocation;
  const { named, renames, configuration } = chosen;
  return {
    action: face === "ifup" ? "up" : "down",
    named,
    renames: face === "ifup" ? renames : [],
    all,
    exclude,
    class: allow ?? (all ? "auto" : ""),
    configuration: withOptions(configuration, options),
    interfaces,
    own: interfaces !== defaults.interfaces || stateDir !== defaults.stateDir || options.length > 0 || !loopback,
    stateDir,
    force,
    ignoreErrors,
    mappings,
    scripts,
    verbose,
    environment: files.environment,
  };
}

/** With the options of the command line in every stanza, in place of those of the same name. */
function withOptions(configuration: Configuration, options: Invocation["options"]): Configuration {
  if (options.length === 0) return configuration;
  const names = new Set(options.map(([name]) => name));
  const at = { file: "the command line", line: 1, column: 1 };
  const added = options.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value, at }));
  const stanzas = configuration.stanzas.map((stanza) => ({
    ...stanza,
    options: [...stanza.options.filter(({ name }) => isCommand({ name }) || !names.has(name)), ...added],
  }));
  return { ...configuration, stanzas };
}
