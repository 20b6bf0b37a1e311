/** CTLSOCK_RELOAD: configuration and policy are read anew; no interface is changed. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";

export async function reload(task: Task<"CTLSOCK_RELOAD">, engine: Engine): Promise<Ending> {
  if (task.event.parent === 0) engine.say(task as Task, `requested by ${task.event.by}`);
  await engine.readPolicy();
  await engine.readConfiguration(true);
  const errors = engine.diagnostics.filter(({ severity }) => severity === "error").length;
  return { outcome: "done", reason: errors > 0 ? `${errors} errors, see \`check\`` : "" };
}
