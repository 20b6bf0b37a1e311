/** TIMER: the time has come to try again, or to take back what nobody has confirmed. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { succeeded, type Task } from "../events/task.ts";
import { behindLinkLocal } from "../link-local.ts";

export async function timer(task: Task<"TIMER">, engine: Engine): Promise<Ending> {
  if (task.parameters.what === "confirm") {
    return await engine.child(task as Task, "ROLLBACK", "", { why: "nobody has confirmed it in time" });
  }
  const { iface } = task.event;
  const record = engine.records.get(iface);
  const behind = record?.setup === "configured" && behindLinkLocal(engine, iface);
  if (behind) {
    const { timeout } = engine.world.settings;
    const task = engine.events.queue("DHCP", iface, { what: "start", method: behind }, { by: "timer", timeout });
    // Unless a client goes on asking by itself.
    void task.done.then(() => engine.retries.later(engine, iface));
    return "done";
  }
  if (record?.setup !== "deferred") return { outcome: "done", reason: "it is not deferred any more" };
  const ended = await engine.child(task as Task, "CTLSOCK_IFUP", iface, {
    class: record.class,
    asked: record.asked,
    resumes: true,
  });
  if (!succeeded(ended.outcome)) engine.retries.later(engine, iface);
  return ended;
}
