/** Names of entPhysicalVendorType, by the makers' MIBs, for the parts that recordings hold; others stay OIDs. */
import type { Oid } from "../../snmp/value.ts";

const trees: readonly (readonly [root: Oid, names: Readonly<Record<string, string>>])[] = [
  [
    // CISCO-ENTITY-VENDORTYPE-OID-MIB
    "1.3.6.1.4.1.9.12.3.1",
    {
      "3.471": "cevChassisCat3560G48TS",
      "3.1084": "cevChassisN5kC5548UP",
      "5.115": "cevContainerSFP",
      "5.122": "cevContainerSupFabricSlot",
      "5.123": "cevContainerLineCardSlot",
      "5.206": "cevContainerNexusLogicalFabric",
      "5.226": "cevContainerN5KC5548FanBay",
      "5.227": "cevContainerN5kC5548PowerSupplyBay",
      "6.157": "cevPowerSupplyCat3750AC210W12V",
      "6.291": "cevPowerSupplyN55Pac750W",
      "7.80": "cevFanCat3750CFM35",
      "7.107": "cevFanPowerSupplyFan",
      "7.135": "cevFanN5548PFan",
      "8.31": "cevSensorModuleDeviceTemp",
      "8.35": "cevSensorModuleOutletTemp",
      "9.56.6": "cevModuleCat3560G48TS",
      "9.72.19": "cevN5kC5548UPFixedModule",
      "9.72.21": "cevN5KN55D160L3V2",
      "10.150": "cevPortBaseTEther",
      "10.168": "cevPortGigBaseLX",
      "10.169": "cevPortGigBaseSX",
      "10.304": "cevPort10GigSFPPlus",
    },
  ],
  [
    // HP-ICF-OID
    "1.3.6.1.4.1.11.2.3.7",
    { "8.3.1": "icfPowerSupplySensor", "8.6.4": "hpSwitchBackplane", "11.107": "hpSwitch516733-B21" },
  ],
  [
    // HH3C-ENTITY-VENDORTYPE-OID-MIB
    "1.3.6.1.4.1.25506",
    {
      "11.1.87": "hp10508",
      "3.1.5": "hh3cevtContainer",
      "3.1.6.2": "hh3cevtPowerSupplyAC",
      "3.1.7.1": "hh3cevtHotSwapFan",
      "3.1.8.1": "hh3cevtSensorTemperature",
      "3.1.9.4.673": "hh3cevtModuleSw-LUS1SUPA0",
      "3.1.9.4.680": "hh3cevtModuleSw-LSU1GT48EA0",
      "3.1.10.4.7": "hh3cevtPortSw-100M100BaseTx",
      "3.1.10.4.43": "hh3cevtPortSw-1000BASE-T",
      "3.1.10.4.44": "hh3cevtPortSw-1000BASE-SX-SFP",
      "3.1.10.4.45": "hh3cevtPortSw-1000BASE-LX-SFP",
      "3.1.10.4.57": "hh3cevtPortSw-SFP-NO-CONNECTOR",
    },
  ],
];

export const entityTypes: ReadonlyMap<Oid, string> = new Map(
  trees.flatMap(([root, names]) => Object.entries(names).map(([tail, name]) => [`${root}.${tail}`, name])),
);
