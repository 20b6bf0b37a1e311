/**
 * The SMBIOS tables as dmidecode(8) prints them, read once for all collectors that need them, and the values that
 * manufacturers leave in them instead of saying nothing. Structure types: SMBIOS specification (DSP0134) §7.
 */
import { Problem } from "../../problem.ts";
import { attribute, type Reader } from "./collector.ts";

/** Field name, as dmidecode prints it → value, meaningful ones only. */
export type Structure = Record<string, string> & {
  /** The structure's handle, by which others refer to it. */
  handle: string;
};

/** By structure type: 0 BIOS, 1 system, 2 board, 3 chassis, 4 processor, 8 port, 9 slot, 16/17 memory, 22 battery … */
export type DmiTables = ReadonlyMap<number, Structure[]>;

/** The raw material of every DMI collector. */
export interface DmiSource {
  /** dmidecode's output; undefined when it was not run. */
  dmidecode: string | undefined;
  /** /sys/class/dmi/id, the readable files of it. */
  id: Record<string, string>;
  /** Why dmidecode's output is missing although the machine has DMI tables. */
  missing: string | undefined;
}

const idFiles = [
  "bios_date",
  "bios_vendor",
  "bios_version",
  "board_asset_tag",
  "board_name",
  "board_serial",
  "board_vendor",
  "chassis_asset_tag",
  "chassis_serial",
  "chassis_type",
  "product_name",
  "product_serial",
  "product_sku",
  "product_uuid",
  "sys_vendor",
];

/** A machine without DMI (most ARM boards, many micro-VMs) costs no process, and nothing is missing from it. */
export async function readDmi(reader: Reader): Promise<DmiSource> {
  const id: Record<string, string> = {};
  const present = new Set(await reader.list("/sys/class/dmi/id"));
  for (const name of idFiles) {
    const value = present.has(name) ? await attribute(reader, `/sys/class/dmi/id/${name}`) : undefined;
    if (value !== undefined) id[name] = value;
  }
  if (present.size === 0) return { dmidecode: undefined, id, missing: undefined };
  if (!reader.root) return { dmidecode: undefined, id, missing: "dmidecode needs root" };
  try {
    const output = await reader.run(["dmidecode"]);
    if (output === undefined) return { dmidecode: undefined, id, missing: "dmidecode is not installed" };
    // A kernel in lockdown keeps the tables from root as well.
    if (!/^\s*(?:Handle 0x)/m.test(output.stdout))
      return { dmidecode: undefined, id, missing: "dmidecode could not read the tables" };
    return { dmidecode: output.stdout, id, missing: undefined };
  } catch (error) {
    return { dmidecode: undefined, id, missing: `dmidecode failed: ${Problem.from(error).message}` };
  }
}

const emptyValues = new Set([
  "",
  "unknown",
  "none",
  "n/a",
  "not specified",
  "not present",
  "not installed",
  "not available",
  "not applicable",
  "not provided",
  "default string",
  "default",
  "undefined",
  "invalid",
  "empty",
  "null",
  "no dimm",
  "no module installed",
  "to be filled by o.e.m.",
  "to be filled by oem",
  "o.e.m.",
  "oem",
  "<out of spec>",
  "<bad index>",
  "system manufacturer",
  "system product name",
  "system version",
  "system serial number",
  "base board serial number",
  "chassis manufacture",
  "chassis manufacturer",
  "chassis version",
  "chassis serial number",
  "asset tag",
  "no asset tag",
  "no asset information",
  "type2 - board serial number",
  "type2 - board asset tag",
  "type3 - chassis serial number",
]);

/** Patterns of boards that number their placeholders. */
const placeholder =
  /^(?:manufacturer|(?:array\d+_|module)partnumber|assettagnum|asset_?tag|oem define )\d*$|^base ?board |^(?:<out of spec>)+$|^[\s.\-_*]+$/i;

/** The value, with single blanks; undefined for what firmware says when it has nothing to say. */
export function meaningful(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = value.replace(/\s+/g, " ").trim();
  return emptyValues.has(text.toLowerCase()) || placeholder.test(text) ? undefined : text;
}

/** Structures by type, in the order of the table; sub-lists (flags, characteristics) left out. */
export function parseDmidecode(text: string): DmiTables {
  const tables = new Map<number, Structure[]>();
  let handle = "";
  let structure: Structure | undefined;
  for (const line of text.split(/\r?\n/)) {
    const start = /^\s*Handle (0x[0-9A-F]+)(?:, DMI type (\d+))?/i.exec(line);
    // dmidecode before 2.7 gives the type on a line of its own.
    const type = start?.[2] ?? (structure === undefined ? /^\s+DMI type (\d+),/.exec(line)?.[1] : undefined);
    if (start) {
      handle = start[1] as string;
      structure = undefined;
    }
    if (type !== undefined) {
      structure = { handle };
      const list = tables.get(Number(type));
      if (list) list.push(structure);
      else tables.set(Number(type), [structure]);
      continue;
    }
    if (structure === undefined) continue;
    const field = /^\s+([^:\s][^:]*):\s+(\S.*)$/.exec(line);
    const value = meaningful(field?.[2]);
    if (field?.[1] !== undefined && value !== undefined && field[1] !== "handle") structure[field[1]] ??= value;
  }
  return tables;
}

/** "8 GB", "32 GB", "2048 MB", "512 KB", "64 MB (Single-bank Connection)" in MB. */
export function megabytes(size: string | undefined): number | undefined {
  const [, number, unit] = /^(\d+)\s*([kKMGT])?B/.exec(size ?? "") ?? [];
  if (number === undefined) return undefined;
  const factor = { k: 1 / 1024, K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 }[unit ?? ""];
  return Math.floor(Number(number) * (factor ?? 1 / (1024 * 1024)));
}
