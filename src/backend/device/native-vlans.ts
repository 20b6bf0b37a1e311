/** The VLAN of what a port receives without a tag. */
import { ciscoVlan } from "../../snmp/mib/cisco-vlan.ts";
import { vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, parts } from "./cells.ts";
import type { About } from "./reader.ts";

export function nativeVlanObjects(about: About): Oid[] {
  if (about.enterprise !== 9) return [vlan.dot1qPvid];
  return [
    vlan.dot1qPvid,
    ciscoVlan.vmVlan,
    ciscoVlan.vlanTrunkPortNativeVlan,
    ciscoVlan.vlanTrunkPortDynamicStatus,
    ciscoVlan.vtpVlanIfIndex,
  ];
}

/** Is the port a trunk now? (vlanTrunkPortDynamicStatus 1 trunking) */
export function trunks(tables: Tables, ifIndex: number): boolean {
  return integer(tables.value(ciscoVlan.vlanTrunkPortDynamicStatus, String(ifIndex))) === 1;
}

/**
 * ifIndex → VLAN. Cisco: the native VLAN of what trunks, the access VLAN of what does not, a VLAN's own interface its
 * VLAN; other makers: the PVID. 0 and 4095 are no VLANs (a trunk of Juniper's without a native one says 0).
 */
export function nativeVlans(tables: Tables, ofBridgePort: (port: number) => number | undefined): Map<number, number> {
  const found = new Map<number, number>();
  const set = (ifIndex: number | undefined, value: number | undefined) => {
    if (ifIndex !== undefined && value !== undefined && value > 0 && value < 4095) found.set(ifIndex, value);
  };
  for (const [port, value] of numbered(tables, vlan.dot1qPvid)) set(ofBridgePort(port), integer(value));
  for (const [index, value] of tables.rows(ciscoVlan.vtpVlanIfIndex)) {
    const ifIndex = integer(value) ?? 0;
    if (ifIndex > 0) set(ifIndex, parts(index)[1]);
  }
  for (const [ifIndex, value] of numbered(tables, ciscoVlan.vmVlan)) set(ifIndex, integer(value));
  for (const [ifIndex, value] of numbered(tables, ciscoVlan.vlanTrunkPortNativeVlan)) {
    if (trunks(tables, ifIndex)) set(ifIndex, integer(value));
  }
  return found;
}
