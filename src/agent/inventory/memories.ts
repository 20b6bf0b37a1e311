/** MEMORIES: SMBIOS types 16 (array), 17 (device) and, of before 2001, 6 (module). */
import type { Row } from "../../inventory/document.ts";
import { type Collector, row } from "./collector.ts";
import { type DmiSource, type DmiTables, meaningful, megabytes, parseDmidecode, readDmi } from "./dmi.ts";

/** JEP106 manufacturer codes of memory, by bank (number of 0x7F continuation bytes + 1) and code with parity bit. */
const jep106: Record<string, string> = {
  "1-04": "Fujitsu",
  "1-07": "Hitachi",
  "1-10": "NEC",
  "1-2C": "Micron",
  "1-89": "Intel",
  "1-98": "Toshiba",
  "1-AD": "Hynix",
  "1-C1": "Infineon",
  "1-CE": "Samsung",
  "1-DA": "Winbond",
  "2-4F": "Transcend",
  "2-94": "Smart Modular",
  "2-98": "Kingston",
  "2-BA": "PNY",
  "3-9E": "Corsair",
  "4-0B": "Nanya",
  "4-25": "KingMax",
  "4-FE": "Elpida",
  "5-CB": "A-DATA",
  "5-CD": "G.Skill",
  "5-EF": "Team Group",
  "6-51": "Qimonda",
  "6-9B": "Crucial",
};

/** A manufacturer's name, also from the code that firmware copied out of the module's SPD. */
export function memoryManufacturer(text: string | undefined): string | undefined {
  const value = meaningful(text);
  if (value === undefined || !/^(?:0x)?[0-9A-F]{4,16}$/i.test(value)) return value;
  const digits = value.replace(/^0x/i, "").toUpperCase();
  // DDR and DDR2: 7F for each bank passed over, then the code. DDR3 and later: bank with parity, then code.
  const continued = /^((?:7F)*)([0-9A-F]{2})0*$/.exec(digits);
  const [bank, code] = continued
    ? [(continued[1] as string).length / 2 + 1, continued[2]]
    : [(Number.parseInt(digits.slice(0, 2), 16) & 0x7f) + 1, digits.slice(2, 4)];
  return jep106[`${bank}-${code}`];
}

/** A part number, also one in hexadecimal digits or padded with dashes. */
function partNumber(text: string | undefined): string | undefined {
  const hex = /^0x((?:[0-9A-F]{2})+)$/i.exec(text ?? "")?.[1];
  const plain = hex === undefined ? text : Buffer.from(hex, "hex").toString("latin1").replaceAll("\0", "");
  return meaningful(plain?.replace(/-+$/, ""));
}

/** OCS has the number alone, whether of MHz or of transfers. */
function megahertz(speed: string | undefined): string | undefined {
  return /^(\d+)\s*(?:MHz|MT\/s)/.exec(speed ?? "")?.[1];
}

function modules(tables: DmiTables): Row[] {
  const corrections = new Map((tables.get(16) ?? []).map((array) => [array.handle, array["Error Correction Type"]]));
  const only = corrections.size === 1 ? [...corrections.values()][0] : undefined;
  return (tables.get(17) ?? []).map((device, index) => {
    const formFactor = device["Form Factor"];
    return row({
      CAPTION: device.Locator,
      DESCRIPTION: formFactor ?? partNumber(device["Part Number"]),
      CAPACITY: megabytes(device.Size),
      TYPE: device.Type,
      SPEED: megahertz(device.Speed),
      NUMSLOTS: index + 1,
      SERIALNUMBER: device["Serial Number"],
      MANUFACTURER: memoryManufacturer(device.Manufacturer),
      MODEL: partNumber(device["Part Number"]),
      ERRORCORRECTIONTYPE: corrections.get(device["Array Handle"] ?? "") ?? only,
    });
  });
}

function oldModules(tables: DmiTables): Row[] {
  return (tables.get(6) ?? []).map((module, index) =>
    row({
      CAPTION: module["Socket Designation"],
      CAPACITY: megabytes(module["Installed Size"]),
      TYPE: module.Type,
      NUMSLOTS: index + 1,
    }),
  );
}

export const memories: Collector<DmiSource> = {
  sections: ["MEMORIES"],
  read: readDmi,
  parse({ dmidecode, missing }) {
    const tables = parseDmidecode(dmidecode ?? "");
    const rows = tables.has(17) ? modules(tables) : oldModules(tables);
    if (missing === undefined) return { sections: { MEMORIES: rows } };
    return { sections: {}, incomplete: [{ section: "MEMORIES", reason: `${missing}: memory modules are missing` }] };
  },
};
