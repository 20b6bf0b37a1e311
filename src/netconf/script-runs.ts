/** Which scripts of an interface there are to run, and how. */
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { matches } from "./interfaces/glob.ts";
import type { InterfaceRecord } from "./record.ts";
import { commandsOf, type ScriptRun, stepsOf } from "./scripts.ts";
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

/** Whose scripts they are. */
interface About {
  iface: string;
  logical: string;
  class: string;
}

/** What would run, a line each: `eth0: up ip route add …`. */
export function scriptLines(
  engine: Engine,
  about: About,
  stanzas: readonly Stanza[],
  phase: ScriptPhase,
  how: How = {},
): string[] {
  return stanzas.flatMap((stanza) =>
    stepsOf(runOf(engine, about, stanza, phase, how), engine.scripts(phase)).map(
      ({ what }) => `${about.iface}: ${phase} ${what}`,
    ),
  );
}

export function runOf(engine: Engine, about: About, stanza: Stanza, phase: ScriptPhase, how: How = {}): ScriptRun {
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

/** All phases of these stanzas: what goes with going down is owed, whether or not anything ran on the way up. */
export function allRan(stanzas: readonly Stanza[]): InterfaceRecord["ran"] {
  return stanzas.flatMap((_, stanza) => (["pre-up", "up"] as const).map((phase) => ({ stanza, phase })));
}
