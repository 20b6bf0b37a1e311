/** JUNOS counts VLANs by numbers of its own, and forwarding tables by such a number times 65536. */
import { bridge } from "../../snmp/mib/bridge.ts";
import { juniperExVlan, vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { listedPorts, setBits } from "./bitmap.ts";
import { integer, numbered, parts, text } from "./cells.ts";

export const juniperVlanObjects: readonly Oid[] = [
  juniperExVlan.jnxExVlanTag,
  vlan.dot1qVlanStaticName,
  vlan.dot1qVlanStaticEgressPorts,
];

/** `Jiao9Lou+11` is bridge domain and tag. */
export function domainAndTag(name: string): { domain: string; tag?: number } {
  const match = /^(.*)\+(\d{1,4})$/s.exec(name);
  return match ? { domain: match[1] ?? "", tag: Number(match[2]) } : { domain: name };
}

/** Index of dot1qVlanStaticTable → tag: by EX's table, by the tag in the VLAN's name (MX), else the index itself. */
export function juniperTags(tables: Tables): (index: number) => number {
  const tags = new Map<number, number>();
  for (const [index, value] of numbered(tables, vlan.dot1qVlanStaticName)) {
    tags.set(index, domainAndTag(text(value)).tag ?? index);
  }
  for (const [index, value] of numbered(tables, juniperExVlan.jnxExVlanTag)) tags.set(index, integer(value) ?? index);
  return (index) => tags.get(index) ?? index;
}

/**
 * FDB id → VLAN. EX has a table for it. MX has none: there the number is the place of the bridge domain's name in the
 * order of bytes, the first one being 2 (recordings of 12.3 and 13.3: all 25 ids in use), but a domain that came later
 * may stand elsewhere. So it is believed only where the device's own tables bear it out: every port that a table shows
 * must be a member of the VLAN. So is the other reading, that it is the VLAN's index. Where neither holds for all, a
 * table has the one VLAN that all its ports are in, if there is just one; else 0, not known.
 */
export function juniperFdbVlans(tables: Tables): (fdbId: number) => number {
  const tagOf = juniperTags(tables);
  const ex = tables.rows(juniperExVlan.jnxExVlanTag);
  const place = (fdbId: number) => (fdbId % 65_536 === 0 ? fdbId / 65_536 : fdbId);
  if (ex.size > 0) return (fdbId) => (ex.has(String(place(fdbId))) ? tagOf(place(fdbId)) : 0);
  const members = new Map<number, ReadonlySet<number>>();
  for (const [index, value] of numbered(tables, vlan.dot1qVlanStaticEgressPorts)) {
    members.set(tagOf(index), new Set(listedPorts(value) ?? setBits(value, 1)));
  }
  const seen = portsOfTables(tables);
  const within = (fdbId: number, tag: number | undefined) => {
    const ports = members.get(tag ?? 0);
    return ports !== undefined && [...(seen.get(fdbId) ?? [])].every((port) => ports.has(port));
  };
  const ranked = tagsByName(tables);
  const readings = [(fdbId: number) => ranked[place(fdbId) - 2], (fdbId: number) => tagOf(place(fdbId))];
  const borneOut = readings.filter((reading) => [...seen.keys()].every((fdbId) => within(fdbId, reading(fdbId))));
  return (fdbId) => {
    const told = new Set(borneOut.map((reading) => reading(fdbId)));
    const possible = told.size > 0 ? told : [...members.keys()].filter((tag) => within(fdbId, tag));
    const [only, ...more] = possible;
    return more.length === 0 ? (only ?? 0) : 0;
  };
}

/** Tags in the order of their domains' names, byte by byte. */
function tagsByName(tables: Tables): number[] {
  const tagOf = juniperTags(tables);
  const named = [...numbered(tables, vlan.dot1qVlanStaticName)].map(([index, value]) => ({
    name: domainAndTag(text(value)).domain,
    tag: tagOf(index),
  }));
  return named.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))).map(({ tag }) => tag);
}

function portsOfTables(tables: Tables): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const [index, value] of tables.rows(bridge.dot1qTpFdbPort)) {
    const [fdbId = 0] = parts(index);
    const port = integer(value) ?? 0;
    if (port > 0) found.set(fdbId, (found.get(fdbId) ?? new Set()).add(port));
  }
  return found;
}
