/** Aggregated links: IEEE8023-LAG-MIB, CISCO-PAGP-MIB, CISCO-LAG-MIB. */
export const lag = {
  /** By ifIndex of the member: ifIndex of its aggregate; 0 or the member itself for none. */
  dot3adAggPortAttachedAggID: "1.2.840.10006.300.43.1.2.1.1.13",
  dot3adAggPortSelectedAggID: "1.2.840.10006.300.43.1.2.1.1.12",
  /** By ifIndex of the member: ifIndex of its group. */
  pagpGroupIfIndex: "1.3.6.1.4.1.9.9.98.1.1.1.1.8",
  /** By ifIndex of the aggregate: two-byte words, how many members it has and then their bridge ports. */
  clagAggPortListPorts: "1.3.6.1.4.1.9.9.225.1.4.1.1.1",
} as const;
