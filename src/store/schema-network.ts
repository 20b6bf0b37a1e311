/**
 * The tables of the network. Rows carry Netdisco's column names where it has them; `Stored` turns a fact into its row
 * (truths 0 or 1, lists JSON).
 *
 * **Sightings** (`link`, `node`, `node_ip`, `node_nbt`) are intervals: from `seen_from` until `seen_to` every complete
 * poll saw it. `open` = 1: it was still there when last asked. While a row of `node` or `node_ip` is open its `seen_to`
 * may lag: the device's `last_macsuck_complete` or `last_arpnip_complete` counts when that is later, so that a poll
 * which finds nothing new writes one row and not fifty thousand. `seenTo` of sighting.ts is that rule.
 */
import type { Generated } from "kysely";
import type {
  AddressBindingFact,
  AddressFact,
  ForwardingFact,
  IdentityFact,
  ModuleFact,
  NeighbourFact,
  NeighbourProtocol,
  PortFact,
  PortPowerFact,
  PortVlanFact,
  PowerFact,
  SystemFact,
  VlanFact,
} from "../network/facts.ts";

type Flag = 0 | 1;

/** A fact as a row: booleans as 0 or 1, lists as JSON text. */
export type Stored<Fact> = {
  [Key in keyof Fact]: boolean extends Fact[Key]
    ? Flag | Exclude<Fact[Key], boolean>
    : Fact[Key] extends readonly unknown[]
      ? string
      : Fact[Key];
};

interface Interval {
  seen_from: number;
  seen_to: number;
  open: Flag;
}

export interface DeviceTable extends Stored<SystemFact> {
  id: Generated<number>;
  /** Where it is polled. */
  ip: string;
  /** 32 hex digits, as all `…_hex`. */
  ip_hex: string;
  /** UDP port of its agent; 0 is the default one. */
  snmp_port: number;
  /** Name of `ip` in the DNS; "" where unknown. */
  dns: string;
  /** Version that answered last: 1, 2, 3; 0 where none did yet. */
  snmp_ver: number;
  /** Tags of the credentials that worked last. */
  snmp_auth_tag_read: string;
  snmp_auth_tag_write: string;
  /** Put in by hand: nobody to poll. */
  is_pseudo: Flag;
  /** JSON object. */
  custom_fields: string;
  /** JSON array. */
  tags: string;
  /** JSON object: what change gates read at the last poll. */
  gates: string;
  created: number;
  last_discover: number | null;
  last_macsuck: number | null;
  last_arpnip: number | null;
  /** When that was last read to its end. */
  last_discover_complete: number | null;
  last_macsuck_complete: number | null;
  last_arpnip_complete: number | null;
  /** The device that this one turned out to be (device-merge.ts). */
  merged_into: number | null;
  /** Deleted, its sightings kept as history. */
  deleted: number | null;
}

export interface DeviceIdentityTable extends IdentityFact {
  id: Generated<number>;
  device: number;
  first_seen: number;
  last_seen: number;
}

export interface DeviceMergeTable {
  id: Generated<number>;
  kept: number;
  merged: number;
  /** JSON: what spoke for it. */
  reason: string;
  at: number;
  undone_at: number | null;
}

export interface DeviceIpTable extends AddressFact {
  id: Generated<number>;
  device: number;
  alias_hex: string;
  /** `192.0.2.0/24`; "" where the prefix is unknown. */
  subnet: string;
  dns: string;
  first_seen: number;
  last_seen: number;
}

export interface DevicePortTable extends Stored<PortFact> {
  id: Generated<number>;
  device: number;
  custom_fields: string;
  tags: string;
  first_seen: number;
  last_seen: number;
  /** When a complete read missed it first; null while it is there. */
  gone: number | null;
}

interface PartRow {
  id: Generated<number>;
  device: number;
  first_seen: number;
}

export interface DeviceVlanTable extends PartRow, VlanFact {}
export interface DevicePortVlanTable extends PartRow, Stored<PortVlanFact> {}
export interface DevicePowerTable extends PartRow, PowerFact {}
export interface DevicePortPowerTable extends PartRow, Stored<PortPowerFact> {}
export interface DeviceModuleTable extends PartRow, Stored<ModuleFact> {}

export interface DevicePortLogTable {
  id: Generated<number>;
  device: number;
  port: string;
  at: number;
  username: string;
  userip: string;
  /** `up`, `down`, `portname`, … */
  action: string;
  /** The user's words. */
  reason: string;
  /** What was written, and what was read afterwards. */
  log: string;
  /** `info`: begun, and nobody has heard of its end. */
  outcome: "done" | "error" | "info";
}

/** What an event is about. */
export type EventSubject =
  | "device"
  | "port"
  | "link"
  | "address"
  | "vlan"
  | "port-vlan"
  | "power"
  | "port-power"
  | "module";

export type EventKind =
  | `${EventSubject}-${"new" | "changed" | "gone"}`
  | `device-${"merged" | "unmerged" | "renumbered"}`
  | "moved";

export interface NetworkEventTable {
  id: Generated<number>;
  at: number;
  /** No foreign key: what happened outlives the device. */
  device: number;
  /** "" where it is not about a port. */
  port: string;
  kind: EventKind;
  /** JSON `{attribute: [before, after]}`. */
  changes: string;
}

export type LinkProtocol = NeighbourProtocol | "fdb" | "stp" | "arp" | "manual";

export interface LinkTable extends Interval, Omit<Stored<NeighbourFact>, "protocol" | "local_port"> {
  id: Generated<number>;
  device: number;
  port: string;
  protocol: LinkProtocol;
  /** What makes it the same neighbour from poll to poll. */
  remote_key: string;
  /** The device it was found to be, and that device's `port`; null and "" where unknown. */
  remote_device: number | null;
  remote_device_port: string;
  /** Hundredths, 0 to 100; null where nobody judged. */
  confidence: number | null;
  reason: string;
}

export interface NodeTable extends Interval, ForwardingFact {
  id: Generated<number>;
  device: number;
}

export interface NodeIpTable extends Interval, AddressBindingFact {
  id: Generated<number>;
  /** The router that has it in its table. */
  device: number;
  ip_hex: string;
  dns: string;
}

export interface NodeNbtTable extends Interval {
  id: Generated<number>;
  mac: string;
  ip: string;
  ip_hex: string;
  nbname: string;
  domain: string;
  /** It shares files (name suffix 0x20). */
  server: Flag;
  nbuser: string;
}

/** One row a day, under the names of Netdisco's table. */
export interface StatisticsTable {
  /** `2026-11-22`, UTC. */
  day: string;
  device_count: number;
  device_ip_count: number;
  device_link_count: number;
  device_port_count: number;
  device_port_up_count: number;
  ip_table_count: number;
  ip_active_count: number;
  node_table_count: number;
  node_active_count: number;
}

export interface NetworkSchema {
  device: DeviceTable;
  device_identity: DeviceIdentityTable;
  device_merge: DeviceMergeTable;
  device_ip: DeviceIpTable;
  device_port: DevicePortTable;
  device_vlan: DeviceVlanTable;
  device_port_vlan: DevicePortVlanTable;
  device_power: DevicePowerTable;
  device_port_power: DevicePortPowerTable;
  device_module: DeviceModuleTable;
  device_port_log: DevicePortLogTable;
  network_event: NetworkEventTable;
  link: LinkTable;
  node: NodeTable;
  node_ip: NodeIpTable;
  node_nbt: NodeNbtTable;
  statistics: StatisticsTable;
}
