/** BIOS, and HARDWARE's identity of the machine: SMBIOS types 0 to 3, or what the kernel shows of them. */
import type { Collected, Collector } from "./collector.ts";
import { row } from "./collector.ts";
import { type DmiSource, meaningful, parseDmidecode, readDmi, type Structure } from "./dmi.ts";

/** Chassis types by number, as the kernel gives them (DSP0134 table 17). */
const chassisTypes: Record<string, string> = {
  1: "Other",
  3: "Desktop",
  4: "Low Profile Desktop",
  5: "Pizza Box",
  6: "Mini Tower",
  7: "Tower",
  8: "Portable",
  9: "Laptop",
  10: "Notebook",
  11: "Hand Held",
  12: "Docking Station",
  13: "All In One",
  14: "Sub Notebook",
  15: "Space-saving",
  16: "Lunch Box",
  17: "Main Server Chassis",
  18: "Expansion Chassis",
  19: "Sub Chassis",
  20: "Bus Expansion Chassis",
  21: "Peripheral Chassis",
  22: "RAID Chassis",
  23: "Rack Mount Chassis",
  24: "Sealed-case PC",
  25: "Multi-system",
  26: "CompactPCI",
  27: "AdvancedTCA",
  28: "Blade",
  29: "Blade Enclosing",
  30: "Tablet",
  31: "Convertible",
  32: "Detachable",
  33: "IoT Gateway",
  34: "Embedded PC",
  35: "Mini PC",
  36: "Stick PC",
};

function fromDmidecode(text: string): Collected {
  const tables = parseDmidecode(text);
  const first = (type: number): Partial<Structure> => tables.get(type)?.[0] ?? {};
  const [bios, system, chassis] = [first(0), first(1), first(3)];
  // Blades and multi-node servers list several boards; the one the machine boots from says so.
  const boards = tables.get(2) ?? [];
  const board: Partial<Structure> = boards.find((each) => each.Type === "Motherboard") ?? boards[0] ?? {};
  return {
    sections: {
      BIOS: [
        row({
          SMANUFACTURER: system.Manufacturer ?? system.Vendor,
          SMODEL: system["Product Name"] ?? system.Product,
          // Some put it on the chassis alone.
          SSN: system["Serial Number"] ?? chassis["Serial Number"],
          TYPE: chassis.Type,
          BMANUFACTURER: bios.Vendor,
          BVERSION: bios.Version,
          BDATE: bios["Release Date"],
          ASSETTAG: chassis["Asset Tag"] ?? board["Asset Tag"],
          MMANUFACTURER: board.Manufacturer,
          MMODEL: board["Product Name"],
          MSN: board["Serial Number"],
          SKUNUMBER: system["SKU Number"],
          ENCLOSURESERIAL: chassis["Serial Number"],
        }),
      ],
      HARDWARE: [row({ UUID: system.UUID, CHASSIS_TYPE: chassis.Type })],
    },
  };
}

function fromKernel(id: Record<string, string>): Collected {
  const get = (name: string) => meaningful(id[name]);
  const type = chassisTypes[id.chassis_type ?? ""];
  return {
    sections: {
      BIOS: [
        row({
          SMANUFACTURER: get("sys_vendor"),
          SMODEL: get("product_name"),
          SSN: get("product_serial"),
          TYPE: type,
          BMANUFACTURER: get("bios_vendor"),
          BVERSION: get("bios_version"),
          BDATE: get("bios_date"),
          ASSETTAG: get("chassis_asset_tag") ?? get("board_asset_tag"),
          MMANUFACTURER: get("board_vendor"),
          MMODEL: get("board_name"),
          MSN: get("board_serial"),
          SKUNUMBER: get("product_sku"),
          ENCLOSURESERIAL: get("chassis_serial"),
        }),
      ],
      HARDWARE: [row({ UUID: get("product_uuid")?.toUpperCase(), CHASSIS_TYPE: type })],
    },
  };
}

export const bios: Collector<DmiSource> = {
  sections: ["BIOS", "HARDWARE"],
  read: readDmi,
  parse(source) {
    if (source.dmidecode !== undefined) return fromDmidecode(source.dmidecode);
    const found = fromKernel(source.id);
    // As root the kernel's files say it all; for others the serial numbers and the UUID are closed.
    if (source.missing !== undefined && source.id.product_uuid === undefined)
      found.incomplete = [{ section: "BIOS", reason: `${source.missing}: serial numbers and UUID are missing` }];
    return found;
  },
};
