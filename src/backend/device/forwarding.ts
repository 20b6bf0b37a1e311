/**
 * Forwarding tables: which MAC address a bridge has seen behind which port. Q-BRIDGE-MIB tells the VLAN; BRIDGE-MIB does
 * not, and on Cisco's switches it shows one VLAN at a time, each in a context of its own.
 */
import type { ForwardingFact, Part } from "../../network/facts.ts";
import { isUnicast } from "../../network/mac.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import { huaweiVlan, vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { bridgePortObjects, bridgePorts } from "./bridge-ports.ts";
import { integer, macOfBytes, parts } from "./cells.ts";
import { completenessOf } from "./completeness.ts";
import { juniperFdbVlans, juniperVlanObjects } from "./juniper-vlans.ts";
import type { About, PortNames } from "./reader.ts";
import { isVlan, vtpVlans } from "./vlan-membership.ts";
import { memberships, vlansObjects } from "./vlans.ts";

const cisco = 9;
const huawei = 2011;
const juniper = 2636;

export interface ForwardingPart extends Part<ForwardingFact> {
  /**
   * VLANs whose contexts were not read to their end, or not at all: what is missing there means nothing, though the part
   * is complete otherwise. Empty when the part is not: then no absence means anything.
   */
  incompleteVlans: readonly number[];
}

/** dot1dTpFdbStatus and dot1qTpFdbStatus: 2 invalid, 4 self, 5 mgmt are no sightings; 1 other and 3 learned are. */
const noSightings: ReadonlySet<number> = new Set([2, 4, 5]);

/** What is read in a VLAN's context. */
export function forwardingContextObjects(): Oid[] {
  return [bridge.dot1dTpFdbPort, bridge.dot1dTpFdbStatus, bridge.dot1dBasePortIfIndex];
}

export function forwardingObjects(about: About): Oid[] {
  const standard = [
    ...forwardingContextObjects(),
    ...bridgePortObjects(),
    bridge.dot1qTpFdbPort,
    bridge.dot1qTpFdbStatus,
    vlan.dot1qVlanFdbId,
    vlan.dot1qVlanStaticName,
  ];
  if (about.enterprise === cisco) return [...new Set([...standard, ...vlansObjects(about)])];
  if (about.enterprise === juniper) return [...new Set([...standard, ...juniperVlanObjects])];
  return [...new Set(about.enterprise === huawei ? [...standard, huaweiVlan.hwDynFdbPort] : standard)];
}

/**
 * VLANs to ask in contexts of their own: on a device of Cisco's that knows VTP and does not show its VLANs in Q-BRIDGE,
 * those that a port is in, and that are neither suspended nor the four old ones (1002 to 1005).
 */
export function forwardingContexts(tables: Tables, about: About): { kind: "vlan"; name: string }[] {
  if (about.enterprise !== cisco || tables.rows(bridge.dot1qTpFdbPort).size > 0) return [];
  const ports = bridgePorts(tables, about);
  const inUse = new Set<number>();
  for (const member of memberships(tables, about, { name: String, ofBridgePort: (port) => ports.get(port) })) {
    inUse.add(member.vlan);
  }
  const wanted = [...vtpVlans(tables)].filter(
    ([number, { suspended, ethernet }]) =>
      inUse.has(number) && ethernet && !suspended && !(number >= 1002 && number <= 1005),
  );
  return wanted.map(([number]) => ({ kind: "vlan", name: String(number) }));
}

/** `contexts`: tables of each context that was asked, by VLAN. One that is wanted and not there counts as not read. */
export function forwarding(
  tables: Tables,
  about: About,
  names: PortNames,
  contexts: ReadonlyMap<string, Tables> = new Map(),
): ForwardingPart {
  const rows = new Map<string, ForwardingFact>();
  const told = new Set<string>();
  const unsure: string[] = [];
  const collect = (source: Tables, entry: Entry, number: number, ofBridgePort: PortNames["ofBridgePort"]): boolean => {
    const port = portOf(source, entry.port, ofBridgePort, names);
    if (port === undefined || entry.status === undefined) return false;
    told.add(entry.mac);
    if (!noSightings.has(entry.status))
      rows.set(`${number} ${entry.mac} ${port}`, { mac: entry.mac, port, vlan: number });
    return true;
  };
  const incomplete = new Set(forwardingContexts(tables, about).map(({ name }) => Number(name)));
  // What such a device shows without a context is VLAN 1.
  const plainVlan = incomplete.size > 0 ? 1 : 0;
  for (const [name, source] of contexts) {
    const ports = bridgePorts(source, about);
    let sure = source.complete(...forwardingContextObjects());
    for (const entry of entries(source, bridge.dot1dTpFdbPort, bridge.dot1dTpFdbStatus)) {
      sure = collect(source, entry, Number(name), (port) => ports.get(port)) && sure;
    }
    if (sure) incomplete.delete(Number(name));
    else incomplete.add(Number(name));
  }
  const vlanOf = fdbVlans(tables, about);
  for (const entry of entries(tables, bridge.dot1qTpFdbPort, bridge.dot1qTpFdbStatus)) {
    const number = vlanOf(entry.fdbId);
    const sure = number !== undefined && collect(tables, entry, number, names.ofBridgePort);
    if (!sure) unsure.push(entry.mac);
  }
  for (const { mac, port, number } of huaweiEntries(tables, names)) {
    told.add(mac);
    rows.set(`${number} ${mac} ${port}`, { mac, port, vlan: number });
  }
  const known = new Set([...told, ...unsure]);
  for (const entry of entries(tables, bridge.dot1dTpFdbPort, bridge.dot1dTpFdbStatus)) {
    if (!known.has(entry.mac) && !collect(tables, entry, plainVlan, names.ofBridgePort)) unsure.push(entry.mac);
  }
  const { complete, reason } = completenessOf(tables, forwardingObjects(about));
  const missed = [...incomplete].sort((a, b) => a - b);
  const contextReason = missed.length > 0 ? `VLANs that did not answer to their end: ${missed.join(", ")}` : "";
  const reasons = [reason ?? "", contextReason].filter((one) => one !== "").join("; ");
  return { rows: [...rows.values()], complete, reason: reasons || undefined, incompleteVlans: complete ? missed : [] };
}

interface Entry {
  /** 0 in BRIDGE-MIB. */
  fdbId: number;
  mac: string;
  port: number;
  /** 0 where the agent has no such column; undefined where it was cut off before this row. */
  status: number | undefined;
}

function* entries(tables: Tables, portColumn: Oid, statusColumn: Oid): Generator<Entry> {
  const withFdb = portColumn === bridge.dot1qTpFdbPort;
  const unknown = tables.complete(statusColumn) ? 0 : undefined;
  for (const [index, value] of tables.rows(portColumn)) {
    const numbers = parts(index);
    if (numbers.length !== (withFdb ? 7 : 6)) continue;
    const mac = macOfBytes(numbers.slice(-6));
    if (mac === undefined || !isUnicast(mac)) continue;
    const status = integer(tables.value(statusColumn, index)) ?? unknown;
    yield { fdbId: withFdb ? (numbers[0] ?? 0) : 0, mac, port: integer(value) ?? 0, status };
  }
}

/** HUAWEI-L2MAM-MIB has what BRIDGE-MIB has not: the VLAN of what was learned. */
function* huaweiEntries(tables: Tables, names: PortNames) {
  for (const [index, value] of tables.rows(huaweiVlan.hwDynFdbPort)) {
    const numbers = parts(index);
    const mac = macOfBytes(numbers.slice(0, 6));
    const number = numbers[6];
    if (mac !== undefined && isUnicast(mac)) {
      yield { mac, port: names.name(integer(value) ?? 0), number: isVlan(number) ? number : 0 };
    }
  }
}

/**
 * The port's name; "" for port 0 and for one that leads to no interface; undefined where the mapping was cut off, so
 * that nobody knows.
 */
function portOf(tables: Tables, port: number, ofBridgePort: PortNames["ofBridgePort"], names: PortNames) {
  if (port === 0) return "";
  const ifIndex = ofBridgePort(port);
  if (ifIndex !== undefined) return names.name(ifIndex);
  return tables.complete(bridge.dot1dBasePortIfIndex) ? "" : undefined;
}

/**
 * FDB id → VLAN by dot1qVlanFdbId, where one VLAN has the id; 0 where several share it. Without that table the id is the
 * VLAN where it can be one. Undefined where the table was cut off.
 */
function fdbVlans(tables: Tables, about: About): (fdbId: number) => number | undefined {
  const vlans = new Map<number, Set<number>>();
  for (const [index, value] of tables.rows(vlan.dot1qVlanFdbId)) {
    const [fdbId, number] = [integer(value), parts(index)[1]];
    if (fdbId !== undefined && isVlan(number)) vlans.set(fdbId, (vlans.get(fdbId) ?? new Set()).add(number));
  }
  const complete = tables.complete(vlan.dot1qVlanFdbId);
  const juniperVlan = about.enterprise === juniper ? juniperFdbVlans(tables) : undefined;
  return (fdbId) => {
    const [first, ...more] = vlans.get(fdbId) ?? [];
    if (first !== undefined) return more.length === 0 ? first : 0;
    if (!complete) return undefined;
    if (juniperVlan) return tables.complete(...juniperVlanObjects) ? juniperVlan(fdbId) : undefined;
    return vlans.size === 0 && isVlan(fdbId) ? fdbId : 0;
  };
}
