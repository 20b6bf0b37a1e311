/** VRFs: `vrf-table` makes one, `vrf` or `vrf-member` joins one (ifupdown-ng and ifupdown2). */
import { option } from "../interfaces/configuration.ts";
import type { Draft } from "../methods/draft.ts";
import { tableNumber, vrfTable } from "../methods/table.ts";
import type { Options } from "./data.ts";

export const vrfOptions = ["vrf-table", "vrf", "vrf-member"];

export function isVrf(options: Options): boolean {
  return option(options, "vrf-table") !== undefined;
}

export function addVrf(options: Options, draft: Draft): void {
  const given = option(options, "vrf-table");
  if (!given) {
    draft.error(options.at, `vrf ${draft.name} has no table: write vrf-table 1001, or vrf-table auto`);
    return;
  }
  const table =
    given.value.trim() === "auto"
      ? vrfTable(draft.device, draft.context)
      : draft.read(given, tableNumber(draft.context));
  if (table !== undefined) draft.link("vrf", given.at, { data: { table: { is: table, at: given.at } } });
}
