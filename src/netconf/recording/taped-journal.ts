/** The journal of a replay: in memory, with what the recorded one held at the beginning. */
import { type Journal, memoryJournal } from "../journal.ts";
import { type OpenIntent, Replay, type Snapshot } from "../replay.ts";

export interface JournalStart extends Snapshot {
  open: readonly OpenIntent[];
}

export function journalStart({ records, open, applied, rolledBack, next }: Journal): JournalStart {
  return { next, applied, rolledBack: [...rolledBack], records: [...records.values()], open };
}

export function journalFrom({ open, ...snapshot }: JournalStart): Journal {
  const replay = new Replay();
  replay.restore({ ...snapshot });
  for (const { id, done, ...intent } of open) {
    replay.apply({ begin: id, ...intent });
    if (done > 0) replay.apply({ of: id, done });
  }
  return memoryJournal(replay);
}
