/** Which port belongs to which aggregate: LACP, PAgP, Cisco's list of bundled ports, the stack of interfaces. */
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { lag } from "../../snmp/mib/lag.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, parts } from "./cells.ts";
import type { About } from "./reader.ts";

const cisco = 9;
/** ieee8023adLag, and propMultiplexor, which older stacks use for the same. */
const aggregateTypes = new Set([161, 54]);
const ethernetTypes = new Set([6, 62, 69, 117]);

export function aggregatesObjects(about: About): Oid[] {
  const standard = [lag.dot3adAggPortAttachedAggID, interfaces.ifStackStatus, interfaces.ifType];
  return about.enterprise === cisco ? [...standard, lag.pagpGroupIfIndex, lag.clagAggPortListPorts] : standard;
}

/**
 * ifIndex of a member → ifIndex of its aggregate. Only pairs of two interfaces that both exist are told; a member that
 * several sources give to different aggregates goes to the first source's (LACP says what is attached now).
 */
export function aggregates(tables: Tables, ofBridgePort: (port: number) => number | undefined): Map<number, number> {
  const found = new Map<number, number>();
  const exists = (ifIndex: number) => tables.rows(interfaces.ifType).has(String(ifIndex));
  const add = (member: number, aggregate: number | undefined) => {
    if (aggregate === undefined || aggregate === 0 || aggregate === member || found.has(member)) return;
    if (exists(member) && exists(aggregate)) found.set(member, aggregate);
  };
  for (const [member, aggregate] of numbered(tables, lag.dot3adAggPortAttachedAggID)) add(member, integer(aggregate));
  for (const [member, group] of numbered(tables, lag.pagpGroupIfIndex)) add(member, integer(group));
  for (const [aggregate, list] of numbered(tables, lag.clagAggPortListPorts)) {
    for (const port of bundled(list)) {
      const member = ofBridgePort(port);
      if (member !== undefined) add(member, aggregate);
    }
  }
  for (const [member, aggregate] of stacked(tables)) add(member, aggregate);
  return found;
}

/** Words of two bytes: how many follow, then bridge ports. */
function bundled(list: unknown): number[] {
  if (!(list instanceof Uint8Array) || list.length < 2) return [];
  const words = Array.from({ length: list.length >> 1 }, (_, at) => (list[at * 2]! << 8) | list[at * 2 + 1]!);
  return words[0] === words.length - 1 ? words.slice(1) : [];
}

/** An Ethernet port below an aggregate (ifStackStatus 1 active). */
function* stacked(tables: Tables): Generator<[number, number]> {
  const type = (ifIndex: number | undefined) => integer(tables.value(interfaces.ifType, String(ifIndex))) ?? 0;
  for (const [index, status] of tables.rows(interfaces.ifStackStatus)) {
    const [upper = 0, lower = 0] = parts(index);
    if (integer(status) !== 1 || upper === 0 || lower === 0) continue;
    if (aggregateTypes.has(type(upper)) && ethernetTypes.has(type(lower))) yield [lower, upper];
  }
}
