/** Routing tables by number or name, and the table of the vrf that an interface is in. */
import { type Option, option, type Stanza } from "../interfaces/configuration.ts";
import type { Context } from "./context.ts";
import type { Draft } from "./draft.ts";
import { relationsOf } from "./relations.ts";
import { type Reader, Unfit } from "./value.ts";

const known = new Map([
  ["default", 253],
  ["main", 254],
  ["local", 255],
]);
const most = 0xffff_ffff;

/** A number, a name of /etc/iproute2/rt_tables, or a vrf's name. */
export function tableNumber(context: Context): Reader<number> {
  return (text) => {
    const named = known.get(text) ?? context.tables.get(text) ?? vrfTable(text, context);
    if (named) return named;
    const number = /^(\d{1,10}|0x[\da-f]{1,8})$/i.test(text) ? Number(text) : Number.NaN;
    if (number >= 1 && number <= most) return number;
    throw new Unfit("is no routing table: write its number, main, or a name of /etc/iproute2/rt_tables");
  };
}

/** Where the stanza's routes belong: into the table of its vrf, else into main. */
export function tableOf(stanza: Stanza, draft: Draft): number {
  const own = option(stanza, "vrf-table");
  if (own) return vrfTable(draft.device, draft.context) ?? 254;
  const member = vrfOption(stanza) ?? memberOf(draft);
  if (!member) return 254;
  const table = vrfTable(member.value.trim(), draft.context);
  if (table) return table;
  draft.error(
    member.at,
    `${member.name} ${member.value}: there is no such vrf, neither with vrf-table in a stanza nor in the kernel`,
  );
  return 254;
}

export function vrfOption(stanza: Pick<Stanza, "options">): Option | undefined {
  return option(stanza, "vrf", "vrf-member");
}

/** Another stanza of the same interface may say it. */
function memberOf(draft: Draft): Option | undefined {
  return draft.context.stanzas.get(draft.device)?.map(vrfOption).find(Boolean);
}

/** Undefined: it is no vrf, or its table is no number. */
export function vrfTable(name: string, context: Context): number | undefined {
  const said = saidTable(name, context);
  if (said === undefined) {
    const link = context.links.get(name);
    return link?.kind === "vrf" && typeof link.data.table === "number" ? link.data.table : undefined;
  }
  if (said === "auto") return automatic(name, context);
  const number = known.get(said) ?? context.tables.get(said) ?? Number(said);
  return number >= 1 && number <= most ? number : undefined;
}

function saidTable(name: string, context: Context): string | undefined {
  return relationsOf(context).tables.get(name);
}

/** As ifupdown2: from 1001 on, in the order of the configuration. */
function automatic(name: string, context: Context): number {
  const said = [...relationsOf(context).tables];
  const taken = new Set(said.map(([, table]) => Number(table)));
  const free = Array.from({ length: 2 * said.length }, (_, at) => 1001 + at).filter((table) => !taken.has(table));
  return free[said.filter(([, table]) => table === "auto").findIndex(([each]) => each === name)]!;
}
