/** Spanning tree: the state of each bridge port, and whether hosts are expected behind it. */
import { bridge } from "../../snmp/mib/bridge.ts";
import { ciscoPort } from "../../snmp/mib/cisco-vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered } from "./cells.ts";
import type { About } from "./reader.ts";

/** dot1dStpPortState. */
const states = ["disabled", "blocking", "listening", "learning", "forwarding", "broken"];

export function stpObjects(about: About): Oid[] {
  const standard = [bridge.dot1dStpPortState, bridge.dot1dStpPortOperEdgePort];
  return about.enterprise === 9 ? [...standard, ciscoPort.stpxFastStartPortMode] : standard;
}

/** ifIndex → state. Bridge ports that lead to no interface are left out. */
export function stpStates(tables: Tables, ofBridgePort: (port: number) => number | undefined): Map<number, string> {
  const found = new Map<number, string>();
  for (const [port, value] of numbered(tables, bridge.dot1dStpPortState)) {
    const ifIndex = ofBridgePort(port);
    const state = states[(integer(value) ?? 0) - 1];
    if (ifIndex !== undefined && state !== undefined) found.set(ifIndex, state);
  }
  return found;
}

/** ifIndexes of edge ports: by what Cisco has configured (`enable`, also for trunks), else by what RSTP found. */
export function edgePorts(tables: Tables, ofBridgePort: (port: number) => number | undefined): Set<number> {
  const found = new Set<number>();
  const take = (column: Oid, isEdge: (value: number) => boolean) => {
    for (const [port, value] of numbered(tables, column)) {
      const ifIndex = ofBridgePort(port);
      if (ifIndex !== undefined && isEdge(integer(value) ?? 0)) found.add(ifIndex);
    }
  };
  take(ciscoPort.stpxFastStartPortMode, (mode) => mode === 1 || mode === 3);
  take(bridge.dot1dStpPortOperEdgePort, (edge) => edge === 1);
  return found;
}
