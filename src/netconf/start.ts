/** What is done at a start before anything is asked: what a former process left is found again, or put in order. */
import type { Engine } from "./engine.ts";

export async function recover(engine: Engine): Promise<void> {
  const { settings } = engine.world;
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
