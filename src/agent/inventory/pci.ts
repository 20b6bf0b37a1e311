/** CONTROLLERS, VIDEOS, SOUNDS and MODEMS: the PCI bus in sysfs, named by pci.ids. No program is run. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collected, type Collector, type Reader, row } from "./collector.ts";
import { idLookup, readIds } from "./ids.ts";

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

/** A graphics card's memory as the bus shows it: its prefetchable regions, in MB. */
function memory(resource: string | undefined): number | undefined {
  const prefetchable = 0x2000;
  let bytes = 0;
  for (const line of (resource ?? "").split("\n").slice(0, 6)) {
    const [start = 0, end = 0, flags = 0] = line.split(" ").map(Number);
    if (end > start && (flags & prefetchable) !== 0) bytes += end - start + 1;
  }
  return bytes === 0 ? undefined : Math.floor(bytes / 1024 / 1024);
}

/** lspci's short form when there is but one PCI domain. */
function shortSlot(slot: string): string {
  return slot.replace(/^0000:/, "");
}

/** "TU106 [GeForce RTX 2060 SUPER]": the chip, and what the card is sold as. */
function chipAndCard(text: string): { chip: string; card: string } {
  const [, chip, card] = /^(.*\S)\s*\[([^\]]+)\]$/.exec(text) ?? [];
  return { chip: chip ?? text, card: card ?? text };
}

export function pciRows({ devices, ids }: PciSource): Collected["sections"] {
  const names = idLookup(ids);
  const sections = { CONTROLLERS: [] as Row[], VIDEOS: [] as Row[], SOUNDS: [] as Row[], MODEMS: [] as Row[] };
  for (const each of devices) {
    const code = each.class.slice(0, 4);
    const className = names.class(code.slice(0, 2), code.slice(2));
    const vendor = names.vendor(each.vendor) ?? each.vendor;
    const product = names.device(each.vendor, each.device) ?? `Device ${each.device}`;
    const slot = shortSlot(each.slot);
    const id = `${each.vendor}:${each.device}`;
    const revision = each.revision === undefined ? undefined : `rev ${each.revision}`;
    sections.CONTROLLERS.push(
      row({
        NAME: product,
        MANUFACTURER: vendor,
        CAPTION: product,
        TYPE: className,
        DRIVER: each.driver,
        PCICLASS: code,
        PCIID: id,
        PCISUBSYSTEMID: each.subsystem,
        PCISLOT: slot,
        REV: each.revision,
      }),
    );
    const { chip, card } = chipAndCard(product);
    if (code.startsWith("03"))
      sections.VIDEOS.push(
        row({
          // The card's maker, who is seldom the chip's.
          NAME: `${names.vendor(each.subsystem?.split(":")[0] ?? "") ?? vendor} ${card}`,
          CHIPSET: `${vendor} ${chip}`,
          MEMORY: memory(each.resource),
          PCIID: id,
          PCISLOT: slot,
        }),
      );
    // Multimedia audio controller, audio device (HD Audio), and modem.
    else if (code === "0401" || code === "0403")
      sections.SOUNDS.push(row({ NAME: className, MANUFACTURER: `${vendor} ${product}`, DESCRIPTION: revision }));
    else if (code === "0703")
      sections.MODEMS.push(row({ NAME: className, MANUFACTURER: `${vendor} ${product}`, DESCRIPTION: revision }));
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
    return { devices, ids: devices.length === 0 ? "" : await readIds(reader, "pci.ids") };
  },
  parse: (source) => ({ sections: pciRows(source) }),
};
