/** What every agent says of itself: SNMPv2-MIB (RFC 3418), SNMP-FRAMEWORK-MIB (RFC 3411), HOST-RESOURCES-MIB. */
export const system = {
  sysDescr: "1.3.6.1.2.1.1.1.0",
  sysObjectID: "1.3.6.1.2.1.1.2.0",
  sysUpTime: "1.3.6.1.2.1.1.3.0",
  sysContact: "1.3.6.1.2.1.1.4.0",
  sysName: "1.3.6.1.2.1.1.5.0",
  sysLocation: "1.3.6.1.2.1.1.6.0",
  sysServices: "1.3.6.1.2.1.1.7.0",
  snmpEngineID: "1.3.6.1.6.3.10.2.1.1.0",
  snmpEngineBoots: "1.3.6.1.6.3.10.2.1.2.0",
  /** Seconds since the engine's last boot: wraps after 68 years, where sysUpTime wraps after 497 days. */
  snmpEngineTime: "1.3.6.1.6.3.10.2.1.3.0",
  hrSystemUptime: "1.3.6.1.2.1.25.1.1.0",
  ipForwarding: "1.3.6.1.2.1.4.1.0",
  /** RMON2-MIB probeConfig (RFC 4502): software and hardware revision as the maker writes them. */
  probeSoftwareRev: "1.3.6.1.2.1.16.19.2.0",
  probeHardwareRev: "1.3.6.1.2.1.16.19.3.0",
  /** LLDP-MIB (IEEE 802.1AB). */
  lldpLocChassisIdSubtype: "1.0.8802.1.1.2.1.3.1.0",
  lldpLocChassisId: "1.0.8802.1.1.2.1.3.2.0",
  /** IEEE8021-PAE-MIB: 1 is enabled. */
  dot1xPaeSystemAuthControl: "1.0.8802.1.1.1.1.1.1.0",
} as const;
