/**
 * Whatever was told can be incomplete or contradict what we have: before it is believed, the provider is asked by
 * entryUUID about each entry in doubt, until nothing is.
 */
import type { NewEntry } from "./cache.ts";
import { allowance, type GuardLimits } from "./guard.ts";
import type { Journal } from "./journal.ts";
import { uuidText, type View } from "./sighting.ts";
import type { Conflict, Stage } from "./stage.ts";

/** Without a DN it is there and cannot be read. */
export type Found = NewEntry | { uuid: Uint8Array; dn?: undefined };

/** Looks for these at the provider. @returns those that are there */
export type Ask = (uuids: Uint8Array[]) => Promise<Found[]>;

/** What one question asks about at most. */
const questionSize = 100;
/** As often an entry is asked about while answers contradict each other. */
const patience = 3;

export interface Doubts {
  journal: Journal;
  stage: Stage;
  view: View;
  ask: Ask;
  limits: GuardLimits;
  /** Named as present, and unknown to us. */
  unknown: Uint8Array[];
}

/**
 * Leaves in the stage what can be published.
 * @throws what `ask` throws
 */
export async function settle({ journal, stage, view, ask, limits, unknown }: Doubts): Promise<void> {
  const asked = new Map<string, number>();
  const there = new Set<string>();
  const fresh = (uuid: Uint8Array) => !asked.has(uuidText(uuid));
  // Spelled differently, and both are there: to the server they are two.
  const real = ({ one, other, same }: Conflict) =>
    same === 1 || !there.has(uuidText(one)) || !there.has(uuidText(other));

  async function askAbout(uuids: Uint8Array[]): Promise<void> {
    for (let at = 0; at < uuids.length; at += questionSize) {
      const question = uuids.slice(at, at + questionSize);
      const found = await ask(question);
      stage.together(() => {
        const names = new Set(found.map(({ uuid }) => uuidText(uuid)));
        for (const entry of found) {
          if (entry.dn === undefined) stage.stays(entry.uuid);
          else stage.sight(entry);
        }
        for (const uuid of question) {
          const name = uuidText(uuid);
          asked.set(name, (asked.get(name) ?? 0) + 1);
          if (names.has(name)) there.add(name);
          else {
            there.delete(name);
            stage.gone(uuid);
          }
        }
      });
    }
  }

  let guarded = false;
  await askAbout(unknown);
  for (;;) {
    const { doubtful, conflicts } = stage.together(() => {
      stage.hold(false);
      return { doubtful: stage.imply(view), conflicts: stage.conflicts().filter(real) };
    });
    const doubts = [...doubtful, ...conflicts.flatMap(({ one, other }) => [one, other])];
    const byName = new Map(doubts.map((uuid) => [uuidText(uuid), uuid]));
    const open = [...byName].filter(([name]) => (asked.get(name) ?? 0) < patience).map(([, uuid]) => uuid);
    if (open.length > 0) await askAbout(open);
    else if (conflicts.length > 0) {
      const { one, other } = conflicts[0]!;
      stage.gone(there.has(uuidText(other)) && !there.has(uuidText(one)) ? one : other);
    } else {
      const doomed = guarded ? [] : stage.doomed();
      if (doomed.length <= allowance(limits, journal.cache.count)) return;
      const unasked = doomed.filter(fresh);
      if (unasked.length > 0) await askAbout(unasked);
      else {
        guarded = true;
        stage.together(() => stage.hold(true));
      }
    }
  }
}
