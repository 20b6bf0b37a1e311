/** MikroTik RouterOS. sysDescr may be anything; in ENTITY-MIB serials are those of USB and PCI parts. */
import { entity } from "../../snmp/mib/entity.ts";
import { mikrotik as mib } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { scalars, type Vendor } from "./vendor.ts";

export const mikrotik: Vendor = {
  name: "mikrotik",
  matches: ({ enterprise }) => enterprise === 14988,
  objects: [...scalars(mib.mtxrLicVersion, mib.mtxrSerialNumber, mib.mtxrBoardName), entity.entPhysicalDescr],
  system(tables, about) {
    const described = [...tables.rows(entity.entPhysicalDescr).values()]
      .map(text)
      .find((words) => /RouterOS/.test(words));
    const board = /\bon\s+(.+)$/.exec(described ?? "")?.[1] ?? /^RouterOS\s+(.+)$/.exec(about.description)?.[1] ?? "";
    return {
      vendor: "mikrotik",
      os: "routeros",
      os_ver: text(tables.value(`${mib.mtxrLicVersion}.0`)) || (/RouterOS (\d\S*)/.exec(described ?? "")?.[1] ?? ""),
      model: text(tables.value(`${mib.mtxrBoardName}.0`)) || board,
      serial: text(tables.value(`${mib.mtxrSerialNumber}.0`)),
    };
  },
};
