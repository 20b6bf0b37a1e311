/** What is in force in place of the files, for whoever goes by them without an engine. */
import { join } from "node:path";
import type { Settings } from "../../config/keys.ts";
import { formerInForce } from "../../console/interfaces/control.ts";
import { thisBoot, uptime } from "../boot.ts";
import { withLoopback } from "../classic/definitions.ts";
import type { Configuration } from "../interfaces/configuration.ts";
import { loadConfiguration } from "../interfaces/parser.ts";
import { readJournal } from "../journal.ts";
import { differs, type Former, formerOf, isOf, type Kept, peekPending, verdict } from "../pending.ts";

/** Only looks. Undefined: the files count. */
export function formerHere(settings: Settings): { configuration: Configuration; why: string } | undefined {
  const { run, state, "netconf.interfaces": path } = settings;
  try {
    const kept = peekPending(join(state, "netconf"));
    if (!kept) return undefined;
    const { replay } = readJournal(join(run, "netconf"));
    const former = formerOf(kept, thisBoot(), replay, Date.now()) ?? late(kept);
    if (!former || !isOf(former, path) || !isUnlike(former, path)) return undefined;
    return { configuration: former.configuration, why: formerInForce(former) };
  } catch {
    return undefined; // it cannot be read: we are not root, and nothing will be done
  }
}

/** Nobody has confirmed it in time: it is taken back before anything else is done. */
function late(kept: Kept): Former | undefined {
  if (!("inverse" in kept) || verdict(kept, thisBoot(), uptime()) !== "roll-back") return undefined;
  const { id, configuration } = kept;
  return { id, at: Date.now(), why: "nobody has confirmed it in time", configuration };
}

/** A file that cannot be read says nothing else. */
function isUnlike(former: Former, path: string): boolean {
  try {
    return differs(former, withLoopback(loadConfiguration(path)));
  } catch {
    return true;
  }
}
