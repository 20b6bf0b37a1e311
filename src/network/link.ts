/**
 * Links out of evidence. Every witness (a row of LLDP, CDP, OSPF, BGP, what FDB, STP or ARP let conclude, what an
 * administrator wrote down) is kept; a link is what they say together, with a confidence and the reasons for it.
 */
import type { NeighbourFact } from "./facts.ts";
import type { Directory } from "./known.ts";
import { neighbourKeys } from "./known.ts";
import { deviceIdParts, nameKey, portKey } from "./normalise.ts";
import { resolveRemote } from "./remote.ts";

export type EvidenceProtocol = NeighbourFact["protocol"] | "fdb" | "stp" | "arp" | "manual";

/** One witness: what one device's port says of its other end. */
export interface Evidence {
  protocol: EvidenceProtocol;
  device: number;
  /** "" where the witness knows none (BGP). */
  port: string;
  /** Number of the device at the other end; undefined where it is not known. */
  remoteDevice?: number | undefined;
  /** Its port; undefined where it cannot be told. */
  remotePort?: string | undefined;
  /** For an end that is not known: its name, id or address as told, and its port's. */
  label: string;
  portLabel: string;
  /** By which two witnesses on one port mean one neighbour, even if it is not known. */
  aliases: string[];
  /** 0 to 1. */
  confidence: number;
  reason: string;
  contradictions: string[];
}

export interface LinkEnd {
  /** Undefined: not discovered. */
  device?: number | undefined;
  /** "" where unknown. */
  port: string;
  /** What the other end calls it; "" where nothing does. */
  label: string;
}

export interface Link {
  /** Of two known devices the one with the lower number. */
  a: LinkEnd & { device: number };
  b: LinkEnd;
  /** 2: a cable or a bridged segment. 3: an adjacency of routers, over whatever there is between them. */
  layer: 2 | 3;
  protocols: EvidenceProtocol[];
  /** Both ends say so. */
  mutual: boolean;
  /** There are other neighbours on a's or b's port: something between them passes the protocol on, or is not seen. */
  shared: boolean;
  /** 0 to 1. */
  confidence: number;
  reasons: string[];
  contradictions: string[];
}

/** How far a protocol's word is believed, if the device at the other end is certain. */
const trust: Record<EvidenceProtocol, number> = {
  manual: 1,
  lldp: 0.95,
  cdp: 0.9,
  ospf: 0.8,
  bgp: 0.7,
  stp: 0.7,
  fdb: 0.6,
  arp: 0.4,
};

const routed: readonly EvidenceProtocol[] = ["ospf", "bgp", "arp"];

/** A neighbour's row as evidence, its other end looked up. */
export function evidenceOf(fact: NeighbourFact, device: number, directory: Directory): Evidence {
  const remote = resolveRemote(fact, device, directory);
  const keys = neighbourKeys(fact);
  const known = remote.device !== undefined;
  return {
    protocol: fact.protocol,
    device,
    port: fact.local_port,
    remoteDevice: remote.device?.id,
    remotePort: remote.port,
    label: remote.device?.label ?? (fact.remote_name || deviceIdParts(fact.remote_id).name || fact.remote_ip),
    // The number of a port that is not known is no name by which another witness could call it.
    portLabel: remote.port ?? (fact.protocol === "stp" ? "" : fact.remote_port || fact.remote_port_descr),
    aliases: [
      ...keys.macs.map((mac) => `mac ${mac}`),
      ...keys.addresses.map((ip) => `ip ${ip}`),
      ...keys.serials.map((serial) => `serial ${serial}`),
      ...[fact.remote_name, fact.remote_id]
        .filter((name) => nameKey(name) !== "")
        .map((name) => `name ${nameKey(name)}`),
      ...keys.names.map((name) => `name ${name}`),
    ],
    confidence: trust[fact.protocol] * (known ? remote.confidence * (remote.port === undefined ? 0.85 : 1) : 0.5),
    reason: known
      ? `${remote.device!.label} by ${fact.protocol.toUpperCase()}: ${remote.reason}`
      : `${fact.protocol.toUpperCase()}: ${remote.reason}`,
    contradictions: remote.contradictions,
  };
}

/** All links that the evidence makes, each once. Its order does not matter. */
export function links(evidence: readonly Evidence[]): Link[] {
  const told = [...evidence].toSorted(
    (x, y) =>
      x.device - y.device || compare(x.port, y.port) || compare(x.protocol, y.protocol) || compare(x.label, y.label),
  );
  const groups = neighbours(told);
  const made = new Map<string, Made>();
  for (const group of groups) {
    const key = linkKey(group);
    const doubt = group.evidence.reduce((product, { confidence }) => product * (1 - confidence), 1);
    const before = made.get(key);
    if (before) {
      before.doubt *= doubt;
      join(before.link, group);
      before.sides.add(sideOf(group));
    } else made.set(key, { link: start(group), doubt, sides: new Set([sideOf(group)]) });
  }
  adopt(made);
  const all = [...made.values()];
  crowds(all.map(({ link }) => link));
  for (const { link, doubt, sides } of all) {
    link.mutual = sides.size > 1;
    const manual = link.protocols.includes("manual");
    const raised = manual ? 1 - doubt : link.mutual ? Math.max(1 - doubt, 0.95) : Math.min(1 - doubt, 0.97);
    const factor = (link.shared && !manual ? 0.6 : 1) * (link.contradictions.length > 0 && !manual ? 0.6 : 1);
    link.confidence = Math.round(Math.min(raised * factor, manual ? 1 : 0.99) * 1000) / 1000;
    if (link.mutual) link.reasons.unshift("both ends say so");
    link.reasons = [...new Set(link.reasons)];
    link.contradictions = [...new Set(link.contradictions)];
  }
  return all.map(({ link }) => straight(link));
}

/** Of two known ends a is the one with the lower number. */
function straight(link: Link): Link {
  const { a, b } = link;
  if (b.device === undefined || b.device > a.device || (b.device === a.device && b.port >= a.port)) return link;
  return { ...link, a: { ...b, device: b.device }, b: a };
}

interface Made {
  link: Link;
  /** That all its witnesses are wrong. */
  doubt: number;
  /** Ends that have spoken. */
  sides: Set<string>;
}

/** All witnesses on one port that mean one neighbour. */
interface Group {
  layer: 2 | 3;
  device: number;
  port: string;
  remoteDevice?: number | undefined;
  remotePort?: string | undefined;
  evidence: Evidence[];
}

function neighbours(evidence: readonly Evidence[]): Group[] {
  const groups: Group[] = [];
  for (const [, onPort] of Map.groupBy(evidence, (e) => `${layerOf(e)} ${e.device} ${e.port}`)) {
    const here: { group: Group; aliases: Set<string> }[] = [];
    for (const witness of onPort.toSorted((x, y) => known(y) - known(x))) {
      const fits = here.find(({ group, aliases }) => meansSame(witness, group, aliases));
      if (fits) {
        fits.group.evidence.push(witness);
        fits.group.remotePort ??= witness.remotePort;
        for (const alias of witness.aliases) fits.aliases.add(alias);
        continue;
      }
      const { device, port, remoteDevice, remotePort } = witness;
      const group: Group = { layer: layerOf(witness), device, port, remoteDevice, remotePort, evidence: [witness] };
      here.push({ group, aliases: new Set(witness.aliases) });
      groups.push(group);
    }
  }
  return groups;
}

const known = (e: Evidence) => (e.remoteDevice === undefined ? 0 : 2) + (e.remotePort === undefined ? 0 : 1);
const layerOf = (e: Evidence): 2 | 3 => (routed.includes(e.protocol) ? 3 : 2);
const compare = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);

function meansSame(witness: Evidence, group: Group, aliases: ReadonlySet<string>): boolean {
  if (witness.remoteDevice !== undefined || group.remoteDevice !== undefined) {
    const sameDevice =
      witness.remoteDevice === group.remoteDevice ||
      (witness.remoteDevice === undefined && witness.aliases.some((alias) => aliases.has(alias)));
    const ports = [witness.remotePort, group.remotePort];
    return sameDevice && (ports.includes(undefined) || ports[0] === ports[1]);
  }
  if (!witness.aliases.some((alias) => aliases.has(alias))) return false;
  const first = portKey(group.evidence[0]!.portLabel);
  const told = portKey(witness.portLabel);
  return first === told || first === "" || told === "" || tails(first) === tails(told);
}

/** `eth1/19` and `ethernet1/19`; and names that a sender has cut off at sixteen characters have no numbers to differ by. */
const tails = (key: string) => /\d.*$/.exec(key)?.[0] ?? "";

const end = (device: number | undefined, port: string) => `${device ?? "?"} ${port}`;

function sideOf({ device, port }: Group): string {
  return end(device, port);
}

function linkKey(group: Group): string {
  const a = end(group.device, group.port);
  if (group.remoteDevice === undefined)
    return `${group.layer} ${a} → ${group.evidence[0]!.label} ${group.evidence[0]!.portLabel}`;
  if (group.remotePort === undefined) return `${group.layer} ${a} → ${group.remoteDevice}`;
  return `${group.layer} ${[a, end(group.remoteDevice, group.remotePort)].toSorted(compare).join(" ↔ ")}`;
}

function start(group: Group): Link {
  const first = group.evidence[0]!;
  const link: Link = {
    a: { device: group.device, port: group.port, label: "" },
    b: {
      device: group.remoteDevice,
      port: group.remotePort ?? (group.remoteDevice === undefined ? first.portLabel : ""),
      label: first.label,
    },
    layer: group.layer,
    protocols: [],
    mutual: false,
    shared: false,
    confidence: 0,
    reasons: [],
    contradictions: [],
  };
  join(link, group);
  return link;
}

function join(link: Link, group: Group): void {
  for (const { protocol, reason, contradictions, label } of group.evidence) {
    if (!link.protocols.includes(protocol)) link.protocols.push(protocol);
    link.reasons.push(reason);
    link.contradictions.push(...contradictions);
    if (group.remoteDevice === link.a.device) link.a.label ||= label;
  }
}

/** A link whose far port nobody knows, and one from over there to this port, are one. */
function adopt(made: Map<string, Made>): void {
  const pair = ({ a, b, layer }: Link) => `${layer} ${Math.min(a.device, b.device!)} ${Math.max(a.device, b.device!)}`;
  const resolved = [...made].filter(([, { link }]) => link.b.device !== undefined);
  for (const [, between] of Map.groupBy(resolved, ([, { link }]) => pair(link))) {
    for (const [key, half] of between) {
      const others = between.filter(([other, whole]) => other !== key && made.has(other) && completes(whole, half));
      if (half.link.b.port !== "" || others.length !== 1) continue;
      const [, whole] = others[0]!;
      const { a } = half.link;
      whole.doubt *= half.doubt;
      for (const side of half.sides) whole.sides.add(side);
      whole.link.protocols = [...new Set([...whole.link.protocols, ...half.link.protocols])];
      whole.link.reasons.push(...half.link.reasons);
      whole.link.contradictions.push(...half.link.contradictions);
      if (whole.link.a.device !== a.device && whole.link.b.port === "") whole.link.b.port = a.port;
      made.delete(key);
    }
  }
}

/** Of links between the same two devices: may `half`, which lacks its far port, be the same one? */
function completes({ link }: Made, half: Made): boolean {
  const { a, layer } = half.link;
  if (link.a.device === a.device && link.b.device !== a.device) return link.a.port === a.port;
  if (link.b.port !== "") return link.b.port === a.port;
  return (layer === 3 || a.port !== "") && half.sides.size === 1;
}

/** Several neighbours on one port, and ports whose two ends name different partners. */
function crowds(all: readonly Link[]): void {
  const at = new Map<string, Link[]>();
  for (const link of all) {
    if (link.layer !== 2) continue;
    for (const { device, port } of [link.a, link.b]) {
      if (device === undefined || port === "") continue;
      const key = end(device, port);
      const here = at.get(key);
      if (here) here.push(link);
      else at.set(key, [link]);
    }
  }
  for (const [key, here] of at) {
    if (here.length < 2) continue;
    const manual = here.filter(({ protocols }) => protocols.includes("manual"));
    for (const link of here) {
      const port = [link.a, link.b].find(({ device, port }) => end(device, port) === key)!.port;
      const others = here.filter((other) => other !== link).map((other) => farEnd(other, key));
      if (manual.length > 0 && !manual.includes(link))
        link.contradictions.push(`port ${port} is linked to ${farEnd(manual[0]!, key)} by hand`);
      link.shared = true;
      link.reasons.push(
        `port ${port} also sees ${others.slice(0, 3).join(", ")}${others.length > 3 ? ` and ${others.length - 3} more` : ""}`,
      );
    }
  }
}

function farEnd(link: Link, key: string): string {
  const far = end(link.a.device, link.a.port) === key ? link.b : link.a;
  return [far.label || (far.device === undefined ? "" : `device ${far.device}`), far.port]
    .filter((part) => part !== "")
    .join(" ");
}
