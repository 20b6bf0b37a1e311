/** Neighbours by routing protocols: OSPF neighbours that have been heard, BGP peers whose session stands. */
import { parseAddress, parsePrefix } from "../../address.ts";
import type { NeighbourFact, NeighbourProtocol, Part } from "../../network/facts.ts";
import { idOfText, ipOfBytes, isManagementAddress } from "../../network/normalise.ts";
import { ip } from "../../snmp/mib/ip.ts";
import { routing as mib } from "../../snmp/mib/routing.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { isCut, portNamesCut } from "./completeness.ts";
import type { About, PortNames } from "./reader.ts";

const ospfColumns: readonly Oid[] = [mib.ospfNbrRtrId, mib.ospfNbrState];
const bgpColumns: readonly Oid[] = [mib.bgpPeerIdentifier, mib.bgpPeerState, mib.bgpPeerLocalAddr, mib.bgpPeerRemoteAs];

export function routedObjects(_about: About): Oid[] {
  return [...ospfColumns, ...bgpColumns, ip.ipAdEntIfIndex, ip.ipAdEntNetMask];
}

export function routed(
  tables: Tables,
  _about: About,
  names: PortNames,
): { ospf: Part<NeighbourFact>; bgp: Part<NeighbourFact> } {
  const nets = networks(tables, names);
  return {
    ospf: part(tables, ospfColumns, ospf(tables, names, nets)),
    bgp: part(tables, bgpColumns, bgp(tables, nets)),
  };
}

const addressColumns: readonly Oid[] = [ip.ipAdEntIfIndex, ip.ipAdEntNetMask];

/** While addresses or names of ports are missing, nobody knows at which port a neighbour is: none is told then. */
function part(tables: Tables, columns: readonly Oid[], rows: NeighbourFact[]): Part<NeighbourFact> {
  const addressCut = addressColumns.find((oid) => tables.has(oid) && !tables.complete(oid));
  const cut = columns.find((oid) => !tables.complete(oid)) ?? addressCut;
  const portless = rows.length > 0 && (addressCut !== undefined || portNamesCut(tables));
  const reason = cut ? tables.column(cut).reason : portless ? "names of ports were cut off" : undefined;
  return { rows: portless ? [] : rows, complete: cut === undefined && !portless, reason };
}

/** ospfNbrState: 1 is down. Its index is the neighbour's address, and the ifIndex where the link has no addresses. */
function ospf(tables: Tables, names: PortNames, nets: Networks): NeighbourFact[] {
  const rows: NeighbourFact[] = [];
  for (const [index, router] of tables.rows(mib.ospfNbrRtrId)) {
    const parts = index.split(".");
    const address = parts.slice(0, 4).join(".");
    if (parts.length !== 5 || tables.value(mib.ospfNbrState, index) === 1) continue;
    if (isCut(tables, [mib.ospfNbrState], index)) continue;
    const port = parts[4] === "0" ? nets.portTo(address) : names.name(Number(parts[4]));
    rows.push(neighbour("ospf", port, address, addressOf(router), ""));
  }
  return rows;
}

/** bgpPeerState: 6 is established. Its index is the peer's address. */
function bgp(tables: Tables, nets: Networks): NeighbourFact[] {
  const rows: NeighbourFact[] = [];
  const peers = new Set([mib.bgpPeerState, mib.bgpPeerLocalAddr].flatMap((oid) => [...tables.rows(oid).keys()]));
  for (const address of peers) {
    const state = tables.value(mib.bgpPeerState, address);
    if (parseAddress(address)?.family !== 4 || (state !== undefined && state !== 6)) continue;
    if (isCut(tables, [mib.bgpPeerState, mib.bgpPeerIdentifier], address)) continue;
    const as = tables.value(mib.bgpPeerRemoteAs, address);
    const local = addressOf(tables.value(mib.bgpPeerLocalAddr, address));
    const port = nets.portTo(address) || nets.portAt(local);
    rows.push(
      neighbour("bgp", port, address, addressOf(tables.value(mib.bgpPeerIdentifier, address)), as ? `AS ${as}` : ""),
    );
  }
  return rows;
}

function neighbour(
  protocol: NeighbourProtocol,
  port: string,
  address: string,
  router: string,
  type: string,
): NeighbourFact {
  const id = idOfText(router === "0.0.0.0" ? "" : router);
  return {
    protocol,
    local_port: port,
    remote_ip: isManagementAddress(address) ? address : "",
    remote_port: "",
    remote_port_descr: "",
    remote_id: id.id,
    remote_id_kind: id.kind,
    remote_name: "",
    remote_type: type,
    capabilities: ["router"],
    remote_vendor: "",
    remote_model: "",
    remote_os_ver: "",
    remote_serial: "",
  };
}

function addressOf(value: Value | undefined): string {
  if (value instanceof Uint8Array) return ipOfBytes(value) ?? "";
  return typeof value === "string" ? value : "";
}

interface Networks {
  /** Port whose network the address is in; "" where none, or several equally narrow ones are. */
  portTo(address: string): string;
  /** Port that has the address itself. */
  portAt(address: string): string;
}

function networks(tables: Tables, names: PortNames): Networks {
  const own = new Map<string, string>();
  const nets: { net: number; length: number; port: string }[] = [];
  for (const [address, ifIndex] of tables.rows(ip.ipAdEntIfIndex)) {
    const port = names.name(Number(ifIndex));
    own.set(address, port);
    const mask = addressOf(tables.value(ip.ipAdEntNetMask, address));
    const length = mask === "" ? undefined : parsePrefix(mask, 4);
    if (port !== "" && length !== undefined && length < 32) nets.push({ net: number(address), length, port });
  }
  return {
    portAt: (address) => own.get(address) ?? "",
    portTo: (address) => {
      const fits = nets.filter(({ net, length }) => (net ^ number(address)) >>> (32 - length) === 0 && length > 0);
      const longest = fits.reduce((most, { length }) => Math.max(most, length), 0);
      const ports = new Set(fits.filter(({ length }) => length === longest).map(({ port }) => port));
      return ports.size === 1 ? [...ports][0]! : "";
    },
  };
}

function number(address: string): number {
  return address.split(".").reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}
