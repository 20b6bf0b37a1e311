/**
 * What Reeve and Netdisco (2.105.1 with SNMP::Info 3.977) say differently of the same recordings' ports, and why. The
 * test holds that this is all of it, to the number of ports; the documents show it as a table.
 */
import type { RecordingName } from "./raw-rows.ts";

export interface PortDifference {
  recording: RecordingName;
  /** A column of device_port or device_port_properties; `+port` and `-port`: ports that only Reeve, only Netdisco has. */
  field: string;
  ports: number;
  why: string;
}

const ignored = "rows of the interface table, which Netdisco's list of ignored names leaves out";
const noSpeed = "the recording has ifHighSpeed and no ifSpeed; Netdisco reads the former only where the latter is full";
const duplexUnread = "dot3StatsDuplexStatus says so; SNMP::Info's class for this maker does not read it";
const capability = "what dot1xPaePortCapabilities says; Netdisco asks only where access control is on";
const edge = "dot1dStpPortOperEdgePort says so; Netdisco has it for no port";
const noMac = "all zeros are no address";
const noVlan = "PVID 0 is no VLAN: a trunk without a native one";
const blanks = "without the blanks at its end";

const of = (recording: RecordingName, differences: [field: string, ports: number, why: string][]) =>
  differences.map(([field, ports, why]): PortDifference => ({ recording, field, ports, why }));

export const portDifferences: readonly PortDifference[] = [
  ...of("arista-dcs-7150s-52-cl", [
    [
      "duplex_admin",
      9,
      "auto-negotiation is off and ifMauDefaultType is a full-duplex type of 10 gigabit, which SNMP::Info does not know",
    ],
    ["speed_admin", 28, "auto-negotiation is on, so that ifMauDefaultType sets nothing (RFC 4836): `auto`"],
  ]),
  ...of("awplus", [
    ["speed", 45, noSpeed],
    ["raw_speed", 25, noSpeed],
    ["duplex", 33, duplexUnread],
    ["vlan", 11, noVlan],
    ["pvid", 11, noVlan],
    ["faststart", 7, edge],
  ]),
  ...of("brocade-icx6430-24", [["duplex", 28, duplexUnread]]),
  ...of("cisco-c3560", [
    [
      "up",
      48,
      "ifOperStatus is down(2); Netdisco calls a port up where its macsuck found an address, here in the synthetic context @3",
    ],
    ["vlan", 1, "Vlan999 is a VLAN interface without a VLAN: VTP has no 999, and the interface is down"],
    ["pvid", 1, "Vlan999 is a VLAN interface without a VLAN: VTP has no 999, and the interface is down"],
    ["pae_is_authenticator", 3, capability],
    ["pae_is_supplicant", 3, capability],
  ]),
  ...of("comware", [
    ["+port", 2, ignored],
    ["speed", 230, noSpeed],
    ["raw_speed", 222, noSpeed],
    ["mac", 229, "the recording has addresses as text (`b8:af:67:63:e5:23`), which Netdisco does not read"],
  ]),
  ...of("dlink-des3200", [
    ["descr", 4, blanks],
    ["name", 2, blanks],
    ["mac", 4, noMac],
  ]),
  ...of("gaia", [
    ["+port", 1, ignored],
    ["speed", 7, noSpeed],
    ["raw_speed", 3, noSpeed],
  ]),
  ...of("hpe-procurve-516733-b21", [
    ["+port", 8, "eight loopback interfaces with one description; Netdisco keeps the last of them"],
    ["-port", 1, "the same eight: each has its ifIndex in its name"],
    [
      "name",
      34,
      "ifName, where ifAlias is empty; Netdisco takes `Port 1` from ENTITY-MIB, and nothing for VLANs and loopbacks",
    ],
    ["duplex", 24, duplexUnread],
    ["duplex_admin", 1, "the management port has no row in MAU-MIB; Netdisco says `auto` all the same"],
    ["speed_admin", 24, "auto-negotiation is on by ifMauAutoNegAdminStatus"],
    ["pae_is_authenticator", 24, capability],
    ["pae_is_supplicant", 24, capability],
  ]),
  ...of("huawei-s5720", [
    ["+port", 3, ignored],
    ["mtu", 32, "ifMtu; Netdisco takes the largest frame (HUAWEI-PORT-MIB), which is another thing"],
  ]),
  ...of("juniper-mx960-12-3r6-6", [
    ["stp", 6, "bridge ports lead to interface 0; told by their place (bridge-ports.ts)"],
    ["faststart", 1, edge],
  ]),
  ...of("juniper-mx960-13-3r9-13", [
    ["stp", 5, "bridge ports lead to interface 0; told by their place (bridge-ports.ts)"],
    ["faststart", 4, edge],
    ["vlan", 1, noVlan],
    ["pvid", 1, noVlan],
  ]),
  ...of("routeros", [
    ["speed", 12, noSpeed],
    ["raw_speed", 9, noSpeed],
    ["mac", 1, noMac],
  ]),
];
