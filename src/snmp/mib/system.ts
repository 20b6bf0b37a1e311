/** What every agent says of itself: SNMPv2-MIB (RFC 3418), SNMP-FRAMEWORK-MIB (RFC 3411), HOST-RESOURCES-MIB (RFC 2790). */

export const system = {
  sysDescr: "1.3.6.1.2.1.1.1",
  sysObjectID: "1.3.6.1.2.1.1.2",
  sysUpTime: "1.3.6.1.2.1.1.3",
  sysContact: "1.3.6.1.2.1.1.4",
  sysName: "1.3.6.1.2.1.1.5",
  sysLocation: "1.3.6.1.2.1.1.6",
  sysServices: "1.3.6.1.2.1.1.7",
  sysORLastChange: "1.3.6.1.2.1.1.8",
  sysORIndex: "1.3.6.1.2.1.1.9.1.1",
  sysORID: "1.3.6.1.2.1.1.9.1.2",
  sysORDescr: "1.3.6.1.2.1.1.9.1.3",
  sysORUpTime: "1.3.6.1.2.1.1.9.1.4",
  snmpEngineID: "1.3.6.1.6.3.10.2.1.1",
  snmpEngineBoots: "1.3.6.1.6.3.10.2.1.2",
  /** Seconds since the engine's last boot: wraps after 68 years, where sysUpTime wraps after 497 days. */
  snmpEngineTime: "1.3.6.1.6.3.10.2.1.3",
  snmpEngineMaxMessageSize: "1.3.6.1.6.3.10.2.1.4",
  hrSystemUptime: "1.3.6.1.2.1.25.1.1",
  /** IP-MIB: 1 is a router. */
  ipForwarding: "1.3.6.1.2.1.4.1",
  /** RMON2-MIB probeConfig (RFC 4502): revisions as the maker writes them. */
  probeSoftwareRev: "1.3.6.1.2.1.16.19.2",
  probeHardwareRev: "1.3.6.1.2.1.16.19.3",
} as const;
