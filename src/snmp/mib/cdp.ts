/** CISCO-CDP-MIB, by ifIndex and index of the neighbour there. Other vendors serve it too, for CDP and for LLDP. */
export const cdp = {
  cdpCacheAddressType: "1.3.6.1.4.1.9.9.23.1.2.1.1.3",
  cdpCacheAddress: "1.3.6.1.4.1.9.9.23.1.2.1.1.4",
  cdpCacheVersion: "1.3.6.1.4.1.9.9.23.1.2.1.1.5",
  cdpCacheDeviceId: "1.3.6.1.4.1.9.9.23.1.2.1.1.6",
  cdpCacheDevicePort: "1.3.6.1.4.1.9.9.23.1.2.1.1.7",
  cdpCachePlatform: "1.3.6.1.4.1.9.9.23.1.2.1.1.8",
  cdpCacheCapabilities: "1.3.6.1.4.1.9.9.23.1.2.1.1.9",
  cdpCacheSysName: "1.3.6.1.4.1.9.9.23.1.2.1.1.17",
  cdpCachePrimaryMgmtAddrType: "1.3.6.1.4.1.9.9.23.1.2.1.1.19",
  cdpCachePrimaryMgmtAddr: "1.3.6.1.4.1.9.9.23.1.2.1.1.20",
} as const;
