/** ROLLBACK: what was applied is taken back: nobody has confirmed it, or somebody wants it so. */
import { takeBack } from "../apply/take-back.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";
import { enterAll } from "../several.ts";

export async function rollback(task: Task<"ROLLBACK">, engine: Engine): Promise<Ending> {
  const { id, why, applied } = task.parameters;
  // Part of an apply that failed, which has the interfaces.
  if (applied) return endOf(await takeBack(engine, task as Task, applied));
  const { confirmation } = engine;
  const leave = await enterAll(engine, task as Task, "rollback", () => Object.keys(confirmation.pending?.former ?? {}));
  try {
    const { pending } = confirmation;
    if (!pending) return { outcome: "conflict", reason: "nothing waits for a confirm" };
    if (id !== undefined && id !== pending.id) {
      return { outcome: "conflict", reason: `apply ${pending.id} waits for a confirm, not ${id}` };
    }
    task.about = ` ${pending.id}`;
    engine.say(task as Task, why);
    for (const name of Object.keys(pending.former)) engine.events.ring.note(name, task as Task);
    return endOf(await takeBack(engine, task as Task, pending, () => confirmation.takenBack(pending, why)));
  } finally {
    leave();
  }
}

function endOf(failed: string): Ending {
  return failed === "" ? "done" : { outcome: "failed", reason: failed };
}
