import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dmiBattery, parseBatteryDate } from "../../../src/agent/inventory/batteries.ts";
import { bios } from "../../../src/agent/inventory/bios.ts";
import { board } from "../../../src/agent/inventory/board.ts";
import { meaningful, megabytes, parseDmidecode, readDmi } from "../../../src/agent/inventory/dmi.ts";
import { memories, memoryManufacturer } from "../../../src/agent/inventory/memories.ts";
import { type FakeMachine, fakeReader } from "./fake-reader.ts";

const dmidecode = `# dmidecode 3.4
Handle 0x0000, DMI type 0, 26 bytes
BIOS Information
\tVendor: Example BIOS
\tRelease Date: 01/02/2024
\tCharacteristics:
\t\tPCI is supported

Handle 0x0001, DMI type 1, 27 bytes
System Information
\tManufacturer: Example  Inc.
\tProduct Name: Box 9
\tSerial Number: To Be Filled By O.E.M.
\tUUID: 00112233-4455-6677-8899-aabbccddeeff

Handle 0x0003, DMI type 3, 22 bytes
Chassis Information
\tType: Rack Mount Chassis
\tSerial Number: CH-1
\tAsset Tag: Default string

Handle 0x0010, DMI type 16, 23 bytes
Physical Memory Array
\tError Correction Type: Multi-bit ECC

Handle 0x0011, DMI type 17, 92 bytes
Memory Device
\tArray Handle: 0x0010
\tSize: 16 GB
\tForm Factor: DIMM
\tLocator: A1
\tType: DDR5
\tSpeed: 4800 MT/s
\tManufacturer: 80CE000080CE
\tSerial Number: 1234
\tPart Number: M321R2GA3BB6---

Handle 0x0012, DMI type 17, 92 bytes
Memory Device
\tArray Handle: 0x0010
\tSize: No Module Installed
\tLocator: A2

Handle 0x0020, DMI type 9, 17 bytes
System Slot Information
\tDesignation: PCIE1
\tType: x16 PCI Express 4
\tCurrent Usage: In Use
\tID: 1

Handle 0x0030, DMI type 39, 22 bytes
System Power Supply
\tName: PSU 750
\tManufacturer: HP
\tMax Power Capacity: 750 W
`;

const source = { dmidecode, id: {}, missing: undefined };

describe("parseDmidecode", () => {
  it("reads structures, meaningful values only, lists left out", () => {
    const tables = parseDmidecode(dmidecode);
    assert.deepEqual(tables.get(0), [{ handle: "0x0000", Vendor: "Example BIOS", "Release Date": "01/02/2024" }]);
    assert.equal(tables.get(1)?.[0]?.["Serial Number"], undefined);
    assert.equal(tables.get(1)?.[0]?.Manufacturer, "Example Inc.");
    assert.equal(tables.get(17)?.length, 2);
  });

  it("reads the form of dmidecode before 2.7", () => {
    const old = "Handle 0x0000\n        DMI type 0, 20 bytes.\n        BIOS Information\n                Vendor: Old\n";
    assert.deepEqual(parseDmidecode(old).get(0), [{ handle: "0x0000", Vendor: "Old" }]);
  });

  it("makes nothing of garbage", () => {
    assert.equal(parseDmidecode("\n: :\nSerial: 1\nHandle nonsense\n\u0000").size, 0);
  });
});

describe("DMI values", () => {
  it("knows what says nothing", () => {
    for (const text of ["", " ", "None", "Default string", "To be filled by O.E.M.", "N/A", "....", "OEM Define 3"])
      assert.equal(meaningful(text), undefined, text);
    assert.equal(meaningful(" a  b "), "a b");
    assert.equal(meaningful("0"), "0");
  });

  it("reads sizes", () => {
    assert.equal(megabytes("32 GB"), 32_768);
    assert.equal(megabytes("512 kB"), 0);
    assert.equal(megabytes("64 MB (Single-bank Connection)"), 64);
    assert.equal(megabytes("No Module Installed"), undefined);
  });

  it("names memory makers by their JEP106 code", () => {
    assert.equal(memoryManufacturer("CE00000000000000"), "Samsung");
    assert.equal(memoryManufacturer("7F98000000000000"), "Kingston");
    assert.equal(memoryManufacturer("0x80AD"), "Hynix");
    assert.equal(memoryManufacturer("859B0000859B"), "Crucial");
    assert.equal(memoryManufacturer("0123"), undefined);
    assert.equal(memoryManufacturer("Micron Technology"), "Micron Technology");
  });

  it("reads battery dates of either order", () => {
    assert.equal(parseBatteryDate("03/11/2006"), "2006/03/11");
    assert.equal(parseBatteryDate("28/10/2016"), "2016/10/28");
    assert.equal(parseBatteryDate("2016-1-5"), "2016/01/05");
    assert.equal(parseBatteryDate("soon"), undefined);
  });

  it("gives a smart battery's number in decimal", () => {
    const battery = { handle: "0x1", "SBDS Serial Number": "00FF", "Design Capacity": "48000 mWh" };
    const { SERIALNUMBER, DESIGNCAPACITY, CAPACITY } = dmiBattery(battery);
    assert.deepEqual([SERIALNUMBER, DESIGNCAPACITY, CAPACITY], ["255", "48000 mWh", "48000"]);
  });
});

describe("collectors of DMI", () => {
  it("gives BIOS and HARDWARE, the chassis' serial number where the system has none", () => {
    const { sections, incomplete } = bios.parse(source);
    assert.deepEqual(sections.BIOS, [
      {
        SMANUFACTURER: "Example Inc.",
        SMODEL: "Box 9",
        SSN: "CH-1",
        TYPE: "Rack Mount Chassis",
        BMANUFACTURER: "Example BIOS",
        BDATE: "01/02/2024",
        ENCLOSURESERIAL: "CH-1",
      },
    ]);
    assert.equal(sections.HARDWARE?.[0]?.UUID, "00112233-4455-6677-8899-aabbccddeeff");
    assert.equal(incomplete, undefined);
  });

  it("gives modules and empty slots", () => {
    assert.deepEqual(memories.parse(source).sections.MEMORIES, [
      {
        CAPTION: "A1",
        DESCRIPTION: "DIMM",
        CAPACITY: 16_384,
        TYPE: "DDR5",
        SPEED: "4800",
        NUMSLOTS: 1,
        SERIALNUMBER: "1234",
        MANUFACTURER: "Samsung",
        MODEL: "M321R2GA3BB6",
        ERRORCORRECTIONTYPE: "Multi-bit ECC",
      },
      { CAPTION: "A2", NUMSLOTS: 2, ERRORCORRECTIONTYPE: "Multi-bit ECC" },
    ]);
  });

  it("gives slots and power supplies", () => {
    const { sections } = board.parse(source);
    assert.deepEqual(sections.SLOTS, [
      { NAME: "PCIE1", DESIGNATION: "1", DESCRIPTION: "x16 PCI Express 4", STATUS: "used" },
    ]);
    assert.deepEqual(sections.POWERSUPPLIES, [{ NAME: "PSU 750", MANUFACTURER: "Hewlett-Packard", POWER_MAX: "750" }]);
  });
});

describe("readDmi", () => {
  const id = "/sys/class/dmi/id";
  const machine: FakeMachine = {
    files: { [`${id}/sys_vendor`]: "Example Inc.\n", [`${id}/chassis_type`]: "9\n", [`${id}/product_serial`]: null },
  };

  it("runs nothing where the kernel knows no DMI", async () => {
    const reader = fakeReader({ programs: { dmidecode } });
    assert.deepEqual(await readDmi(reader), { dmidecode: undefined, id: {}, missing: undefined });
    assert.deepEqual(reader.ran, []);
  });

  it("takes what the kernel shows when it is not root, and says what is missing", async () => {
    const reader = fakeReader({ ...machine, root: false, programs: { dmidecode } });
    const found = await readDmi(reader);
    assert.deepEqual(reader.ran, []);
    const { sections, incomplete } = bios.parse(found);
    assert.deepEqual(sections.BIOS, [{ SMANUFACTURER: "Example Inc.", TYPE: "Laptop" }]);
    assert.deepEqual(incomplete, [
      { section: "BIOS", reason: "dmidecode needs root: serial numbers and UUID are missing" },
    ]);
    assert.deepEqual(memories.parse(found).incomplete, [
      { section: "MEMORIES", reason: "dmidecode needs root: memory modules are missing" },
    ]);
    assert.deepEqual(
      board.parse(found).incomplete?.map(({ section }) => section),
      ["SLOTS", "PORTS", "POWERSUPPLIES"],
    );
  });

  it("says why when dmidecode is absent or reads nothing", async () => {
    assert.equal((await readDmi(fakeReader(machine))).missing, "dmidecode is not installed");
    const locked = fakeReader({ ...machine, programs: { dmidecode: "# dmidecode 3.4\n" } });
    assert.equal((await readDmi(locked)).missing, "dmidecode could not read the tables");
  });
});
