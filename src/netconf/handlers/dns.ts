/** DNS: the resolver is told what an interface brings. That it could not be told is no reason to take the interface down. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";

export async function dns(task: Task<"DNS">, engine: Engine): Promise<Ending> {
  const { servers, search } = task.parameters.dns;
  task.about = ` ${servers.join(" ") || "none"}${search.length > 0 ? ` search ${search.join(" ")}` : ""}`;
  await engine.world.dns.set(task.event.iface, task.parameters.dns, task.signal);
  if (engine.world.dns.by !== "none" || servers.length + search.length === 0) return "done";
  return {
    outcome: "done",
    reason: "no resolver is told: netconf.dns is none, or resolv.conf belongs to somebody else",
  };
}
