/** What changed, in words. */
import { portLog } from "../../store/device-port-log.ts";
import { type Changes, listEvents } from "../../store/network-event.ts";
import type { Store } from "../../store/store.ts";
import type { History } from "./answer.ts";
import { deviceOf } from "./devices.ts";

/** Names of columns, where others say it better. */
const words: Record<string, string> = {
  up: "link",
  up_admin: "switched",
  name: "name",
  stp: "spanning tree",
  slave_of: "aggregate",
  os_ver: "OS version",
  snmp_engineid: "engine id",
  remote_id: "neighbour",
  remote_ip: "address",
  remote_port: "its port",
  remote_name: "called",
  egress_tag: "tagged",
  alias: "address",
  ip: "address",
  descr: "description",
  ifindex: "ifIndex",
  pvid: "PVID",
  vlan: "VLAN",
  mtu: "MTU",
  mac: "MAC",
  os: "OS",
};
/** Say the same as another beside it, or mean nothing to people. */
const silent = new Set(["alias_hex", "ip_hex", "remote_id_kind", "remote_key", "raw_speed"]);
const longest = 80;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `link up → down, speed 1.0 Gbps → 100 Mbps`; what came or went in one word each. */
export function changesInWords(changes: Changes): string {
  const parts: string[] = [];
  for (const [name, [before, after]] of Object.entries(changes)) {
    if (silent.has(name)) continue;
    const [was, is] = [shown(before), shown(after)];
    const word = words[name] ?? name.replaceAll("_", " ");
    if (was === is) {
      if (is !== "") parts.push(`${word} ${is}`);
    } else if (was === "" || is === "")
      parts.push(was === "" && before === null ? `${word} ${is}` : `${word} ${was || "none"} → ${is || "none"}`);
    else parts.push(`${word} ${was} → ${is}`);
  }
  return parts.join(", ");
}

export async function history(
  store: Store,
  query: { device: number; port?: string | undefined; before?: number | undefined; limit: number },
): Promise<History> {
  const { port, before, limit } = query;
  const device = await deviceOf(store, query.device);
  const events = await listEvents(store, { device: device.id, port, before, limit: limit + 1 });
  const writes = before === undefined ? await portLog(store, device.id, port, 100) : [];
  const listed = events.slice(0, limit);
  return {
    events: listed.map(({ id, at, port: on, kind, changes }) => ({
      id,
      at,
      port: on,
      kind,
      what: changesInWords(changes),
    })),
    before: events.length > limit ? (listed.at(-1)?.id ?? null) : null,
    writes: writes.map(({ at, port: on, username, action, reason, log, outcome }) => ({
      ...{ at, port: on, action, reason, log, outcome },
      user: username,
    })),
  };
}
