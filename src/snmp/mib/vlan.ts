/** VLANs of Q-BRIDGE-MIB (RFC 4363) and what makers have in its place. */
export const vlan = {
  /** By time mark and VLAN. */
  dot1qVlanFdbId: "1.3.6.1.2.1.17.7.1.4.2.1.3",
  dot1qVlanCurrentEgressPorts: "1.3.6.1.2.1.17.7.1.4.2.1.4",
  dot1qVlanCurrentUntaggedPorts: "1.3.6.1.2.1.17.7.1.4.2.1.5",
  /** By VLAN. */
  dot1qVlanStaticName: "1.3.6.1.2.1.17.7.1.4.3.1.1",
  dot1qVlanStaticEgressPorts: "1.3.6.1.2.1.17.7.1.4.3.1.2",
  dot1qVlanStaticUntaggedPorts: "1.3.6.1.2.1.17.7.1.4.3.1.4",
  /** By bridge port. */
  dot1qPvid: "1.3.6.1.2.1.17.7.1.4.5.1.1",
} as const;

/** FOUNDRY-SN-SWITCH-GROUP-MIB. */
export const foundryVlan = {
  /** By VLAN. */
  snVLanByPortCfgVLanName: "1.3.6.1.4.1.1991.1.1.3.2.7.1.21",
  /** By VLAN and ifIndex: 1 is a member. */
  snVLanByPortMemberRowStatus: "1.3.6.1.4.1.1991.1.1.3.2.6.1.3",
  /** 1 tagged, 2 untagged. */
  snVLanByPortMemberTagMode: "1.3.6.1.4.1.1991.1.1.3.2.6.1.4",
} as const;

/** HUAWEI-L2VLAN-MIB, HUAWEI-L2IF-MIB. */
export const huaweiVlan = {
  /** By VLAN. */
  hwL2VlanDescr: "1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1.2",
  /** Bit n, counted from 0, is port n of hwL2IfPortTable, which is bridge port n. */
  hwL2VlanPortList: "1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1.3",
  hwL2VlanName: "1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1.17",
  /** By port: 1 trunk, 2 access, 3 hybrid. */
  hwL2IfPortType: "1.3.6.1.4.1.2011.5.25.42.1.1.1.3.1.3",
  /** HUAWEI-L2MAM-MIB, by MAC address, VLAN and name of the VSI (`0` is none): ifIndex. Learned entries only. */
  hwDynFdbPort: "1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4",
} as const;

/** JUNIPER-VLAN-MIB (EX): tag by the internal number that FDB and VLAN tables count by. */
export const juniperExVlan = {
  jnxExVlanTag: "1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5",
} as const;
