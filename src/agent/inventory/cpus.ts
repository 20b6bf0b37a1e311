/** CPUS, one row a socket, and HARDWARE's processor fields: /proc/cpuinfo, sysfs topology, SMBIOS type 4. */
import type { Row } from "../../inventory/document.ts";
import { attribute, type Collector, type Reader, row } from "./collector.ts";
import { type DmiSource, parseDmidecode, readDmi, type Structure } from "./dmi.ts";

/** Fields of one block of /proc/cpuinfo, names in lower case. */
export type CpuBlock = Record<string, string>;

export interface CpuSource {
  cpuinfo: string;
  machine: string;
  dmi: DmiSource;
  /** Package (socket) and core of each logical processor, where the kernel knows its topology. */
  topology: Map<string, { package: string; core: string }>;
  /** kHz, of the first processor. */
  maximum: string | undefined;
  l2: string | undefined;
}

/** The blocks that describe processors: all of them, without the one that describes an ARM board. */
export function parseCpuinfo(text: string): CpuBlock[] {
  const blocks: CpuBlock[] = [];
  for (const part of text.split(/\r?\n\s*\r?\n/)) {
    const block: CpuBlock = {};
    for (const line of part.split(/\r?\n/)) {
      const [, name, value] = /^([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      // An ARM kernel before 3.8 gives the model once, as "Processor", then one "processor" a core.
      if (name !== undefined && value) block[name.toLowerCase()] ??= value.replace(/\s+/g, " ");
    }
    if (block.processor !== undefined || block["cpu model"] !== undefined || block["ncpus active"] !== undefined)
      blocks.push(block);
  }
  return blocks;
}

/** ARM's own cores by part number (MIDR_EL1), the ones in servers, boards and phones of the last ten years. */
const armParts: Record<string, string> = {
  "0xb76": "ARM1176",
  "0xc07": "Cortex-A7",
  "0xc08": "Cortex-A8",
  "0xc09": "Cortex-A9",
  "0xc0f": "Cortex-A15",
  "0xd03": "Cortex-A53",
  "0xd04": "Cortex-A35",
  "0xd05": "Cortex-A55",
  "0xd07": "Cortex-A57",
  "0xd08": "Cortex-A72",
  "0xd09": "Cortex-A73",
  "0xd0a": "Cortex-A75",
  "0xd0b": "Cortex-A76",
  "0xd0c": "Neoverse-N1",
  "0xd40": "Neoverse-V1",
  "0xd49": "Neoverse-N2",
  "0xd4f": "Neoverse-V2",
};

const vendors: Record<string, string> = {
  GenuineIntel: "Intel",
  "Intel(R) Corporation": "Intel",
  "Intel Corporation": "Intel",
  AuthenticAMD: "AMD",
  "Advanced Micro Devices, Inc.": "AMD",
  CentaurHauls: "VIA",
  HygonGenuine: "Hygon",
  "0x41": "ARM",
  "0xc0": "Ampere",
};

function nameOf(block: CpuBlock): string | undefined {
  const described = block["model name"] ?? (/^\d+$/.test(block.processor ?? "0") ? undefined : block.processor);
  const arm = block["cpu implementer"] === "0x41" ? armParts[block["cpu part"] ?? ""] : undefined;
  return described ?? arm ?? block["cpu model"] ?? block.cpu ?? block.machine;
}

/** MHz that the name promises, as Intel's do: "… @ 2.30GHz". */
function speedInName(name: string | undefined): number | undefined {
  const [, number, unit] = /@\s*([\d.]+)\s*([MG])Hz/.exec(name ?? "") ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (unit === "G" ? 1000 : 1));
}

function megahertz(text: string | undefined): number | undefined {
  const number = /^([\d.]+)\s*(?:MHz)?$/.exec(text ?? "")?.[1];
  return number === undefined || Number(number) === 0 ? undefined : Math.round(Number(number));
}

const integer = (text: string | undefined) => (/^\d+$/.test(text ?? "") ? Number(text) : undefined);

/** Family, model and stepping in register EAX of CPUID leaf 1, the first four bytes of the processor's ID. */
function cpuidSignature(id: string | undefined): (number | undefined)[] {
  const bytes = /^([0-9A-F]{2}) ([0-9A-F]{2}) ([0-9A-F]{2}) ([0-9A-F]{2}) /.exec(id ?? "")?.slice(1);
  if (bytes === undefined) return [];
  const eax = Number.parseInt(bytes.reverse().join(""), 16);
  const family = (eax >> 8) & 0xf;
  const extended = family === 6 || family === 15 ? (eax >> 16) & 0xf : 0;
  return [family + (family === 15 ? (eax >> 20) & 0xff : 0), (extended << 4) | ((eax >> 4) & 0xf), eax & 0xf];
}

/** What firmware says of one populated socket. */
export function dmiProcessors(processors: Structure[]): Row[] {
  return processors
    .filter((each) => !/^Unpopulated|Disabled/.test(each.Status ?? "") && !/^(?:Math|DSP|Video)/.test(each.Type ?? ""))
    .map((each) => {
      const signature = /Family (\d+), Model (\d+), Stepping (\d+)/.exec(each.Signature ?? "")?.slice(1);
      const [family, model, stepping] = signature ?? cpuidSignature(each.ID);
      const name = each.Version;
      return row({
        MANUFACTURER: vendors[each.Manufacturer ?? ""] ?? each.Manufacturer,
        TYPE: name ?? each.Family,
        SERIALNUMBER: each["Serial Number"],
        // "Max Speed" is what the socket takes, not what sits in it.
        SPEED: speedInName(name) ?? megahertz(each["Current Speed"]),
        CURRENT_SPEED: megahertz(each["Current Speed"]),
        CORES: integer(each["Core Enabled"]) ?? integer(each["Core Count"]),
        THREADS: integer(each["Thread Count"]),
        SOCKET: each["Socket Designation"],
        VOLTAGE: each.Voltage,
        CPUSTATUS: each.Status,
        FAMILYNAME: each.Family === "Other" ? undefined : each.Family,
        FAMILYNUMBER: family,
        MODEL: model,
        STEPPING: stepping,
        ID: each.ID?.split(" ").reverse().join(""),
        EXTERNAL_CLOCK: megahertz(each["External Clock"]),
      });
    });
}

interface Socket {
  block: CpuBlock;
  processors: number;
  cores: Set<string>;
}

/** Logical processors by the socket they sit in; without any topology each is its own. */
function sockets(blocks: CpuBlock[], topology: CpuSource["topology"]): Socket[] {
  const found = new Map<string, Socket>();
  for (const [index, block] of blocks.entries()) {
    const number = block.processor ?? "0";
    const known = topology.get(/^\d+$/.test(number) ? number : String(index));
    const key = block["physical id"] ?? known?.package ?? `processor ${index}`;
    const core = block["core id"] ?? known?.core ?? String(index);
    const socket = found.get(key);
    if (socket) {
      socket.processors++;
      socket.cores.add(core);
    } else found.set(key, { block, processors: 1, cores: new Set([core]) });
  }
  return [...found.values()];
}

function socketRow({ block, processors, cores }: Socket, source: CpuSource, nbsocket: number): Row {
  const name = nameOf(block);
  const width = / lm /.test(` ${block.flags} `) || /64|s390x|alpha/.test(source.machine) ? 64 : 32;
  const coreCount = integer(block["cpu cores"]) ?? cores.size;
  const threads = integer(block.siblings) ?? processors;
  const vendor = block.vendor_id ?? block["cpu implementer"];
  const hertz = integer(block["cycle frequency [hz]"]?.split(" ")[0]);
  return row({
    MANUFACTURER: vendors[vendor ?? ""] ?? block.vendor_id,
    TYPE: name,
    SERIALNUMBER: block["cpu serial number"],
    SPEED:
      speedInName(name) ??
      (source.maximum === undefined ? undefined : Math.round(Number(source.maximum) / 1000)) ??
      megahertz(block["cpu mhz"] ?? block.clock) ??
      (hertz === undefined ? undefined : Math.round(hertz / 1e6)),
    CORES: coreCount,
    THREADS: threads,
    LOGICAL_CPUS: processors,
    NBSOCKET: nbsocket,
    CPUARCH: source.machine,
    DATA_WIDTH: width,
    L2CACHESIZE: source.l2,
    HPT: threads > coreCount ? "on" : "off",
    FAMILYNUMBER: block["cpu family"],
    MODEL: block.model,
    STEPPING: block.stepping,
  });
}

function merged(socket: Row, firmware: Row | undefined): Row {
  if (firmware === undefined) return socket;
  // The kernel's name is the processor's own; its speed may be the moment's, unless the name tells it.
  const { TYPE: _name, CORES: _cores, THREADS: _threads, SPEED: speed, MANUFACTURER: _vendor, ...rest } = firmware;
  const known = speedInName(String(socket.TYPE)) ?? speed ?? socket.SPEED;
  return { ...rest, ...socket, ...(known === undefined ? {} : { SPEED: known }) };
}

export function parseCpus(source: CpuSource): Row[] {
  const blocks = parseCpuinfo(source.cpuinfo);
  // Alpha and SPARC describe all their processors in one block.
  const together = integer(blocks[0]?.["ncpus active"] ?? blocks[0]?.["cpus active"]);
  const all = blocks.length === 1 && together !== undefined ? Array(together).fill(blocks[0]) : blocks;
  const found = sockets(all as CpuBlock[], source.topology);
  const firmware = dmiProcessors(parseDmidecode(source.dmi.dmidecode ?? "").get(4) ?? []);
  return found.map((socket, index) => merged(socketRow(socket, source, found.length), firmware[index]));
}

async function readTopology(reader: Reader): Promise<CpuSource["topology"]> {
  const topology: CpuSource["topology"] = new Map();
  const folder = "/sys/devices/system/cpu";
  const numbers = (await reader.list(folder)).flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []);
  for (const number of numbers.slice(0, 4096)) {
    const at = `${folder}/cpu${number}/topology`;
    const known = await attribute(reader, `${at}/physical_package_id`);
    if (known === undefined || known === "-1") continue;
    topology.set(number, { package: known, core: (await attribute(reader, `${at}/core_id`)) ?? number });
  }
  return topology;
}

export const cpus: Collector<CpuSource> = {
  sections: ["CPUS", "HARDWARE"],
  async read(reader) {
    const cpuinfo = (await reader.file("/proc/cpuinfo")) ?? "";
    const first = "/sys/devices/system/cpu/cpu0";
    return {
      cpuinfo,
      machine: reader.machine,
      dmi: await readDmi(reader),
      // x86 says it in cpuinfo itself.
      topology: /^physical id/m.test(cpuinfo) ? new Map() : await readTopology(reader),
      maximum: await attribute(reader, `${first}/cpufreq/cpuinfo_max_freq`),
      l2: await attribute(reader, `${first}/cache/index2/size`),
    };
  },
  parse(source) {
    const rows = parseCpus(source);
    const [first] = rows;
    const hardware = row({ PROCESSORT: first?.TYPE, PROCESSORS: first?.SPEED, PROCESSORN: rows.length });
    return { sections: { CPUS: rows, HARDWARE: [hardware] } };
  },
};
