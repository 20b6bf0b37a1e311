/** HOTPLUG: a device came or went. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";
import { classOf } from "../expand.ts";

export async function hotplug(task: Task<"HOTPLUG">, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const { action } = task.parameters;
  task.about = ` ${action}`;
  const record = engine.records.get(iface);
  if (action === "remove") {
    if (!record) return { outcome: "done", reason: "it was not up" };
    return await engine.child(task as Task, "CTLSOCK_IFDOWN", iface, { along: true });
  }
  const member = classOf(engine, iface, ["hotplug", "auto"]);
  if (!member && record?.setup !== "deferred") return { outcome: "done", reason: "neither `auto` nor `allow-hotplug`" };
  const { asked = true, class: name = member?.class ?? "" } = record ?? {};
  return await engine.child(task as Task, "CTLSOCK_IFUP", iface, {
    class: name,
    asked,
    resumes: true,
    ...(member?.logical === undefined ? {} : { logical: member.logical }),
  });
}
