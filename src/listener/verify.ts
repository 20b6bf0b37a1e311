/**
 * Compares the cache with everything the provider has: what no stream tells, a changed access rule for one, is found so.
 * The live stream goes on meanwhile; whatever seems different is asked about singly before it is believed.
 */
import { Bits } from "./bits.ts";
import type { Sight } from "./first-load.ts";
import { held } from "./guard.ts";
import type { Journal } from "./journal.ts";
import { type Counts, publish } from "./publish.ts";
import type { Doubts } from "./settle.ts";
import { settle } from "./settle.ts";
import { sameContent, uuidBytes, uuidText } from "./sighting.ts";
import type { Provider } from "./source.ts";

export interface VerifyReport extends Counts {
  /** Milliseconds since 1970. */
  begun: number;
  ended: number;
  /** Entries that the provider showed. */
  compared: number;
  /** Seemed different at first; most often because they were just changing. */
  suspected: number;
}

/**
 * Streams everything.
 * @returns entryUUIDs of whatever differs
 */
export async function compare(
  journal: Journal,
  provider: Provider,
  base: string,
  sight: Sight,
  signal: AbortSignal,
  progress?: (compared: number) => void,
): Promise<{ compared: number; suspects: Uint8Array[] }> {
  const { database, cache } = journal;
  const begun = journal.head;
  const seen = new Bits();
  const suspects = new Set<string>();
  const known = database.prepare<{ id: number; same: number }, [string, Uint8Array, Uint8Array]>(
    "SELECT id, dn = ? AND attributes = ? AS same FROM entry WHERE uuid = ?",
  );
  let compared = 0;
  for await (const batch of provider.sync({ base, mode: "refresh" }, signal)) {
    for (const message of batch) {
      if (message.kind !== "entry" || message.state === "delete") continue;
      compared++;
      const entry = sight(message);
      const row = entry && known.get(entry.dn, entry.attributes, entry.uuid);
      const id = row?.id ?? cache.idOf(message.uuid);
      if (id !== undefined) seen.add(id);
      if (entry === undefined || row?.same === 1) continue;
      const cached = cache.byUuid(entry.uuid);
      if (cached?.dn !== entry.dn || !sameContent(cached.attributes, entry.attributes))
        suspects.add(uuidText(entry.uuid));
    }
    progress?.(compared);
  }
  const rows = database.prepare<{ id: number; uuid: Uint8Array }, [number, number]>(
    "SELECT id, uuid FROM entry WHERE id > ? AND seq <= ? ORDER BY id LIMIT 500",
  );
  for (let page = rows.all(0, begun); page.length > 0; page = rows.all(page.at(-1)!.id, begun))
    for (const { id, uuid } of page) if (!seen.has(id)) suspects.add(uuidText(uuid));
  return { compared, suspects: [...suspects].map(uuidBytes) };
}

/**
 * While nothing else changes the cache: asks about the suspects, and makes events of what still differs.
 * @throws what `ask` throws; nothing has changed then
 */
export async function correct(doubts: Omit<Doubts, "unknown">, suspects: Uint8Array[]): Promise<Counts> {
  const { journal, stage } = doubts;
  stage.clear();
  try {
    await settle({ ...doubts, unknown: [...suspects, ...held(journal).map(({ uuid }) => uuid)] });
    return journal.write(() => publish(journal, stage, "verify", new Set()));
  } finally {
    stage.clear();
  }
}
