/** Which scripts an apply runs. */
import type { Engine } from "../engine.ts";
import type { Stanza } from "../interfaces/configuration.ts";
import type { InterfaceRecord } from "../record.ts";
import { allRan, scriptLines } from "../script-runs.ts";
import { opposite } from "../scripts.ts";
import { dues } from "../take-down.ts";
import type { Fate } from "./fates.ts";

/** A line each: those of what goes, then those of what comes. */
export function scriptsOf(engine: Engine, fates: ReadonlyMap<string, Fate>): string[] {
  const down: string[] = [];
  const up: string[] = [];
  for (const { name: iface, what, logical, stanzas, class: of } of fates.values()) {
    const record = engine.records.get(iface);
    for (const phase of record && (what === "goes" || what === "restarts") ? (["up", "pre-up"] as const) : []) {
      if (!record) continue;
      const owing = dues(engine, record, phase).map((due) => due.of);
      down.push(...scriptLines(engine, { ...record, iface }, owing, opposite[phase]));
    }
    if (what === "goes" || what === "refused") continue;
    const ran = what === "changes" && record ? ranSoFar(record, stanzas) : [];
    for (const phase of ["pre-up", "up"] as const) {
      const missing = stanzas.filter(
        (_, index) => !ran.some((one) => one.stanza === index && one.phase === phase && !one.failed),
      );
      up.push(...scriptLines(engine, { iface, logical, class: of }, missing, phase));
    }
  }
  return [...down, ...up];
}

/** Of one that stays up and only changes: all that it has, unless it was deferred on its way. */
export function ranSoFar({ setup, ran }: InterfaceRecord, stanzas: readonly Stanza[]): InterfaceRecord["ran"] {
  if (setup !== "configured" || ran.length === 0) return ran;
  return allRan(stanzas);
}
