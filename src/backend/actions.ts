/** Every action of the backend: the one table. */
import type { Action } from "./action.ts";
import { arpnip } from "./actions/arpnip.ts";
import { discover } from "./actions/discover.ts";
import { macsuck } from "./actions/macsuck.ts";
import { arpwalk, discoverall, macwalk } from "./actions/walks.ts";

const list: Action[] = [discover, macsuck, arpnip, discoverall, macwalk, arpwalk];

export const actions: Readonly<Record<string, Action>> = Object.fromEntries(
  list.map((action) => [action.name, action]),
);
