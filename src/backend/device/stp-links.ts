/** Whom spanning tree names at a port's other end: the bridge that is designated there (BRIDGE-MIB, RFC 4188). */
import { parseMac } from "../../address.ts";
import type { NeighbourFact, Part } from "../../network/facts.ts";
import { isUnicast } from "../../network/mac.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { bridgePortObjects } from "./bridge-ports.ts";
import { integer, macAddress, numbered } from "./cells.ts";
import { completenessOf, isCut } from "./completeness.ts";
import type { About, PortNames } from "./reader.ts";

/** dot1dStpPortState: a port that listens to others' BPDUs. What a disabled one says is of former times. */
const blocking = 2;
const listening: readonly number[] = [blocking, 3, 4, 5];

export function stpLinkObjects(_about: About): Oid[] {
  return [
    ...bridgePortObjects(),
    bridge.dot1dBaseBridgeAddress,
    bridge.dot1dStpRootPort,
    bridge.dot1dStpPortState,
    bridge.dot1dStpPortDesignatedBridge,
    bridge.dot1dStpPortDesignatedPort,
  ];
}

/**
 * One row for the root port, and one for each port that is blocked because another bridge is designated there. All
 * others are by definition designated themselves: where one of those names another bridge, it does not look out of that
 * port (a vPC secondary, as the Nexus of the recordings, names its peer on every vPC).
 *
 * `remote_port` is the other bridge's port number, `bridge port 147`: no name, and no ifIndex.
 */
export function stpLinks(tables: Tables, about: About, names: PortNames): Part<NeighbourFact> {
  const own = macAddress(tables.value(bridge.dot1dBaseBridgeAddress));
  const rootPort = integer(tables.value(bridge.dot1dStpRootPort)) ?? 0;
  const rows: NeighbourFact[] = [];
  // Without its own address a bridge is its own neighbour, without a port's number a neighbour is another one.
  const selfCut = isCut(tables, [bridge.dot1dBaseBridgeAddress], "0");
  for (const [port, value] of numbered(tables, bridge.dot1dStpPortDesignatedBridge)) {
    if (selfCut || isCut(tables, [bridge.dot1dStpPortDesignatedPort], String(port))) continue;
    const state = integer(tables.value(bridge.dot1dStpPortState, String(port))) ?? 0;
    const looksOut = port === rootPort ? listening.includes(state) : state === blocking;
    const mac = bridgeMac(value);
    const ifIndex = names.ofBridgePort(port);
    if (!looksOut || mac === undefined || mac === own || ifIndex === undefined) continue;
    const number = portNumber(tables.value(bridge.dot1dStpPortDesignatedPort, String(port)));
    rows.push({
      ...{ protocol: "stp", local_port: names.name(ifIndex), remote_ip: "" },
      ...{ remote_port: number === undefined ? "" : `bridge port ${number}`, remote_port_descr: "" },
      ...{ remote_id: mac, remote_id_kind: "mac", remote_name: "", remote_type: "", capabilities: ["bridge"] },
      ...{ remote_vendor: "", remote_model: "", remote_os_ver: "", remote_serial: "" },
    });
  }
  const seen = rows.filter(({ local_port }) => local_port !== "");
  return { rows: seen, ...completenessOf(tables, stpLinkObjects(about)) };
}

/** A bridge's id is two bytes of priority (and VLAN), then its address. */
function bridgeMac(value: Value): string | undefined {
  if (!(value instanceof Uint8Array) || value.length !== 8) return undefined;
  const mac = parseMac([...value.subarray(2)].map((byte) => byte.toString(16).padStart(2, "0")).join(":"));
  return mac !== undefined && isUnicast(mac) ? mac : undefined;
}

/** A port's id is four bits of priority, then its number (IEEE 802.1D-2004 §9.2.7); 0 is none. */
function portNumber(value: Value | undefined): number | undefined {
  if (!(value instanceof Uint8Array) || value.length !== 2) return undefined;
  return (((value[0] as number) & 0x0f) << 8) + (value[1] as number) || undefined;
}
