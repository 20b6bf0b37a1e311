/** HOTPLUG: a device came or went. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { succeeded, type Task } from "../events/task.ts";
import { classOf } from "../expand.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import type { InterfaceRecord } from "../record.ts";

export async function hotplug(task: Task<"HOTPLUG">, engine: Engine): Promise<Ending> {
  const { action } = task.parameters;
  task.about = ` ${action}`;
  return action === "add" ? await came(task as Task, engine) : await went(task as Task, engine);
}

async function came(task: Task, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const member = classOf(engine, iface, ["hotplug", "auto"]);
  const record = isAwaited(engine, iface) ? engine.records.get(iface) : undefined;
  const masters = mastersOf(engine, iface);
  if (!member && !record && masters.length === 0)
    return { outcome: "done", reason: "neither `auto` nor `allow-hotplug`" };
  // Their way up is that of their ports, too.
  for (const { name, class: of, asked } of masters) {
    const ended = await engine.child(task, "CTLSOCK_IFUP", name, { class: of, asked, resumes: true });
    if (!succeeded(ended.outcome) || (!member && !record)) return ended;
  }
  const { asked = true, class: name = member?.class ?? "" } = record ?? {};
  return await engine.child(task, "CTLSOCK_IFUP", iface, {
    class: name,
    asked,
    resumes: true,
    ...(member?.logical === undefined ? {} : { logical: member.logical }),
  });
}

/** What was on it has gone with it; a bridge or bond that it was a port of has not. What is to be up waits for it to come back. */
async function went(task: Task, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const record = engine.records.get(iface);
  if (!record) return { outcome: "done", reason: "it was not up" };
  const along = goneWith(engine, record);
  for (const { name } of along) await engine.child(task, "CTLSOCK_IFDOWN", name, { along: true });
  const ended = await engine.child(task, "CTLSOCK_IFDOWN", iface, { force: true });
  for (const { name, asked, class: of } of [record, ...along]) {
    if (!asked || of === "" || engine.records.has(name)) continue;
    engine.update(name, () => ({ setup: "deferred", error: "its device has gone", asked, class: of }));
    engine.retries.later(engine, name);
  }
  // It is back already, or another one by its name.
  if (engine.link(iface)) engine.resume(iface, task.event.by);
  return ended;
}

/** It waits for its device, or was up: what comes now is a new one by the same name. */
export function isAwaited(engine: Engine, iface: string): boolean {
  const record = engine.records.get(iface);
  return record?.setup === "deferred" || (record?.setup === "configured" && !record.owned.made);
}

/** Those that want it as their port. */
export function mastersOf(engine: Engine, iface: string): InterfaceRecord[] {
  const isPort = ({ owned }: InterfaceRecord) => owned.wanted.ports.some(({ is }) => is.name === iface);
  return [...engine.records.values()].filter((record) => record.setup !== "down" && isPort(record));
}

/** The uppermost last. */
function goneWith(engine: Engine, { name: iface, users }: InterfaceRecord): InterfaceRecord[] {
  const isGone = ({ name }: InterfaceRecord) => isAlias(name, iface) || (users.includes(name) && !engine.link(name));
  const direct = [...engine.records.values()].filter(isGone);
  return [...direct, ...direct.flatMap((one) => goneWith(engine, one))];
}

/** Those that waited for its device, with theirs on it, go on. */
export function resumeAbove(engine: Engine, iface: string, by: string): void {
  const waits = ({ name, logical }: InterfaceRecord) => {
    if (engine.operations.of(name)) return false;
    if (isAlias(name, iface)) return true;
    if (engine.link(name)) return false;
    return wantedOf(name, engine.stanzasOf(logical), engine.context).wanted.requires.includes(iface);
  };
  const deferred = engine.records.values().filter(({ setup }) => setup === "deferred");
  for (const { name } of [...deferred].filter(waits)) engine.resume(name, by);
}

function isAlias(name: string, iface: string): boolean {
  return name.startsWith(`${iface}:`);
}
