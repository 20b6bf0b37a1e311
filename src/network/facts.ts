/**
 * What one reading of a device says, in our own words: the contract between the readers (backend/device/), the pure
 * judgements of this folder, and the store. Fields carry Netdisco's column names and spellings where it has them
 * (`up`/`down`, `1.0 Gbps`, MAC addresses as `00:11:22:aa:bb:cc`).
 */

/** Rows, and whether they are all there are: an incomplete part adds and refreshes, but never takes away. */
export interface Part<Row> {
  rows: Row[];
  complete: boolean;
  /** What is missing and why, for the job's log. */
  reason?: string | undefined;
  /** Not complete on purpose (not asked for, unchanged): nothing went wrong, and what is stored stands. */
  passedOver?: true | undefined;
  /** Fields that were not read to their end: where one is empty it means nothing, and what is stored stays. */
  unread?: readonly (keyof Row & string)[] | undefined;
}

export interface SystemFact {
  /** sysName. */
  name: string;
  /** sysDescr. */
  description: string;
  contact: string;
  location: string;
  /** sysUpTime in hundredths of a second, lengthened past its wrap by snmpEngineTime where the device has that. */
  uptime: number | null;
  object_id: string;
  /** sysServices as eight binary digits, layer 1 last (`00000110`); "" where the device does not say. */
  layers: string;
  vendor: string;
  model: string;
  os: string;
  os_ver: string;
  serial: string;
  /** Base MAC address of the bridge or chassis; null where none is to be trusted. */
  mac: string | null;
  /** lldpLocChassisId, normalised as neighbours' `remote_id`. */
  chassis_id: string;
  /** snmpEngineID in hex; "" where unknown. */
  snmp_engineid: string;
  /** Interfaces (ifNumber). */
  num_ports: number | null;
  ps1_type: string;
  ps1_status: string;
  ps2_type: string;
  ps2_status: string;
  fan: string;
  slots: number | null;
  vtp_domain: string;
  vtp_mode: string;
  pae_is_enabled: boolean | null;
  /** Which of our vendor files spoke: `cisco-ios`, `juniper`, … or `generic`. */
  snmp_class: string;
}

/** Something that tells one device from all others (judged in network/identity.ts). */
export interface IdentityFact {
  kind: "engine_id" | "serial" | "chassis_id" | "base_mac" | "port_mac";
  /** Normalised: lower-case hex, MAC with colons, serial as printed without blanks at its ends. */
  value: string;
}

export interface AddressFact {
  /** The address in canonical text. */
  alias: string;
  /** Length of the network's prefix; null where the device does not say. */
  prefix: number | null;
  /** `PortFact.port` of its interface; "" where unknown. */
  port: string;
  /** Name of the VRF; "" is the default one. */
  vrf: string;
}

export interface PortFact {
  /** Its name within the device, unique: ifDescr, with ` (ifIndex)` after it where several have the same. */
  port: string;
  ifindex: number;
  descr: string;
  /** ifAlias, else ifName. */
  name: string;
  /** ifOperStatus: `up`, `down`, `testing`, `dormant`, `notPresent`, `lowerLayerDown`, `unknown`. */
  up: string;
  up_admin: string;
  /** IANAifType's name: `ethernetCsmacd`. */
  type: string;
  /** `full`, `half`, `auto`; "" where unknown. */
  duplex: string;
  duplex_admin: string;
  /** `1.0 Gbps`, `100 Mbps`; "0" where the device says 0. */
  speed: string;
  speed_admin: string;
  /** Bits a second. */
  raw_speed: number | null;
  mac: string | null;
  mtu: number | null;
  /** dot1dStpPortState: `forwarding`, `blocking`, …; "" where it takes no part. */
  stp: string;
  /** Access VLAN or PVID as Netdisco gives them; null where none. */
  vlan: number | null;
  pvid: number | null;
  /** ifLastChange, hundredths of a second of the agent's uptime. */
  lastchange: number | null;
  /** `port` of the aggregate it belongs to; "" for none. */
  slave_of: string;
  is_master: boolean;
  has_subinterfaces: boolean;
  /** "" where it is not disabled by an error. */
  error_disable_cause: string;
  faststart: boolean;
  pae_authconfig_state: string;
  pae_authconfig_port_status: string;
  pae_authsess_user: string;
  pae_is_authenticator: boolean | null;
  pae_is_supplicant: boolean | null;
  /** dot1dBasePort, by which spanning tree of other bridges knows it; null where it is no port of a bridge. */
  bridge_port: number | null;
}

export interface VlanFact {
  vlan: number;
  /** Its name. */
  description: string;
}

export interface PortVlanFact {
  port: string;
  vlan: number;
  /** Untagged: the port's native VLAN. */
  native: boolean;
  /** Leaves with a tag. */
  egress_tag: boolean;
  /** `static`, `dynamic`, `voice` … where the device says so. */
  vlantype: string;
}

export interface PowerFact {
  module: number;
  /** Watts. */
  power: number | null;
  status: string;
}

export interface PortPowerFact {
  port: string;
  module: number;
  admin: boolean;
  /** pethPsePortDetectionStatus: `deliveringPower`, `searching`, … */
  status: string;
  class: string;
  /** Milliwatts, where the device measures them. */
  power: number | null;
}

export interface ModuleFact {
  /** entPhysicalIndex. */
  index: number;
  description: string;
  /** entPhysicalVendorType, by name where known. */
  type: string;
  /** Index of what contains it; 0 or null for none. */
  parent: number | null;
  name: string;
  /** `chassis`, `module`, `port`, `powerSupply`, `fan`, `stack`, … */
  class: string;
  pos: number | null;
  hw_ver: string;
  fw_ver: string;
  sw_ver: string;
  serial: string;
  model: string;
  fru: boolean | null;
}

export type NeighbourProtocol = "lldp" | "cdp" | "stp" | "ospf" | "bgp";

/** One neighbour as one protocol tells of it. Several may stand on one port. */
export interface NeighbourFact {
  protocol: NeighbourProtocol;
  /** `PortFact.port`; "" where the protocol knows none (BGP) or names one that is not in the interface table. */
  local_port: string;
  /** Management address; "" where it gives none that can be one (0.0.0.0, loopback, multicast). */
  remote_ip: string;
  /**
   * The port's own name: a MAC address in our spelling, else text without NUL padding. By spanning tree `bridge port 147`,
   * the number of dot1dBasePort.
   */
  remote_port: string;
  /** The port's description, where it is another text. */
  remote_port_descr: string;
  /** Chassis or device id: a MAC address in our spelling, an IP address, else text without NUL padding. */
  remote_id: string;
  remote_id_kind: "mac" | "ip" | "text";
  /** sysName. */
  remote_name: string;
  /** Platform or description. */
  remote_type: string;
  /** LLDP's or CDP's capability words: `bridge`, `router`, `telephone`, `wlanAccessPoint`, `station` … */
  capabilities: string[];
  /** LLDP-MED inventory and CDP version, where given. */
  remote_vendor: string;
  remote_model: string;
  remote_os_ver: string;
  remote_serial: string;
}

/** One line of a forwarding table (the device's own addresses left out by their status). */
export interface ForwardingFact {
  mac: string;
  port: string;
  /** 0 where the table does not say. */
  vlan: number;
}

/** One line of an ARP or neighbour table. */
export interface AddressBindingFact {
  ip: string;
  mac: string;
  /** "" is the default VRF. */
  vrf: string;
  port: string;
  /** ipNetToPhysicalState: `reachable`, `stale`, `delay`, `probe`, `unknown`, `incomplete`; "" where not told. */
  state: string;
}

/** What discover reads. */
export interface DeviceFacts {
  system: SystemFact;
  identities: IdentityFact[];
  addresses: Part<AddressFact>;
  ports: Part<PortFact>;
  vlans: Part<VlanFact>;
  portVlans: Part<PortVlanFact>;
  power: Part<PowerFact>;
  portPower: Part<PortPowerFact>;
  modules: Part<ModuleFact>;
  /** One part a protocol: the end of one walk says nothing about another. */
  neighbours: Record<NeighbourProtocol, Part<NeighbourFact>>;
}
