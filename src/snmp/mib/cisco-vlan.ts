/** Cisco's own ways with VLANs and ports (CISCO-VTP, -VLAN-MEMBERSHIP, -STACK, -STP-EXTENSIONS, -ERR-DISABLE-MIB). */
export const ciscoVlan = {
  /** 1 is the first version; an agent that has VTP says something here. */
  vtpVersion: "1.3.6.1.4.1.9.9.46.1.1.1",
  /** By management domain and VLAN: 1 operational, 2 suspended, 3 and 4 MTU too big. */
  vtpVlanState: "1.3.6.1.4.1.9.9.46.1.3.1.1.2",
  vtpVlanType: "1.3.6.1.4.1.9.9.46.1.3.1.1.3",
  vtpVlanName: "1.3.6.1.4.1.9.9.46.1.3.1.1.4",
  vtpVlanIfIndex: "1.3.6.1.4.1.9.9.46.1.3.1.1.18",
  /** By ifIndex; bit n is VLAN n, n + 1024, n + 2048, n + 3072. */
  vlanTrunkPortVlansEnabled: "1.3.6.1.4.1.9.9.46.1.6.1.1.4",
  vlanTrunkPortNativeVlan: "1.3.6.1.4.1.9.9.46.1.6.1.1.5",
  vlanTrunkPortDynamicStatus: "1.3.6.1.4.1.9.9.46.1.6.1.1.14",
  vlanTrunkPortVlansEnabled2k: "1.3.6.1.4.1.9.9.46.1.6.1.1.17",
  vlanTrunkPortVlansEnabled3k: "1.3.6.1.4.1.9.9.46.1.6.1.1.18",
  vlanTrunkPortVlansEnabled4k: "1.3.6.1.4.1.9.9.46.1.6.1.1.19",
  /** By ifIndex: 1 static, 2 dynamic, 3 several VLANs. */
  vmVlanType: "1.3.6.1.4.1.9.9.68.1.2.2.1.1",
  vmVlan: "1.3.6.1.4.1.9.9.68.1.2.2.1.2",
  /** 4095 is untagged, 4096 none. */
  vmVoiceVlanId: "1.3.6.1.4.1.9.9.68.1.5.1.1.1",
} as const;

export const ciscoPort = {
  /** By module and port. */
  portAdminSpeed: "1.3.6.1.4.1.9.5.1.4.1.1.9",
  portDuplex: "1.3.6.1.4.1.9.5.1.4.1.1.10",
  portIfIndex: "1.3.6.1.4.1.9.5.1.4.1.1.11",
  /** By bridge port. */
  stpxFastStartPortMode: "1.3.6.1.4.1.9.9.82.1.9.3.1.3",
  /** By ifIndex and VLAN. */
  cErrDisableIfStatusCause: "1.3.6.1.4.1.9.9.548.1.3.1.1.2",
} as const;
