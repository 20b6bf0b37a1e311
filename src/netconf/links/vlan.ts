/** VLANs: `eth0.5`, `vlan5` with `vlan-raw-device`, any name with `vlan-id` (ifupdown, the vlan package, ifupdown-ng and 2). */
import { type Option, option } from "../interfaces/configuration.ts";
import type { Context } from "../methods/context.ts";
import type { Data, Draft } from "../methods/draft.ts";
import { device, flag, integer, oneOf } from "../methods/value.ts";
import { type DataTable, type Options, readData } from "./data.ts";

const table: DataTable = {
  "vlan-protocol": ["protocol", oneOf(["802.1Q", "802.1ad"])],
};

/** In the order of their bits (if_vlan.h); the first is on unless said otherwise. */
const flags = {
  "vlan-reorder-hdr": "REORDER_HDR",
  "vlan-gvrp": "GVRP",
  "vlan-loose-binding": "LOOSE_BINDING",
  "vlan-mvrp": "MVRP",
  "vlan-bridge-binding": "BRIDGE_BINDING",
} as const;

export const vlanOptions = ["vlan-id", "vlan-raw-device", ...Object.keys(table), ...Object.keys(flags)];

const idOf = integer(1, 4094);

/** @returns false: it is none */
export function addVlan(options: Options, draft: Draft): boolean {
  const raw = option(options, "vlan-raw-device");
  const id = option(options, "vlan-id");
  const named = vlanName(draft.device);
  if (!raw && !id && (!named || isOther(draft.device, draft))) return false;

  const number = id
    ? draft.read(id, idOf)
    : numberOf(draft, named?.id ?? /^vlan(\d+)$/.exec(draft.device)?.[1], raw, options);
  const lower = lowerOf(draft, raw, named?.lower);
  if (!raw && !lower) {
    draft.error(id?.at ?? options.at, `${draft.name} is a VLAN of no device: write vlan-raw-device eth0`);
  }
  if (number === undefined || !lower) return true;
  const at = (id ?? raw)?.at ?? options.at;
  const set = flagsOf(options, draft);
  draft.link("vlan", at, { lower, data: { id: { is: number, at }, ...readData(options, table, draft), ...set } });
  warnOfMtu(lower, draft);
  return true;
}

/** A name with a dot may be anything: only what is not there yet, or is a VLAN, is taken for one. */
export function isOther(name: string, { context }: Draft): boolean {
  const kind = context.links.get(name)?.kind;
  return kind !== undefined && kind !== "vlan";
}

/** `eth0.0201` is VLAN 201 of eth0. */
export function vlanName(name: string): { lower: string; id: string } | undefined {
  const [, lower, id] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  return lower && id ? { lower, id } : undefined;
}

function numberOf(
  draft: Draft,
  text: string | undefined,
  raw: Option | undefined,
  options: Options,
): number | undefined {
  if (text !== undefined && Number(text) >= 1 && Number(text) <= 4094) return Number(text);
  const why = text === undefined ? "has no number" : `has the number ${text}, and there are 1 to 4094`;
  draft.error(raw?.at ?? options.at, `VLAN ${draft.name} ${why}: write vlan-id, or name it like eth0.5 or vlan5`);
  return undefined;
}

/** `vlan-raw-device` does not count where the name has a device of its own. */
function lowerOf(draft: Draft, raw: Option | undefined, named: string | undefined): string | undefined {
  const said = draft.read(raw, device);
  if (!raw || !named || said === named) return said ?? named;
  if (!isKnown(named, draft.context)) return said;
  draft.warning(raw.at, `${raw.name} ${raw.value} has no effect: ${draft.name} is a VLAN of ${named} by its name`);
  return named;
}

function isKnown(name: string, { links, stanzas }: Context): boolean {
  return links.has(name) || stanzas.has(name);
}

function flagsOf(options: Options, draft: Draft): Data {
  const given = Object.keys(flags).flatMap((name) => option(options, name) ?? []);
  if (given.length === 0) return {};
  const is = Object.entries(flags).flatMap(([name, word]) => {
    return (draft.read(option(options, name), flag) ?? name === "vlan-reorder-hdr") ? [word] : [];
  });
  return { flags: { is, at: given.at(-1)!.at } };
}

function warnOfMtu(lower: string, draft: Draft): void {
  const { mtu } = draft.wanted.settings.is;
  const said = draft.context.stanzas
    .get(lower)
    ?.map((stanza) => option(stanza, "mtu")?.value)
    .findLast(Boolean);
  const below = said ? Number(said) : draft.context.links.get(lower)?.mtu;
  const at = draft.wanted.settings.lines?.mtu;
  if (at && mtu && below && mtu > below) {
    draft.warning(at, `mtu ${mtu} is more than the ${below} of ${lower} below it: the kernel will not have it`);
  }
}
