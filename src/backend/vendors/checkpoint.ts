/** Check Point Gaia and SecurePlatform: a Linux that sysDescr tells of, and appliance objects of its own. */
import { checkpoint as mib } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { scalars, type Vendor } from "./vendor.ts";

export const checkpoint: Vendor = {
  name: "checkpoint",
  matches: ({ enterprise }) => enterprise === 2620,
  objects: scalars(mib.svnVersion, mib.osName, mib.svnApplianceSerialNumber, mib.svnApplianceProductName),
  system(tables) {
    const os_ver = text(tables.value(`${mib.svnVersion}.0`));
    const name = text(tables.value(`${mib.osName}.0`)).toLowerCase();
    return {
      vendor: "checkpoint",
      os: name || (/^R[89]\d/.test(os_ver) ? "gaia" : "checkpoint"),
      os_ver,
      model: text(tables.value(`${mib.svnApplianceProductName}.0`)),
      serial: text(tables.value(`${mib.svnApplianceSerialNumber}.0`)),
    };
  },
};
