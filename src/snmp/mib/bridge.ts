/** Bridges: BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363). Ports are bridge ports, not interfaces. */
export const bridge = {
  dot1dBaseBridgeAddress: "1.3.6.1.2.1.17.1.1",
  dot1dBasePortIfIndex: "1.3.6.1.2.1.17.1.4.1.2",
  /** Bridge port towards the root; 0 at the root itself. */
  dot1dStpRootPort: "1.3.6.1.2.1.17.2.7",
  dot1dStpPortState: "1.3.6.1.2.1.17.2.15.1.3",
  dot1dStpPortDesignatedBridge: "1.3.6.1.2.1.17.2.15.1.8",
  dot1dStpPortDesignatedPort: "1.3.6.1.2.1.17.2.15.1.9",
  /** RSTP-MIB: is it an edge port now? */
  dot1dStpPortOperEdgePort: "1.3.6.1.2.1.17.2.19.1.3",
  /** By MAC address. */
  dot1dTpFdbPort: "1.3.6.1.2.1.17.4.3.1.2",
  dot1dTpFdbStatus: "1.3.6.1.2.1.17.4.3.1.3",
  /** By FDB id and MAC address. */
  dot1qTpFdbPort: "1.3.6.1.2.1.17.7.1.2.2.1.2",
  dot1qTpFdbStatus: "1.3.6.1.2.1.17.7.1.2.2.1.3",
} as const;
