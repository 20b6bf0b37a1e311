/** HP ProCurve and ArubaOS-Switch; Aruba CX. */
import { procurve } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { fans, scalars, supplies, type Vendor, within } from "./vendor.ts";

const sensors = ["", "unknown", "bad", "warning", "good", "notPresent"];
const kinds = { power: "1.3.6.1.4.1.11.2.3.7.8.3.1", fan: "1.3.6.1.4.1.11.2.3.7.8.3.2" } as const;

export const hpProcurve: Vendor = {
  name: "hp-procurve",
  matches: ({ objectId }) => objectId.startsWith("1.3.6.1.4.1.11.2.3.7."),
  objects: [...scalars(procurve.hpHttpMgSerialNumber), procurve.hpicfSensorObjectId, procurve.hpicfSensorStatus],
  system(tables, about) {
    const states = (kind: string) =>
      [...tables.rows(procurve.hpicfSensorObjectId)]
        .filter(([, type]) => type === kind)
        .map(([index]) => sensors[Number(tables.value(procurve.hpicfSensorStatus, index))] ?? "");
    return {
      vendor: "hp",
      os: "hp",
      os_ver: within(about, /\brevision\s+([A-Z]{1,2}\.[\w.]+)/),
      model: within(about, /^(?:HP|ProCurve|HP ProCurve|Aruba)\s+(?:ProCurve\s+)?(?:Switch\s+)?(\w+[\w-]*)/),
      serial: text(tables.value(`${procurve.hpHttpMgSerialNumber}.0`)),
      ...supplies(states(kinds.power)),
      fan: fans(states(kinds.fan)),
    };
  },
};

export const arubaCx: Vendor = {
  name: "aruba-cx",
  matches: ({ enterprise }) => enterprise === 47196,
  system: (_tables, about) => ({
    vendor: "aruba",
    os: "aos-cx",
    os_ver: within(about, /\b([A-Z]{2}\.\d{2}\.\d{2}\.\w+)\s*$/),
  }),
};
