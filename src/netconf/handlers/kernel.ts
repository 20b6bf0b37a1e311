/** LINK, IFCFG and ROUTE: the parts of a plan, and what became of them in the kernel. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";
import type { Planned } from "../plan/planned.ts";

export async function link(task: Task<"LINK">, engine: Engine): Promise<Ending> {
  const { to, steps } = task.parameters;
  if (to !== "changed") task.about = ` ${to}`;
  return await perform(task as Task, engine, steps);
}

export async function ifcfg(task: Task<"IFCFG">, engine: Engine): Promise<Ending> {
  task.about = ` ${summary(task.parameters.steps)}`;
  return await perform(task as Task, engine, task.parameters.steps);
}

export async function route(task: Task<"ROUTE">, engine: Engine): Promise<Ending> {
  task.about = ` ${summary(task.parameters.steps)}`;
  return await perform(task as Task, engine, task.parameters.steps);
}

async function perform(task: Task, engine: Engine, steps: readonly Planned[]): Promise<Ending> {
  const results = engine.results.get(steps) ?? [];
  for (const [index, result] of results.entries()) {
    const planned = steps[index];
    if (planned === undefined) continue;
    const { step, inverse, at } = planned;
    task.event.performed.push({ step, inverse, result, ...(at ? { at } : {}) });
    if (result.ok) continue;
    if (at) task.event.line = at;
    return { outcome: "failed", reason: `${planned.what}: ${result.code} ${result.message}` };
  }
  return "done";
}

/** `+192.0.2.1/24 -192.0.2.2/24`, of the first few. */
function summary(steps: readonly Planned[]): string {
  const words = new Set(steps.map(({ what, kind }) => `${sign[kind]}${what.replace(/^(address|route|rule) /, "")}`));
  const [first = "", second = "", third = "", ...more] = words;
  return `${[first, second, third].filter(Boolean).join(" ")}${more.length > 0 ? ` and ${more.length} more` : ""}`;
}

const sign: Record<Planned["kind"], string> = { missing: "", different: "~", extra: "-" };
