/** Names of jnxProductName and jnxChassisDefines nodes that Junos devices give as types (JUNIPER-CHASSIS-DEFINES-MIB). */
const root = "1.3.6.1.4.1.2636.1.1";

export const jnxTypes: ReadonlyMap<string, string> = new Map(
  [
    ["2.1.21.0", "jnxChassisMX960"],
    ["2.2.21.1.0", "jnxMX960SlotFPC"],
    ["2.2.21.2.0", "jnxMX960SlotHM"],
    ["2.2.21.3.0", "jnxMX960SlotPower"],
    ["2.2.21.4.0", "jnxMX960SlotFan"],
    ["2.2.21.5.0", "jnxMX960SlotCB"],
    ["2.2.21.6.0", "jnxMX960SlotFPB"],
    ["2.3.21.1.0", "jnxMX960MediaCardSpacePIC"],
    ["2.3.21.2.0", "jnxMX960MediaCardSpaceMIC"],
    ["3.1.21", "jnxMidplaneMX960"],
    ["3.2.12.1", "jnxFPC"],
    ["3.2.12.2", "jnxCBD"],
    ["3.2.12.3", "jnxHM"],
    ["3.2.12.4", "jnxPower"],
    ["3.2.12.5", "jnxFan"],
    ["3.2.12.6", "jnxFPB"],
    ["3.3.12.1.180", "jnxPicMIC20XGESFP"],
    ["3.3.12.1.183", "jnxPicMIC4X10GEXFP"],
    ["3.3.12.1.185", "jnxPicMICH10XGESFP"],
    ["3.3.12.1.188", "jnxPicMICH2X10GEXFP"],
  ].map(([tail, name]) => [`${root}.${tail}`, name ?? ""]),
);
