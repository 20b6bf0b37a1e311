/** `rename CUR=NEW` of interfaces(5): a device gets its name before the interface of that name comes up. */
import type { Engine } from "./engine.ts";
import { Ends, type Task } from "./events/task.ts";
import { devices } from "./expand.ts";
import { devicesOf } from "./interfaces/pattern.ts";
import type { Step } from "./kernel/step.ts";

/** Nothing happens where a device of that name is there, or none that would get it. @throws Ends `failed` */
export async function rename(engine: Engine, task: Task, iface: string): Promise<void> {
  const { renames } = engine.configuration;
  const to = renames.find((one) => one.to === iface);
  if (!to || engine.link(iface)) return;
  const [found] = devicesOf(to.from, devices(engine));
  const link = found && engine.link(found.physical);
  if (!link || engine.records.has(link.name)) return;
  const steps: Step[] = [
    // Kernels before 6.2 rename what is down, and nothing else.
    ...(link.up ? [{ do: "link-set", name: link.name, settings: { up: false } } as const] : []),
    { do: "link-set", name: link.name, settings: { name: iface } },
    ...(link.up ? [{ do: "link-set", name: iface, settings: { up: true } } as const] : []),
  ];
  const what = `${link.name} is renamed`;
  const planned = steps.map((step) => ({ step, inverse: [], iface, kind: "different" as const, what, at: to.at }));
  const ended = await engine.plans.alone(async () => {
    engine.results.set(planned, await engine.world.kernel.perform(steps));
    return await engine.child(task, "LINK", iface, { to: "changed", steps: planned }, { about: ` was ${link.name}` });
  });
  if (ended.outcome !== "done") throw new Ends("failed", ended.reason);
}
