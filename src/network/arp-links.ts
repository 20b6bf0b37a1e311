/**
 * Links of routers out of ARP and neighbour tables: a port that routes and has one known device alone behind it leads to
 * that device. It is an adjacency of layer 3: switches that nobody knows of may be in between, so it says nothing of what
 * is bridged. A table lists only whom its device has spoken to (a switch's management port: the gateway, out of hundreds),
 * therefore the other end's table is heard, too.
 */
import type { Evidence } from "./link.ts";
import { identifies, isUnicast, isVirtualRouter } from "./mac.ts";
import { isManagementAddress } from "./normalise.ts";

export interface Binding {
  ip: string;
  mac: string;
  port: string;
}

/** One device's table, and what its ports are. */
export interface ArpTable {
  device: number;
  ports: readonly {
    port: string;
    /** IANAifType's name. */
    type: string;
    slave_of: string;
    /** It is a port of a bridge, or its neighbours stand in the device's own forwarding table. */
    bridged: boolean;
  }[];
  bindings: readonly Binding[];
  /** Ports of which is certain from elsewhere (LLDP, by hand) where they lead. */
  told: ReadonlySet<string>;
}

/** What stands in the table of one port; its sub-interfaces count as the port itself. */
export interface ArpPort {
  device: number;
  port: string;
  /** May a link be concluded of it? */
  eligible: boolean;
  bindings: readonly Binding[];
  /** There are more, which are left out: too many to be one neighbour's. */
  crowded: boolean;
}

/** An interface of a known device, by its MAC address or its address. */
export interface OwnInterface {
  device: number;
  label: string;
  /** "" where unknown. */
  port: string;
  mac: string | null;
  /** "" where it was found by its MAC address. */
  ip: string;
}

/** Addresses of one neighbour on one port. */
const most = 64;

const cables: ReadonlySet<string> = new Set([
  ...["ethernetCsmacd", "iso88023Csmacd", "fastEther", "fastEtherFX", "gigabitEthernet", "ieee8023adLag"],
]);
/** Some agents call these ethernetCsmacd, too. */
const virtual =
  /^(vlan|vl|svi|irb|bvi|bdi|ve|lo|loopback|tun|tunnel|tap|vxlan|nve|veth|docker|virbr|br|bridge)([-_. \d]|$)/i;
const unit = /^(.+)\.\d+$/;

/** The ports of a table. Addresses of groups and of virtual routers, which several own in turn, are left out. */
export function arpPorts({ device, ports, bindings, told }: ArpTable): ArpPort[] {
  const byName = new Map(ports.map((port) => [port.port, port]));
  const whole = (name: string) => {
    const parent = unit.exec(name)?.[1] ?? "";
    return byName.has(parent) ? parent : name;
  };
  const bridged = new Set(ports.filter((port) => port.bridged).map(({ port }) => whole(port)));
  const certain = new Set([...told].flatMap((name) => [whole(name), byName.get(name)?.slave_of ?? ""]));
  const single = bindings.filter(({ port, mac }) => port !== "" && isUnicast(mac) && !isVirtualRouter(mac));
  return [...Map.groupBy(single, ({ port }) => whole(port))].map(([port, here]) => ({
    device,
    port,
    eligible:
      cables.has(byName.get(port)?.type ?? "") && !virtual.test(port) && !bridged.has(port) && !certain.has(port),
    bindings: here.slice(0, most),
    crowded: here.length > most,
  }));
}

/**
 * One piece of evidence for each port that has one neighbour alone, which is known; each end speaks for itself.
 * @param ports of all tables; where a neighbour's own table is among them, it must not name others on its port
 * @param interfaces of all known devices that have one of the addresses or MAC addresses in `ports`
 */
export function arpLinks(ports: readonly ArpPort[], interfaces: readonly OwnInterface[]): Evidence[] {
  const owners = {
    byMac: Map.groupBy(interfaces, ({ mac }) => mac ?? ""),
    byIp: Map.groupBy(interfaces, ({ ip }) => ip),
  };
  const tables = new Map(ports.map((port) => [`${port.device} ${port.port}`, { port, ...neighboursOf(port, owners) }]));
  const found: Evidence[] = [];
  for (const { port, known, strangers } of tables.values()) {
    const [neighbour, ...others] = known.values();
    if (!port.eligible || strangers || !neighbour || others.length > 0) continue;
    const remotePort = neighbour.ports.size === 1 ? [...neighbour.ports][0] : undefined;
    const back = tables.get(`${neighbour.device} ${remotePort}`);
    if (back && (back.strangers || [...back.known.keys()].some((device) => device !== port.device))) continue;
    found.push(evidence(port, neighbour, remotePort));
  }
  return found;
}

interface Owners {
  byMac: ReadonlyMap<string, readonly OwnInterface[]>;
  byIp: ReadonlyMap<string, readonly OwnInterface[]>;
}

interface Neighbour {
  device: number;
  label: string;
  /** Its ports that the bindings tell. */
  ports: Set<string>;
  bindings: Binding[];
}

/** Whose addresses they are; `strangers`: there are some that are nobody's, or not certainly one's. */
function neighboursOf(port: ArpPort, owners: Owners): { known: Map<number, Neighbour>; strangers: boolean } {
  const known = new Map<number, Neighbour>();
  let strangers = port.crowded;
  for (const binding of port.bindings) {
    const byMac = owners.byMac.get(binding.mac) ?? [];
    const byIp = isManagementAddress(binding.ip) ? (owners.byIp.get(binding.ip) ?? []) : [];
    if ([...byMac, ...byIp].some(({ device }) => device === port.device)) continue;
    const owner = ownerOf(binding.mac, byMac, byIp);
    if (owner === undefined) {
      strangers = true;
      continue;
    }
    const { device, label } = owner;
    const neighbour = known.get(device) ?? { device, label, ports: new Set(), bindings: [] };
    known.set(device, neighbour);
    neighbour.bindings.push(binding);
    const own = (rows: readonly OwnInterface[]) => rows.filter((row) => row.device === device && row.port !== "");
    const told = portOf(own(byMac), own(byIp));
    if (told !== undefined) neighbour.ports.add(told);
  }
  return { known, strangers };
}

/**
 * By MAC address, if it is one that tells devices apart; by address, if the interface that has it does not tell another
 * MAC address. What both tell must be the same device: networks far apart may use the same private addresses.
 */
function ownerOf(mac: string, byMac: readonly OwnInterface[], byIp: readonly OwnInterface[]): OwnInterface | undefined {
  const certain = identifies(mac) ? byMac : [];
  const fitting =
    certain.length === 0
      ? byIp.filter((row) => row.mac === null || row.mac === mac)
      : certain.filter(({ device }) => byIp.length === 0 || byIp.some((row) => row.device === device));
  return new Set(fitting.map(({ device }) => device)).size === 1 ? fitting[0] : undefined;
}

/** The interface that has the address, else the only one with the MAC address; the port itself in place of its unit. */
function portOf(byMac: readonly OwnInterface[], byIp: readonly OwnInterface[]): string | undefined {
  const names = new Set(byMac.map(({ port }) => port));
  const whole = ({ port }: OwnInterface) => {
    const parent = unit.exec(port)?.[1] ?? "";
    return names.has(parent) ? parent : port;
  };
  const told = new Set((byIp.length > 0 ? byIp : byMac).map(whole));
  return told.size === 1 ? [...told][0] : undefined;
}

function evidence(at: ArpPort, { device, label, bindings }: Neighbour, remotePort: string | undefined): Evidence {
  const [first, ...more] = bindings as [Binding, ...Binding[]];
  const addresses = more.length > 0 ? ` and ${more.length} more of its addresses` : "";
  const where = remotePort === undefined ? "" : `, its port ${remotePort}`;
  return {
    ...{ protocol: "arp", device: at.device, port: at.port, remoteDevice: device, remotePort, label },
    ...{ portLabel: remotePort ?? "", aliases: [], confidence: 0.4, contradictions: [] },
    reason: `${label} by ARP: the only neighbour in the table of port ${at.port} is ${first.ip} (${first.mac})${addresses}${where}`,
  };
}
