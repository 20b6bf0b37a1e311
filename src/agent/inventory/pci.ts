/** CONTROLLERS, VIDEOS, SOUNDS and MODEMS: the PCI bus in sysfs, named by pci.ids. No program is run. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collected, type Collector, type Reader, row } from "./collector.ts";

export interface PciDevice {
  /** `0000:00:02.0` */
  slot: string;
  /** Six hexadecimal digits: class, subclass, programming interface. */
  class: string;
  vendor: string;
  device: string;
  subsystem: string | undefined;
  revision: string | undefined;
  driver: string | undefined;
  /** Lines of `resource`: start, end and flags of each region. */
  resource: string | undefined;
}

export interface PciSource {
  devices: PciDevice[];
  /** The database of names (pci.ids(5)), empty where none is installed. */
  ids: string;
}

export interface PciNames {
  /** By class and subclass, four digits. */
  classes: Map<string, string>;
  /** By `vendor` and `vendor:device`, four digits each. */
  devices: Map<string, string>;
}

const places = [
  "/usr/share/misc/pci.ids",
  "/usr/share/hwdata/pci.ids",
  "/var/lib/pciutils/pci.ids",
  "/usr/share/pci.ids",
];

/** The names of just these devices: the whole database has 40 000. */
export function parsePciIds(text: string, wanted: readonly Pick<PciDevice, "vendor" | "device" | "class">[]): PciNames {
  const names: PciNames = { classes: new Map(), devices: new Map() };
  const body = `\n${text}`;
  const block = (start: string): string | undefined => {
    const at = body.indexOf(`\n${start}  `);
    if (at === -1) return undefined;
    const end = body.slice(at + 1).search(/\n(?=[^\t#\n])/);
    return end === -1 ? body.slice(at + 1) : body.slice(at + 1, at + 1 + end);
  };
  for (const vendor of new Set(wanted.map((each) => each.vendor))) {
    const lines = block(vendor);
    if (lines === undefined) continue;
    names.devices.set(vendor, lines.slice(6, lines.indexOf("\n") === -1 ? undefined : lines.indexOf("\n")).trim());
    for (const { device } of wanted.filter((each) => each.vendor === vendor)) {
      const name = new RegExp(`^\\t${device} {2}(.*)$`, "m").exec(lines)?.[1];
      if (name !== undefined) names.devices.set(`${vendor}:${device}`, name.trim());
    }
  }
  for (const code of new Set(wanted.map((each) => each.class.slice(0, 4)))) {
    const lines = block(`C ${code.slice(0, 2)}`);
    const name = new RegExp(`^\\t${code.slice(2)} {2}(.*)$`, "m").exec(lines ?? "")?.[1];
    const general = lines?.slice(6, lines.indexOf("\n") === -1 ? undefined : lines.indexOf("\n"));
    const found = name ?? general;
    if (found !== undefined) names.classes.set(code, found.trim());
  }
  return names;
}

/** A graphics card's memory, as far as the bus shows it: its largest prefetchable region, in MB. */
function memory(resource: string | undefined): number | undefined {
  const prefetch = 0x2000;
  const sizes = (resource ?? "")
    .split("\n")
    .slice(0, 6)
    .map((line) => {
      const [start, end, flags] = line.split(" ").map(Number);
      return start && end && flags && (flags & prefetch) !== 0 ? end - start + 1 : 0;
    });
  const most = Math.max(0, ...sizes);
  return most === 0 ? undefined : Math.floor(most / 1024 / 1024);
}

/** lspci's short form when there is but one PCI domain. */
function shortSlot(slot: string): string {
  return slot.replace(/^0000:/, "");
}

export function pciRows({ devices, ids }: PciSource): Collected["sections"] {
  const names = parsePciIds(ids, devices);
  const sections = { CONTROLLERS: [] as Row[], VIDEOS: [] as Row[], SOUNDS: [] as Row[], MODEMS: [] as Row[] };
  for (const each of devices) {
    const code = each.class.slice(0, 4);
    const className = names.classes.get(code);
    const vendor = names.devices.get(each.vendor);
    const product = names.devices.get(`${each.vendor}:${each.device}`);
    const slot = shortSlot(each.slot);
    const id = `${each.vendor}:${each.device}`;
    const text = product ?? `Device ${each.device}`;
    sections.CONTROLLERS.push(
      row({
        NAME: text,
        MANUFACTURER: vendor ?? each.vendor,
        CAPTION: text,
        TYPE: className,
        DRIVER: each.driver,
        PCICLASS: code,
        PCIID: id,
        PCISUBSYSTEMID: each.subsystem,
        PCISLOT: slot,
        REV: each.revision,
      }),
    );
    const described = vendor === undefined ? text : `${vendor} ${text}`;
    if (code.startsWith("03"))
      sections.VIDEOS.push(
        row({ NAME: described, CHIPSET: className, MEMORY: memory(each.resource), PCIID: id, PCISLOT: slot }),
      );
    // Multimedia audio controller, and audio device (HD Audio).
    else if (code === "0401" || code === "0403")
      sections.SOUNDS.push(row({ NAME: text, MANUFACTURER: vendor, DESCRIPTION: className }));
    else if (code === "0703") sections.MODEMS.push(row({ NAME: text, MANUFACTURER: vendor, DESCRIPTION: className }));
  }
  return sections;
}

async function readDevice(reader: Reader, slot: string): Promise<PciDevice> {
  const at = `/sys/bus/pci/devices/${slot}`;
  const names = ["class", "vendor", "device", "subsystem_vendor", "subsystem_device", "revision"];
  const read = Promise.all(names.map((name) => attribute(reader, `${at}/${name}`)));
  const [values, driver] = await Promise.all([read, reader.link(`${at}/driver`)]);
  const [code = "", vendor = "", device = "", subVendor, subDevice, revision] = values.map((text) =>
    text?.replace(/^0x/, ""),
  );
  const subsystem = subVendor === undefined || subVendor === "0000" ? undefined : `${subVendor}:${subDevice}`;
  const resource = code.startsWith("03") ? await attribute(reader, `${at}/resource`) : undefined;
  const known = revision === "00" ? undefined : revision;
  return { slot, class: code, vendor, device, subsystem, revision: known, driver: driver?.split("/").at(-1), resource };
}

export const pci: Collector<PciSource> = {
  sections: ["CONTROLLERS", "VIDEOS", "SOUNDS", "MODEMS"],
  async read(reader) {
    const devices = await Promise.all(
      (await reader.list("/sys/bus/pci/devices")).map((slot) => readDevice(reader, slot)),
    );
    let ids: string | undefined;
    if (devices.length > 0) for (const place of places) ids ??= await attribute(reader, place);
    return { devices, ids: ids ?? "" };
  },
  parse: (source) => ({ sections: pciRows(source) }),
};
