/** POLICY: a way to configure has failed, and the policy says what is next. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";

export async function policy(task: Task<"POLICY">, engine: Engine): Promise<Ending> {
  const { method, outcome, reason, next } = task.parameters;
  engine.say(task as Task, `${method} ${outcome}${reason ? ` (${reason})` : ""} → ${next}`);
  return "done";
}
