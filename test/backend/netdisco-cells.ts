/**
 * Every cell of what `reeve backend do` prints of a recording held against Netdisco's (2.105.1 with SNMP::Info 3.977): how
 * many differ in which column, and why. What the readers' own tables explain (device/*-differences.ts, row-counts.ts,
 * module-rows.ts) is taken from there.
 */
import type { DeviceDump } from "../../src/store/device-dump.ts";
import { expected as modules } from "./device/module-rows.ts";
import { portDifferences } from "./device/port-differences.ts";
import type { RecordingName } from "./device/raw-rows.ts";
import { netdisco } from "./device/recorded.ts";
import { rowCounts } from "./device/row-counts.ts";
import { differences as systemDifferences } from "./device/system-differences.ts";

/** Tables that both have, by what tells their rows apart. Ports' properties are in Netdisco's second table of ports. */
const keys = {
  device: [],
  device_ip: ["alias"],
  device_port: ["port"],
  device_vlan: ["vlan"],
  device_port_vlan: ["port", "vlan"],
  device_port_power: ["port"],
  device_module: ["index"],
  node: ["mac", "port", "vlan"],
} as const satisfies Partial<Record<keyof DeviceDump, readonly string[]>>;

export type ComparedTable = keyof typeof keys;
export const comparedTables = Object.keys(keys) as ComparedTable[];

export interface CellDifference {
  table: ComparedTable;
  /** A column; `+row` and `-row`: rows that only Reeve, only Netdisco has. */
  field: string;
  /** Rows in which it differs. */
  rows: number;
  why: string;
}

const time = "times are milliseconds since 1970, and of another hour";
const notKept = "rows of a table have the device's last_discover";
const neverEmpty = "nobody set it; JSON's [] for PostgreSQL's {}";

/** Columns of which every cell differs by nature, in any number of rows. */
export const always: readonly { table: ComparedTable; fields: readonly string[]; why: string }[] = [
  { table: "device", fields: ["creation", "last_discover", "last_macsuck", "last_arpnip"], why: time },
  { table: "device", fields: ["snmp_class"], why: "our reader's name, not a Perl class" },
  { table: "device", fields: ["snmp_comm"], why: "no secret is kept with a device, but the tag of its credential" },
  { table: "device", fields: ["tags"], why: neverEmpty },
  { table: "device", fields: ["pae_is_enabled"], why: "null where the device does not say; Netdisco says false" },
  { table: "device_ip", fields: ["creation"], why: time },
  { table: "device_port", fields: ["creation"], why: time },
  { table: "device_port", fields: ["tags"], why: neverEmpty },
  {
    table: "device_port",
    fields: ["remote_is_discoverable"],
    why: "not kept: access lists are asked when it matters; Netdisco says true of ports without a neighbour",
  },
  { table: "device_vlan", fields: ["creation"], why: time },
  { table: "device_vlan", fields: ["last_discover"], why: notKept },
  { table: "device_port_vlan", fields: ["creation"], why: time },
  { table: "device_port_vlan", fields: ["last_discover"], why: notKept },
  { table: "device_module", fields: ["creation"], why: time },
  { table: "device_module", fields: ["last_discover"], why: notKept },
  { table: "node", fields: ["time_first", "time_recent", "time_last"], why: time },
];

const polled = "the address at which Netdisco polled it in its lab; the device does not have it";
const lldpFirst = "LLDP's words before CDP's where both tell: Netdisco lets the one it reads last overwrite";
const noAddress = "neighbours that tell a MAC address and no management address, which Netdisco drops";
const tagged = "in dot1qVlanCurrentEgressPorts and not in …UntaggedPorts: the PVID's VLAN leaves with a tag";
const index = "lldpRemPortId, an index; Netdisco shows lldpRemPortDesc";
const uplink = "every sighting is kept, also those behind uplinks; Netdisco stores what it takes for the edge";
const byPlace =
  "bridge ports lead to interface 0, for which Netdisco drops all rows; told by their place (bridge-ports.ts)";

const own: Readonly<Record<RecordingName, readonly CellDifference[]>> = {
  "arista-dcs-7150s-52-cl": [],
  arista_eos_1: [],
  awplus: [
    { table: "device_module", field: "+row", rows: 8, why: "boards of AT-SYSINFO-MIB" },
    { table: "node", field: "+row", rows: 25, why: "Netdisco did not ask: the recording has no sysServices" },
  ],
  "brocade-icx6430-24": [
    {
      table: "device_port_power",
      field: "-row",
      rows: 28,
      why: "snAgentPoePortControl is `other` on all of them, which no PoE port has; Netdisco calls them disabled",
    },
  ],
  "cisco-c3560": [
    {
      ...{ table: "device_port", field: "remote_ip", rows: 1 },
      why: "six neighbours on GigabitEthernet0/50; another one of them",
    },
    {
      ...{ table: "device_port", field: "remote_id", rows: 1 },
      why: "six neighbours on GigabitEthernet0/50; another one of them",
    },
    { table: "device_port", field: "remote_os_ver", rows: 4, why: "cdpCacheVersion, which Netdisco does not store" },
  ],
  "cisco-n5000-uk9": [
    {
      ...{ table: "device_ip", field: "subnet", rows: 1 },
      why: "the address of mgmt0 stands in lldpLocManAddrTable alone, which knows no prefix; Netdisco makes up /32",
    },
    { table: "device_ip", field: "port", rows: 1, why: "lldpLocManAddrIfId says mgmt0" },
    { table: "device_port", field: "is_uplink", rows: 3, why: noAddress },
    { table: "device_port", field: "remote_ip", rows: 2, why: lldpFirst },
    { table: "device_port", field: "remote_port", rows: 7, why: `${lldpFirst}; ${noAddress}` },
    { table: "device_port", field: "remote_id", rows: 8, why: `${lldpFirst}; ${noAddress}` },
    { table: "device_port", field: "remote_type", rows: 8, why: `${lldpFirst}; ${noAddress}` },
  ],
  comware: [],
  "dlink-des3200": [{ table: "device_port_vlan", field: "egress_tag", rows: 3, why: tagged }],
  gaia: [],
  "hpe-procurve-516733-b21": [
    { table: "device_port", field: "is_uplink", rows: 3, why: noAddress },
    { table: "device_port", field: "remote_ip", rows: 1, why: lldpFirst },
    { table: "device_port", field: "remote_port", rows: 4, why: `${lldpFirst}; ${noAddress}` },
    { table: "device_port", field: "remote_id", rows: 4, why: `${lldpFirst}; ${noAddress}` },
    { table: "device_port", field: "remote_type", rows: 4, why: `${lldpFirst}; ${noAddress}` },
    { table: "device_port_vlan", field: "egress_tag", rows: 1, why: tagged },
    { table: "node", field: "+row", rows: 217, why: uplink },
  ],
  "huawei-s5720": [
    { table: "device_port", field: "is_uplink", rows: 1, why: "the bridge towards the root, by spanning tree" },
    { table: "device_port", field: "remote_id", rows: 1, why: "the bridge towards the root, by spanning tree" },
    { table: "device_port", field: "remote_port", rows: 1, why: "the bridge towards the root, by spanning tree" },
    {
      ...{ table: "node", field: "+row", rows: 29 },
      why: "with its VLAN by HUAWEI-L2MAM-MIB, which has three more addresses as well",
    },
    { table: "node", field: "-row", rows: 26, why: "the same rows without VLAN, as BRIDGE-MIB has them" },
  ],
  "juniper-mx960-12-3r6-6": [
    {
      ...{ table: "device_port", field: "remote_ip", rows: 1 },
      why: "the neighbour's address on ge-0/1/6 has another time mark than its row; Netdisco finds none and drops it",
    },
    { table: "device_port", field: "is_uplink", rows: 1, why: "the same neighbour on ge-0/1/6" },
    { table: "device_port", field: "remote_id", rows: 1, why: "the same neighbour on ge-0/1/6" },
    { table: "device_port", field: "remote_port", rows: 3, why: `the same neighbour on ge-0/1/6; ${index}` },
    {
      ...{ table: "device_port", field: "remote_type", rows: 2 },
      why: "the same neighbour on ge-0/1/6; without the blank at its end",
    },
    { table: "node", field: "+row", rows: 215, why: byPlace },
  ],
  "juniper-mx960-13-3r9-13": [
    { table: "device_port", field: "remote_port", rows: 1, why: index },
    { table: "device_port", field: "remote_type", rows: 1, why: "without the blank at its end" },
    {
      ...{ table: "device_vlan", field: "description", rows: 19 },
      why: "dot1qVlanStaticName; Netdisco calls them `VLAN` and their number",
    },
    { table: "node", field: "+row", rows: 7, why: byPlace },
  ],
  routeros: [],
};

const tables = { device_ip: "addresses", device_vlan: "vlans", device_port_vlan: "portVlans", node: "macs" } as const;

/** All that are explained, `always` left out; rows 0: in any number. */
export function explained(recording: RecordingName): CellDifference[] {
  const of = <Row extends { recording: string }>(rows: readonly Row[]) =>
    rows.filter((row) => row.recording === recording);
  const all: CellDifference[] = [...(own[recording] ?? [])];
  for (const { field, why } of of(systemDifferences)) all.push({ table: "device", field, rows: 1, why });
  for (const { field, ports, why } of of(portDifferences)) {
    const name = /^[+-]port$/.test(field) ? `${field[0]}row` : field;
    all.push({ table: "device_port", field: name, rows: ports, why });
  }
  const { differ, why } = modules[recording] ?? { differ: {}, why: "" };
  for (const [field, rows] of Object.entries(differ)) {
    all.push({ table: "device_module", field: field === "missing" ? "-row" : field, rows, why });
  }
  all.push({ table: "device_ip", field: "-row", rows: 1, why: polled });
  for (const [table, counted] of Object.entries(tables) as [ComparedTable, string][]) {
    const row = of(rowCounts).find((one) => one.table === counted);
    const told = all.filter((one) => one.table === table).map(({ field }) => field);
    for (const field of ["+row", "-row"]) {
      if (row?.why && !told.includes(field)) all.push({ table, field, rows: 0, why: row.why });
    }
  }
  return all;
}

const empty = new Set(["is_uplink", "remote_is_wap", "remote_is_phone"]);

/** A cell as Netdisco's CSV has it. */
function stored(field: string, value: unknown): string {
  if (value === null || value === undefined || (value === false && empty.has(field))) return "";
  if (typeof value === "boolean") return value ? "t" : "f";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function peers(table: ComparedTable, recording: RecordingName): Map<string, Record<string, string>> {
  const rows = netdisco(table, recording);
  const properties = new Map(
    table === "device_port" ? netdisco("device_port_properties", recording).map((row) => [row.port ?? "", row]) : [],
  );
  const names: readonly string[] = keys[table];
  return new Map(
    rows.map((row) => [names.map((name) => row[name]).join("|"), { ...properties.get(row.port ?? ""), ...row }]),
  );
}

export interface Compared {
  /** `device_port.speed` → rows in which it differs. */
  counts: Map<string, number>;
  cells: number;
}

/** Columns that only Reeve has are no differences; those that it does not have are, where Netdisco's hold something. */
export function compareCells(recording: RecordingName, dump: DeviceDump): Compared {
  const counts = new Map<string, number>();
  let cells = 0;
  for (const table of comparedTables) {
    const count = (field: string) => counts.set(`${table}.${field}`, (counts.get(`${table}.${field}`) ?? 0) + 1);
    const theirs = peers(table, recording);
    const names: readonly string[] = keys[table];
    for (const row of dump[table]) {
      const key = names.map((name) => stored(name, row[name])).join("|");
      const other = theirs.get(key);
      theirs.delete(key);
      if (other === undefined) count("+row");
      for (const [field, value] of Object.entries(other ?? {})) {
        cells++;
        const same = empty.has(field) && value === "f" ? "" : value;
        if (stored(field, row[field]) !== same) count(field);
      }
    }
    for (const _ of theirs.keys()) count("-row");
  }
  return { counts, cells };
}
