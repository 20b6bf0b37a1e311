/**
 * What Reeve and Netdisco (2.105.1 with SNMP::Info 3.977) say differently of the same recordings, and why. The test holds
 * that this is all of it; the documents show it as a table.
 */
export interface Difference {
  recording: string;
  field: string;
  netdisco: string;
  reeve: string;
  why: string;
}

const spelled = "the model as it stands on the device (ENTITY-MIB, sysDescr), not the MIB's name of its sysObjectID";
const withDriver = "the device's own word for it; Netdisco repeats the vendor's name";
const rows = "rows of the interface table; Netdisco counts other rows";
const bridgeMac = "dot1dBaseBridgeAddress, the bridge's own; Netdisco took one of its ports";
const noLayers = "sysServices is missing: told from bridge ports and ipForwarding, where they are there";
const envmon = "CISCO-ENVMON-MIB; Netdisco read the older STACK-MIB, which knows less";
const psu = "power supplies and fans are read from the maker's tables; Netdisco has no reader for them";

const of = (recording: string, differences: [field: string, netdisco: string, reeve: string, why: string][]) =>
  differences.map(([field, netdisco, reeve, why]): Difference => ({ recording, field, netdisco, reeve, why }));

export const differences: readonly Difference[] = [
  ...of("arista-dcs-7150s-52-cl", [
    ["model", "DCS7150S52CL", "DCS-7150S-52-CL", spelled],
    ["mac", "00:1c:73:b4:fd:6a", "00:1c:73:b4:fd:69", bridgeMac],
    ["chassis_id", "", "00:1c:73:b4:fd:69", "lldpLocChassisId; Netdisco does not store it"],
  ]),
  ...of("arista_eos_1", [
    [
      "mac",
      "50:00:00:03:00:01",
      "50:00:00:d5:5d:c0",
      "dot1dBaseBridgeAddress; made up by a simulator, therefore shown, but no identity",
    ],
  ]),
  ...of("awplus", [
    ["layers", "", "00000010", noLayers],
    [
      "model",
      "",
      "AT-SBx8106",
      "by sysObjectID (207.1.14.114), which Netdisco does not know; boards of other chassis stand in its table as well",
    ],
    ["os", "allied", "alliedware plus", withDriver],
    ["os_ver", "", "5.4.7-2.1", "currSoftVersion"],
    [
      "mac",
      "",
      "00:00:cd:37:02:ad",
      "dot1dBaseBridgeAddress; a stack's virtual address, therefore shown, but no identity",
    ],
  ]),
  ...of("brocade-icx6430-24", [
    ["uptime", "0", "7853600", "sysUpTime is 0 while snmpEngineTime runs: the engine's"],
    ["model", "ICX643024", "ICX6430-24", spelled],
    ["os", "brocade", "ironware", withDriver],
  ]),
  ...of("cisco-c3560", [
    ["model", "3560G48TS", "WS-C3560G-48TS-E", spelled],
    ["mac", "e8:04:62:78:f2:40", "e8:04:62:78:f2:00", bridgeMac],
    ["chassis_id", "", "e8:04:62:78:f2:00", "lldpLocChassisId; Netdisco does not store it"],
    ["ps1_type", "other", "ac", envmon],
    ["ps1_status", "ok", "normal", envmon],
    ["ps2_type", "externalPS", "", envmon],
    ["ps2_status", "other", "", envmon],
    ["fan", "ok", "normal", envmon],
    [
      "slots",
      "9",
      "0",
      "chassisSlots of OLD-CISCO-CHASSIS-MIB, true of a switch without slots; Netdisco read STACK-MIB's",
    ],
  ]),
  ...of("cisco-n5000-uk9", [
    ["model", "N5kC5548UP", "N5K-C5548UP", spelled],
    ["chassis_id", "", "8c:60:4f:19:16:7c", "lldpLocChassisId; Netdisco does not store it"],
    ["ps1_type", "", "N55-PAC-750W", psu],
    ["ps1_status", "", "on", psu],
    ["ps2_type", "", "N55-PAC-750W", psu],
    ["ps2_status", "", "on", psu],
    ["fan", "", "up", psu],
  ]),
  ...of("comware", [
    ["layers", "", "00000010", noLayers],
    ["vendor", "HP", "hp", "one spelling for one vendor"],
    [
      "model",
      "FF570040XG2QSFPPlus",
      "FF 5700-40XG-2QSFP",
      "what sysDescr says; ENTITY-MIB of this recording belongs to an HP 10508, which sysObjectID contradicts",
    ],
    ["mac", "", "b8:af:67:63:e5:22", "dot1dBaseBridgeAddress"],
    ["num_ports", "230", "232", rows],
    ["fan", "", "active", psu],
  ]),
  ...of("dlink-des3200", [
    ["layers", "00000111", "00000011", "sysServices is 3 in the recording; Netdisco adds layer 3 by its class"],
    ["model", "des-3200-18-cx", "DES-3200-18", "what sysDescr says; C1 is the revision of the hardware"],
    ["os_ver", "", "4.04.004", "probeSoftwareRev without the word Build"],
    ["serial", "", "R3MD1DB002523", "agentSerialNumber of D-Link's MIB"],
  ]),
  ...of("gaia", [
    [
      "uptime",
      "78172074",
      "945",
      "sysUpTime; Netdisco shows hrSystemUptime, with which the times of changes cannot be compared",
    ],
    [
      "layers",
      "01001100",
      "",
      "sysServices is missing, and nothing of a bridge or of forwarding is recorded; Netdisco has it from its class",
    ],
    ["os", "checkpoint", "gaia", withDriver],
    ["mac", "", "00:1c:7f:84:c2:f8", "no bridge: the lowest address of an Ethernet port"],
    ["num_ports", "7", "8", rows],
  ]),
  ...of("hpe-procurve-516733-b21", [
    ["chassis_id", "3C421900TX", "ac:16:2d:92:7d:21", "lldpLocChassisId; Netdisco shows the serial number"],
    ["num_ports", "35", "42", rows],
  ]),
  ...of("huawei-s5720", [
    ["model", "s5720-36C-EI-AC", "S5720-36C-EI-AC", spelled],
    ["num_ports", "36", "39", rows],
    ["fan", "1 fans OK", "normal", "hwEntityFanState, in one word"],
  ]),
  ...of("juniper-mx960-12-3r6-6", [
    ["chassis_id", "", "a8:d0:e5:f6:17:c0", "lldpLocChassisId; Netdisco does not store it"],
    ["ps1_type", "", "PEM 0", psu],
    ["ps1_status", "", "running", psu],
    ["ps2_type", "", "PEM 1", psu],
    ["ps2_status", "", "running", psu],
    ["fan", "", "running", psu],
  ]),
  ...of("juniper-mx960-13-3r9-13", [
    ["chassis_id", "", "a8:d0:e5:f5:af:c0", "lldpLocChassisId; Netdisco does not store it"],
    ["ps1_type", "", "PEM 0", psu],
    ["ps1_status", "", "running", psu],
    ["ps2_type", "", "PEM 1", psu],
    ["ps2_status", "", "running", psu],
    ["fan", "", "running", psu],
  ]),
  ...of("routeros", [
    ["model", "", "RB952Ui-5ac2nD", "entPhysicalDescr of the chassis: sysDescr is free text here"],
    [
      "mac",
      "6c:3b:6b:a2:00:fc",
      "6c:3b:6b:a2:00:f6",
      "the bridge address is zero: the lowest address of an Ethernet port, which is ether1's",
    ],
    ["chassis_id", "71B1060EE89D", "", "no LLDP in the recording; Netdisco shows the serial number"],
  ]),
];
