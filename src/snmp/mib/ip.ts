/** Addresses and neighbours: IP-MIB (RFC 4293, with what it deprecates), IPV6-MIB (RFC 2465), CISCO-IETF-IP-MIB. */
export const ip = {
  /** By IPv4 address. */
  ipAdEntIfIndex: "1.3.6.1.2.1.4.20.1.2",
  ipAdEntNetMask: "1.3.6.1.2.1.4.20.1.3",
  /** By kind of address, its length and bytes. */
  ipAddressIfIndex: "1.3.6.1.2.1.4.34.1.3",
  ipAddressType: "1.3.6.1.2.1.4.34.1.4",
  ipAddressPrefix: "1.3.6.1.2.1.4.34.1.5",
  /** LLDP-MIB, by kind of address, its length and bytes: what the id is (2 ifIndex), and the id. */
  lldpLocManAddrIfSubtype: "1.0.8802.1.1.2.1.3.8.1.4",
  lldpLocManAddrIfId: "1.0.8802.1.1.2.1.3.8.1.5",
  /** By ifIndex and IPv4 address. */
  ipNetToMediaPhysAddress: "1.3.6.1.2.1.4.22.1.2",
  ipNetToMediaType: "1.3.6.1.2.1.4.22.1.4",
  /** By ifIndex, kind of address, its length and bytes. */
  ipNetToPhysicalPhysAddress: "1.3.6.1.2.1.4.35.1.4",
  ipNetToPhysicalType: "1.3.6.1.2.1.4.35.1.6",
  ipNetToPhysicalState: "1.3.6.1.2.1.4.35.1.7",
  /** By ifIndex and IPv6 address. */
  ipv6AddrPfxLength: "1.3.6.1.2.1.55.1.8.1.2",
  ipv6NetToMediaPhysAddress: "1.3.6.1.2.1.55.1.12.1.2",
  ipv6IfNetToMediaState: "1.3.6.1.2.1.55.1.12.1.4",
  ipv6NetToMediaValid: "1.3.6.1.2.1.55.1.12.1.6",
  /** By kind of address, its length and bytes. */
  cIpAddressIfIndex: "1.3.6.1.4.1.9.10.86.1.1.2.1.3",
  cIpAddressPrefix: "1.3.6.1.4.1.9.10.86.1.1.2.1.5",
  /** By ifIndex, kind of address, its length and bytes. */
  cInetNetToMediaPhysAddress: "1.3.6.1.4.1.9.10.86.1.1.3.1.3",
  cInetNetToMediaType: "1.3.6.1.4.1.9.10.86.1.1.3.1.5",
  cInetNetToMediaState: "1.3.6.1.4.1.9.10.86.1.1.3.1.6",
  /** MPLS-L3VPN-STD-MIB (RFC 4382), by name of the VRF (length and bytes) and ifIndex. */
  mplsL3VpnIfVpnClassification: "1.3.6.1.2.1.10.166.11.1.2.1.1.2",
  /** CISCO-VRF-MIB: name by number of the VRF; a row by number and ifIndex. */
  cvVrfName: "1.3.6.1.4.1.9.9.711.1.1.1.1.2",
  cvVrfInterfaceType: "1.3.6.1.4.1.9.9.711.1.2.1.1.2",
} as const;
