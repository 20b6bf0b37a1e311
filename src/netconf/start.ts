/** What is done at a start before anything is asked: what a former process left is put in order, and found again. */
import type { Engine } from "./engine.ts";
import { recover } from "./recovery.ts";
import { takenOver } from "./unrecorded.ts";

export async function begin(engine: Engine): Promise<void> {
  const { settings, kernel, journal } = engine.world;
  for (const { what, names, outcome, failed } of await recover(kernel, journal)) {
    if (failed.length === 0) continue;
    engine.warnings.add(
      `${what} of ${names.join(", ")} was left half-done and ${outcome}, but for: ${failed.join("; ")}`,
    );
  }
  for (const { name, clients } of [...engine.records.values()]) {
    for (const client of clients) {
      const living = engine.adopt(client);
      if (living) engine.keepClient(living);
      else engine.update(name, (now) => ({ clients: now.clients.filter(({ family }) => family !== client.family) }));
    }
  }
  engine.confirmation.recover();
  if (!settings.stays) return;
  for (const { name } of [...engine.records.values()]) engine.goOn(name, "start");
  for (const record of takenOver(engine)) journal.put(record);
}
