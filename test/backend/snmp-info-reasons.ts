/** Why SNMP::Info 3.92 reads another number of rows than Reeve does, by recording and kind of row. */
import type { RecordingName } from "./device/raw-rows.ts";
import type { RowKind } from "./recordings-page.ts";

const loopback = "127.0.0.1 and ::1 are counted";
const address = "tells those that have a management address only";
const huawei = "HUAWEI-L2VLAN-MIB and HUAWEI-L2MAM-MIB are not read";

export const snmpInfoReasons: Readonly<Partial<Record<RecordingName, Partial<Record<RowKind, string>>>>> = {
  awplus: {
    modules: "AT-SYSINFO-MIB's boards are not read",
    bindings: "they stand in ipNetToPhysicalTable, of which it takes IPv6 rows alone",
  },
  "cisco-c3560": {
    portVlans: "the three VLAN interfaces are left out",
    macs: "they are in per-VLAN contexts, which Netdisco, not SNMP::Info, goes through",
  },
  "cisco-n5000-uk9": {
    portVlans: "510 are of 34 interfaces that are in no interface table",
    lldp: address,
  },
  comware: { portVlans: "port lists of which all but the first 16 bytes are text are taken for bits" },
  "dlink-des3200": {
    macs: "the switch's own address (status self) is counted",
    bindings: "network and broadcast address, bound to ff:ff:ff:ff:ff:ff, are counted",
  },
  gaia: { addresses: loopback },
  "hpe-procurve-516733-b21": {
    addresses: loopback,
    lldp: address,
    cdp: address,
    macs: "the switch's own address (status self) is counted",
  },
  "huawei-s5720": { addresses: loopback, vlans: huawei, portVlans: huawei, macs: huawei },
  "juniper-mx960-12-3r6-6": {
    addresses: "lldpLocManAddrTable is not read",
    vlans: "dot1qVlanStaticTable's names are not read",
  },
  "juniper-mx960-13-3r9-13": {
    addresses: "lldpLocManAddrTable is not read",
    vlans: "dot1qVlanStaticTable's names are not read",
    portVlans: "bridge ports lead to interface 0, where two of one VLAN fall together",
  },
};
