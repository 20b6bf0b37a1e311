/** What is done at a start before anything is asked: what a former process left is found again, or put in order. */
import type { Engine } from "./engine.ts";
import { recover as finish } from "./recovery.ts";

export async function recover(engine: Engine): Promise<void> {
  const { settings, kernel, journal } = engine.world;
  for (const { what, names, outcome, failed } of await finish(kernel, journal)) {
    if (failed.length === 0) continue;
    const plan = `${what} of ${names.join(", ")}`;
    engine.warnings.add(`${plan} was cut off when a process died, and could not be ${outcome}: ${failed.join("; ")}`);
  }
  for (const record of engine.records.values()) {
    for (const client of record.clients) {
      const living = engine.adopt(client);
      if (living) engine.keepClient(living);
      else {
        engine.update(record.name, ({ clients }) => ({
          clients: clients.filter((one) => one.family !== client.family),
        }));
      }
    }
  }
  if (!settings.stays) return;
  engine.confirmation.recover();
  for (const { name } of [...engine.records.values()]) engine.goOn(name, "start");
}
