/** Events are forgotten when they are old or many, but never before everybody is done with them. */
import { logger } from "../log.ts";
import { pause } from "../process/wait.ts";
import { transaction } from "./database.ts";
import type { Journal } from "./journal.ts";

const log = logger("listener");

export interface RetentionLimits {
  /** Seconds. */
  age: number;
  /** Bytes of events that are kept at most for reading them again. */
  size: number;
  /** Bytes of events at which a handler that still needs the oldest is loaded anew instead. */
  hardSize: number;
}

/** Who still needs events, and from which on. */
export interface Need {
  handler: string;
  /** The oldest event it needs is the one after this. */
  after: number;
}

/** Events removed in one transaction: others wait as long. */
const stride = 2000;

/** What each handler still needs: what it has not had, what it has parked, and what its initial load looks back to. */
export function needs({ database }: Journal): Need[] {
  return database
    .prepare<Need, []>(
      `SELECT h.name AS handler, min(h.position,
         CASE WHEN h.state = 'following' THEN h.position ELSE h.start END,
         coalesce((SELECT min(CASE WHEN p.step = '' THEN p.seq - 1 ELSE p.seq END) FROM parked p
                   WHERE p.handler = h.name AND p.state <> 'skipped'), h.position)) AS after
       FROM handler h WHERE h.state <> 'new' ORDER BY after`,
    )
    .all();
}

/**
 * Forgets what may be forgotten.
 * @param loadAnew asked to give up a handler's claim on old events, and to load it from the directory instead
 * @returns how many events
 */
export async function retain(
  journal: Journal,
  limits: RetentionLimits,
  loadAnew: (handler: string, reason: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const { head, clock } = journal;
  const oldest = Math.min(head, ...needs(journal).map(({ after }) => after));
  const wanted = Math.max(journal.lastBefore(clock.now() - limits.age * 1000), journal.lastBeyond(limits.size));
  const tooMuch = journal.lastBeyond(limits.hardSize);
  if (oldest < tooMuch) {
    for (const { handler, after } of needs(journal)) {
      if (after >= tooMuch) continue;
      log.error("a handler is too far behind for the journal and is loaded anew", { handler, behind: head - after });
      loadAnew(handler, "it was too far behind: the journal had reached its limit");
    }
  }
  return forget(journal, Math.min(wanted, oldest), signal);
}

async function forget({ database }: Journal, upTo: number, signal: AbortSignal): Promise<number> {
  const remove = database.prepare<null, [number, number]>(
    "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq <= ? ORDER BY seq LIMIT ?)",
  );
  let removed = 0;
  while (!signal.aborted) {
    const { changes } = transaction(database, () => remove.run(upTo, stride));
    removed += changes;
    if (changes < stride) break;
    await pause(1, signal);
  }
  if (removed > 0) log.info("old events are forgotten", { removed, upTo });
  return removed;
}
