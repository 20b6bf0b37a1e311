/** Where makers keep what the standards have no place for: serial, model, version, power supplies, fans. */

/** CISCO-STACKWISE-MIB, CISCO-ENVMON-MIB, CISCO-ENTITY-FRU-CONTROL-MIB, OLD-CISCO-CHASSIS-MIB, CISCO-VTP-MIB. */
export const cisco = {
  chassisId: "1.3.6.1.4.1.9.3.6.3",
  chassisSlots: "1.3.6.1.4.1.9.3.6.12",
  ciscoEnvMonFanState: "1.3.6.1.4.1.9.9.13.1.4.1.3",
  ciscoEnvMonSupplyState: "1.3.6.1.4.1.9.9.13.1.5.1.3",
  ciscoEnvMonSupplySource: "1.3.6.1.4.1.9.9.13.1.5.1.4",
  /** By entPhysicalIndex. */
  cefcFRUPowerOperStatus: "1.3.6.1.4.1.9.9.117.1.1.2.1.2",
  cefcFanTrayOperStatus: "1.3.6.1.4.1.9.9.117.1.4.1.1.1",
  /** By entPhysicalIndex of a stack's chassis: 1 is the master. */
  cswSwitchRole: "1.3.6.1.4.1.9.9.500.1.2.1.1.3",
  /** By number of the management domain. */
  managementDomainName: "1.3.6.1.4.1.9.9.46.1.2.1.1.2",
  managementDomainLocalMode: "1.3.6.1.4.1.9.9.46.1.2.1.1.3",
} as const;

/** HP-httpManageable-MIB and HP-ICF-CHASSIS. */
export const procurve = {
  hpHttpMgSerialNumber: "1.3.6.1.4.1.11.2.36.1.1.2.9",
  hpicfSensorObjectId: "1.3.6.1.4.1.11.2.14.11.1.2.6.1.2",
  hpicfSensorStatus: "1.3.6.1.4.1.11.2.14.11.1.2.6.1.4",
} as const;

/** JUNIPER-MIB. Rows by container and three levels. */
export const juniper = {
  jnxBoxDescr: "1.3.6.1.4.1.2636.3.1.2",
  jnxBoxSerialNo: "1.3.6.1.4.1.2636.3.1.3",
  jnxContainersView: "1.3.6.1.4.1.2636.3.1.6.1.2",
  jnxContainersLevel: "1.3.6.1.4.1.2636.3.1.6.1.3",
  jnxContainersWithin: "1.3.6.1.4.1.2636.3.1.6.1.4",
  jnxContainersType: "1.3.6.1.4.1.2636.3.1.6.1.5",
  jnxContainersDescr: "1.3.6.1.4.1.2636.3.1.6.1.6",
  jnxContentsType: "1.3.6.1.4.1.2636.3.1.8.1.5",
  jnxContentsDescr: "1.3.6.1.4.1.2636.3.1.8.1.6",
  jnxContentsSerialNo: "1.3.6.1.4.1.2636.3.1.8.1.7",
  jnxContentsRevision: "1.3.6.1.4.1.2636.3.1.8.1.8",
  jnxContentsPartNo: "1.3.6.1.4.1.2636.3.1.8.1.10",
  jnxOperatingDescr: "1.3.6.1.4.1.2636.3.1.13.1.5",
  jnxOperatingState: "1.3.6.1.4.1.2636.3.1.13.1.6",
  /** JUNIPER-VIRTUALCHASSIS-MIB, by member: role 1 is the master. */
  jnxVirtualChassisMemberSerialnumber: "1.3.6.1.4.1.2636.3.40.1.4.1.1.1.2",
  jnxVirtualChassisMemberRole: "1.3.6.1.4.1.2636.3.40.1.4.1.1.1.3",
} as const;

/** HH3C-LSW-DEV-ADM-MIB. */
export const comware = {
  hh3cDevMFanStatus: "1.3.6.1.4.1.25506.8.35.9.1.1.1.2",
  hh3cDevMPowerStatus: "1.3.6.1.4.1.25506.8.35.9.1.2.1.2",
} as const;

/** HUAWEI-ENTITY-EXTENT-MIB, HUAWEI-SYS-MAN-MIB. */
export const huawei = {
  hwEntitySystemModel: "1.3.6.1.4.1.2011.5.25.31.6.5",
  /** By slot and fan: is it there (1), does it run well (1). */
  hwEntityFanPresent: "1.3.6.1.4.1.2011.5.25.31.1.1.10.1.6",
  hwEntityFanState: "1.3.6.1.4.1.2011.5.25.31.1.1.10.1.7",
  hwSysImageVersion: "1.3.6.1.4.1.2011.5.25.19.1.4.2.1.5",
  hwPatchVersion: "1.3.6.1.4.1.2011.5.25.19.1.8.5.1.1.4",
} as const;

/** FOUNDRY-SN-AGENT-MIB. */
export const foundry = {
  snChasSerNum: "1.3.6.1.4.1.1991.1.1.1.1.2",
  snChasPwrSupplyDescription: "1.3.6.1.4.1.1991.1.1.1.2.1.1.2",
  snChasPwrSupplyOperStatus: "1.3.6.1.4.1.1991.1.1.1.2.1.1.3",
  snChasFanOperStatus: "1.3.6.1.4.1.1991.1.1.1.3.1.1.3",
  snAgImgVer: "1.3.6.1.4.1.1991.1.1.2.1.11",
  /** By number of the module. */
  snAgentBrdMainBrdDescription: "1.3.6.1.4.1.1991.1.1.2.2.1.1.2",
  snAgentConfigModuleDescription: "1.3.6.1.4.1.1991.1.1.2.8.1.1.4",
  snAgentConfigModuleOperStatus: "1.3.6.1.4.1.1991.1.1.2.8.1.1.5",
  snAgentConfigModuleSerialNumber: "1.3.6.1.4.1.1991.1.1.2.8.1.1.6",
} as const;

/** MIKROTIK-MIB. */
export const mikrotik = {
  mtxrLicVersion: "1.3.6.1.4.1.14988.1.1.4.4",
  mtxrSerialNumber: "1.3.6.1.4.1.14988.1.1.7.3",
  mtxrFirmwareVersion: "1.3.6.1.4.1.14988.1.1.7.4",
  mtxrBoardName: "1.3.6.1.4.1.14988.1.1.7.9",
} as const;

/** CHECKPOINT-MIB. */
export const checkpoint = {
  svnVersion: "1.3.6.1.4.1.2620.1.6.4.1",
  osName: "1.3.6.1.4.1.2620.1.6.5.1",
  svnApplianceSerialNumber: "1.3.6.1.4.1.2620.1.6.16.3",
  svnApplianceProductName: "1.3.6.1.4.1.2620.1.6.16.7",
} as const;

/** AT-SETUP-MIB, AT-SYSINFO-MIB (AlliedWare Plus). */
export const allied = {
  currSoftVersion: "1.3.6.1.4.1.207.8.4.4.4.500.2.1.1",
  /** By stack member and board. */
  rscBoardName: "1.3.6.1.4.1.207.8.4.4.3.21.1.1.4",
  rscBoardSerialNumber: "1.3.6.1.4.1.207.8.4.4.3.21.1.1.8",
} as const;

/** AGENT-GENERAL-MIB of D-Link. */
export const dlink = { agentSerialNumber: "1.3.6.1.4.1.171.12.1.1.12" } as const;

/** Others, of whom no recording tells: FORTINET-CORE-MIB, PAN-COMMON-MIB. */
export const others = {
  fnSysSerial: "1.3.6.1.4.1.12356.100.1.1.1",
  fgSysVersion: "1.3.6.1.4.1.12356.101.4.1.1",
  panSysSwVersion: "1.3.6.1.4.1.25461.2.1.2.1.1",
  panSysSerialNumber: "1.3.6.1.4.1.25461.2.1.2.1.3",
} as const;
