/** docs/recordings.md, made from the recordings, from what `reeve backend do` prints of them, and from tables of reasons. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceDump } from "../../src/store/device-dump.ts";
import { expected as modules } from "./device/module-rows.ts";
import { neighbourCounts } from "./device/neighbour-rows.ts";
import { portDifferences } from "./device/port-differences.ts";
import { distinct, presentRows } from "./device/present-rows.ts";
import { type RecordingName, rawIndexes, recordings } from "./device/raw-rows.ts";
import { netdisco } from "./device/recorded.ts";
import { rowCounts } from "./device/row-counts.ts";
import { differences as systemDifferences } from "./device/system-differences.ts";
import { always, compareCells, explained } from "./netdisco-cells.ts";
import { recordedRows } from "./recorded-do.ts";
import { type PlacedNode, recordedSite, type Site } from "./recorded-site.ts";
import { snmpInfoReasons } from "./snmp-info-reasons.ts";

export const pagePath = join(import.meta.dirname, "../../docs/recordings.md");

const kinds = {
  ports: "ports",
  addresses: "addresses",
  vlans: "VLANs",
  portVlans: "ports in VLANs",
  modules: "modules",
  portPower: "PoE ports",
  lldp: "LLDP",
  cdp: "CDP",
  stp: "STP",
  ospf: "OSPF",
  bgp: "BGP",
  macs: "MAC addresses",
  bindings: "ARP and ND",
} as const;
export type RowKind = keyof typeof kinds;
const allKinds = Object.keys(kinds) as RowKind[];

type Counts = Record<RowKind, number | null>;

const info = JSON.parse(readFileSync(join(import.meta.dirname, "snmp-info-rows.json"), "utf8")) as {
  date: string;
  read: Record<RecordingName, { rows: Partial<Counts> } | { error: string }>;
};

/** Counted by the recording's lines alone; null where several objects make a row. */
function present(recording: RecordingName): Counts {
  const rows = (column: string) => rawIndexes(recording, column).length;
  const makers = ["2636.3.1.6.1.6", "2636.3.1.8.1.6", "1991.1.1.2.8.1.1.4", "207.8.4.4.3.21.1.1.4"];
  const root = rawIndexes(recording, "1.3.6.1.2.1.17.2.15.1.8").length > 0;
  return {
    ...presentRows(recording),
    ports: rows("1.3.6.1.2.1.2.2.1.2"),
    modules: rows("1.3.6.1.2.1.47.1.1.1.1.5") || makers.reduce((sum, column) => sum + rows(`1.3.6.1.4.1.${column}`), 0),
    portPower: rows("1.3.6.1.2.1.105.1.1.1.3") + rows("1.3.6.1.4.1.1991.1.1.2.14.2.2.1.1"),
    lldp: rows("1.0.8802.1.1.2.1.4.1.1.5"),
    cdp: rows("1.3.6.1.4.1.9.9.23.1.2.1.1.6"),
    stp: root ? null : 0,
    ospf: rows("1.3.6.1.2.1.14.10.1.3"),
    bgp: rows("1.3.6.1.2.1.15.3.1.2"),
  };
}

function found(dump: DeviceDump): Counts {
  const of = (protocol: string) => dump.neighbors.filter((row) => row.protocol === protocol).length;
  return {
    ports: dump.device_port.length,
    addresses: dump.device_ip.length,
    vlans: dump.device_vlan.length,
    portVlans: dump.device_port_vlan.length,
    modules: dump.device_module.length,
    portPower: dump.device_port_power.length,
    ...{ lldp: of("lldp"), cdp: of("cdp"), stp: of("stp"), ospf: of("ospf"), bgp: of("bgp") },
    macs: distinct(dump.node.map((row) => String(row.mac))),
    bindings: dump.node_ip.length,
  };
}

/** Of neighbours it keeps one a port, of whatever protocol. */
function stored(recording: RecordingName): Partial<Counts> {
  return {
    ports: netdisco("device_port", recording).length,
    addresses: netdisco("device_ip", recording).filter((row) => row.alias !== row.ip).length,
    vlans: netdisco("device_vlan", recording).length,
    portVlans: netdisco("device_port_vlan", recording).length,
    modules: netdisco("device_module", recording).length,
    portPower: netdisco("device_port_power", recording).length,
    macs: distinct(netdisco("node", recording).map((row) => row.mac ?? "")),
  };
}

function reason(recording: RecordingName, kind: RowKind): string {
  const of = <Row extends { recording: string }>(rows: readonly Row[]) =>
    rows.filter((row) => row.recording === recording);
  if (kind === "ports")
    return of(portDifferences)
      .filter(({ field }) => /^[+-]port$/.test(field))
      .map(({ why }) => why)
      .join("; ");
  if (kind === "modules") return modules[recording]?.why ?? "";
  if (kind === "portPower") return explained(recording).find(({ table }) => table === "device_port_power")?.why ?? "";
  if (["lldp", "cdp", "ospf", "bgp"].includes(kind)) return of(neighbourCounts)[0]?.why ?? "";
  return of(rowCounts).find(({ table }) => table === kind)?.why ?? "";
}

const shown = (count: number | null | undefined) => (count === null || count === undefined ? "–" : String(count));
const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const table = (header: string[], rows: string[][]) =>
  [row(...header), row(...header.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n");

interface Recorded {
  recording: RecordingName;
  dump: DeviceDump;
  present: Counts;
  found: Counts;
}

/** @throws Error where a difference has no reason */
export async function recordingsPage(): Promise<string> {
  const site = await recordedSite();
  const all: Recorded[] = [];
  for (const recording of recordings) {
    const dump = await recordedRows(recording);
    all.push({ recording, dump, present: present(recording), found: found(dump) });
  }
  return [
    head,
    summary(all),
    edges(site),
    siteLinks(site),
    everywhere,
    ...all.map((one) => `## ${one.recording}\n\n${described(one.dump)}\n\n${rowTable(one)}\n\n${cellTable(one)}`),
  ]
    .join("\n\n")
    .concat("\n");
}

const head = `# Recordings of real devices: what Reeve finds in them

Fourteen recordings of switches, routers and a firewall lie beside the project (\`../shared/corpus/snmp\`). This page holds
what Reeve reads of them against three others: what is **present** in the recording, counted by its lines without any of
Reeve's code; what **SNMP::Info** reads of it; and what a real **Netdisco** 2.105.1 with SNMP::Info 3.977 stored of it.
Where they differ the recording decides, and the reason stands beside it.

- Made by \`bun test/backend/recordings-report.ts\`; \`test/backend/recordings-page.corpus.test.ts\` says when it is out of date,
  and fails on a difference without a reason.
- Reeve's rows are those of \`reeve backend do discover,macsuck,arpnip -d ADDRESS --walk RECORDING --dry-run --json\`.
- SNMP::Info's were read on ${info.date} with Debian's libsnmp-info-perl 3.92 from our own responder:
  \`bun test/backend/snmp-info-read.ts MIBFOLDER\` (MIBs of \`../shared/lab/mibs.tar.xz\`).
- Netdisco's are its database of 2026-11-21 (\`../shared/corpus/netdisco\`). It keeps one neighbour a port, whatever the
  protocol, and of MAC addresses what it takes for the edge.`;

function summary(all: readonly Recorded[]): string {
  const cell = ({ present: there, found: mine }: Recorded, kind: RowKind) =>
    there[kind] === null || there[kind] === mine[kind] ? shown(mine[kind]) : `**${mine[kind]}** of ${there[kind]}`;
  const rows = all.map((one) => [one.recording, ...allKinds.map((kind) => cell(one, kind))]);
  const title = "## Found of what is present\n\nOne number: all that is there. Each **bold** one is explained below.";
  return `${title}\n\n${table(["recording", ...Object.values(kinds)], rows)}`;
}

const pair = ({ mac, port }: { mac: string; port: string }) => `${mac} ${port}`;

function edges({ nodes }: Site): string {
  const rows = [...nodes].map(([recording, seen]) => {
    const edge = new Set(seen.filter(({ place }) => place.edge).map(pair));
    const theirs = new Set(netdisco("node", recording).map(({ mac = "", port = "" }) => pair({ mac, port })));
    const missing = [...theirs].filter((one) => !edge.has(one));
    if (missing.length > 0) throw new Error(`${recording}: only Netdisco has ${missing.length} hosts at the edge`);
    const more = [...new Map(seen.map((one) => [pair(one), one]))]
      .filter(([key]) => edge.has(key) && !theirs.has(key))
      .map(([, one]) => one);
    const all = distinct(seen.map(pair));
    return [recording, String(all), String(edge.size), String(theirs.size), edgeReason(recording, seen, more)];
  });
  return `## Edge or uplink

Every sighting is kept, and whether a port is the edge is judged when asked, with all recordings known as one site.
Netdisco decides when it stores. Pairs of MAC address and port; Reeve's edge has every pair that Netdisco's has.

${table(["recording", "seen", "Reeve's edge", "Netdisco's node", "why"], rows)}`;
}

function edgeReason(recording: RecordingName, seen: readonly PlacedNode[], more: readonly PlacedNode[]): string {
  const hidden = Map.groupBy(
    seen.filter(({ place }) => !place.edge),
    ({ place }) => place.kind,
  );
  const words = { router: "of virtual routers", own: "of the device itself", uplink: "behind uplinks" };
  const left = [...hidden].map(
    ([kind, list]) => `${list.length} ${words[kind as keyof typeof words]} ${list.length === 1 ? "is" : "are"} hidden`,
  );
  if (more.length > 0) {
    const row = rowCounts.find((one) => one.recording === recording && one.table === "macs");
    const behind = more.filter(({ place, port }) => place.kind === "behind" && port !== "").length;
    const what =
      behind > 0 ? ` (${behind} behind a switch that tells no table of its own: nobody knows them nearer)` : "";
    if (!row?.why) throw new Error(`${recording}: ${more.length} hosts that only Reeve has, without a reason`);
    left.unshift(`${more.length} more than Netdisco${what}: ${row.why}`);
  }
  return left.join("; ");
}

function siteLinks({ links }: Site): string {
  const rows = links.map(({ from, to, link }) => [
    `${from} ${link.port}`,
    link.protocol.toUpperCase(),
    `${to} ${link.remote_device_port}`,
    link.reason,
  ]);
  return `## Links between recordings

By Netdisco's rules the MX960 have none (they advertise addresses at which they are not polled), and the Nexus none to the
ProCurve (which tells no address).

${table(["port", "by", "leads to", "because"], rows)}`;
}

const everywhere = `## What differs from Netdisco in every recording

${table(
  ["column", "why"],
  always.map(({ table: name, fields, why }) => [`${name}.${fields.join(", ")}`, why]),
)}

Columns that only Reeve has (\`object_id\`, \`bridge_port\`, \`prefix\`, \`vrf\`, …) are no differences.`;

function described({ device: [device] }: DeviceDump): string {
  const { vendor, model, os, os_ver, serial } = (device ?? {}) as Record<string, string>;
  return [vendor, model, [os, os_ver].filter(Boolean).join(" "), serial ? `serial ${serial}` : ""]
    .filter(Boolean)
    .join(", ");
}

function rowTable({ recording, dump, present: there, found: mine }: Recorded): string {
  const theirs = stored(recording);
  const read = info.read[recording];
  const rows = allKinds.flatMap((kind) => {
    const peer = "rows" in read ? read.rows[kind] : undefined;
    const counts = [there[kind], mine[kind], peer, theirs[kind]];
    if (counts.every((count) => !count)) return [];
    const why: string[] = [];
    const others = [there[kind], theirs[kind]].some((count) => typeof count === "number" && count !== mine[kind]);
    if (others) why.push(reason(recording, kind));
    const differs = peer !== undefined && peer !== mine[kind];
    if (differs) why.push(`SNMP::Info: ${snmpInfoReasons[recording]?.[kind] ?? ""}`);
    if ((others && !why[0]) || (differs && !snmpInfoReasons[recording]?.[kind]))
      throw new Error(`${recording} ${kind}: ${counts.map(shown).join(", ")} without a reason`);
    return [[kinds[kind], ...counts.map(shown), why.join("; ")]];
  });
  const neighbour = neighbourCounts.find((one) => one.recording === recording);
  const ports = distinct(
    dump.neighbors
      .filter(({ protocol }) => protocol === "lldp" || protocol === "cdp")
      .map((one) => String(one.local_port)),
  );
  if (ports > 0)
    rows.push([
      "ports with a neighbour",
      "–",
      String(ports),
      "–",
      shown(neighbour?.netdiscoPorts),
      neighbour?.why ?? "",
    ]);
  const error = "error" in read ? `\n\nSNMP::Info could not read it: ${read.error}.` : "";
  return `${table(["rows", "present", "found", "SNMP::Info", "Netdisco", "why"], rows)}${error}`;
}

function cellTable({ recording, dump }: Recorded): string {
  const { counts, cells } = compareCells(recording, dump);
  const values = new Map(
    systemDifferences
      .filter((one) => one.recording === recording)
      .map((one) => [`device.${one.field}`, `${one.netdisco || "nothing"} → ${one.reeve || "nothing"}: `]),
  );
  const rows = explained(recording).flatMap(({ table: name, field, why }) => {
    const count = counts.get(`${name}.${field}`);
    return count === undefined
      ? []
      : [[`${name}.${field}`, String(count), `${values.get(`${name}.${field}`) ?? ""}${why}`]];
  });
  return `Cells compared with Netdisco's: ${cells}. Those that differ (\`+row\`, \`-row\`: rows that only Reeve, only Netdisco has):

${table(["column", "rows", "Netdisco → Reeve, and why"], rows)}`;
}
