/**
 * Readers of this folder turn tables into facts. Each file exports what it wants read (`…Objects`) and a pure function
 * from tables to facts; device.ts reads everything wanted in one go and calls them.
 */
import type { Oid } from "../../snmp/value.ts";

/** What is known of a device before its tables are read. */
export interface About {
  /** sysObjectID; "" where the agent has none. */
  objectId: Oid;
  /** The number under 1.3.6.1.4.1, 0 for none: 9 is Cisco. */
  enterprise: number;
  /** sysDescr. */
  description: string;
}

/** The names of ports by the numbers that tables know them by. */
export interface PortNames {
  /** ifIndex → `PortFact.port`; "" for one that is not in the interface table. */
  name(ifIndex: number): string;
  /** dot1dBasePort → ifIndex (dot1dBasePortIfIndex); undefined where the bridge has no such port. */
  ofBridgePort(bridgePort: number): number | undefined;
}
