/** What a Wanted depends on beside the interface's own stanzas. */
import type { Configuration, Diagnostic, Stanza } from "../interfaces/configuration.ts";
import type { Link } from "../kernel/state.ts";
import type { Wanted } from "../plan/wanted.ts";

export interface Context {
  /** Every configured interface by physical name, in order of first mention, with its stanzas after mapping. */
  stanzas: ReadonlyMap<string, readonly Stanza[]>;
  /** Links there are now: for `bridge-ports regex …`, `bridge_hw eth0` and the like. */
  links: ReadonlyMap<string, Link>;
  /** Names of routing tables beside main, local and default (/etc/iproute2/rt_tables). */
  tables: ReadonlyMap<string, number>;
  /** From which `hwaddress random` is made: as long as it stays, so do the addresses. */
  seed: string;
  /** What `wantedOf` has found without a look at links, by name. */
  known: Map<string, Known>;
}

export interface Known {
  stanzas: readonly Stanza[];
  wanted: Wanted;
  diagnostics: readonly Diagnostic[];
}

/** @param mapped physical → logical name, where they differ */
export function contextOf(
  configuration: Configuration,
  rest: Partial<Omit<Context, "stanzas" | "known">> = {},
  mapped: ReadonlyMap<string, string> = new Map(),
): Context {
  const byLogical = Map.groupBy(configuration.stanzas, ({ name }) => name);
  const stanzas = new Map<string, readonly Stanza[]>(byLogical);
  for (const [physical, logical] of mapped) stanzas.set(physical, byLogical.get(logical) ?? []);
  return { stanzas, links: new Map(), tables: new Map(), seed: "", known: new Map(), ...rest };
}
