/** Power over Ethernet: POWER-ETHERNET-MIB (RFC 3621), by group and port; CISCO-POWER-ETHERNET-EXT-MIB. */
export const power = {
  pethPsePortAdminEnable: "1.3.6.1.2.1.105.1.1.1.3",
  pethPsePortDetectionStatus: "1.3.6.1.2.1.105.1.1.1.6",
  pethPsePortPowerClassifications: "1.3.6.1.2.1.105.1.1.1.10",
  /** By group: watts. */
  pethMainPsePower: "1.3.6.1.2.1.105.1.3.1.1.2",
  pethMainPseOperStatus: "1.3.6.1.2.1.105.1.3.1.1.3",
  /** Milliwatts. */
  cpeExtPsePortPwrConsumption: "1.3.6.1.4.1.9.9.402.1.2.1.7",
  /** entPhysicalIndex of the port. */
  cpeExtPsePortEntPhyIndex: "1.3.6.1.4.1.9.9.402.1.2.1.11",
} as const;

/** FOUNDRY-POE-MIB, by ifIndex. */
export const foundryPower = {
  /** 1 other: not a port that can, 2 disabled, 3 enabled, 4 enabled for devices older than 802.3af. */
  snAgentPoePortControl: "1.3.6.1.4.1.1991.1.1.2.14.2.2.1.2",
  /** From 0. */
  snAgentPoePortClass: "1.3.6.1.4.1.1991.1.1.2.14.2.2.1.4",
  /** Milliwatts. */
  snAgentPoePortConsumed: "1.3.6.1.4.1.1991.1.1.2.14.2.2.1.6",
} as const;
