/** node_ip and node_nbt: which address, and which name, a MAC address had. */
import { parseAddress } from "../../address.ts";
import { saveDiscovery } from "../../store/device-discovery.ts";
import { noteImportedDevice } from "../../store/device-import.ts";
import type { ForeignRow } from "../../store/foreign.ts";
import { type ImportedBinding, type ImportedName, importBindings, importNames } from "../../store/sighting-import.ts";
import { cleanText } from "../../store/text.ts";
import type { Importing } from "./netdisco-database.ts";
import { type DeviceTable, deviceFacts, deviceTables, intervalOf, macOf, truth } from "./netdisco-device.ts";
import { epochOf } from "./zone-time.ts";

/** Whoever was seen on a router this long before the last time is taken to be there still. */
const recent = 86_400_000;

/**
 * Netdisco keeps one row an address and MAC address, and in it, since its schema 82 or so, the times on each router. Rows
 * of before belong to a router that nobody knows: a pseudo device stands for it.
 */
export async function importNodeIps(importing: Importing): Promise<void> {
  const { database, store, signal, report, count } = importing;
  let unknown: number | undefined;
  let done = 0;
  const columns = "mac ip dns active vrf time_first time_last seen_on_router_first seen_on_router_last".split(" ");
  for await (const rows of database.read("node_ip", columns)) {
    signal.throwIfAborted();
    const bindings: ImportedBinding[] = [];
    for (const row of rows) {
      const [mac, address] = [macOf(row.mac), parseAddress(row.ip ?? "")];
      if (mac === null || address === undefined) {
        importing.leaveOut("node_ip", "without a MAC address or an IP address");
        continue;
      }
      const base = {
        ip: address.ip,
        ip_hex: address.ipHex,
        mac,
        vrf: text(row.vrf),
        port: "",
        state: "",
        dns: text(row.dns),
      };
      const [first, last] = [
        timesOf(row.seen_on_router_first, database.zone),
        timesOf(row.seen_on_router_last, database.zone),
      ];
      let told = false;
      for (const [router, to] of last) {
        const device = await importing.device(router);
        const latest = Math.max(...last.values());
        const interval = intervalOf(first.get(router) ?? to, to, truth(row.active) === true && to > latest - recent);
        if (device === undefined || interval === undefined) continue;
        bindings.push({ device, ...base, ...interval });
        told = true;
      }
      const whole = intervalOf(row.time_first, row.time_last, truth(row.active) ?? false);
      if (told || whole === undefined) continue;
      unknown ??= await unknownRouter(importing);
      bindings.push({ device: unknown, ...base, ...whole });
    }
    count("node_ip", { read: rows.length, ...(await importBindings(store, bindings)) });
    done += rows.length;
    report(`${done} addresses of hosts`);
  }
}

/** `{"192.0.2.1": "2026-11-21T20:57:35.92"}` → epoch ms by router. */
function timesOf(text: string | null | undefined, zone: string): Map<string, number> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "{}");
  } catch {
    return new Map();
  }
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(
    Object.entries(value).flatMap(([router, time]) => {
      const at = typeof time === "string" ? epochOf(time, zone) : undefined;
      return at === undefined ? [] : [[router, at] as const];
    }),
  );
}

async function unknownRouter({ store }: Importing): Promise<number> {
  const tables = Object.fromEntries(Object.keys(deviceTables).map((table) => [table, []]));
  const facts = deviceFacts(
    { name: "routers unknown to Netdisco" },
    tables as unknown as Record<DeviceTable, ForeignRow[]>,
  );
  const { id } = await saveDiscovery(store, {
    target: { ip: "0.0.0.0", port: 0 },
    facts,
    systemComplete: false,
    now: 0,
  });
  const nothing = { created: null, lastMacsuck: null, lastArpnip: null, customFields: {}, tags: [], ports: [] };
  await noteImportedDevice(store, id, { ...nothing, isPseudo: true });
  return id;
}

export async function importNodeNames(importing: Importing): Promise<void> {
  const { database, store, count, leaveOut } = importing;
  const columns = ["mac", "ip", "nbname", "domain", "server", "nbuser", "active", "time_first", "time_last"];
  for await (const rows of database.read("node_nbt", columns)) {
    const names: ImportedName[] = [];
    for (const row of rows) {
      const [mac, address] = [macOf(row.mac), parseAddress(row.ip ?? "")];
      const interval = intervalOf(row.time_first, row.time_last, truth(row.active) ?? false);
      if (mac === null || address === undefined || interval === undefined) {
        leaveOut("node_nbt", "without a MAC address, an IP address or a time");
        continue;
      }
      names.push({
        ...{ mac, ip: address.ip, ip_hex: address.ipHex, nbname: text(row.nbname), domain: text(row.domain) },
        ...{ server: truth(row.server) ? 1 : 0, nbuser: text(row.nbuser), ...interval },
      });
    }
    count("node_nbt", { read: rows.length, ...(await importNames(store, names)) });
  }
}

function text(value: string | null | undefined): string {
  return cleanText(value ?? "", 255);
}
