import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CpuSource, cpus, parseCpuinfo, parseCpus } from "../../../src/agent/inventory/cpus.ts";
import { fakeReader } from "./fake-reader.ts";

function block(fields: Record<string, string | number>) {
  return Object.entries(fields)
    .map(([name, value]) => `${name}\t: ${value}`)
    .join("\n");
}

const source: CpuSource = {
  cpuinfo: "",
  machine: "x86_64",
  dmi: { dmidecode: undefined, id: {}, missing: undefined },
  topology: new Map(),
  maximum: undefined,
  l2: undefined,
};

describe("parseCpus", () => {
  it("counts sockets, cores and threads", () => {
    const common = {
      vendor_id: "AuthenticAMD",
      "model name": "AMD EPYC",
      "cpu cores": 2,
      siblings: 4,
      flags: "fpu lm ht",
    };
    const blocks = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      block({ processor: n, ...common, "physical id": n >> 2, "core id": n & 1, "cpu MHz": "2445.406" }),
    );
    const rows = parseCpus({ ...source, cpuinfo: `${blocks.join("\n\n")}\n\n` });
    assert.equal(rows.length, 2);
    assert.deepEqual(rows[0], {
      MANUFACTURER: "AMD",
      TYPE: "AMD EPYC",
      SPEED: 2445,
      CORES: 2,
      THREADS: 4,
      LOGICAL_CPUS: 4,
      NBSOCKET: 2,
      CPUARCH: "x86_64",
      DATA_WIDTH: 64,
      HPT: "on",
    });
  });

  it("puts ARM cores together by the kernel's topology, and names them", () => {
    const core = { "CPU implementer": "0x41", "CPU part": "0xd0c" };
    const cpuinfo = [0, 1].map((n) => block({ processor: n, ...core })).join("\n\n");
    const topology = new Map(["0", "1"].map((n) => [n, { package: "0", core: n }]));
    const rows = parseCpus({ ...source, machine: "aarch64", cpuinfo, topology, maximum: "3000000", l2: "1024K" });
    assert.equal(rows.length, 1);
    assert.deepEqual(
      [rows[0]?.TYPE, rows[0]?.MANUFACTURER, rows[0]?.CORES, rows[0]?.SPEED, rows[0]?.L2CACHESIZE],
      ["Neoverse-N1", "ARM", 2, 3000, "1024K"],
    );
  });

  it("prefers the speed the name promises to the moment's, and takes firmware's to the same socket", () => {
    const cpuinfo = block({ processor: 0, "model name": "Example CPU @ 2.50GHz", "cpu MHz": "800.000" });
    const dmidecode = `Handle 0x0004, DMI type 4, 48 bytes
Processor Information
\tType: Central Processor
\tStatus: Populated, Enabled
\tVoltage: 1.1 V
\tCurrent Speed: 2500 MHz

Handle 0x0005, DMI type 4, 48 bytes
Processor Information
\tType: Central Processor
\tStatus: Unpopulated
`;
    const rows = parseCpus({ ...source, cpuinfo, dmi: { ...source.dmi, dmidecode } });
    assert.equal(rows.length, 1);
    assert.deepEqual([rows[0]?.SPEED, rows[0]?.VOLTAGE, rows[0]?.HPT], [2500, "1.1 V", "off"]);
  });

  it("makes nothing of nothing", () => {
    assert.deepEqual(parseCpus(source), []);
    assert.deepEqual(parseCpuinfo("Hardware\t: BCM2835\nSerial\t: 1\n"), []);
  });
});

describe("the collector", () => {
  it("reads the topology only where cpuinfo lacks it", async () => {
    const topology = "/sys/devices/system/cpu/cpu0/topology";
    const files = { [`${topology}/physical_package_id`]: "36\n", [`${topology}/core_id`]: "3\n" };
    const arm = await cpus.read(fakeReader({ files: { ...files, "/proc/cpuinfo": "processor\t: 0\n" } }));
    assert.deepEqual((arm as CpuSource).topology, new Map([["0", { package: "36", core: "3" }]]));
    const x86 = await cpus.read(fakeReader({ files: { ...files, "/proc/cpuinfo": "processor: 0\nphysical id: 0\n" } }));
    assert.equal((x86 as CpuSource).topology.size, 0);
  });
});
