/** Neighbours of routing protocols: OSPF-MIB (RFC 4750), BGP4-MIB (RFC 4273). */
export const routing = {
  /** By the neighbour's address, and ifIndex of an interface without address. */
  ospfNbrRtrId: "1.3.6.1.2.1.14.10.1.3",
  ospfNbrState: "1.3.6.1.2.1.14.10.1.6",
  /** By the peer's address. */
  bgpPeerIdentifier: "1.3.6.1.2.1.15.3.1.1",
  bgpPeerState: "1.3.6.1.2.1.15.3.1.2",
  bgpPeerLocalAddr: "1.3.6.1.2.1.15.3.1.5",
  bgpPeerRemoteAs: "1.3.6.1.2.1.15.3.1.9",
} as const;
