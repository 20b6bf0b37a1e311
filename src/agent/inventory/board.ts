/** What is built around the board: SLOTS (SMBIOS type 9), PORTS (8), POWERSUPPLIES (39). */
import type { SectionName } from "../../inventory/document.ts";
import { type Collected, type Collector, row } from "./collector.ts";
import { type DmiSource, type DmiTables, parseDmidecode, readDmi } from "./dmi.ts";
import { manufacturer } from "./manufacturer.ts";

export function parseBoard(tables: DmiTables): Collected["sections"] {
  const usage: Record<string, string> = { "In Use": "used", Available: "free" };
  return {
    SLOTS: (tables.get(9) ?? []).map((slot) =>
      row({
        NAME: slot.Designation,
        DESIGNATION: slot.ID,
        DESCRIPTION: slot.Type,
        STATUS: usage[slot["Current Usage"] ?? ""],
      }),
    ),
    PORTS: (tables.get(8) ?? []).map((port) =>
      row({
        TYPE: port["Port Type"],
        NAME: port["Internal Reference Designator"] ?? port["External Reference Designator"],
        CAPTION: port["External Reference Designator"] ?? port["External Connector Type"],
        DESCRIPTION: port["Internal Connector Type"] ?? port["External Connector Type"],
      }),
    ),
    // A desktop's board lists a supply it knows nothing of.
    POWERSUPPLIES: (tables.get(39) ?? [])
      .filter((supply) => supply.Name ?? supply["Serial Number"] ?? supply["Model Part Number"])
      .map((supply) =>
        row({
          NAME: supply.Name,
          MANUFACTURER: manufacturer(supply.Manufacturer),
          SERIALNUMBER: supply["Serial Number"],
          PARTNUM: supply["Model Part Number"],
          LOCATION: supply.Location,
          POWER_MAX: /^(\d+) W/.exec(supply["Max Power Capacity"] ?? "")?.[1],
          STATUS: supply.Status,
          PLUGGED: supply.Plugged,
          HOTREPLACEABLE: supply["Hot Replaceable"],
        }),
      ),
  };
}

const names: [SectionName, string][] = [
  ["SLOTS", "expansion slots"],
  ["PORTS", "ports"],
  ["POWERSUPPLIES", "power supplies"],
];

export const board: Collector<DmiSource> = {
  sections: ["SLOTS", "PORTS", "POWERSUPPLIES"],
  read: readDmi,
  parse({ dmidecode, missing }) {
    if (missing === undefined) return { sections: parseBoard(parseDmidecode(dmidecode ?? "")) };
    return {
      sections: {},
      incomplete: names.map(([section, what]) => ({ section, reason: `${missing}: ${what} are missing` })),
    };
  },
};
