/** ENTITY-MIB (RFC 6933): what a device is built of, by entPhysicalIndex. */
export const entity = {
  entPhysicalDescr: "1.3.6.1.2.1.47.1.1.1.1.2",
  entPhysicalVendorType: "1.3.6.1.2.1.47.1.1.1.1.3",
  entPhysicalContainedIn: "1.3.6.1.2.1.47.1.1.1.1.4",
  entPhysicalClass: "1.3.6.1.2.1.47.1.1.1.1.5",
  entPhysicalParentRelPos: "1.3.6.1.2.1.47.1.1.1.1.6",
  entPhysicalName: "1.3.6.1.2.1.47.1.1.1.1.7",
  entPhysicalHardwareRev: "1.3.6.1.2.1.47.1.1.1.1.8",
  entPhysicalFirmwareRev: "1.3.6.1.2.1.47.1.1.1.1.9",
  entPhysicalSoftwareRev: "1.3.6.1.2.1.47.1.1.1.1.10",
  entPhysicalSerialNum: "1.3.6.1.2.1.47.1.1.1.1.11",
  entPhysicalMfgName: "1.3.6.1.2.1.47.1.1.1.1.12",
  entPhysicalModelName: "1.3.6.1.2.1.47.1.1.1.1.13",
  entPhysicalIsFRU: "1.3.6.1.2.1.47.1.1.1.1.16",
  /** By entPhysicalIndex and logical entity; the value ends in an ifIndex. */
  entAliasMappingIdentifier: "1.3.6.1.2.1.47.1.3.2.1.2",
} as const;
