/**
 * What a process that died left half-done is brought to an end, before anything else is done:
 *
 * | left in the journal            | what is done                                                        | records  |
 * |--------------------------------|---------------------------------------------------------------------|----------|
 * | nothing                        | –                                                                   | stay     |
 * | up, down, lease, heal          | completed: every step from the last mark on, again                  | of after |
 * | apply                          | undone: the inverse of every step that has left a trace (undoing)   | former   |
 * | rollback                       | completed, as up is: its steps are inverses themselves              | former   |
 *
 * | pending.json (confirmation)    | what is done then                                                   |
 * |--------------------------------|---------------------------------------------------------------------|
 * | of an apply that was undone    | the former configuration is in force, and noted so                  |
 * | rolled back to the end         | the same                                                            |
 * | noted so                       | the same, unless the files say it themselves by now                 |
 * | of this boot, in time          | waited for                                                          |
 * | of this boot, too late         | rolled back                                                         |
 * | of another boot or namespace   | as if rolled back: the kernel knows nothing of it any more          |
 * | damaged                        | put aside, with a warning                                           |
 *
 * How far a plan had come is not known but for its marks, and need not be: steps and inverses do nothing where all is as
 * they would have it. Then what the records say is compared with the kernel and mended, so that a step that was refused
 * leaves nothing half-way.
 */
import { Problem } from "../problem.ts";
import type { Journal } from "./journal.ts";
import { ipText } from "./kernel/ip-line.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Step } from "./kernel/step.ts";
import { disowned, type Found } from "./plan/found.ts";
import type { Ground, Planned } from "./plan/planned.ts";
import { transaction } from "./plan/transaction.ts";
import { undoing } from "./plan/undoing.ts";
import { nothing, type Wanted } from "./plan/wanted.ts";
import type { Records } from "./records.ts";
import { halfWay, type OpenIntent, type Undertaking } from "./replay.ts";

export interface Recovered {
  what: Undertaking;
  names: string[];
  outcome: "completed" | "undone";
  /** What could not be done: `ip` line or name, and why; empty: all is as it should be. */
  failed: string[];
}

/** @returns of each plan that was left what became of it */
export async function recover(kernel: Kernel, journal: Journal): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  if (journal.open.length > 0) await kernel.refresh();
  for (const intent of journal.open)
    recovered.push(await (intent.what === "apply" ? undo : complete)(kernel, journal, intent));
  return recovered;
}

async function complete(kernel: Kernel, journal: Journal, intent: OpenIntent): Promise<Recovered> {
  const { id, what, plan, done, records, found } = intent;
  const names = Object.keys(records);
  await kernel.perform(steps(plan.slice(done)), { goOn: true });
  const failed = await mend(kernel, journal, records, found);
  if (failed.length === 0) journal.end(id, "done");
  else {
    // What was to go is gone on with as going down.
    const left = Object.entries(halfWay(intent)).map(([name, record]) => {
      return [name, record && (records[name] ? record : { ...record, setup: "down" as const })] as const;
    });
    journal.end(id, "failed", Object.fromEntries(left));
  }
  return { what, names, outcome: "completed", failed };
}

async function undo(kernel: Kernel, journal: Journal, intent: OpenIntent): Promise<Recovered> {
  const { id, what, plan, done, former, found } = intent;
  const ground = { state: kernel.state, sysctl: (key: readonly string[]) => kernel.sysctl(key) };
  await kernel.perform(undoing(plan, done, ground), { goOn: true });
  const failed = await mend(kernel, journal, former, found);
  journal.end(id, failed.length === 0 ? "undone" : "failed");
  return { what, names: Object.keys(former), outcome: "undone", failed };
}

function steps(plan: readonly Planned[]): Step[] {
  return plan.map(({ step }) => step);
}

/**
 * Brings interfaces to what these records say of them, as far as it goes.
 * @param found what somebody else had put there, which stays
 * @returns what is still different, and why
 */
export async function mend(kernel: Kernel, journal: Journal, records: Records, found: Found = {}): Promise<string[]> {
  const wanted = Object.entries(records).map(([name, record]) => record?.owned.wanted ?? nothing(name));
  const whole = await mendThese(kernel, journal, wanted, found);
  if (whole.length === 0) return [];
  // One that is impossible keeps none of the others from it.
  const each: string[] = [];
  for (const one of wanted) each.push(...(await mendThese(kernel, journal, [one], found)));
  return each;
}

async function mendThese(
  kernel: Kernel,
  { records }: Journal,
  wanted: readonly Wanted[],
  found: Found,
): Promise<string[]> {
  const owned = new Map(Array.from(records.values(), ({ name, owned: all }) => [name, disowned(all, found[name])]));
  const ground: Ground = { state: kernel.state, sysctl: (key) => kernel.sysctl(key), owned };
  try {
    const plan = transaction(wanted, ground, { inverses: false });
    const results = await kernel.perform(steps(plan.steps), { goOn: true });
    return results.flatMap((result, at) => {
      const step = plan.steps[at]?.step;
      return result.ok || !step ? [] : [`${ipText(step)}: ${result.code} ${result.message}`];
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.message];
  }
}
