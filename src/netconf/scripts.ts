/** What scripts of an interface are, in which order they run and what they are told (interfaces(5), as ifupdown 0.8.41). */
import { settled } from "./classic/settled.ts";
import { type Option, optionKey, type Stanza } from "./interfaces/configuration.ts";
import type { ScriptPhase } from "./world.ts";

/** What commands are called, and when they run. */
const phaseOf: ReadonlyMap<string, ScriptPhase> = new Map([
  ["pre-up", "pre-up"],
  ["up", "up"],
  ["post-up", "up"],
  ["down", "down"],
  ["pre-down", "down"],
  ["post-down", "post-down"],
]);

type Commands = Readonly<Record<ScriptPhase, readonly Option[]>>;

/** Asked several times for each stanza on each way. */
const known = new WeakMap<readonly Option[], Commands>();

/** What PHASE says. */
const told: Record<ScriptPhase, string> = {
  "pre-up": "pre-up",
  up: "post-up",
  down: "pre-down",
  "post-down": "post-down",
};

/** Which phase takes back what that one did. */
export const opposite = { "pre-up": "post-down", up: "down" } as const;

/** Texts for a shell, in order. */
export function commandsOf({ options }: Pick<Stanza, "options">, phase: ScriptPhase): readonly Option[] {
  const found = known.get(options) ?? sorted(options);
  known.set(options, found);
  return found[phase];
}

function sorted(options: readonly Option[]): Commands {
  const commands = { "pre-up": [] as Option[], up: [] as Option[], down: [] as Option[], "post-down": [] as Option[] };
  for (const option of options) {
    const phase = phaseOf.get(optionKey(option.name));
    if (phase) commands[phase].push(option);
  }
  return commands;
}

/**
 * Hooks of Debian's packages bridge-utils, vlan, ifenslave, ethtool, systemd-resolved and resolvconf: Reeve does their work
 * itself, and what they would do beside it would be done twice, or in its way.
 */
const ours = new Set(["bridge", "vlan", "ifenslave", "ethtool", "resolved", "000resolvconf"]);

/** Whether a script of a hook folder is left out. */
export function isOurs(path: string): boolean {
  return ours.has(path.slice(path.lastIndexOf("/") + 1));
}

/** Scripts run for one stanza of an interface; without a stanza for all of `-a`. */
export interface ScriptRun {
  phase: ScriptPhase;
  iface: string;
  logical: string;
  stanza: Stanza | null;
  /** `auto`, `hotplug`; "": it was named. */
  class: string;
  /** Scripts of the folder, too. */
  folder: boolean;
  /** Goes on when one fails, which is only said then. */
  goesOn: boolean;
  verbose: boolean;
}

export interface Step {
  program: { shell: string } | { argv: readonly string[] };
  what: string;
  at?: Option["at"];
}

/** Commands before the folder's scripts on the way up, after them on the way down. */
export function stepsOf({ phase, stanza, folder }: ScriptRun, scripts: readonly string[]): Step[] {
  const commands = stanza ? commandsOf(stanza, phase) : [];
  const ours = commands.map(({ value, at }): Step => ({ program: { shell: value }, what: value, at }));
  const others = folder ? scripts.map((path): Step => ({ program: { argv: [path] }, what: path })) : [];
  return phase === "pre-up" || phase === "up" ? [...ours, ...others] : [...others, ...ours];
}

/** @param event number of the event, by which a command within the script is known to be waited for */
export function environmentOf(run: ScriptRun, event: number): Record<string, string> {
  const { phase, iface, logical, stanza } = run;
  return {
    ...(stanza ? optionsOf(iface, stanza) : {}),
    IFACE: iface,
    LOGICAL: logical,
    ADDRFAM: stanza ? stanza.family || "inet" : "meta",
    METHOD: stanza ? stanza.method || "none" : "none",
    CLASS: run.class,
    MODE: phase === "pre-up" || phase === "up" ? "start" : "stop",
    PHASE: told[phase],
    VERBOSITY: run.verbose ? "1" : "0",
    [`IFUPDOWN_${iface.replace(/[^A-Za-z0-9]/g, "_")}`]: told[phase],
    REEVE_EVENT: String(event),
  };
}

/**
 * `IF_…`: every option but commands, as ifupdown tells them: those that are not given are what its method takes for
 * granted, `address 192.0.2.1/24` is address, netmask and broadcast, and what stands there twice has a line each.
 */
function optionsOf(iface: string, stanza: Stanza): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value } of settled(iface, stanza, []).list) {
    if (phaseOf.has(optionKey(name))) continue;
    const key = `IF_${optionKey(name).replaceAll("-", "_").toUpperCase()}`;
    if (/^[A-Z0-9_]+$/.test(key)) values[key] = value;
  }
  // Which one it became is not known here.
  if (stanza.options.some(({ name, value }) => name === "hwaddress" && value === "random")) delete values.IF_HWADDRESS;
  return values;
}
