/** A configuration that not everybody may read: what stands in it is told no more than the file itself tells. */
import { statSync } from "node:fs";
import type { Verb } from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";
import type { Peer } from "../../umcp/server.ts";
import { personOf } from "./person.ts";

/** Their answers hold options of stanzas, commands, and what these print. */
const telling: ReadonlySet<Verb> = new Set(["query", "why", "events", "event", "attach", "monitor"]);

export interface Told {
  /** What the configuration was read from. */
  files: readonly string[];
  /** Uids that may always, beside 0. */
  uids: readonly number[];
  /** Members may, too: they may ask over the control socket. */
  group: string;
}

/** @throws Problem `forbidden`: a file is not for everybody, nor is this verb then */
export async function mayBeTold(verb: Verb, { credentials }: Peer, { files, uids, group }: Told): Promise<void> {
  if (!telling.has(verb)) return;
  const hidden = files.find(isPrivate);
  if (hidden === undefined || !credentials) return;
  const { uid } = credentials;
  if (uid === 0 || uids.includes(uid)) return;
  if (group !== "" && (await personOf(uid)).groups.includes(group)) return;
  throw new Problem("forbidden", `${hidden} is not for everybody to read, nor is what ${verb} tells of it`);
}

/** One that is missing may have been. */
function isPrivate(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined || (status.mode & 0o004) === 0;
}
