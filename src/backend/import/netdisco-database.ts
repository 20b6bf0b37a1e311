/**
 * Netdisco's PostgreSQL database into our store. It can be run again, also while both are at work: what is known here is
 * joined, what was learnt here since is not overwritten.
 */
import { Problem } from "../../problem.ts";
import { findDevice } from "../../store/device.ts";
import { saveDiscovery, setCredential } from "../../store/device-discovery.ts";
import { noteImportedDevice } from "../../store/device-import.ts";
import { type ForeignDatabase, type ForeignRow, readForeign } from "../../store/foreign.ts";
import { saveDns } from "../../store/node-name.ts";
import { importNodes } from "../../store/sighting-import.ts";
import type { Store } from "../../store/store.ts";
import type { Report } from "../action.ts";
import { importNodeIps, importNodeNames } from "./netdisco-bindings.ts";
import {
  columnsOf,
  type DeviceTable,
  deviceColumns,
  deviceFacts,
  deviceTables,
  fieldsOf,
  intervalOf,
  macOf,
  tagsOf,
  truth,
  whole,
} from "./netdisco-device.ts";
import { importLinks, importPortLog, importUsers } from "./netdisco-people.ts";

export interface TableSummary {
  read: number;
  /** Rows that are new here. */
  added: number;
  /** Rows that were here and now say more. */
  changed: number;
}

export interface ImportSummary {
  database: string;
  tables: Record<string, TableSummary>;
  /** What was left out, how often and why. */
  notCarried: { what: string; count: number; reason: string }[];
  /** Users that were made; nobody knows their passwords until one is set. */
  users: string[];
}

/** What the parts of an import share. */
export interface Importing {
  database: ForeignDatabase;
  store: Store;
  summary: ImportSummary;
  signal: AbortSignal;
  report: Report;
  /** Netdisco's address of a device → our number; undefined for one that is not here. */
  device(ip: string | null): Promise<number | undefined>;
  count(table: string, more: Partial<TableSummary>): void;
  leaveOut(what: string, reason: string, count?: number): void;
}

export interface ImportOptions {
  url: string;
  password?: string | undefined;
  signal: AbortSignal;
  /** Told of each table and, now and then, how far it is. */
  report?: Report;
}

/** @throws Problem as `readForeign`; `bad-options` when the database is not Netdisco's */
export async function importNetdisco(store: Store, options: ImportOptions): Promise<ImportSummary> {
  const { url, password, signal, report = () => undefined } = options;
  return readForeign(
    url,
    password,
    async (database) => {
      const missing = ["device", "device_port", "node"].filter((table) => database.columns(table).size === 0);
      if (missing.length > 0 || !database.columns("node").has("switch")) {
        throw new Problem(
          "bad-options",
          `${database.name} is not Netdisco's: it has no tables device, device_port, node as Netdisco has them`,
        );
      }
      const importing = newImport(database, store, signal, report);
      await importDevices(importing);
      await importNodeIps(importing);
      await importNodeNames(importing);
      await importLinks(importing);
      await importPortLog(importing);
      await importUsers(importing);
      leftOut(importing);
      return importing.summary;
    },
    signal,
  );
}

function newImport(database: ForeignDatabase, store: Store, signal: AbortSignal, report: Report): Importing {
  const summary: ImportSummary = { database: database.name, tables: {}, notCarried: [], users: [] };
  const known = new Map<string, number | undefined>();
  return {
    database,
    store,
    summary,
    signal,
    report,
    async device(ip) {
      if (!ip) return undefined;
      if (!known.has(ip)) known.set(ip, (await findDevice(store, ip))?.id);
      return known.get(ip);
    },
    count(table, more) {
      const all = summary.tables[table] ?? { read: 0, added: 0, changed: 0 };
      summary.tables[table] = all;
      all.read += more.read ?? 0;
      all.added += more.added ?? 0;
      all.changed += more.changed ?? 0;
    },
    leaveOut(what, reason, count = 1) {
      const same = summary.notCarried.find((one) => one.what === what && one.reason === reason);
      if (same) same.count += count;
      else summary.notCarried.push({ what, count, reason });
    },
  };
}

async function importDevices(importing: Importing): Promise<void> {
  const { database, report, signal } = importing;
  // All at once, since only one cursor is open at a time; some thousand rows.
  const devices: ForeignRow[] = [];
  for await (const rows of database.read("device", columnsOf(deviceColumns))) devices.push(...rows);
  const tags = new Map<string, ForeignRow>();
  for await (const rows of database.read("community", ["ip", "snmp_auth_tag_read", "snmp_auth_tag_write"])) {
    for (const row of rows) tags.set(row.ip ?? "", row);
  }
  let done = 0;
  for (const device of devices) {
    signal.throwIfAborted();
    const id = await importDevice(importing, device, tags.get(device.ip ?? ""));
    if (id !== undefined) await importNodesOf(importing, id, device.ip ?? "");
    done++;
    report(`${done} of ${devices.length} devices`, { device: device.ip });
  }
  await nodesElsewhere(importing, new Set(devices.map(({ ip }) => ip ?? "")));
}

async function importDevice(
  importing: Importing,
  row: ForeignRow,
  community: ForeignRow | undefined,
): Promise<number | undefined> {
  const { store, database, count, leaveOut } = importing;
  count("device", { read: 1 });
  const ip = row.ip ?? "";
  const known = await findDevice(store, ip);
  const seen = whole(row.last_discover) ?? whole(row.creation) ?? 0;
  if (known && (known.last_discover ?? 0) >= seen) {
    // From an earlier import, or polled by us since.
    if ((known.last_discover ?? 0) > seen) leaveOut("device", "polled by Reeve since: what it has here is newer");
    return known.id;
  }
  const tables = {} as Record<DeviceTable, ForeignRow[]>;
  for (const [table, columns] of Object.entries(deviceTables)) {
    const rows: ForeignRow[] = [];
    for await (const some of database.read(table, columnsOf(columns), ["ip", ip])) rows.push(...some);
    tables[table as DeviceTable] = rows;
    count(table, { read: rows.length });
  }
  const facts = deviceFacts(row, tables);
  // All or nothing: a device that is here is passed over the next time.
  const saved = await store.transaction(async (inside) => {
    const saved = await saveDiscovery(inside, {
      ...(known ? { device: known.id } : {}),
      target: { ip, port: 0 },
      facts,
      systemComplete: false,
      now: seen,
    });
    await noteImportedDevice(inside, saved.id, {
      created: whole(row.creation),
      lastMacsuck: whole(row.last_macsuck),
      lastArpnip: whole(row.last_arpnip),
      isPseudo: truth(row.is_pseudo) ?? false,
      customFields: fieldsOf(row.custom_fields),
      tags: tagsOf(row.tags),
      ports: tables.device_port
        .map((port) => ({ port: port.port ?? "", customFields: fieldsOf(port.custom_fields), tags: tagsOf(port.tags) }))
        .filter(({ customFields, tags }) => Object.keys(customFields).length > 0 || tags.length > 0),
    });
    const [readTag, writeTag] = [community?.snmp_auth_tag_read, community?.snmp_auth_tag_write];
    await setCredential(inside, saved.id, {
      version: whole(row.snmp_ver) ?? undefined,
      readTag: readTag ?? undefined,
      writeTag: writeTag ?? undefined,
    });
    const names = new Map(tables.device_ip.flatMap(({ alias, dns }) => (alias && dns ? [[alias, dns] as const] : [])));
    if (row.dns) names.set(ip, row.dns);
    if (names.size > 0) await saveDns(inside, names);
    return saved;
  });
  count("device", saved.isNew ? { added: 1 } : { changed: 1 });
  return saved.id;
}

async function importNodesOf(importing: Importing, device: number, ip: string): Promise<void> {
  const { database, store, count, leaveOut } = importing;
  const nodes: Parameters<typeof importNodes>[2][number][] = [];
  const columns = ["mac", "port", "vlan", "active", "time_first", "time_last"];
  for await (const rows of database.read("node", columns, ["switch", ip])) {
    count("node", { read: rows.length });
    for (const row of rows) {
      const mac = macOf(row.mac);
      const interval = intervalOf(row.time_first, row.time_last, truth(row.active) ?? false);
      if (mac === null || interval === undefined) leaveOut("node", "without a MAC address or a time");
      // VLAN is text there, and "" or 0 where unknown.
      else nodes.push({ device, mac, port: row.port ?? "", vlan: whole(row.vlan) ?? 0, ...interval });
    }
  }
  if (nodes.length > 0) count("node", await importNodes(store, device, nodes));
}

/** Sightings on switches that Netdisco itself has no device for. */
async function nodesElsewhere({ database, leaveOut }: Importing, devices: ReadonlySet<string>): Promise<void> {
  for await (const rows of database.read("node", ["switch"])) {
    const orphans = rows.filter((row) => !devices.has(row.switch ?? "")).length;
    if (orphans > 0) leaveOut("node", "on a switch that Netdisco does not have as a device", orphans);
  }
}

const reasons: [table: string, reason: string][] = [
  ["device_port_ssid", "wireless is not known here yet"],
  ["device_port_wireless", "wireless is not known here yet"],
  ["node_wireless", "wireless is not known here yet"],
  ["node_monitor", "MAC addresses are not watched for here yet"],
  ["device_browser", "snapshots are taken anew: reeve backend do snapshot"],
  ["netmap_positions", "maps draw themselves"],
  ["access_control_list", "roles of port control are the console's permissions"],
  ["portctl_role", "roles of port control are the console's permissions"],
];

/** Tables that hold something we do not take. */
function leftOut({ database, summary }: Importing): void {
  for (const [table, reason] of reasons) {
    if (database.columns(table).size > 0) summary.notCarried.push({ what: `table ${table}`, count: 0, reason });
  }
  summary.notCarried.push({
    what: "neighbours of ports",
    count: 0,
    reason: "Netdisco does not keep which protocol told them; the first discover learns them anew",
  });
}
