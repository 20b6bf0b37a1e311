/** D-Link DES, DGS and DXS: hardware and software revision stand in RMON2's probe group. */
import { system } from "../../snmp/mib/system.ts";
import { dlink as mib } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { scalars, type Vendor, within } from "./vendor.ts";

export const dlink: Vendor = {
  name: "dlink",
  matches: ({ enterprise }) => enterprise === 171,
  objects: scalars(mib.agentSerialNumber, system.probeSoftwareRev),
  system: (tables, about) => ({
    vendor: "dlink",
    os_ver: text(tables.value(`${system.probeSoftwareRev}.0`)).replace(/^Build\s+/, ""),
    model: within(about, /\b(D[EGX]S-[\w-]+)/),
    serial: text(tables.value(`${mib.agentSerialNumber}.0`)),
  }),
};
