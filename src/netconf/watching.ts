/** What the kernel tells by itself, as events: carriers that come and go, devices that come and go. */
import type { Engine } from "./engine.ts";
import { classOf } from "./expand.ts";
import { isAwaited, mastersOf } from "./handlers/hotplug.ts";
import type { KernelChange } from "./kernel/state.ts";

/** @returns ends it */
export function watchKernel(engine: Engine): () => void {
  return engine.changes.listen((change) => {
    if (change.what === "link") told(engine, change);
    else if (change.what === "overrun") engine.warnings.add("the kernel's notifications were lost; all was read anew");
  });
}

function told(engine: Engine, { before, after }: Extract<KernelChange, { what: "link" }>): void {
  // udev names a device anew soon after it has come: one went, another came.
  if (before && after && before.name !== after.name) {
    told(engine, { what: "link", before });
    told(engine, { what: "link", after });
    return;
  }
  const { timeout } = engine.world.settings;
  const options = { by: "kernel", timeout };
  const name = (after ?? before)?.name ?? "";
  const record = engine.records.get(name);
  if (!after) {
    // Whatever is being done to it. What we can make anew is no device of somebody else's that was pulled out.
    const isOurs = record === undefined || record.owned.made || record.owned.wanted.link !== undefined;
    if (!isOurs) engine.events.queue("HOTPLUG", name, { action: "remove" }, options);
    return;
  }
  // What an operation does to a link is no news; it looks itself for what it waits for.
  if (engine.operations.of(name)) return;
  if (before) {
    if (!record || before.carrier === after.carrier || !before.up || !after.up) return;
    engine.events.queue("CARRIER", name, { carrier: after.carrier }, options);
    return;
  }
  const isHotplugged = !record && classOf(engine, name, ["hotplug"]);
  if (isHotplugged || isAwaited(engine, name) || mastersOf(engine, name).length > 0) {
    engine.events.queue("HOTPLUG", name, { action: "add" }, options);
  }
}
