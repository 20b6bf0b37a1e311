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
