/** BATTERIES: the kernel's power supplies; where it knows none, SMBIOS type 22. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collector, type Reader, row } from "./collector.ts";
import { type DmiSource, meaningful, parseDmidecode, readDmi, type Structure } from "./dmi.ts";
import { manufacturer } from "./manufacturer.ts";

export interface BatterySource {
  /** Attributes of each /sys/class/power_supply/BAT…, of the system's own batteries. */
  supplies: Record<string, string>[];
  dmi: DmiSource;
}

const files = [
  "type",
  "scope",
  "manufacturer",
  "model_name",
  "serial_number",
  "technology",
  "energy_full_design",
  "energy_full",
  "charge_full_design",
  "charge_full",
  "voltage_min_design",
] as const;

/** Capacities in mWh, voltages in mV, as firmware gives them. */
function batteryRow(fields: {
  name: string | undefined;
  maker: string | undefined;
  serial: string | undefined;
  chemistry: string | undefined;
  date?: string | undefined;
  location?: string | undefined;
  design: number | undefined;
  full?: number | undefined;
  voltage: number | undefined;
}): Row {
  return row({
    LOCATION: fields.location,
    MANUFACTURER: manufacturer(fields.maker),
    MANUFACTUREDATE: fields.date,
    SERIALNUMBER: fields.serial,
    NAME: fields.name,
    CHEMISTRY: fields.chemistry,
    DESIGNCAPACITY: fields.design === undefined ? undefined : `${fields.design} mWh`,
    DESIGNVOLTAGE: fields.voltage === undefined ? undefined : `${fields.voltage} mV`,
    CAPACITY: fields.design === undefined ? undefined : String(fields.design),
    REAL_CAPACITY: fields.full === undefined ? undefined : String(fields.full),
    VOLTAGE: fields.voltage === undefined ? undefined : String(fields.voltage),
  });
}

function fromKernel(supply: Record<string, string>): Row {
  const millis = (name: string) => (supply[name] === undefined ? undefined : Math.round(Number(supply[name]) / 1000));
  const voltage = millis("voltage_min_design");
  // Some count charge: mAh times volts.
  const energy = (name: "full" | "full_design") => {
    const charge = millis(`charge_${name}`);
    const product = charge === undefined || voltage === undefined ? undefined : Math.round((charge * voltage) / 1000);
    return millis(`energy_${name}`) ?? product;
  };
  return batteryRow({
    name: meaningful(supply.model_name),
    maker: meaningful(supply.manufacturer),
    serial: meaningful(supply.serial_number),
    chemistry: meaningful(supply.technology),
    design: energy("full_design"),
    full: energy("full"),
    voltage,
  });
}

/** `YYYY/MM/DD` of the forms that firmware uses: 2006-03-11, 03/11/2006 (month first), 11/03/2006 where that cannot be. */
export function parseBatteryDate(text: string | undefined): string | undefined {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text ?? "");
  const us = /^(\d{1,2})[-/](\d{1,2})[-/](\d{4})$/.exec(text ?? "");
  const two = (part: string | undefined) => (part ?? "").padStart(2, "0");
  if (iso) return `${iso[1]}/${two(iso[2])}/${two(iso[3])}`;
  if (!us) return undefined;
  const [month, day] = Number(us[1]) > 12 ? [us[2], us[1]] : [us[1], us[2]];
  return `${us[3]}/${two(month)}/${two(day)}`;
}

export function dmiBattery(battery: Structure): Row {
  const number = (text: string | undefined) =>
    /^\d+ m/.test(text ?? "") ? Number.parseInt(text ?? "", 10) : undefined;
  // Smart batteries number themselves in 16 bits: dmidecode prints them in hexadecimal, everybody else in decimal.
  const sbds = battery["SBDS Serial Number"];
  const serial =
    battery["Serial Number"] ?? (/^[0-9A-F]{4}$/i.test(sbds ?? "") ? String(Number.parseInt(sbds ?? "", 16)) : sbds);
  return batteryRow({
    name: battery.Name,
    maker: battery.Manufacturer,
    serial,
    chemistry: battery.Chemistry ?? battery["SBDS Chemistry"],
    date: parseBatteryDate(battery["Manufacture Date"] ?? battery["SBDS Manufacture Date"]),
    location: battery.Location,
    design: number(battery["Design Capacity"]),
    voltage: number(battery["Design Voltage"]),
  });
}

async function readSupply(reader: Reader, name: string): Promise<Record<string, string>> {
  const supply: Record<string, string> = {};
  for (const file of files) {
    const value = await attribute(reader, `/sys/class/power_supply/${name}/${file}`);
    if (value !== undefined) supply[file] = value;
  }
  return supply;
}

export const batteries: Collector<BatterySource> = {
  sections: ["BATTERIES"],
  async read(reader) {
    const names = await reader.list("/sys/class/power_supply");
    const all = await Promise.all(names.map((name) => readSupply(reader, name)));
    // A mouse's battery has the scope "Device".
    const supplies = all.filter((supply) => supply.type === "Battery" && supply.scope !== "Device");
    return { supplies, dmi: await readDmi(reader) };
  },
  parse({ supplies, dmi }) {
    const firmware = parseDmidecode(dmi.dmidecode ?? "").get(22) ?? [];
    return { sections: { BATTERIES: supplies.length > 0 ? supplies.map(fromKernel) : firmware.map(dmiBattery) } };
  },
};
