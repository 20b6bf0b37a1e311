/** Netdisco's access lists as ours: the same language, but for what ours refuses to pass over. */
import { parseAcl } from "../../network/acl.ts";
import type { ConvertedConfig } from "./netdisco-config.ts";

/** A value of deployment.yml. */
export type Given =
  | string
  | number
  | boolean
  | null
  | undefined
  | PerlRegexp
  | readonly Given[]
  | { readonly [name: string]: Given };

/** `!!perl/regexp …` */
export class PerlRegexp {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** Setting → key. */
const lists: Record<string, string> = {
  discover_no: "backend.discoverNo",
  discover_only: "backend.discoverOnly",
  macsuck_no: "backend.macsuckNo",
  macsuck_only: "backend.macsuckOnly",
  arpnip_no: "backend.arpnipNo",
  arpnip_only: "backend.arpnipOnly",
  nbtstat_no: "backend.nbtstatNo",
  nbtstat_only: "backend.nbtstatOnly",
  devices_only: "backend.zone",
};

type Groups = Record<string, string[]>;

/** Access lists and groups of the file, into the settings. */
export function aclsFrom(
  take: (name: string) => Given,
  carry: (setting: string, key: string, value: unknown) => void,
  result: ConvertedConfig,
): void {
  const given = Object.entries((take("host_groups") ?? {}) as Record<string, Given>);
  // All of them, so that they find each other; then each without what cannot be carried.
  const groups: Groups = Object.fromEntries(given.map(([name, items]) => [name, aclTexts(items)]));
  emptyGroups(groups, result);
  // First what each group says itself, then, by groups that are all in order, what it says of others.
  for (const others of [false, true]) {
    for (const [name, texts] of Object.entries(groups)) {
      groups[name] = carriedList(`host_groups.${name}`, texts, others ? groups : undefined, "no", result);
    }
  }
  const noDevices = aclTexts(take("devices_no"));
  if (noDevices.length > 0) result.notes.push("devices_no: stands in discoverNo, macsuckNo and arpnipNo");
  for (const [setting, key] of Object.entries(lists)) {
    const items = aclTexts(take(setting));
    for (const name of referred(items)) {
      if (groups[name] !== undefined || name.startsWith("__")) continue;
      groups[name] = [];
      result.notes.push(`group ${name}: not defined, so empty as Netdisco takes it`);
    }
    const all =
      /^(discover|macsuck|arpnip)_no$/.test(setting) && noDevices.length > 0 ? merged(items, noDevices, groups) : items;
    const carried = carriedList(setting, all, groups, setting.endsWith("_only") ? "only" : "no", result);
    if (carried.length > 0) carry(setting, key, carried);
  }
  if (Object.keys(groups).length > 0) carry("host_groups", "backend.hostGroups", groups);
}

/** Two lists of which either may fit; one with `op:and` has to become a group for that. */
function merged(items: string[], more: string[], groups: Groups): string[] {
  const joined = [items, more].flatMap((list, at) => {
    if (!list.includes("op:and")) return list;
    const name = at === 0 ? `imported_${Object.keys(groups).length}` : "devices_no";
    groups[name] = list;
    return [`group:${name}`];
  });
  return [...new Set(joined)];
}

function emptyGroups(groups: Groups, result: ConvertedConfig): void {
  for (const name of Object.values(groups).flatMap(referred)) {
    if (groups[name] !== undefined || name.startsWith("__")) continue;
    groups[name] = [];
    result.notes.push(`group ${name}: not defined, so empty as Netdisco takes it`);
  }
}

function referred(items: string[]): string[] {
  return items.flatMap((item) => /^!?group:(.+)$/.exec(item)?.[1] ?? []);
}

/** The items as our language writes them. */
export function aclTexts(value: Given): string[] {
  if (value === undefined || value === null || value === "") return [];
  const items = Array.isArray(value) ? (value as readonly Given[]) : [value];
  return items.map((item) => {
    if (item instanceof PerlRegexp) return `/${item.source}/`;
    return typeof item === "object" && item !== null ? JSON.stringify(item) : String(item);
  });
}

/**
 * The items that ours takes; the others are named. Without `groups` items that refer to some are not looked at. An `only` list of which nothing is left, or an `op:and` that loses a
 * part, must not let more in than it did: it becomes one that fits nothing.
 */
export function carriedList(
  setting: string,
  items: string[],
  groups: Groups | undefined,
  kind: "only" | "no",
  result: Pick<ConvertedConfig, "notCarried">,
): string[] {
  const kept: string[] = [];
  for (const item of items) {
    try {
      const checked = item !== "op:and" && (groups !== undefined || !/^!?group:/.test(item));
      if (checked) parseAcl([item], groups);
      kept.push(item);
    } catch (error) {
      const reason = (error as Error).message.replace(/^the access list: /, "");
      result.notCarried.push({ setting: `${setting}: ${item}`, reason });
    }
  }
  if (kept.length === items.length) return kept;
  if (!kept.includes("op:and") && (kind === "no" || kept.length > 0)) return kept;
  const instead = kind === "only" ? "allows nothing until you change it (!any)" : "is left out as a whole";
  result.notCarried.push({ setting, reason: `without that item it would mean something else; it ${instead}` });
  return kind === "only" ? ["!any"] : [];
}
