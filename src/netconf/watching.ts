/** What the kernel tells by itself, as events: carriers that come and go, devices that come and go. */
import type { Engine } from "./engine.ts";
import { classOf } from "./expand.ts";
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
  // What an operation does to a link is no news; it looks itself for what it waits for.
  if (engine.operations.of(name)) return;
  if (before && after) {
    if (!record || before.carrier === after.carrier || !before.up || !after.up) return;
    engine.events.queue("CARRIER", name, { carrier: after.carrier }, options);
  } else if (after) {
    if (record ? record.setup === "deferred" : classOf(engine, name, ["hotplug"])) {
      engine.events.queue("HOTPLUG", name, { action: "add" }, options);
    }
  } else if (record && before && !record.owned.made && before.kind === "") {
    engine.events.queue("HOTPLUG", name, { action: "remove" }, options);
  }
}
