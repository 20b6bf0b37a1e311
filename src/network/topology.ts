/**
 * Links of switches that speak neither LLDP nor CDP, out of their forwarding tables alone. In a network without loops
 * (spanning tree sees to that) two ports are joined directly exactly when they face each other and nothing is seen through
 * both: no third switch and no host. Tables are never complete, so a link is claimed only if it is known of every other
 * switch that it is elsewhere; what is merely not known claims nothing. (Breitbart et al. 2000 for complete tables;
 * Lowekamp et al. 2001, NAV's candidate reduction for incomplete ones.)
 */
import type { Evidence } from "./link.ts";
import { isUnicast, isVirtualRouter } from "./mac.ts";

export interface BridgeTable {
  device: number;
  label: string;
  /** Its own addresses: base and ports. */
  macs: readonly string[];
  /** Port → addresses learned on it. Members of an aggregate are given as the aggregate. */
  ports: ReadonlyMap<string, ReadonlySet<string>>;
  complete: boolean;
}

/** A link that is certain from elsewhere (LLDP, by hand): it is not claimed again, and its ports lead nowhere else. */
export interface FixedLink {
  a: { device: number; port: string };
  b: { device: number; port: string };
}

interface Bridge {
  table: BridgeTable;
  /** Address → port, for addresses that stand on one port only. */
  portOf: Map<string, string>;
  /** Switch → port that leads to it. */
  towards: Map<Bridge, string>;
  fixed: Map<string, Bridge>;
}

/**
 * One piece of evidence for each link found, told by the device with the lower number.
 * @param tables all switches of one or several broadcast domains
 */
export function fdbLinks(tables: readonly BridgeTable[], fixed: readonly FixedLink[] = []): Evidence[] {
  const hosts = new Map<string, boolean>();
  const bridges = tables.map((table) => bridgeOf(table, hosts)).toSorted((a, b) => a.table.device - b.table.device);
  fix(bridges, fixed);
  see(bridges);
  for (let rounds = 0; rounds < 4 && infer(bridges); rounds++);
  const found: Evidence[] = [];
  for (const [left, right] of facing(bridges)) {
    const evidence = claim(left, right, bridges);
    if (evidence) found.push(evidence);
  }
  return found;
}

/** @param hosts which addresses can be one machine's, found out once for all tables */
function bridgeOf(table: BridgeTable, hosts: Map<string, boolean>): Bridge {
  const portOf = new Map<string, string>();
  const twice = new Set<string>();
  for (const [port, macs] of table.ports) {
    for (const mac of macs) {
      let host = hosts.get(mac);
      if (host === undefined) {
        host = isUnicast(mac) && !isVirtualRouter(mac);
        hosts.set(mac, host);
      }
      if (!host) continue;
      if (portOf.has(mac)) twice.add(mac);
      portOf.set(mac, port);
    }
  }
  for (const mac of [...twice, ...table.macs]) portOf.delete(mac);
  return { table, portOf, towards: new Map(), fixed: new Map() };
}

function fix(bridges: readonly Bridge[], links: readonly FixedLink[]): void {
  const byDevice = new Map(bridges.map((bridge) => [bridge.table.device, bridge]));
  for (const { a, b } of links) {
    const [left, right] = [byDevice.get(a.device), byDevice.get(b.device)];
    if (!left || !right || left === right) continue;
    left.towards.set(right, a.port);
    right.towards.set(left, b.port);
    left.fixed.set(a.port, right);
    right.fixed.set(b.port, left);
  }
}

/** A switch is where its own addresses are seen; where they are seen on several ports, nothing is known of it. */
function see(bridges: readonly Bridge[]): void {
  const owners = new Map<string, Bridge | undefined>();
  for (const bridge of bridges) {
    for (const mac of bridge.table.macs)
      owners.set(mac, owners.has(mac) && owners.get(mac) !== bridge ? undefined : bridge);
  }
  for (const bridge of bridges) {
    const seen = new Map<Bridge, Set<string>>();
    for (const [mac, port] of bridge.portOf) {
      const owner = owners.get(mac);
      if (!owner || owner === bridge || bridge.fixed.get(bridge.towards.get(owner) ?? "") === owner) continue;
      const ports = seen.get(owner);
      if (ports) ports.add(port);
      else seen.set(owner, new Set([port]));
    }
    for (const [owner, ports] of seen) if (ports.size === 1) bridge.towards.set(owner, [...ports][0]!);
  }
}

/**
 * y sees x on port j, but x does not see y: what y sees on its other ports is behind y for x, so the port on which x sees
 * any of that leads to y. True if anything new came out.
 */
function infer(bridges: readonly Bridge[]): boolean {
  let news = false;
  for (const far of bridges) {
    for (const [near, back] of far.towards) {
      if (near.towards.has(far)) continue;
      const ports = new Set<string>();
      for (const [mac, port] of far.portOf) {
        const here = port === back ? undefined : near.portOf.get(mac);
        if (here !== undefined) ports.add(here);
      }
      for (const [third, port] of far.towards) {
        const here = port === back ? undefined : near.towards.get(third);
        if (here !== undefined) ports.add(here);
      }
      if (ports.size !== 1) continue;
      near.towards.set(far, [...ports][0]!);
      news = true;
    }
  }
  return news;
}

/** Pairs of which each knows the port to the other, neither port being taken by a link that is certain. */
function* facing(bridges: readonly Bridge[]): Generator<readonly [Bridge, Bridge]> {
  for (const left of bridges) {
    for (const [right, port] of left.towards) {
      const back = right.towards.get(left);
      if (back === undefined || left.table.device >= right.table.device) continue;
      if (!left.fixed.has(port) && !right.fixed.has(back)) yield [left, right];
    }
  }
}

function claim(left: Bridge, right: Bridge, bridges: readonly Bridge[]): Evidence | undefined {
  const port = left.towards.get(right)!;
  const back = right.towards.get(left)!;
  for (const third of bridges) {
    if (third === left || third === right) continue;
    const [fromLeft, fromRight] = [left.towards.get(third), right.towards.get(third)];
    const elsewhere = (fromLeft !== undefined && fromLeft !== port) || (fromRight !== undefined && fromRight !== back);
    if (!elsewhere && related(third, left, right)) return undefined;
  }
  const between = common(left, port, right, back);
  const incomplete = !(left.table.complete && right.table.complete);
  const hosts = between === 1 ? "1 address is" : `${between} addresses are`;
  const reason =
    between > 0
      ? `nothing known is between them, but ${hosts} seen by both: a switch that is not known`
      : "each sees the other there, and neither sees anything that the other sees there";
  return {
    protocol: "fdb",
    device: left.table.device,
    port,
    remoteDevice: right.table.device,
    remotePort: back,
    label: right.table.label,
    portLabel: back,
    aliases: [],
    confidence: (between > 0 ? 0.3 : 0.6) * (incomplete ? 0.75 : 1),
    reason: `${right.table.label} by forwarding tables: ${reason}${incomplete ? " (of incomplete tables)" : ""}`,
    contradictions: [],
  };
}

/** Switches of another broadcast domain, which nobody here has ever seen, cannot be between. */
function related(third: Bridge, left: Bridge, right: Bridge): boolean {
  return (
    [left, right].some((one) => one.towards.has(third) || third.towards.has(one)) || sharesHosts(third, left, right)
  );
}

function sharesHosts(third: Bridge, left: Bridge, right: Bridge): boolean {
  for (const mac of third.portOf.keys()) if (left.portOf.has(mac) || right.portOf.has(mac)) return true;
  return third.portOf.size === 0 && third.table.ports.size === 0;
}

/** How many addresses are seen through both ports. */
function common(left: Bridge, port: string, right: Bridge, back: string): number {
  let count = 0;
  for (const mac of left.table.ports.get(port) ?? []) {
    if (left.portOf.get(mac) === port && right.portOf.get(mac) === back) count++;
  }
  return count;
}
