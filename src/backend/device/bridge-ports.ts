/** Bridge ports and the interfaces they are. */
import { bridge } from "../../snmp/mib/bridge.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, text } from "./cells.ts";
import type { About } from "./reader.ts";

const juniper = 2636;

/** ethernetCsmacd, fastEther, gigabitEthernet. */
const ethernetTypes = new Set([6, 62, 117]);

export function bridgePortObjects(): Oid[] {
  return [bridge.dot1dBasePortIfIndex, bridge.dot1dStpPortState, vlan.dot1qPvid, interfaces.ifDescr, interfaces.ifType];
}

/**
 * Bridge port → ifIndex as dot1dBasePortIfIndex has it, with what is provable where it says nothing. A port that leads
 * nowhere is not in it.
 */
export function bridgePorts(tables: Tables, about: About): Map<number, number> {
  const said = new Map<number, number>();
  const silent: number[] = [];
  for (const [port, value] of numbered(tables, bridge.dot1dBasePortIfIndex)) {
    const ifIndex = integer(value) ?? 0;
    if (ifIndex > 0) said.set(port, ifIndex);
    else if (port > 0) silent.push(port);
  }
  if (about.enterprise === juniper && silent.length > 0) {
    for (const [port, ifIndex] of juniperSlots(tables, said, silent)) said.set(port, ifIndex);
  }
  return tables.column(bridge.dot1dBasePortIfIndex).rows.size > 0 ? said : sameNumbers(tables);
}

/**
 * Without a mapping, bridge ports are interfaces of the same number only where that is proved: the ports that spanning
 * tree or the PVIDs count are exactly the Ethernet interfaces.
 */
function sameNumbers(tables: Tables): Map<number, number> {
  const columns = [bridge.dot1dBasePortIfIndex, bridge.dot1dStpPortState, vlan.dot1qPvid, interfaces.ifType];
  if (!tables.complete(...columns)) return new Map();
  const ports = new Set<number>();
  for (const column of [bridge.dot1dStpPortState, vlan.dot1qPvid]) {
    for (const [port] of numbered(tables, column)) ports.add(port);
  }
  const ethernet = [...numbered(tables, interfaces.ifType)].filter(([, type]) => ethernetTypes.has(integer(type) ?? 0));
  const same = ports.size > 0 && ports.size === ethernet.length && ethernet.every(([ifIndex]) => ports.has(ifIndex));
  return new Map(same ? [...ports].map((port) => [port, port]) : []);
}

/**
 * JUNOS on MX knows its bridge ports by place, 40 a slot and 10 a card: port 56 is ge-1/1/5 (recordings of 12.3 and
 * 13.3: all 48 ports, against the mapping where it is told and against the interfaces' descriptions and VLAN names
 * where it is 0). It is taken only when nothing that this device says itself speaks against it: every mapping it does
 * tell agrees, and every one that it does not leads to an interface that exists.
 */
function juniperSlots(tables: Tables, said: ReadonlyMap<number, number>, silent: readonly number[]) {
  const byPlace = new Map<string, number>();
  for (const [ifIndex, value] of numbered(tables, interfaces.ifDescr)) {
    const place = /^(?:ge|xe|et)-(\d+\/\d+\/\d+)$/.exec(text(value))?.[1];
    if (place !== undefined) byPlace.set(place, ifIndex);
  }
  const at = (port: number) => {
    const place = port - 1;
    return byPlace.get(`${Math.floor(place / 40)}/${Math.floor(place / 10) % 4}/${place % 10}`);
  };
  const agrees = [...said].every(([port, ifIndex]) => at(port) === ifIndex);
  const found = silent.map((port) => [port, at(port)] as const);
  if (!agrees || said.size + silent.length < 8) return [];
  return found.every(([, ifIndex]) => ifIndex !== undefined) ? (found as [number, number][]) : [];
}
