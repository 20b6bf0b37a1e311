/** How what runs differs from what the configuration says. */
import type { CheckResult, Difference } from "../../console/interfaces/control.ts";
import type { Engine } from "../engine.ts";
import { inForce } from "../in-force.ts";
import type { Stanza } from "../interfaces/configuration.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import { check } from "../plan/check.ts";
import { nothing } from "../plan/wanted.ts";
import { withLeases } from "../with-leases.ts";
import { diagnosticOf, knownNames, mustKnow, type Surroundings } from "./status.ts";

/**
 * @param names absent: what is up, and what is in `auto` and nobody else's
 * @throws Problem `not-found` for a name that neither kernel nor configuration has
 */
export function checkOf(engine: Engine, { managers }: Surroundings, names?: readonly string[]): CheckResult {
  const { configuration, records } = engine;
  const auto = (configuration.classes.get("auto") ?? []).map(({ word }) => word);
  const isOthers = (name: string) => {
    const link = engine.link(name);
    return link !== undefined && link.type !== "loopback" && managers.of(link) !== "";
  };
  mustKnow(engine, names);
  const known = knownNames(engine);
  const wanted = names ?? [
    ...new Set([...records.keys(), ...auto.filter((name) => known.has(name) && !isOthers(name))]),
  ];
  const interfaces = wanted.map((name) => ({
    name,
    configured: records.has(name),
    differences: differencesOf(engine, name),
  }));
  const differs = interfaces.some(({ differences }) => differences.some(({ kind }) => kind !== "foreign"));
  return { same: !differs, interfaces, diagnostics: engine.diagnostics.map(diagnosticOf) };
}

function differencesOf(engine: Engine, name: string): Difference[] {
  const record = engine.records.get(name);
  const stanzas = stanzasFor(engine, name, record?.logical ?? name, record?.stanzas ?? []);
  if (stanzas.length === 0) return record ? check(nothing(name), engine.ground) : [];
  const { wanted } = wantedOf(name, stanzas, engine.context);
  return check(withLeases(wanted, stanzas, record?.leases ?? [], engine.now), engine.ground);
}

/** What the configuration says now; of what came up by the policy, or for something else, what was said then. */
function stanzasFor(engine: Engine, name: string, logical: string, then: readonly Stanza[]): readonly Stanza[] {
  const { configuration } = engine;
  const now = inForce(engine, configuration, name, logical);
  if (now.length > 0) return now;
  return then.some(({ at, name: of }) =>
    at.file === "" || of === name ? !configuration.files.includes(at.file) : false,
  )
    ? then
    : [];
}
