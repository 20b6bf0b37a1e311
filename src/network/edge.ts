/**
 * Where is a MAC address really? A switch's forwarding table holds it on the port at which the machine is, and on the
 * uplinks of all other switches. Which is which is decided when somebody asks, out of what is known then, and in words.
 */
import { isUnicast, isVirtualRouter, macKind } from "./mac.ts";
import type { Interval } from "./sighting.ts";

/** Another end that is known or guessed for a port (of `links`, seen from this port). */
export interface PortNeighbour {
  /** `lldp`, `cdp`, `fdb`, `manual` …, for the sentence. */
  protocols: readonly string[];
  label: string;
  /** Undefined: it is not discovered. */
  device?: number | undefined;
  /** LLDP's or CDP's capability words, [] where none are told. */
  capabilities: readonly string[];
  confidence: number;
  /** Is the forwarding table of that device read? If not, nobody sees more of the machines behind it than this port does. */
  sees: boolean;
}

export interface PortView {
  device: number;
  /** The device's name, else its address. */
  deviceLabel: string;
  port: string;
  /** `port` of the aggregate it belongs to; "" for none. */
  slaveOf: string;
  /** Its members, where it is an aggregate. */
  members: readonly string[];
  /** Of layer 2 only: a routing adjacency says nothing of what is bridged. */
  neighbours: readonly PortNeighbour[];
  /** Devices of which an address of their own stands on this port in the forwarding table. */
  leadsTo: readonly { device: number; label: string; sees: boolean }[];
  /** Different MAC addresses on it now. */
  macs: number;
}

export interface Sighting extends Interval {
  mac: string;
  device: number;
  port: string;
  vlan: number;
}

export interface EdgeContext {
  port(device: number, port: string): PortView | undefined;
  /** Whose own address (base, chassis, port) it is. */
  ownerOf(mac: string): { device: number; label: string } | undefined;
}

export type PlaceKind =
  /** The machine is on this port. */
  | "edge"
  /** It is behind a switch that is not discovered, or whose table is not read: nobody knows it nearer. */
  | "behind"
  /** It is a device's own address, on the port that leads to the device. */
  | "device"
  /** It is seen through a switch that sees it itself. */
  | "uplink"
  /** Virtual router's address, which several devices own in turn. */
  | "router"
  /** The switch's own address, or no address of a machine. */
  | "own";

export interface Place {
  kind: PlaceKind;
  /** May be shown as where it is: `edge`, `behind` and `device`. */
  edge: boolean;
  /** `hidden: port 24 is an uplink to sw2 by LLDP`. */
  explanation: string;
}

/** A neighbour less certain than this makes no uplink. */
const believed = 0.25;

export function placeOf(sighting: Pick<Sighting, "mac" | "device" | "port">, context: EdgeContext): Place {
  const { mac, device, port } = sighting;
  const kind = macKind(mac);
  if (!isUnicast(mac)) return hidden("own", `${mac} is a ${kind} address, no machine's`);
  const owner = context.ownerOf(mac);
  const view = context.port(device, port);
  const name = `port ${port}`;
  if (owner?.device === device) return hidden("own", `${mac} is an address of ${owner.label} itself`);
  if (isVirtualRouter(mac)) {
    return hidden(
      "router",
      `${mac} is a virtual router's address (${kind.toUpperCase()}), which several devices own in turn`,
    );
  }
  if (port === "") return shown("behind", "its port is none that the device names");
  if (!view) return shown("edge", `nothing is known of ${name}`);
  const views = together(view, context);
  const aggregate =
    views.length > 1 ? ` (with ${list(views.filter((other) => other.port !== port).map((other) => other.port))})` : "";
  const all = views.flatMap(({ neighbours }) => neighbours).filter(({ confidence }) => confidence >= believed);
  const leadsTo = views.flatMap((other) => other.leadsTo);
  if (owner) {
    const direct = all.find((neighbour) => neighbour.device === owner.device);
    if (direct)
      return shown(
        "device",
        `${mac} is an address of ${owner.label}, which is on ${name}${aggregate} by ${by(direct)}`,
      );
  }
  if (/(^|[^a-z])(stack(port|sub)?|irf(-port)?|vsl|vcp)[^a-z]*\d/i.test(port))
    return hidden("uplink", `${name} joins members of a stack`);
  const bridges = all.filter((neighbour) => isBridge(neighbour) && neighbour.device !== device);
  const seeing = bridges.find((neighbour) => neighbour.sees && neighbour.device !== undefined);
  if (seeing) return hidden("uplink", `${name}${aggregate} is an uplink to ${seeing.label} by ${by(seeing)}`);
  const behind = leadsTo.find((other) => other.sees && other.device !== device && other.device !== owner?.device);
  if (behind)
    return hidden("uplink", `${name}${aggregate} leads to ${behind.label}, of which an address is seen there`);
  if (owner) return shown("device", `${mac} is an address of ${owner.label}, seen on ${name}${aggregate}`);
  const far = bridges[0];
  if (far) {
    const why = far.device === undefined ? "is not discovered" : "does not tell its forwarding table";
    return shown("behind", `behind ${name}${aggregate} is ${far.label} by ${by(far)}, which ${why}`);
  }
  const beside = all.find((neighbour) => neighbour.label !== "" && named(neighbour) !== "");
  const with_ = beside ? `, with ${named(beside)} ${beside.label} before it` : "";
  const macs = Math.max(...views.map((other) => other.macs));
  return shown(
    "edge",
    `${name}${aggregate} leads to no switch that is known${with_}; ${macs === 1 ? "1 address is" : `${macs} addresses are`} seen there`,
  );
}

const shown = (kind: PlaceKind, text: string): Place => ({
  kind,
  edge: true,
  explanation: `${kind === "behind" ? "nearest known" : "edge"}: ${text}`,
});
const hidden = (kind: PlaceKind, text: string): Place => ({ kind, edge: false, explanation: `hidden: ${text}` });

/** The port, its aggregate and all members of that: a neighbour of one is a neighbour of all. */
function together(view: PortView, context: EdgeContext): PortView[] {
  const master = view.slaveOf === "" ? view : (context.port(view.device, view.slaveOf) ?? view);
  const names = new Set([view.port, master.port, ...master.members]);
  return [...names]
    .map((port) => (port === view.port ? view : context.port(view.device, port)))
    .filter((port) => port !== undefined);
}

/**
 * Does it pass on frames of other machines that have an own port somewhere? A phone with its socket and an access point do
 * not: what is behind them is on this port for all that a wired network can tell. A device that says nothing of itself and
 * is discovered as one of ours does, if its forwarding table is read.
 */
function isBridge({ capabilities, device, protocols, sees }: PortNeighbour): boolean {
  if (protocols.includes("manual")) return true;
  if (capabilities.includes("telephone") || capabilities.includes("wlanAccessPoint")) return false;
  if (capabilities.some((word) => word === "bridge" || word === "repeater")) return true;
  const onlyStation = capabilities.length > 0 && capabilities.every((word) => word === "station" || word === "other");
  return device !== undefined && sees && !onlyStation;
}

function named({ capabilities }: PortNeighbour): string {
  if (capabilities.includes("telephone")) return "the phone";
  if (capabilities.includes("wlanAccessPoint")) return "the access point";
  if (capabilities.includes("router")) return "the router";
  return capabilities.includes("station") ? "the station" : "";
}

const by = ({ protocols }: PortNeighbour) => list(protocols.map((protocol) => protocol.toUpperCase()));
const list = (words: readonly string[]) =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

export interface RankedSighting<Row> {
  sighting: Row;
  place: Place;
  /** Is it still so, as far as is known? */
  current: boolean;
}

export interface RankOptions {
  /** A sighting that ended this many milliseconds before the newest one is of another time. Default: one hour. */
  sameTime?: number | undefined;
}

const order: Record<PlaceKind, number> = { edge: 0, device: 0, behind: 1, uplink: 2, router: 3, own: 4 };

/**
 * Several sightings of one MAC address, the likeliest place first: what is true now before what was, edges before what is
 * behind something, ports with few addresses before ports with many, and the newest.
 */
export function rankSightings<Row extends Sighting>(
  sightings: readonly Row[],
  context: EdgeContext,
  options: RankOptions = {},
): RankedSighting<Row>[] {
  const newest = Math.max(...sightings.map(({ seen_to }) => seen_to));
  const sameTime = options.sameTime ?? 3_600_000;
  const macs = ({ device, port }: Row) => context.port(device, port)?.macs ?? Number.POSITIVE_INFINITY;
  return sightings
    .map((sighting) => ({
      sighting,
      place: placeOf(sighting, context),
      current: sighting.open || newest - sighting.seen_to <= sameTime,
    }))
    .toSorted(
      (a, b) =>
        Number(b.current) - Number(a.current) ||
        order[a.place.kind] - order[b.place.kind] ||
        (a.current ? 0 : b.sighting.seen_to - a.sighting.seen_to) ||
        Number(b.sighting.open) - Number(a.sighting.open) ||
        macs(a.sighting) - macs(b.sighting) ||
        b.sighting.seen_to - a.sighting.seen_to ||
        a.sighting.device - b.sighting.device,
    );
}
