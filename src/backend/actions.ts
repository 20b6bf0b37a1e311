/** Every action of the backend: the one table. */
import type { Action } from "./action.ts";
import { arpnip } from "./actions/arpnip.ts";
import { discover } from "./actions/discover.ts";
import { macsuck } from "./actions/macsuck.ts";
import { nbtstat, pingsweep } from "./actions/probes.ts";
import { snapshot } from "./actions/snapshot.ts";
import { topology } from "./actions/topology.ts";
import { expire, expirenodes, remove, renumber, show, stats } from "./actions/upkeep.ts";
import { arpwalk, discoverall, macwalk, nbtwalk } from "./actions/walks.ts";
import { contact, location, portcontrol, portname } from "./actions/writes.ts";

const list: Action[] = [
  ...[discover, macsuck, arpnip, nbtstat, discoverall, macwalk, arpwalk, nbtwalk, pingsweep, topology],
  ...[portcontrol, portname, location, contact, snapshot],
  ...[expire, expirenodes, stats, remove, renumber, show],
];

export const actions: Readonly<Record<string, Action>> = Object.fromEntries(
  list.map((action) => [action.name, action]),
);
