/** What ifup and ifdown ask of whoever brings interfaces up and down for real. */
import type { Configuration } from "../interfaces/configuration.ts";
import type { Named } from "../interfaces/pattern.ts";
import type { Stream } from "../world.ts";
import type { Rename } from "./definitions.ts";

export interface Operation {
  action: "up" | "down";
  /** In this order. Names are resolved: no pattern, no class, no excluded one is left; mappings are still to be applied. */
  named: readonly Named[];
  /** Devices that get another name before anything else is done; `named` has the new ones. */
  renames: readonly Rename[];
  /** `-a`: scripts run once more for `--all` before and after; what is in no class goes down, too. */
  all: boolean;
  /** Shell patterns of names that are left out; `named` has none of them. */
  exclude: readonly string[];
  /** CLASS for scripts: that of `--allow`, or `auto` with `all`; "": none. */
  class: string;
  /** With the loopback that is taken for granted, and `-o` options at the end of every stanza. */
  configuration: Configuration;
  /** The file it was read from, and whether the settings name the same. */
  interfaces: string;
  /** True: file or state are not those of the daemon, or `-o` changed options: this process must do it by itself. */
  own: boolean;
  /** Folder of ifstate. */
  stateDir: string;
  /** Also what is configured already; deconfigure what is not. */
  force: boolean;
  /** A failing command or script is told and passed over. */
  ignoreErrors: boolean;
  mappings: boolean;
  scripts: boolean;
  /** VERBOSITY of scripts; lines say what is done. */
  verbose: boolean;
  /** `interface NAME` where a script of this very interface called us (IFUPDOWN_name is set); "": none. */
  environment: Readonly<Record<string, string | undefined>>;
}

/**
 * What became of an interface. `unknown`: nothing is configured under its name. `deferred` counts as done.
 */
export type OperationOutcome = "done" | "deferred" | "unknown" | "failed";

export interface Operated {
  physical: string;
  logical: string;
  outcome: OperationOutcome;
  /** One sentence; "" where there is nothing to say. */
  reason: string;
}

/**
 * @param say shows a line to whoever asked, as it happens; `printed`: what a command or script printed there
 * @param signal the asker has gone (SIGINT, SIGTERM)
 * @returns one entry for each of `named`, and for interfaces that came or went along with them
 * @throws Problem when nothing of it could be begun
 */
export type Operate = (
  operation: Operation,
  say: (line: string, printed?: Stream) => void,
  signal: AbortSignal,
) => Promise<readonly Operated[]>;
