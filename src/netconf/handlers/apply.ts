/**
 * CTLSOCK_APPLY: from what is up to what the configuration says now, as one plan over all interfaces. Any failure takes all
 * of it back at once; else it is taken back unless somebody confirms it in time.
 */
import { Application } from "../apply/application.ts";
import { differencesOf } from "../apply/differences.ts";
import { type Fate, fatesOf, refusedOf, sayRefused } from "../apply/fates.ts";
import { scriptsOf } from "../apply/scripts.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { Ends, type Task } from "../events/task.ts";
import { ipText } from "../kernel/ip-line.ts";
import type { Plan, Planned } from "../plan/planned.ts";
import { transaction } from "../plan/transaction.ts";
import { enterAll } from "../several.ts";
import { withLeases } from "../with-leases.ts";

type Apply = Task<"CTLSOCK_APPLY">;

export async function apply(task: Apply, engine: Engine): Promise<Ending> {
  engine.say(task as Task, `requested by ${task.event.by}`);
  const { names, dryRun } = task.parameters;
  const configuration = await engine.world.files.configuration();
  const concerned = () => fatesOf(engine, configuration, names);
  if (dryRun) {
    const fates = concerned();
    report(engine, task, fates, planOf(engine, fates).steps);
    return "done";
  }
  // Not after the wait for all of them alone: what is taken back would wait for us.
  const free = () => {
    const { pending } = engine.confirmation;
    if (pending) throw new Ends("conflict", `apply ${pending.id} waits for its confirm: confirm it, or roll it back`);
    return concerned().keys();
  };
  const leave = await enterAll(engine, task as Task, "apply", free);
  try {
    const fates = concerned();
    return await new Application(engine, task as Task, {
      configuration,
      fates,
      plan: () => planOf(engine, fates),
    }).go();
  } finally {
    leave();
  }
}

function planOf(engine: Engine, fates: ReadonlyMap<string, Fate>): Plan {
  const concerned = [...fates.values()].filter(({ what }) => what !== "refused");
  const wanted = concerned.map(({ name, stanzas, wanted: one, what }) => {
    const leases = what === "goes" ? [] : (engine.records.get(name)?.leases ?? []);
    const dynamic = leases.filter(({ family }) => one.dynamic.some((method) => method.family === family));
    return withLeases(one, stanzas, dynamic, engine.now);
  });
  return transaction(wanted, engine.ground);
}

function report(engine: Engine, task: Apply, fates: ReadonlyMap<string, Fate>, steps: readonly Planned[]): void {
  sayRefused(engine, task as Task, fates);
  task.result = {
    id: 0,
    differences: differencesOf(steps),
    refused: refusedOf(fates),
    steps: steps.map(({ step }) => ipText(step)),
    scripts: scriptsOf(engine, fates),
    deadline: null,
  };
}
