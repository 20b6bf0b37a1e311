/** Links concluded from forwarding tables (network/topology.ts) of all devices, stored as evidence of protocol `fdb`. */
import type { Evidence } from "../network/link.ts";
import { isUnicast, isVirtualRouter } from "../network/mac.ts";
import { type FixedLink, fdbLinks } from "../network/topology.ts";
import { aggregatesOf, type BridgeDevice, bridgeDevices, bridgeTables, forwardingOf } from "../store/bridge-table.ts";
import type { Store } from "../store/store.ts";
import { certainLinks, writeConcluded } from "./concluded-links.ts";

export interface Topology {
  /** Broadcast domains of two switches and more. */
  domains: number;
  /** Devices in them. */
  devices: number;
  links: number;
  added: number;
  gone: number;
  /** Domains that are too large to be concluded: their links stay as they are. */
  left: { devices: number; sightings: number }[];
}

/**
 * Devices times sightings of a domain. The conclusion holds each pair of switches against the others' tables: 10⁸ takes
 * some two seconds, in which this process does nothing else, and some 150 MiB (measured on 200 and on 500 switches).
 */
const bounds = { work: 1e8, sightings: 1_000_000 };

/**
 * Reads all, writes what has changed, ends what is concluded no more.
 * @throws Problem `cancelled`
 */
export async function concludeTopology(
  store: Store,
  now: number,
  signal: AbortSignal,
  most = bounds,
): Promise<Topology> {
  const devices = await bridgeDevices(store, now);
  const domains = await broadcastDomains(store, devices);
  const fixed = await fixedLinks(store);
  const left: Domain[] = [];
  const found: Evidence[] = [];
  for (const domain of domains) {
    signal.throwIfAborted();
    if (domain.devices.length * domain.sightings > most.work || domain.sightings > most.sightings) {
      left.push(domain);
      continue;
    }
    const among = new Set(domain.devices);
    const tables = await bridgeTables(store, devices, domain.devices);
    const known = fixed.filter(({ a, b }) => among.has(a.device) && among.has(b.device));
    found.push(...fdbLinks(tables, known));
  }
  const untouched = new Set(left.flatMap((domain) => domain.devices));
  const { added, gone } = await writeConcluded(store, "fdb", found, devices, untouched, now, signal);
  return {
    domains: domains.length,
    devices: domains.reduce((sum, domain) => sum + domain.devices.length, 0),
    ...{ links: found.length, added, gone },
    left: left.map(({ devices: ids, sightings }) => ({ devices: ids.length, sightings })),
  };
}

interface Domain {
  devices: number[];
  /** Sightings in all their tables. */
  sightings: number;
}

/**
 * Devices that see a common address, or one of which sees the other, and so on: what a link can be within. Devices that
 * nobody sees and that see nobody are in none.
 */
async function broadcastDomains(store: Store, devices: ReadonlyMap<number, BridgeDevice>): Promise<Domain[]> {
  const parent = new Map<number, number>();
  const root = (id: number): number => {
    let at = id;
    while ((parent.get(at) ?? at) !== at) at = parent.get(at) ?? at;
    // Next time it is one step.
    parent.set(id, at);
    return at;
  };
  const join = (a: number, b: number) => {
    const [left, right] = [root(a), root(b)];
    if (left !== right) parent.set(Math.max(left, right), Math.min(left, right));
  };
  const firstSeer = new Map<string, number>();
  const counts = new Map<number, number>();
  for (const { id, macs } of devices.values()) {
    for (const mac of macs) if (tellsOne(mac) && !firstSeer.has(mac)) firstSeer.set(mac, id);
  }
  for await (const rows of forwardingOf(store, currentOf(devices))) {
    for (const { device, mac } of rows) {
      counts.set(device, (counts.get(device) ?? 0) + 1);
      const first = firstSeer.get(mac);
      if (first !== undefined) join(device, first);
      else if (tellsOne(mac)) firstSeer.set(mac, device);
    }
  }
  const domains = new Map<number, Domain>();
  for (const id of devices.keys()) {
    const domain = domains.get(root(id)) ?? { devices: [], sightings: 0 };
    domains.set(root(id), domain);
    domain.devices.push(id);
    domain.sightings += counts.get(id) ?? 0;
  }
  return [...domains.values()].filter((domain) => domain.devices.length > 1);
}

function currentOf(devices: ReadonlyMap<number, BridgeDevice>): number[] {
  return [...devices.values()].filter(({ current }) => current).map(({ id }) => id);
}

/** Is it one machine's? Addresses of groups and virtual routers join what has nothing to do with each other. */
const tellsOne = (mac: string) => isUnicast(mac) && !isVirtualRouter(mac);

/** Links of which both ends and their ports are known from elsewhere. */
async function fixedLinks(store: Store): Promise<FixedLink[]> {
  const rows = await certainLinks(store);
  const whole = rows.flatMap(({ device, port, remote_device, remote_device_port }) =>
    remote_device === null || remote_device_port === "" || port === ""
      ? []
      : [{ a: { device, port }, b: { device: remote_device, port: remote_device_port } }],
  );
  const master = await aggregatesOf(store, [...new Set(whole.flatMap(({ a, b }) => [a.device, b.device]))]);
  const end = ({ device, port }: FixedLink["a"]) => ({ device, port: master(device, port) });
  return whole.map(({ a, b }) => ({ a: end(a), b: end(b) }));
}
