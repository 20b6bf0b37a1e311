/** Which scripts of an interface there are to run, and how. */
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { matches } from "./interfaces/glob.ts";
import { commandsOf, type ScriptRun } from "./scripts.ts";
import type { ScriptPhase } from "./world.ts";

/** False: the folders' scripts are not for this logical name (`no-scripts`), or nobody wants them. */
function hasFolders({ configuration }: Engine, { name }: Stanza, { folders }: How): boolean {
  return folders !== false && !configuration.noScripts.some((pattern) => matches(pattern, name));
}

/** Whether there is anything to run. */
export function runsAny(engine: Engine, stanza: Stanza, phase: ScriptPhase, how: How = {}): boolean {
  if (commandsOf(stanza, phase).length > 0) return true;
  return engine.scripts(phase).length > 0 && hasFolders(engine, stanza, how);
}

export function runOf(
  engine: Engine,
  about: { iface: string; logical: string; class: string },
  stanza: Stanza,
  phase: ScriptPhase,
  how: How = {},
): ScriptRun {
  return {
    phase,
    iface: about.iface,
    logical: about.logical,
    class: about.class,
    stanza,
    folder: hasFolders(engine, stanza, how),
    goesOn: how.force === true || how.ignoreErrors === true,
    verbose: how.verbose === true,
  };
}
