/** Interfaces: IF-MIB (RFC 2863), EtherLike-MIB (RFC 3635), MAU-MIB (RFC 4836). Rows by ifIndex. */
export const interfaces = {
  /** What entAliasMappingIdentifier and the like point to. */
  ifIndex: "1.3.6.1.2.1.2.2.1.1",
  ifNumber: "1.3.6.1.2.1.2.1",
  ifDescr: "1.3.6.1.2.1.2.2.1.2",
  ifType: "1.3.6.1.2.1.2.2.1.3",
  ifMtu: "1.3.6.1.2.1.2.2.1.4",
  ifSpeed: "1.3.6.1.2.1.2.2.1.5",
  ifPhysAddress: "1.3.6.1.2.1.2.2.1.6",
  ifAdminStatus: "1.3.6.1.2.1.2.2.1.7",
  ifOperStatus: "1.3.6.1.2.1.2.2.1.8",
  ifLastChange: "1.3.6.1.2.1.2.2.1.9",
  ifName: "1.3.6.1.2.1.31.1.1.1.1",
  ifHighSpeed: "1.3.6.1.2.1.31.1.1.1.15",
  ifAlias: "1.3.6.1.2.1.31.1.1.1.18",
  /** By ifIndex of the upper and of the lower layer. */
  ifStackStatus: "1.3.6.1.2.1.31.1.2.1.3",
  dot3StatsDuplexStatus: "1.3.6.1.2.1.10.7.2.1.19",
  /** By ifIndex and number of the MAU. */
  ifMauType: "1.3.6.1.2.1.26.2.1.1.3",
  ifMauDefaultType: "1.3.6.1.2.1.26.2.1.1.11",
  ifMauAutoNegAdminStatus: "1.3.6.1.2.1.26.5.1.1.1",
} as const;

/** Huawei's Ethernet ports (HUAWEI-PORT-MIB), by ifIndex. */
export const huaweiPort = {
  hwEthernetDuplex: "1.3.6.1.4.1.2011.5.25.157.1.1.1.1.14",
  hwEthernetNegotiation: "1.3.6.1.4.1.2011.5.25.157.1.1.1.1.15",
} as const;
