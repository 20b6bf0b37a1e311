/** Which scripts of an interface there are to run, and how. */
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { matches } from "./interfaces/glob.ts";
import { commandsOf, type ScriptRun } from "./scripts.ts";
import type { ScriptPhase } from "./world.ts";

/** False: the folders' scripts are not for this interface (`no-scripts`). */
function hasFolders({ configuration }: Engine, iface: string): boolean {
  return !configuration.noScripts.some((pattern) => matches(pattern, iface));
}

/** Whether there is anything to run. */
export function runsAny(engine: Engine, iface: string, stanza: Stanza, phase: ScriptPhase): boolean {
  if (commandsOf(stanza, phase).length > 0) return true;
  return engine.scripts(phase).length > 0 && hasFolders(engine, iface);
}

export function runOf(
  engine: Engine,
  about: { iface: string; logical: string; class: string },
  stanza: Stanza,
  phase: ScriptPhase,
  { force, ignoreErrors, verbose }: How = {},
): ScriptRun {
  return {
    phase,
    iface: about.iface,
    logical: about.logical,
    class: about.class,
    stanza,
    folder: hasFolders(engine, about.iface),
    goesOn: force === true || ignoreErrors === true,
    verbose: verbose === true,
  };
}
