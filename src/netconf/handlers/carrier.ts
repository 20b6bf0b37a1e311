/** CARRIER: the other end of a link came or went. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";

export async function carrier(task: Task<"CARRIER">, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  task.about = task.parameters.carrier ? " up" : " lost";
  const record = engine.records.get(iface);
  if (!record) return "done";
  const clients = engine.clients.of(iface);
  const asks = record.setup === "deferred" && clients.length > 0;
  if (asks) engine.update(iface, () => ({ error: task.parameters.carrier ? "no lease yet" : "no carrier" }));
  if (!task.parameters.carrier) return "done";
  if (clients.length === 0) {
    engine.resume(iface, "carrier");
    return "done";
  }
  // It may be another network: clients ask at once, whatever pause they are in.
  const entry = await engine.operations.enter(task as Task, iface, "renew");
  try {
    const asked = clients.map(({ record: { family } }) => {
      const method = { family, method: "dhcp", options: {}, at: { file: "", line: 0, column: 0 } } as const;
      return engine.child(task as Task, "DHCP", iface, { what: "renew", method });
    });
    const ended = await Promise.all(asked);
    if (ended.some(({ outcome }) => outcome === "done")) engine.resume(iface, "carrier");
    return ended.find(({ outcome }) => outcome !== "done") ?? "done";
  } finally {
    if ("leave" in entry) entry.leave();
  }
}
