/** USBDEVICES: the USB bus in sysfs, named by usb.ids or by the device itself. No program is run. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collector, type Reader, row } from "./collector.ts";
import { idLookup, readIds } from "./ids.ts";

export interface UsbDevice {
  vendor: string;
  product: string;
  /** Class and subclass of the device, or of its first interface where the device leaves it to them; hexadecimal. */
  class: string;
  subclass: string;
  /** What the device says of itself. */
  manufacturer: string | undefined;
  name: string | undefined;
  serial: string | undefined;
}

export interface UsbSource {
  devices: UsbDevice[];
  ids: string;
}

const hub = 9;

export function usbRows({ devices, ids }: UsbSource): Row[] {
  const names = idLookup(ids);
  return devices
    .filter((each) => Number.parseInt(each.class, 16) !== hub)
    .map((each) => {
      const name = names.device(each.vendor, each.product) ?? each.name;
      return row({
        DESCRIPTION: name,
        NAME: name,
        CAPTION: name,
        MANUFACTURER: names.vendor(each.vendor) ?? each.manufacturer,
        INTERFACE: names.class(each.class, each.subclass),
        TYPE: names.class(each.class, ""),
        SERIAL: each.serial,
        VENDORID: each.vendor,
        PRODUCTID: each.product,
        CLASS: String(Number.parseInt(each.class, 16)),
        SUBCLASS: String(Number.parseInt(each.subclass, 16)),
      });
    });
}

async function readDevice(reader: Reader, name: string): Promise<UsbDevice | undefined> {
  const at = `/sys/bus/usb/devices/${name}`;
  const files = ["idVendor", "idProduct", "bDeviceClass", "bDeviceSubClass", "manufacturer", "product", "serial"];
  const values = await Promise.all(files.map((file) => attribute(reader, `${at}/${file}`)));
  const [vendor, product, deviceClass, deviceSubclass, manufacturer, title, serial] = values;
  if (vendor === undefined || product === undefined) return undefined;
  // Class 0 and 239 (miscellaneous) tell nothing: the first interface does.
  const own = deviceClass === "00" || deviceClass === "ef" || deviceClass === undefined;
  const from = own ? `${at}/${name}:1.0/bInterface` : undefined;
  const code = from === undefined ? deviceClass : await attribute(reader, `${from}Class`);
  const subclass = from === undefined ? deviceSubclass : await attribute(reader, `${from}SubClass`);
  return { vendor, product, class: code ?? "00", subclass: subclass ?? "00", manufacturer, name: title, serial };
}

export const usb: Collector<UsbSource> = {
  sections: ["USBDEVICES"],
  async read(reader) {
    // Names with a colon are interfaces; "usb1" is the host's own hub.
    const names = (await reader.list("/sys/bus/usb/devices")).filter((name) => /^\d+-[\d.]+$/.test(name));
    const devices = (await Promise.all(names.map((name) => readDevice(reader, name)))).filter(
      (each) => each !== undefined,
    );
    return { devices, ids: devices.length === 0 ? "" : await readIds(reader, "usb.ids") };
  },
  parse: (source) => ({ sections: { USBDEVICES: usbRows(source) } }),
};
