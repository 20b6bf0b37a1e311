/** CTLSOCK_CONFIRM: what was applied stays. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";

export async function confirm(task: Task<"CTLSOCK_CONFIRM">, engine: Engine): Promise<Ending> {
  engine.say(task as Task, `requested by ${task.event.by}`);
  const { pending } = engine.confirmation;
  const { id } = task.parameters;
  if (!pending) return { outcome: "conflict", reason: "nothing waits for a confirm" };
  if (id !== undefined && id !== pending.id) {
    return { outcome: "conflict", reason: `apply ${pending.id} waits for a confirm, not ${id}` };
  }
  const busy = engine.operations.of("")?.goal;
  if (busy) {
    const reason = busy === "rollback" ? "is being taken back" : "is still at work: confirm it when it is done";
    return { outcome: "conflict", reason: `apply ${pending.id} ${reason}` };
  }
  engine.confirmation.release();
  task.result = { id: pending.id };
  return "done";
}
