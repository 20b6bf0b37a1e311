/** LLDP-MIB (IEEE 802.1AB-2005) and LLDP-EXT-MED-MIB (ANSI/TIA-1057). */
export const lldp = {
  lldpLocChassisIdSubtype: "1.0.8802.1.1.2.1.3.1.0",
  lldpLocChassisId: "1.0.8802.1.1.2.1.3.2.0",
  lldpLocSysName: "1.0.8802.1.1.2.1.3.3.0",
  lldpLocSysDesc: "1.0.8802.1.1.2.1.3.4.0",
  /** By number of the local port, which is what the agent likes: ifIndex, bridge port or neither. */
  lldpLocPortIdSubtype: "1.0.8802.1.1.2.1.3.7.1.2",
  lldpLocPortId: "1.0.8802.1.1.2.1.3.7.1.3",
  lldpLocPortDesc: "1.0.8802.1.1.2.1.3.7.1.4",
  /** By time mark, number of the local port, and index of the neighbour there. */
  lldpRemChassisIdSubtype: "1.0.8802.1.1.2.1.4.1.1.4",
  lldpRemChassisId: "1.0.8802.1.1.2.1.4.1.1.5",
  lldpRemPortIdSubtype: "1.0.8802.1.1.2.1.4.1.1.6",
  lldpRemPortId: "1.0.8802.1.1.2.1.4.1.1.7",
  lldpRemPortDesc: "1.0.8802.1.1.2.1.4.1.1.8",
  lldpRemSysName: "1.0.8802.1.1.2.1.4.1.1.9",
  lldpRemSysDesc: "1.0.8802.1.1.2.1.4.1.1.10",
  lldpRemSysCapSupported: "1.0.8802.1.1.2.1.4.1.1.11",
  lldpRemSysCapEnabled: "1.0.8802.1.1.2.1.4.1.1.12",
  /** As the remote table, then kind of address, its length and bytes. */
  lldpRemManAddrIfSubtype: "1.0.8802.1.1.2.1.4.2.1.3",
  lldpXMedRemDeviceClass: "1.0.8802.1.1.2.1.5.4795.1.3.1.1.3",
  lldpXMedRemFirmwareRev: "1.0.8802.1.1.2.1.5.4795.1.3.3.1.2",
  lldpXMedRemSoftwareRev: "1.0.8802.1.1.2.1.5.4795.1.3.3.1.3",
  lldpXMedRemSerialNum: "1.0.8802.1.1.2.1.5.4795.1.3.3.1.4",
  lldpXMedRemMfgName: "1.0.8802.1.1.2.1.5.4795.1.3.3.1.5",
  lldpXMedRemModelName: "1.0.8802.1.1.2.1.5.4795.1.3.3.1.6",
} as const;
