/** Why an interface is as it is: one sentence, and the newest operation on it with all that it did. */
import type { WhyResult } from "../../console/interfaces/control.ts";
import type { Engine } from "../engine.ts";
import { refusal } from "../interfaces/configuration.ts";
import { checkOf } from "./check.ts";
import { treeOf } from "./event-lines.ts";
import { diagnosticOf, interfaceOf, mustKnow, type Surroundings } from "./status.ts";

/** @throws Problem `not-found` for an interface that neither kernel nor configuration has */
export function why(engine: Engine, around: Surroundings, name: string): WhyResult {
  mustKnow(engine, [name]);
  const { operational, setup, waitsFor, error, manager, at, logical } = interfaceOf(engine, around, name);
  const task = engine.events.ring.latest(name);
  const takenDown = task?.event.kind === "CTLSOCK_IFDOWN" ? `it was taken down by ${task.event.by}` : "";
  const sentences: Record<typeof setup, string> = {
    unmanaged: manager ? `${manager} takes care of it` : "nothing is configured for it",
    pending: takenDown ? `${takenDown}; it is in \`auto\`` : "it is in `auto` and was not brought up yet",
    configuring: waitsFor ? `it comes up, and waits for ${waitsFor}` : "it comes up",
    configured: asConfigured(
      engine,
      around,
      name,
      `${at || "the policy"} says${logical !== name ? `, as ${logical}` : ""}`,
    ),
    deferred: `not yet: ${waitsFor || "it is tried again by itself"}`,
    failed: error || "it failed",
    down: takenDown || "nobody has brought it up",
  };
  const refused = refusal(engine, logical || name);
  return {
    ...{ name, operational, setup },
    sentence: sentences[setup],
    event: task ? treeOf(task) : null,
    diagnostics: refused ? [diagnosticOf(refused)] : [],
  };
}

const words = { missing: "missing", different: "different", extra: "wanted no longer" } as const;

/** It was brought up; what others did since may not have asked anybody. */
function asConfigured(engine: Engine, around: Surroundings, name: string, says: string): string {
  const [found] = checkOf(engine, around, [name]).interfaces;
  const differs = (found?.differences ?? []).flatMap(({ kind, what }) =>
    kind === "foreign" ? [] : `${what} (${words[kind]})`,
  );
  if (differs.length === 0) return `it is as ${says}`;
  return `it was brought up as ${says}, and differs since: ${differs.join("; ")}`;
}
