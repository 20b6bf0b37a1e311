/** Requests that are about more than one interface. */
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import { type Ended, succeeded, type Task } from "./events/task.ts";
import type { ScriptPhase } from "./world.ts";

/** What of a request is for its parts as well. */
export function howOf({ force, scripts, folders, ignoreErrors, manualStays, verbose }: How): How {
  return {
    ...(force ? { force } : {}),
    ...(scripts === false ? { scripts } : {}),
    ...(folders === false ? { folders } : {}),
    ...(ignoreErrors ? { ignoreErrors } : {}),
    ...(manualStays ? { manualStays } : {}),
    ...(verbose ? { verbose } : {}),
  };
}

/** Waits for all. One that failed fails them all; else one that is deferred has them deferred. */
export async function several(children: readonly Task[]): Promise<Ended> {
  const ended = await Promise.all(children.map(({ done }) => done));
  const named = ended.map((each, index) => ({ ...each, name: children[index]?.event.iface ?? "" }));
  const failed = named.filter(({ outcome }) => !succeeded(outcome));
  const [first] = failed;
  if (first) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : "";
    return { outcome: first.outcome, reason: `${first.name}${more}: ${first.reason}` };
  }
  const deferred = named.filter(({ outcome }) => outcome === "deferred");
  if (deferred.length === 0) return { outcome: "done", reason: "" };
  return {
    outcome: "deferred",
    reason: deferred
      .map(({ name, reason }) => `${name}: ${reason}`)
      .join("; ")
      .slice(0, 400),
  };
}

/** Scripts of the folder for `-a` as a whole (IFACE=--all). @returns what failed; "": nothing */
export async function allScripts(
  task: Task,
  engine: Engine,
  phase: ScriptPhase,
  name: string,
  { folders, force, ignoreErrors, verbose }: How,
): Promise<string> {
  if (folders === false || engine.scripts(phase).length === 0) return "";
  const run = { phase, iface: "--all", logical: name, stanza: null, class: name, folder: true };
  const goesOn = force === true || ignoreErrors === true;
  const { outcome, reason } = await engine.child(task, "SCRIPTS", "", { ...run, goesOn, verbose: verbose === true });
  return outcome === "done" ? "" : reason;
}

/**
 * Begins operations on all of them, in one order for everybody, so that nobody waits in a circle. Only one of these is under
 * way at a time.
 * @param names asked again when all have been entered, for others may have come meanwhile
 * @returns ends them
 */
export async function enterAll(
  engine: Engine,
  task: Task,
  goal: "apply" | "rollback",
  names: () => Iterable<string>,
): Promise<() => void> {
  const entered = new Map<string, () => void>();
  const leave = () => {
    for (const one of entered.values()) one();
  };
  const enter = async (name: string) => {
    const entry = await engine.operations.enter(task, name, goal);
    if ("leave" in entry) entered.set(name, () => entry.leave());
  };
  try {
    await enter("");
    for (;;) {
      const missing = [...new Set(names())].filter((name) => !entered.has(name)).sort();
      if (missing.length === 0) return leave;
      for (const name of missing) await enter(name);
    }
  } catch (error) {
    leave();
    throw error;
  }
}
