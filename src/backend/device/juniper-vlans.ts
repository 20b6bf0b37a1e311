/** JUNOS counts VLANs by a number of its own, and forwarding tables by that number times 65536. */
import { juniperExVlan, vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, text } from "./cells.ts";

export const juniperVlanObjects: readonly Oid[] = [juniperExVlan.jnxExVlanTag, vlan.dot1qVlanStaticName];

/** `Jiao9Lou+11` is bridge domain and tag. */
export function domainAndTag(name: string): { domain: string; tag?: number } {
  const match = /^(.*)\+(\d{1,4})$/s.exec(name);
  return match ? { domain: match[1] ?? "", tag: Number(match[2]) } : { domain: name };
}

/** Internal number → tag: by EX's table, by the tag in the VLAN's name (MX), else the number itself. */
export function juniperTags(tables: Tables): (index: number) => number {
  const tags = new Map<number, number>();
  for (const [index, value] of numbered(tables, vlan.dot1qVlanStaticName)) {
    tags.set(index, domainAndTag(text(value)).tag ?? index);
  }
  for (const [index, value] of numbered(tables, juniperExVlan.jnxExVlanTag)) tags.set(index, integer(value) ?? index);
  return (index) => tags.get(index) ?? index;
}

/** FDB id → tag: undefined for an id that is none of a VLAN that the device tells of. */
export function juniperFdbVlan(tables: Tables, fdbId: number): number | undefined {
  const index = fdbId % 65_536 === 0 ? fdbId / 65_536 : fdbId;
  const known = juniperVlanObjects.some((column) => tables.rows(column).has(String(index)));
  return known ? juniperTags(tables)(index) : undefined;
}
