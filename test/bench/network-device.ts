/** One device, one set of columns: read by Reeve, by SNMP::Info in Netdisco's way, and by snmpbulkwalk. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bridge } from "../../src/snmp/mib/bridge.ts";
import { entity } from "../../src/snmp/mib/entity.ts";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import { ip } from "../../src/snmp/mib/ip.ts";
import { lldp } from "../../src/snmp/mib/lldp.ts";
import { vlan } from "../../src/snmp/mib/vlan.ts";
import type { Oid } from "../../src/snmp/value.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type Responder, startResponder } from "../lab/responder.ts";
import { inTurns, median } from "./measure.ts";
import {
  compileReader,
  latency,
  packedMibs,
  type ReadDone,
  type Recording,
  recordingFile,
  recordings,
  recordingsMissing,
  runProgram,
  unpackMibs,
} from "./network-lab.ts";
import type { Bench, Grid, Report, Row } from "./report.ts";

const turns = { warmup: 1, repetitions: 5 };
/** Rows a request, as Netdisco's `bulkwalk_repeaters`. */
const repeaters = 20;

/** The columns, by module: the generic part of what discover, macsuck and arpnip of Netdisco read as well. */
const modules: Record<string, Record<string, Oid>> = {
  "IF-MIB": pick(interfaces, [
    ...["ifDescr", "ifType", "ifMtu", "ifSpeed", "ifPhysAddress", "ifAdminStatus", "ifOperStatus", "ifLastChange"],
    ...["ifName", "ifHighSpeed", "ifAlias", "ifStackStatus"],
  ]),
  "EtherLike-MIB": pick(interfaces, ["dot3StatsDuplexStatus"]),
  "IP-MIB": pick(ip, ["ipAdEntIfIndex", "ipAdEntNetMask", "ipNetToMediaPhysAddress", "ipNetToMediaType"]),
  "ENTITY-MIB": pick(entity, [
    ...["entPhysicalDescr", "entPhysicalVendorType", "entPhysicalContainedIn", "entPhysicalClass", "entPhysicalName"],
    ...["entPhysicalParentRelPos", "entPhysicalHardwareRev", "entPhysicalFirmwareRev", "entPhysicalSoftwareRev"],
    ...["entPhysicalSerialNum", "entPhysicalMfgName", "entPhysicalModelName", "entPhysicalIsFRU"],
  ]),
  "BRIDGE-MIB": pick(bridge, ["dot1dBasePortIfIndex", "dot1dStpPortState", "dot1dTpFdbPort", "dot1dTpFdbStatus"]),
  "Q-BRIDGE-MIB": {
    ...pick(bridge, ["dot1qTpFdbPort", "dot1qTpFdbStatus"]),
    ...pick(vlan, [
      ...["dot1qPvid", "dot1qVlanCurrentEgressPorts", "dot1qVlanCurrentUntaggedPorts", "dot1qVlanStaticName"],
      ...["dot1qVlanStaticEgressPorts", "dot1qVlanStaticUntaggedPorts"],
    ]),
  },
  "LLDP-MIB": pick(lldp, [
    ...["lldpLocPortId", "lldpLocPortDesc", "lldpRemChassisIdSubtype", "lldpRemChassisId", "lldpRemPortIdSubtype"],
    ...["lldpRemPortId", "lldpRemPortDesc", "lldpRemSysName", "lldpRemSysDesc", "lldpRemSysCapEnabled"],
    "lldpRemManAddrIfSubtype",
  ]),
};

function pick(mib: Readonly<Record<string, Oid>>, names: readonly string[]): Record<string, Oid> {
  return Object.fromEntries(
    names.map((name) => {
      const oid = mib[name];
      if (oid === undefined) throw new Error(`no ${name}`);
      return [name, oid];
    }),
  );
}

const columns = Object.entries(modules).flatMap(([module, of]) =>
  Object.entries(of).map(([name, oid]) => ({ module, name, oid })),
);

interface Sample {
  /** Milliseconds of the whole program, or programs; of its reading alone; of the processor. */
  wall: number;
  read: number;
  cpu: number;
  rows: number[];
  requests: number;
}

type Reader = (host: string, port: number) => Omit<Sample, "requests">;

function reeve(program: string): Reader {
  return (host, port) => {
    const order = { read: { host, port, columns: columns.map(({ oid }) => oid) } };
    const { output, wall, cpu } = runProgram([program, JSON.stringify(order)]);
    const { read, rows } = JSON.parse(output) as ReadDone;
    return { wall, read, cpu, rows };
  };
}

function snmpInfo(script: string, mibs: string, folder: string, told: (version: string) => void): Reader {
  const names = columns.map(({ module, name }) => `${module.replaceAll("-", "_")}__${name}`);
  return (host, port) => {
    const words = ["perl", script, host, String(port), "public", mibs, ...names];
    // What net-snmp remembers of MIB files is kept over the rounds.
    const { output, wall, cpu } = runProgram(words, { SNMP_PERSISTENT_DIR: folder });
    const { read, rows, version } = JSON.parse(output) as { read: number; rows: number[]; version: string };
    told(version);
    return { wall, read, cpu, rows };
  };
}

/** A process for each column, one after another. */
function bulkwalk(folder: string): Reader {
  const fixed = ["snmpbulkwalk", "-v2c", "-cpublic", "-m", "", "-On", `-Cr${repeaters}`, "-t3", "-r1"];
  return (host, port) => {
    const sample = { wall: 0, read: 0, cpu: 0, rows: [] as number[] };
    for (const { oid } of columns) {
      const { output, wall, cpu } = runProgram([...fixed, `${host}:${port}`, oid], { SNMP_PERSISTENT_DIR: folder });
      sample.wall += wall;
      sample.cpu += cpu;
      sample.rows.push(output.split("\n").filter((line) => line.startsWith(`.${oid}.`)).length);
    }
    return { ...sample, read: sample.wall };
  };
}

const names = { reeve: "Reeve", perl: "SNMP::Info", walk: "snmpbulkwalk" } as const;
type Name = keyof typeof names;

async function measure(responder: Responder, readers: Partial<Record<Name, Reader>>, hosts: Map<Recording, string>) {
  const subjects: Record<string, () => Promise<Sample>> = {};
  for (const [recording, host] of hosts) {
    for (const [name, read] of Object.entries(readers)) {
      subjects[`${name} ${recording}`] = async () => {
        await responder.stats(true);
        const sample = read(host, responder.port);
        return { ...sample, requests: (await responder.stats()).requests };
      };
    }
  }
  return inTurns(subjects, turns);
}

type Figures = Record<string, Sample[]>;
type Figure = "wall" | "read" | "cpu";

/** A line for each reader and device, and for all devices together. */
function rowsOf(figures: Figures, readers: readonly Name[], figure: Figure): Row[] {
  const of = (name: Name, recording: string) => (figures[`${name} ${recording}`] ?? []).map((one) => one[figure]);
  const all = (name: Name) =>
    recordings
      .map((recording) => of(name, recording))
      .reduce((sums, values) => values.map((value, round) => value + (sums[round] ?? 0)), [] as number[]);
  const lines = [...recordings.map((one) => [one, (name: Name) => of(name, one)] as const), ["all", all] as const];
  return lines.flatMap(([recording, values]) =>
    readers.map((name): Row => {
      const against = name === "reeve" ? undefined : { name: names.reeve, values: values("reeve") };
      return { what: `${recording}: ${names[name]}`, unit: "ms", values: values(name), against };
    }),
  );
}

function comparison(figures: Figures, readers: readonly Name[]): Grid {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const notes: string[] = [];
  const grid = recordings.map((recording) => {
    const last = (name: Name) => figures[`${name} ${recording}`]?.at(-1);
    const own = last("reeve")?.rows ?? [];
    for (const name of readers) {
      const other = last(name)?.rows ?? [];
      const unequal = columns.flatMap(({ name: column }, at) =>
        own[at] === other[at] ? [] : [`${column} ${other[at]} for ${own[at]}`],
      );
      if (unequal.length > 0) notes.push(`${recording}: ${names[name]} brings ${unequal.join(", ")}.`);
    }
    const filled = own.filter((rows) => rows > 0).length;
    return [
      recording,
      String(filled),
      ...readers.flatMap((name) => [String(sum(last(name)?.rows ?? [])), requests(name)]),
    ];

    function requests(name: Name): string {
      return String(median((figures[`${name} ${recording}`] ?? []).map((one) => one.requests)));
    }
  });
  const heads = readers.flatMap((name) => [`${names[name]}: rows`, "requests"]);
  return {
    title: "The same rows",
    grid: [["", "columns with rows", ...heads], ...grid],
    notes: notes.length > 0 ? notes : [`Of each of the ${columns.length} columns all brought the same number of rows.`],
  };
}

export const bench: Bench = async () => {
  const missing = recordingsMissing();
  if (missing) return [{ title: "Reading one device", grid: [["not measured"]], notes: [missing] }];
  const folder = temporaryFolder("bench");
  const hosts = new Map(recordings.map((name, at) => [name, `127.0.40.${at + 1}`]));
  const devices = new Map(recordings.map((name) => [name, { file: recordingFile(name), host: hosts.get(name) }]));
  const responder = await startResponder({ devices, latency });
  try {
    const readers: Partial<Record<Name, Reader>> = { reeve: reeve(compileReader(folder)) };
    const absent: string[] = [];
    const persistent = join(folder, "net-snmp");
    mkdirSync(persistent);
    const packed = packedMibs();
    const module = Bun.spawnSync(["perl", "-MSNMP::Info", "-e1"], { stderr: "ignore" }).exitCode === 0;
    let version = "";
    if (!module) absent.push("SNMP::Info (package libsnmp-info-perl)");
    else if (!packed) absent.push("SNMP::Info (no MIB files: ../shared/lab/mibs.tar.xz)");
    else {
      const mibs = join(folder, "mibs");
      mkdirSync(mibs);
      const script = join(import.meta.dirname, "snmp-info.pl");
      readers.perl = snmpInfo(script, unpackMibs(packed, mibs), persistent, (told) => {
        version = told;
      });
    }
    if (Bun.which("snmpbulkwalk")) readers.walk = bulkwalk(persistent);
    else absent.push("snmpbulkwalk (package snmp)");

    const figures = (await measure(responder, readers, hosts)) as Figures;
    const present = Object.keys(readers) as Name[];
    const title = `One device, ${columns.length} columns, ${latency} ms latency`;
    const reading = present.filter((name) => name !== "walk");
    const reports: (Report | Grid)[] = [
      {
        title: `${title}: start to end of the program`,
        rows: rowsOf(figures, present, "wall"),
        notes: [
          "Reeve's engine in a program compiled as `make build` does, with the presets: 4 requests in flight, 25 rows.",
          ...(readers.perl
            ? [`SNMP::Info ${version} of Debian, opened as Netdisco opens it: class found, BulkRepeaters 20.`]
            : []),
          ...(readers.walk ? [`snmpbulkwalk -Cr${repeaters}, a process for each column, one after another.`] : []),
          ...absent.map((name) => `Not measured: ${name}.`),
          `Columns: ${Object.entries(modules)
            .map(([module, of]) => `${module} ${Object.keys(of).join(" ")}`)
            .join("; ")}.`,
        ],
      },
      {
        title: `${title}: reading alone`,
        rows: rowsOf(figures, reading, "read"),
        notes: ["Reeve: from the first request of finding the credential. SNMP::Info: after it was connected."],
      },
      { title: `${title}: processor time of the program`, rows: rowsOf(figures, present, "cpu") },
      comparison(figures, present),
    ];
    return reports;
  } finally {
    await responder.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
