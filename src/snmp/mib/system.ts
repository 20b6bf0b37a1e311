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
  snmpEngineTime: "1.3.6.1.6.3.10.2.1.3",
  snmpEngineMaxMessageSize: "1.3.6.1.6.3.10.2.1.4",
  hrSystemUptime: "1.3.6.1.2.1.25.1.1",
  hrSystemDate: "1.3.6.1.2.1.25.1.2",
} as const;
