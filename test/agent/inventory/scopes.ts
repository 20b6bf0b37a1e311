/** Which parser of ours answers which vectors, and how the peer's field names and forms read in ours. */
import { dmiBattery } from "../../../src/agent/inventory/batteries.ts";
import { bios } from "../../../src/agent/inventory/bios.ts";
import { parseBoard } from "../../../src/agent/inventory/board.ts";
import { parseContainers } from "../../../src/agent/inventory/containers.ts";
import { dmiProcessors, parseCpuinfo, parseCpus } from "../../../src/agent/inventory/cpus.ts";
import { meaningful, parseDmidecode } from "../../../src/agent/inventory/dmi.ts";
import { parseDpkg } from "../../../src/agent/inventory/dpkg.ts";
import { parseDomain, parseVirshList } from "../../../src/agent/inventory/libvirt.ts";
import { memories } from "../../../src/agent/inventory/memories.ts";
import { monitorRow } from "../../../src/agent/inventory/monitors.ts";
import { interfaceRows, parseIpAddress } from "../../../src/agent/inventory/networks.ts";
import { type PciDevice, pciRows } from "../../../src/agent/inventory/pci.ts";
import { storageRow } from "../../../src/agent/inventory/storages.ts";
import { type UsbDevice, usbRows } from "../../../src/agent/inventory/usb.ts";
import { parseVboxList } from "../../../src/agent/inventory/virtualbox.ts";
import { parseXlList } from "../../../src/agent/inventory/xen.ts";
import { corpusBytes, corpusText, type Vector } from "./vectors.ts";

type Fields = Record<string, unknown>;

export interface Scope {
  /** The section, or what else of the parsers is held to the vectors. */
  section: string;
  /** Matched against "test-file.t case". */
  vectors: RegExp;
  parse(vector: Vector): unknown;
  /** The expected value in our names. */
  expect?(expected: never): unknown;
}

const text = (vector: Vector, index = 0) => corpusText(vector.files[index] as string);
const dmi = (vector: Vector) => ({ dmidecode: text(vector), id: {}, missing: undefined });
const rename = (fields: Fields, names: Record<string, string>): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [names[key] ?? key, value]));
const list = (expected: Fields[] | null) => expected ?? [];

const makers: Record<string, string> = {
  GenuineIntel: "Intel",
  "Intel(R) Corporation": "Intel",
  "Intel Corporation": "Intel",
  AuthenticAMD: "AMD",
};

/** THREAD is threads of a core there, of the socket here; ARCH is the instruction set there, `uname -m` here. */
function cpu({ NAME, CORE, THREAD, SERIAL, MANUFACTURER, ARCH: _arch, CORECOUNT: _count, ...rest }: Fields): Fields {
  return {
    ...rest,
    TYPE: NAME,
    ...(MANUFACTURER ? { MANUFACTURER: makers[String(MANUFACTURER)] ?? MANUFACTURER } : {}),
    ...(SERIAL ? { SERIALNUMBER: SERIAL } : {}),
    ...(CORE ? { CORES: CORE } : {}),
    ...(CORE && THREAD ? { THREADS: Number(CORE) * Number(THREAD) } : {}),
  };
}

/** Without the marks that the peer leaves in when it reads cpuinfo and takes out when it reads SMBIOS. */
const unmarked = (fields: Fields): Fields => ({
  ...fields,
  TYPE: String(fields.TYPE ?? "").replace(/\((?:R|TM)\)/gi, ""),
});

/** IPv6 addresses in IPADDRESS, as OCS has them; the peer's mask of a /128 is wrong (`fff0::`). */
function address({ IPADDRESS6, IPMASK6, IPSUBNET6, ...rest }: Fields): Fields {
  if (IPADDRESS6 === undefined) return { ...rest, DESCRIPTION: String(rest.DESCRIPTION) };
  const [mask, subnet] =
    IPMASK6 === "fff0::" ? ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IPADDRESS6] : [IPMASK6, IPSUBNET6];
  // "macvlan0@eth0": the interface and what it stands on.
  const name = String(rest.DESCRIPTION).split("@")[0];
  return { ...rest, DESCRIPTION: name, IPADDRESS: IPADDRESS6, IPMASK: mask, IPSUBNET: subnet };
}

/** 0 and 01010101 are what an EDID has when its maker gave it no number. */
const monitor = (fields: Fields): Fields => ({
  ...fields,
  SERIAL: /^0{8}$|^(?:01){4}$/.test(String(fields.SERIAL)) ? null : fields.SERIAL,
});

/** DD/MM/YYYY there, YYYY/MM/DD here. */
const date = (value: unknown) =>
  String(value ?? "")
    .split("/")
    .reverse()
    .join("/");

/** What sysfs would have shown of the machine that `lspci -v -nn` described. */
function pciDevices(lspci: string): PciDevice[] {
  return lspci.split(/\n\n+/).flatMap((block) => {
    const head = /^(\S+) .*?\[([0-9a-f]{4})\]: .*\[([0-9a-f]{4}):([0-9a-f]{4})\](?: \(rev (\w+)\))?/.exec(block);
    if (!head) return [];
    const regions = [...block.matchAll(/Memory at \S+ \((?:\d+-bit, )?prefetchable\).*\[size=(\d+)([KMG])\]/g)];
    const resource = regions.map(([, size, unit]) => {
      const bytes = Number(size) * ({ K: 1, M: 1024, G: 1024 * 1024 }[unit as "K"] ?? 0) * 1024;
      return `0x1000000000 0x${(0x1000000000 + bytes - 1).toString(16)} 0x2208`;
    });
    return {
      slot: head[1] as string,
      class: `${head[2]}00`,
      vendor: head[3] as string,
      device: head[4] as string,
      subsystem: /Subsystem: .*\[([0-9a-f]{4}:[0-9a-f]{4})\]/.exec(block)?.[1],
      revision: head[5],
      driver: /Kernel driver in use: (\S+)/.exec(block)?.[1],
      resource: resource.join("\n"),
    };
  });
}

/** What sysfs would have shown of the machine that `lsusb -v` described. */
function usbDevices(lsusb: string): UsbDevice[] {
  return lsusb.split(/^(?=Bus \d+)/m).flatMap((block) => {
    const value = (name: string) => new RegExp(`^\\s+${name}\\s+(?:0x)?(\\S+)`, "m").exec(block)?.[1];
    const described = (name: string) => new RegExp(`^\\s+${name}\\s+\\d+ (.*\\S)\\s*$`, "m").exec(block)?.[1];
    const vendor = value("idVendor");
    if (vendor === undefined || /Linux Foundation/.test(block)) return [];
    const hex = (name: string) => Number(value(name) ?? 0).toString(16);
    return {
      vendor,
      product: value("idProduct") ?? "",
      class: hex(value("bDeviceClass") === "0" ? "bInterfaceClass" : "bDeviceClass"),
      subclass: hex(value("bDeviceClass") === "0" ? "bInterfaceSubClass" : "bDeviceSubClass"),
      manufacturer: described("iManufacturer"),
      name: described("iProduct"),
      serial: described("iSerial"),
    };
  });
}

/** dpkg's status file of the machine that `dpkg-query` described. */
function dpkgStatus(query: string): string {
  const stanzas = query
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [name, architecture, version, size, section, state = "install ok installed"] = line.split("\t");
      return `Package: ${name}\nStatus: ${state}\nSection: ${section}\nInstalled-Size: ${size}\nArchitecture: ${architecture}\nVersion: ${version}`;
    });
  return stanzas.join("\n\n");
}

/** Where a maker's name ends and the product's begins, lspci does not show. */
const pciVendors: Record<string, string> = {
  "1002": "Advanced Micro Devices, Inc. [AMD/ATI]",
  "1022": "Advanced Micro Devices, Inc. [AMD]",
  "1028": "Dell",
  "1043": "ASUSTeK Computer Inc.",
  "106b": "Apple Inc.",
  "10de": "NVIDIA Corporation",
  "11c1": "LSI Corporation",
  "14e4": "Broadcom Corporation",
  "196e": "PNY",
  "8086": "Intel Corporation",
};

/** The part of pci.ids or usb.ids that names the devices of one machine. */
function idsText(vendors: Record<string, string>, devices: [string, string, string][], classes: [string, string][]) {
  const named = Object.entries(vendors).map(([vendor, name]) => {
    const own = devices.filter(([of]) => of === vendor).map(([, device, title]) => `\t${device}  ${title}`);
    return [`${vendor}  ${name}`, ...own].join("\n");
  });
  const groups = Map.groupBy(classes, ([code]) => code.slice(0, 2));
  for (const [code, all] of groups)
    named.push([`C ${code}  class`, ...all.map(([full, title]) => `\t${full.slice(2)}  ${title}`)].join("\n"));
  return `# names\n${named.join("\n")}\n`;
}

function pciOf(vector: Vector) {
  const heads = text(vector).matchAll(/^\S+ (.*?) \[([0-9a-f]{4})\]: (.*) \[([0-9a-f]{4}):([0-9a-f]{4})\]/gm);
  const found = [...heads].map(([, title = "", code = "", full = "", vendor = "", device = ""]) => {
    const name = pciVendors[vendor] ?? "";
    return { title, code, vendor, device, name: full.startsWith(name) ? full.slice(name.length).trim() : full };
  });
  const ids = idsText(
    pciVendors,
    found.map(({ vendor, device, name }) => [vendor, device, name]),
    found.map(({ code, title }) => [code, title]),
  );
  return pciRows({ devices: pciDevices(text(vector)), ids });
}

function usbOf(vector: Vector) {
  const lsusb = text(vector);
  const named = (key: string) => [...lsusb.matchAll(new RegExp(`^  ${key}\\s+0x(\\w{4}) (.*\\S)?`, "gm"))];
  const [vendors, products] = [named("idVendor"), named("idProduct")];
  const devices = products.map(([, product = "", name], index): [string, string, string] => [
    vendors[index]?.[1] ?? "",
    product,
    name ?? "",
  ]);
  const makers = Object.fromEntries(vendors.map(([, vendor = "", name = ""]) => [vendor, name]));
  return usbRows({
    devices: usbDevices(lsusb),
    ids: idsText(
      makers,
      devices.filter(([, , name]) => name !== ""),
      [],
    ),
  });
}

const pnp = () => corpusText("share/edid.ids").replaceAll(" __ ", "\t");

export const scopes: Scope[] = [
  {
    section: "DMI tables",
    vectors: /^generic.t \S+ dmidecode parsing/,
    // The peer passes over structures without a single value.
    parse: (vector) =>
      Object.fromEntries(
        [...parseDmidecode(text(vector))].map(([type, all]) => [
          type,
          all.filter((one) => Object.keys(one).length > 1),
        ]),
      ),
    // Our list of values that say nothing is a little longer.
    expect: (tables: Record<string, Fields[]>) =>
      Object.fromEntries(
        Object.entries(tables).map(([type, rows]) => [
          type,
          rows.map((row) =>
            Object.fromEntries(Object.entries(row).filter(([, value]) => meaningful(String(value)) !== undefined)),
          ),
        ]),
      ),
  },
  { section: "BIOS", vectors: /^bios.t /, parse: (vector) => bios.parse(dmi(vector)).sections.BIOS?.[0] },
  { section: "HARDWARE", vectors: /^hardware.t /, parse: (vector) => bios.parse(dmi(vector)).sections.HARDWARE?.[0] },
  {
    section: "MEMORIES",
    vectors: /^memory.t /,
    parse: (vector) => memories.parse(dmi(vector)).sections.MEMORIES,
    expect: (rows: Fields[]) => rows.map((row) => rename(row, { MEMORYCORRECTION: "ERRORCORRECTIONTYPE" })),
  },
  {
    section: "SLOTS",
    vectors: /^slots.t /,
    parse: (vector) => parseBoard(parseDmidecode(text(vector))).SLOTS,
    expect: list,
  },
  {
    section: "PORTS",
    vectors: /^ports.t /,
    parse: (vector) => parseBoard(parseDmidecode(text(vector))).PORTS,
    expect: list,
  },
  {
    section: "POWERSUPPLIES",
    vectors: /^(?:psu.t |fru.t .*dmidecode)/,
    parse: (vector) => parseBoard(parseDmidecode(text(vector))).POWERSUPPLIES,
    expect: list,
  },
  {
    section: "BATTERIES",
    vectors: /^(?:battery.t |acpiconf.t .*step 1)/,
    parse: (vector) => (parseDmidecode(text(vector)).get(22) ?? []).map(dmiBattery),
    expect: (rows: Fields[]) =>
      rows.map(({ DATE, SERIAL, ...row }) => ({ ...row, SERIALNUMBER: SERIAL, MANUFACTUREDATE: date(DATE) })),
  },
  {
    section: "CPUS",
    vectors: /^cpu.t /,
    parse(vector) {
      const file = (part: string) => vector.files.find((name) => name.includes(part));
      const dmidecode = file("dmidecode");
      return parseCpus({
        cpuinfo: corpusText(file("cpuinfo") as string),
        machine: "x86_64",
        dmi: { dmidecode: dmidecode && corpusText(dmidecode), id: {}, missing: undefined },
        topology: new Map(),
        maximum: undefined,
        l2: undefined,
      });
    },
    expect: (rows: Fields[]) => rows.map(cpu),
  },
  { section: "CPUS", vectors: /^linux.t .* cpuinfo parsing/, parse: (vector) => parseCpuinfo(text(vector)) },
  {
    section: "CPUS",
    vectors: /^generic.t .* dmidecode cpu extraction/,
    parse: (vector) => dmiProcessors(parseDmidecode(text(vector)).get(4) ?? []).map(unmarked),
    expect: (rows: Fields[]) => rows.map(cpu).map(unmarked),
  },
  {
    section: "NETWORKS",
    vectors: /^linux.t ip_addr/,
    parse: (vector) => interfaceRows(parseIpAddress(text(vector)), new Map(), []),
    expect: (rows: Fields[]) => rows.map(address),
  },
  {
    section: "STORAGES",
    vectors: /^linux.t .* udev parsing/,
    parse: (vector) => storageRow({ name: "sda", attributes: {}, path: undefined, udev: text(vector) }),
  },
  {
    section: "SOFTWARES",
    vectors: /^softwares.t dpkg/,
    parse: (vector) => parseDpkg({ status: dpkgStatus(text(vector, 1)), unpacked: new Map() }),
    expect: (rows: Fields[]) =>
      rows.map(({ FILESIZE, ...row }) => ({
        ...rename(row, { ARCH: "ARCHITECTURE", SYSTEM_CATEGORY: "SECTION" }),
        // No size is no size.
        ...(FILESIZE === 0 ? {} : { FILESIZE }),
      })),
  },
  {
    section: "VIRTUALMACHINES",
    vectors: /^libvirt.t virst list/,
    parse: (vector) => parseVirshList(text(vector)),
    expect: (rows: Fields[]) => rows.map(({ NAME, STATUS }) => ({ name: NAME, status: STATUS })),
  },
  {
    section: "VIRTUALMACHINES",
    vectors: /^libvirt.t virsh dumpxml/,
    parse: (vector) => parseDomain(text(vector)),
    expect: (domain: Fields) => rename(domain, { vmtype: "type" }),
  },
  { section: "VIRTUALMACHINES", vectors: /^xen.t xm_list2/, parse: (vector) => parseXlList(text(vector), "xm") },
  { section: "VIRTUALMACHINES", vectors: /^virtualbox.t /, parse: (vector) => parseVboxList(text(vector)) },
  { section: "VIRTUALMACHINES", vectors: /^docker.t /, parse: (vector) => parseContainers(text(vector, 1), "docker") },
  {
    section: "CONTROLLERS",
    vectors: /^controllers.t /,
    parse: (vector) => pciOf(vector).CONTROLLERS,
    expect: (rows: Fields[]) =>
      rows.map(({ VENDORID, PRODUCTID, ...row }) => ({ ...row, PCIID: `${VENDORID}:${PRODUCTID}` })),
  },
  {
    section: "VIDEOS",
    vectors: /^(?:videos.t |nvidia.t pci )/,
    parse: (vector) => pciOf(vector).VIDEOS,
    // By xdpyinfo, which needs a session on the screen.
    expect: (rows: Fields[]) =>
      rows.map(({ RESOLUTION: _resolution, ...row }) => ({
        ...row,
        PCISLOT: String(row.PCISLOT).replace(/^0000:/, ""),
      })),
  },
  { section: "SOUNDS", vectors: /^sounds.t /, parse: (vector) => pciOf(vector).SOUNDS },
  { section: "MODEMS", vectors: /^modems.t /, parse: (vector) => pciOf(vector).MODEMS },
  {
    section: "USBDEVICES",
    vectors: /^usb.t .*retrieval/,
    parse: usbOf,
  },
  {
    section: "MONITORS",
    vectors: /^screen.t /,
    parse: (vector) => monitorRow(corpusBytes(vector.files[0] as string), pnp()),
    expect: monitor,
  },
];
