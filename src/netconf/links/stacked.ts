/** Links that stand on another: macvlan, macvtap, ipvlan. */
import { option } from "../interfaces/configuration.ts";
import type { Draft } from "../methods/draft.ts";
import { device, oneOf } from "../methods/value.ts";
import { type DataTable, type Options, readData } from "./data.ts";

const macvlanModes = ["private", "vepa", "bridge", "passthru", "source"] as const;

const tables: Readonly<Record<string, { lower: string; table: DataTable }>> = {
  macvlan: { lower: "macvlan-raw-device", table: { "macvlan-mode": ["mode", oneOf(macvlanModes)] } },
  macvtap: { lower: "macvlan-raw-device", table: { "macvlan-mode": ["mode", oneOf(macvlanModes)] } },
  ipvlan: { lower: "ipvlan-raw-device", table: { "ipvlan-mode": ["mode", oneOf(["l2", "l3", "l3s"])] } },
};

export const stackedOptions = Object.values(tables).flatMap(({ lower, table }) => [lower, ...Object.keys(table)]);

export function addStacked(kind: string, options: Options, draft: Draft): void {
  const { lower, table } = tables[kind]!;
  const given = option(options, lower);
  const below = draft.read(given, device);
  if (!given) draft.error(options.at, `${kind} ${draft.name} stands on no device: write ${lower} eth0`);
  if (below) draft.link(kind, given!.at, { lower: below, data: readData(options, table, draft) });
}
