/**
 * What was applied is taken back. The kernel comes first, for somebody may have locked himself out; clients and scripts
 * follow.
 */
import type { Engine } from "../engine.ts";
import type { Task } from "../events/task.ts";
import type { Configuration } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";
import type { Step } from "../kernel/step.ts";
import type { Found } from "../plan/found.ts";
import type { Planned } from "../plan/planned.ts";
import type { InterfaceRecord } from "../record.ts";
import type { Records } from "../records.ts";
import { mend } from "../recovery.ts";
import { owed, stopClients } from "../take-down.ts";
import { sameCommands } from "./fates.ts";

export interface Applied {
  /** Its number in the journal; 0: it has not come so far. */
  id: number;
  inverse: readonly Step[];
  former: Records;
  /** What was there before, and stays. */
  found: Found;
  configuration: Configuration;
}

/**
 * As far as it goes: what fails stops nothing else.
 * @param undone called when the kernel is as it was; scripts may hang
 * @returns what failed; "": nothing
 */
export async function takeBack(
  engine: Engine,
  task: Task,
  { id, inverse, former, found, configuration }: Applied,
  undone: () => void = () => undefined,
): Promise<string> {
  const applied = new Map(Object.keys(former).map((name) => [name, engine.records.get(name)]));
  const records = Object.fromEntries(
    Object.entries(former).map(([name, before]) => [name, before && asBefore(before, applied.get(name))]),
  );
  task.hold();
  const failed = await engine.plans
    .alone(() => undo(engine, task, { id, inverse, found }, records))
    .finally(() => task.release());
  engine.configuration = configuration;
  undone();
  for (const [name, record] of applied) {
    if (record) await retire(engine, task, record, former[name] ?? undefined);
    if (former[name]) engine.goOn(name, "rollback");
  }
  return failed;
}

/** Scripts that ran since are owed anew: those of what went are to run again, and its clients to start. */
function asBefore(before: InterfaceRecord, applied: InterfaceRecord | undefined): InterfaceRecord {
  const same = applied !== undefined && sameCommands(applied.stanzas, before.stanzas);
  const alive = new Set(applied?.clients.map(({ pid }) => pid));
  const clients = before.clients.filter(({ pid }) => alive.has(pid));
  return { ...before, clients, ran: same ? before.ran : [], setup: same ? before.setup : "configuring" };
}

async function undo(
  engine: Engine,
  task: Task,
  { id, inverse, found }: Pick<Applied, "id" | "inverse" | "found">,
  records: Records,
): Promise<string> {
  const { journal, kernel } = engine.world;
  const entry = journal.begin({ what: "rollback", of: id, records, found, plan: inverse.map(plannedOf) });
  const results = await kernel.perform(inverse, { goOn: true });
  let failed = "";
  for (const [index, result] of results.entries()) {
    const step = inverse[index];
    if (step === undefined) continue;
    task.event.performed.push({ step, inverse: [], result });
    if (!result.ok) failed ||= `${ipText(step)}: ${result.code} ${result.message}`;
  }
  // What was done to these interfaces since the apply (leases, …) is not among its steps.
  const [left] = await mend(kernel, journal, records, found);
  journal.end(entry, left === undefined ? "done" : "failed");
  return left === undefined ? "" : failed || left;
}

function plannedOf(step: Step): Planned {
  return { step, inverse: [], iface: "", kind: "different", what: ipText(step) };
}

/** Ends clients that were started for what is gone, and runs what scripts owe. */
async function retire(
  engine: Engine,
  task: Task,
  applied: InterfaceRecord,
  before: InterfaceRecord | undefined,
): Promise<void> {
  const kept = new Set(before?.clients.map(({ pid }) => pid));
  if (applied.clients.some(({ pid }) => !kept.has(pid))) await stopClients(engine, task, applied);
  if (before && sameCommands(applied.stanzas, before.stanzas)) return;
  await owed(engine, task, applied, "up");
  await owed(engine, task, applied, "pre-up");
}
