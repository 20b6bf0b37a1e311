import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batteries } from "../../../src/agent/inventory/batteries.ts";
import { idLookup } from "../../../src/agent/inventory/ids.ts";
import { monitorRow, monitors, parseEdid } from "../../../src/agent/inventory/monitors.ts";
import { pci } from "../../../src/agent/inventory/pci.ts";
import { usb } from "../../../src/agent/inventory/usb.ts";
import { fakeReader } from "./fake-reader.ts";

const ids = `# comment
10de  Example Graphics
\t0001  Chip One
\t1f06  TU106 [Card 2060]
\t\t10de 1f06  subsystem
# another
196e  Board Maker
C 03  Display controller
\t00  VGA compatible controller
C 04  Multimedia controller
\t03  Audio device
`;

function tree(folder: string, files: Record<string, string>) {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, `${text}\n`]));
}

describe("idLookup", () => {
  it("finds vendors, devices and classes", () => {
    const names = idLookup(ids);
    assert.equal(names.vendor("10de"), "Example Graphics");
    assert.equal(names.device("10de", "1f06"), "TU106 [Card 2060]");
    assert.equal(names.device("196e", "1f06"), undefined);
    assert.equal(names.vendor("0001"), undefined);
    assert.equal(names.class("04", "03"), "Audio device");
    assert.equal(names.class("03", "80"), "Display controller");
    assert.equal(idLookup("").vendor("10de"), undefined);
  });
});

describe("pci", () => {
  const at = "/sys/bus/pci/devices/0000:09:00";
  const card = { class: "0x030000", vendor: "0x10de", device: "0x1f06", revision: "0xa1" };
  const files = {
    ...tree(`${at}.0`, { ...card, subsystem_vendor: "0x196e", subsystem_device: "0x1340" }),
    [`${at}.0/resource`]:
      "0xf6000000 0xf6ffffff 0x40200\n0xe0000000 0xefffffff 0x14220c\n0x0 0x0 0x0\n0xf0000000 0xf1ffffff 0x14220c\n",
    ...tree(`${at}.1`, { class: "0x040300", vendor: "0x10de", device: "0x9999", revision: "0x00" }),
  };
  const links = { [`${at}.0/driver`]: "../../../../bus/pci/drivers/nouveau" };

  it("names devices, and the card by its maker", async () => {
    const reader = fakeReader({ files: { ...files, "/usr/share/hwdata/pci.ids": ids }, links });
    const { sections } = pci.parse(await pci.read(reader));
    assert.deepEqual(sections.CONTROLLERS?.[0], {
      NAME: "TU106 [Card 2060]",
      MANUFACTURER: "Example Graphics",
      CAPTION: "TU106 [Card 2060]",
      TYPE: "VGA compatible controller",
      DRIVER: "nouveau",
      PCICLASS: "0300",
      PCIID: "10de:1f06",
      PCISUBSYSTEMID: "196e:1340",
      PCISLOT: "09:00.0",
      REV: "a1",
    });
    assert.deepEqual(sections.VIDEOS, [
      {
        NAME: "Board Maker Card 2060",
        CHIPSET: "Example Graphics TU106",
        MEMORY: 288,
        PCIID: "10de:1f06",
        PCISLOT: "09:00.0",
      },
    ]);
    assert.deepEqual(sections.SOUNDS, [{ NAME: "Audio device", MANUFACTURER: "Example Graphics Device 9999" }]);
    assert.deepEqual(sections.MODEMS, []);
  });

  it("keeps numbers where no names are installed", async () => {
    const { sections } = pci.parse(await pci.read(fakeReader({ files, links })));
    assert.equal(sections.CONTROLLERS?.[0]?.MANUFACTURER, "10de");
    assert.equal(sections.CONTROLLERS?.[0]?.NAME, "Device 1f06");
  });
});

describe("usb", () => {
  it("names devices by the list, or as they call themselves, without hubs", async () => {
    const device = "/sys/bus/usb/devices";
    const files = {
      ...tree(`${device}/1-1`, { idVendor: "0424", idProduct: "2514", bDeviceClass: "09" }),
      ...tree(`${device}/1-1.2`, { idVendor: "046d", idProduct: "c077", bDeviceClass: "00", product: "USB Mouse" }),
      ...tree(`${device}/1-1.2/1-1.2:1.0`, { bInterfaceClass: "03", bInterfaceSubClass: "01" }),
      ...tree(`${device}/1-1.2:1.0`, { bInterfaceClass: "03" }),
      ...tree(`${device}/usb1`, { idVendor: "1d6b", idProduct: "0002", bDeviceClass: "09" }),
      ...tree(`${device}/2-1`, {
        idVendor: "0a5c",
        idProduct: "5801",
        bDeviceClass: "e0",
        serial: "01",
        manufacturer: "Own",
      }),
      "/usr/share/misc/usb.ids": "046d  Example Mice\nC 03  Human Interface Device\n\t01  Boot Interface Subclass\n",
    };
    const { sections } = usb.parse(await usb.read(fakeReader({ files })));
    assert.deepEqual(sections.USBDEVICES, [
      {
        DESCRIPTION: "USB Mouse",
        NAME: "USB Mouse",
        CAPTION: "USB Mouse",
        MANUFACTURER: "Example Mice",
        INTERFACE: "Boot Interface Subclass",
        TYPE: "Human Interface Device",
        VENDORID: "046d",
        PRODUCTID: "c077",
        CLASS: "3",
        SUBCLASS: "1",
      },
      { MANUFACTURER: "Own", SERIAL: "01", VENDORID: "0a5c", PRODUCTID: "5801", CLASS: "224", SUBCLASS: "0" },
    ]);
  });
});

function edid(options: { vendor?: number; serial?: number; week?: number; texts?: [number, string][] }): Uint8Array {
  const bytes = new Uint8Array(128);
  bytes.set([0, 255, 255, 255, 255, 255, 255, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, options.vendor ?? 0x04_72); // ACR
  view.setUint32(12, options.serial ?? 0, true);
  view.setUint8(16, options.week ?? 17);
  view.setUint8(17, 31);
  for (const [index, [tag, text]] of (options.texts ?? []).entries()) {
    bytes[54 + index * 18 + 3] = tag;
    bytes.set(new TextEncoder().encode(text.padEnd(13, " ")), 54 + index * 18 + 5);
  }
  return bytes;
}

describe("monitors", () => {
  it("reads an EDID", () => {
    const bytes = edid({
      serial: 0x11_71_bc_d5,
      texts: [
        [252, "B247Y\n"],
        [255, "TJYEE0068521\n"],
      ],
    });
    assert.deepEqual(monitorRow(bytes, "ABC\tOther\nACR\tAcer Technologies\n", "DP-1"), {
      MANUFACTURER: "Acer Technologies",
      CAPTION: "B247Y",
      DESCRIPTION: "17/2021",
      SERIAL: "TJYEE0061171bcd58521",
      ALTSERIAL: "TJYEE0068521",
      BASE64: Buffer.from(bytes).toString("base64"),
      PORT: "DP-1",
    });
  });

  it("gives no number where there is none, and the letters of an unknown maker", () => {
    for (const serial of [0, 0x01_01_01_01]) {
      const found = monitorRow(
        edid({
          serial,
          week: 255,
          texts: [
            [254, "AUO\0"],
            [254, "B121EW03\n"],
          ],
        }),
        "",
      );
      assert.deepEqual(
        [found?.SERIAL, found?.MANUFACTURER, found?.CAPTION, found?.DESCRIPTION],
        [undefined, "ACR", "AUO B121EW03", "2021"],
      );
    }
  });

  it("refuses what is no EDID", () => {
    assert.equal(parseEdid(new Uint8Array(0)), undefined);
    assert.equal(parseEdid(new Uint8Array(128)), undefined);
    assert.equal(parseEdid(edid({}).subarray(0, 127)), undefined);
  });

  it("passes over connectors without a display", async () => {
    const drm = "/sys/class/drm";
    const binaries = {
      [`${drm}/card0-HDMI-A-1/edid`]: edid({ serial: 5 }),
      [`${drm}/card0-DP-1/edid`]: new Uint8Array(0),
    };
    const { sections } = monitors.parse(
      await monitors.read(fakeReader({ binaries, files: { [`${drm}/version`]: "" } })),
    );
    assert.deepEqual(
      sections.MONITORS?.map(({ PORT, SERIAL }) => [PORT, SERIAL]),
      [["HDMI-A-1", "00000005"]],
    );
  });
});

describe("batteries", () => {
  it("takes the system's own, in energy or in charge", async () => {
    const power = "/sys/class/power_supply";
    const files = {
      ...tree(`${power}/AC`, { type: "Mains" }),
      ...tree(`${power}/BAT0`, {
        type: "Battery",
        model_name: "X1",
        energy_full_design: "57000000",
        energy_full: "50000000",
        voltage_min_design: "15480000",
      }),
      ...tree(`${power}/BAT1`, {
        type: "Battery",
        charge_full_design: "4000000",
        voltage_min_design: "10800000",
        serial_number: " ",
      }),
      ...tree(`${power}/hidpp_battery_0`, { type: "Battery", scope: "Device" }),
    };
    const { sections } = batteries.parse(await batteries.read(fakeReader({ files })));
    assert.deepEqual(
      sections.BATTERIES?.map(({ NAME, CAPACITY, REAL_CAPACITY, DESIGNVOLTAGE }) => [
        NAME,
        CAPACITY,
        REAL_CAPACITY,
        DESIGNVOLTAGE,
      ]),
      [
        ["X1", "57000", "50000", "15480 mV"],
        [undefined, "43200", undefined, "10800 mV"],
      ],
    );
  });
});
