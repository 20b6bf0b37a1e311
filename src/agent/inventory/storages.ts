/** STORAGES: disks and drives of /sys/block, with what udev knows of them. No program is run. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collector, type Reader, row } from "./collector.ts";
import { manufacturer, manufacturerOfModel } from "./manufacturer.ts";
import { parseUdev, readUdevBlock, unescapeUdev } from "./udev.ts";

export interface BlockDevice {
  name: string;
  /** Attributes below /sys/block/NAME. */
  attributes: Record<string, string>;
  /** Where the kernel sees it. */
  path: string | undefined;
  udev: string | undefined;
}

/** Devices that are made of others, of files or of memory. */
const madeUp = /^(?:loop|ram|zram|dm-|md|nbd|drbd|bcache|zd|fd)\d*/;

const files = {
  size: "size",
  dev: "dev",
  removable: "removable",
  serial: "serial",
  hidden: "hidden",
  model: "device/model",
  vendor: "device/vendor",
  revision: "device/rev",
  firmware: "device/firmware_rev",
  deviceSerial: "device/serial",
  type: "device/type",
  wwid: "wwid",
  oemid: "device/oemid",
  mmcName: "device/name",
  rotational: "queue/rotational",
} as const;

function busOf(name: string, path: string | undefined, udevBus: string | undefined): string | undefined {
  if (udevBus !== undefined) return udevBus;
  if (/^nvme/.test(name)) return "nvme";
  if (/^vd|^xvd/.test(name) || path?.includes("/virtio")) return "virtio";
  if (/^mmcblk/.test(name)) return "mmc";
  if (path?.includes("/usb")) return "usb";
  if (/\/ata\d+\//.test(path ?? "")) return "ata";
  return path?.includes("/host") ? "scsi" : undefined;
}

/** SCSI device types (SPC-4 table 138) that store something, and what they are called in OCS. */
const scsiTypes: Record<string, string> = { "0": "disk", "1": "tape", "5": "cd", "7": "disk", "14": "disk" };

export function storageRow(device: BlockDevice): Row {
  const { name, attributes, path } = device;
  const udev = parseUdev(device.udev);
  const address =
    /\/(\d+):(\d+):(\d+):(\d+)(?:\/block\/|$)/.exec(path ?? "") ??
    /-(?:scsi|ata)-(\d+):(\d+):(\d+):(\d+)/.exec(udev.ID_PATH ?? "");
  const model = unescapeUdev(udev.ID_MODEL_ENC) ?? attributes.model ?? attributes.mmcName ?? udev.ID_MODEL;
  // "ATA" is what the kernel puts where a SATA disk has no vendor; virtio gives its PCI vendor number.
  const vendor = attributes.vendor?.startsWith("0x") || attributes.vendor === "ATA" ? undefined : attributes.vendor;
  const sectors = Number(attributes.size ?? 0);
  const scsi = (index: number) => (address?.[index] === undefined ? undefined : Number(address[index]));
  const bus = busOf(name, path, udev.ID_BUS);
  return row({
    NAME: name,
    MANUFACTURER:
      manufacturerOfModel(model) ??
      manufacturer(unescapeUdev(udev.ID_VENDOR_ENC) ?? vendor ?? udev.ID_VENDOR) ??
      (bus === "virtio" ? "Red Hat" : undefined),
    MODEL: model,
    DESCRIPTION: bus,
    TYPE: scsiTypes[attributes.type ?? ""] ?? udev.ID_TYPE ?? "disk",
    // Disks are sold in powers of ten, and OCS counts them so.
    DISKSIZE: sectors === 0 ? undefined : Math.floor((sectors * 512) / 1e6),
    SERIALNUMBER: udev.ID_SERIAL_SHORT ?? udev.ID_SCSI_SERIAL ?? attributes.serial ?? attributes.deviceSerial,
    FIRMWARE: attributes.firmware ?? udev.ID_REVISION ?? attributes.revision,
    SCSI_COID: scsi(1),
    SCSI_CHID: scsi(2),
    SCSI_UNID: scsi(3),
    SCSI_LUN: scsi(4),
    WWN: udev.ID_WWN?.replace(/^0x/, ""),
  });
}

async function readBlockDevice(reader: Reader, name: string): Promise<BlockDevice> {
  const attributes: Record<string, string> = {};
  const entries = Object.entries(files);
  const values = await Promise.all(entries.map(([, file]) => attribute(reader, `/sys/block/${name}/${file}`)));
  for (const [index, value] of values.entries()) if (value !== undefined) attributes[entries[index]?.[0] ?? ""] = value;
  const [path, udev] = await Promise.all([reader.link(`/sys/block/${name}`), readUdevBlock(reader, attributes.dev)]);
  return { name, attributes, path, udev };
}

export const storages: Collector<BlockDevice[]> = {
  sections: ["STORAGES"],
  async read(reader) {
    const names = (await reader.list("/sys/block")).filter(
      (name) => !madeUp.test(name) && !/boot\d+$|rpmb$/.test(name),
    );
    return Promise.all(names.map((name) => readBlockDevice(reader, name)));
  },
  parse(devices) {
    // NVMe multipath shows each path beside the disk itself.
    const real = devices.filter((device) => device.attributes.hidden !== "1");
    return { sections: { STORAGES: real.map(storageRow) } };
  },
};
