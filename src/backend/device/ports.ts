/** The interfaces of a device, one fact each. */
import type { Part, PortFact } from "../../network/facts.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { aggregates, aggregatesObjects } from "./aggregates.ts";
import { bridgePortObjects, bridgePorts } from "./bridge-ports.ts";
import { integer, macAddress, parts, text } from "./cells.ts";
import { completenessOf, isCut } from "./completeness.ts";
import { dot1xObjects, type PortAccess, portAccess } from "./dot1x.ts";
import { type Duplex, duplexes, duplexObjects } from "./duplex.ts";
import { errorDisabled, errorDisableObjects } from "./error-disable.ts";
import { interfaceType } from "./interface-types.ts";
import { nativeVlanObjects, nativeVlans } from "./native-vlans.ts";
import { portNames, portNamesObjects } from "./port-names.ts";
import type { About, PortNames } from "./reader.ts";
import { bitsPerSecond, speedText } from "./speed.ts";
import { edgePorts, stpObjects, stpStates } from "./stp.ts";

/** ifOperStatus and ifAdminStatus. */
const statuses = ["up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"];
const l2vlan = 135;

const own = [
  interfaces.ifDescr,
  interfaces.ifName,
  interfaces.ifType,
  interfaces.ifAlias,
  interfaces.ifOperStatus,
  interfaces.ifAdminStatus,
  interfaces.ifSpeed,
  interfaces.ifHighSpeed,
  interfaces.ifPhysAddress,
  interfaces.ifMtu,
  interfaces.ifLastChange,
];

type Field = keyof PortFact & string;

const noDuplex: Duplex = { duplex: "", duplexAdmin: "", speedAdmin: "" };
const noAccess: PortAccess = { state: "", status: "", user: "", authenticator: null, supplicant: null };

/** Which fields come from which columns: what was cut off is told by field. */
function sources(about: About): [Oid[], Field[]][] {
  const ports = bridgePortObjects().slice(0, 1);
  return [
    [[interfaces.ifName, interfaces.ifAlias], ["name"]],
    [[interfaces.ifType], ["type"]],
    [[interfaces.ifOperStatus], ["up"]],
    [[interfaces.ifAdminStatus], ["up_admin"]],
    [
      [interfaces.ifSpeed, interfaces.ifHighSpeed],
      ["speed", "raw_speed"],
    ],
    [[interfaces.ifPhysAddress], ["mac"]],
    [[interfaces.ifMtu], ["mtu"]],
    [[interfaces.ifLastChange], ["lastchange"]],
    [duplexObjects(about), ["duplex", "duplex_admin", "speed_admin"]],
    [
      [...stpObjects(about), ...ports],
      ["stp", "faststart"],
    ],
    [
      [...nativeVlanObjects(about), ...ports],
      ["vlan", "pvid"],
    ],
    [
      [...aggregatesObjects(about), ...ports],
      ["slave_of", "is_master", "has_subinterfaces"],
    ],
    [bridgePortObjects(), ["bridge_port"]],
    [errorDisableObjects(about), ["error_disable_cause"]],
    [
      dot1xObjects(about),
      [
        "pae_authconfig_state",
        "pae_authconfig_port_status",
        "pae_authsess_user",
        "pae_is_authenticator",
        "pae_is_supplicant",
      ],
    ],
  ];
}

export function portsObjects(about: About): Oid[] {
  return [...new Set([...own, ...bridgePortObjects(), ...sources(about).flatMap(([columns]) => columns)])];
}

/**
 * The part is complete when no interface can be missing from it; fields whose columns were cut off stand in `unread`.
 * The names know every interface, bridge port and aggregate for the other readers.
 */
export function ports(tables: Tables, about: About): { part: Part<PortFact>; names: PortNames } {
  const portName = portNames(tables, about);
  const byBridgePort = bridgePorts(tables, about);
  const names: PortNames = {
    name: (ifIndex) => portName.get(ifIndex) ?? "",
    ofBridgePort: (port) => byBridgePort.get(port),
  };
  const bridgePortOf = new Map([...byBridgePort].map(([port, ifIndex]) => [ifIndex, port]));
  const masters = aggregates(tables, names.ofBridgePort);
  const masterPorts = new Set(masters.values());
  const states = stpStates(tables, names.ofBridgePort);
  const edges = edgePorts(tables, names.ofBridgePort);
  const vlans = nativeVlans(tables, names.ofBridgePort);
  const duplexOf = duplexes(tables);
  const shut = errorDisabled(tables);
  const parents = subinterfaceParents(tables, portName);
  // Of several columns together, one that is missing makes the others say something else.
  const cut = (objects: readonly Oid[]) => !tables.complete(...objects);
  const [duplexCut, accessCut] = [cut(duplexObjects(about)), cut(dot1xObjects(about))];
  const rows = [...portName].map(([ifindex, port]): PortFact => {
    const cell = (column: Oid) => tables.value(column, String(ifindex));
    const status = (column: Oid) => statuses[(integer(cell(column)) ?? 0) - 1] ?? "";
    const type = integer(cell(interfaces.ifType));
    const lacks = (column: Oid) => isCut(tables, [column], String(ifindex));
    const speedCut = lacks(interfaces.ifSpeed) || lacks(interfaces.ifHighSpeed);
    const bits = speedCut
      ? undefined
      : bitsPerSecond(integer(cell(interfaces.ifSpeed)), integer(cell(interfaces.ifHighSpeed)));
    const duplex = duplexCut ? noDuplex : duplexOf(ifindex);
    const access = accessCut ? noAccess : portAccess(tables, ifindex);
    const master = masters.get(ifindex);
    return {
      port,
      ifindex,
      descr: text(cell(interfaces.ifDescr)),
      name: text(cell(interfaces.ifAlias)) || (lacks(interfaces.ifAlias) ? "" : text(cell(interfaces.ifName))),
      up: status(interfaces.ifOperStatus),
      up_admin: status(interfaces.ifAdminStatus),
      type: type === undefined ? "" : interfaceType(type),
      duplex: duplex.duplex,
      duplex_admin: duplex.duplexAdmin,
      speed: bits === undefined ? "" : speedText(bits),
      speed_admin: duplex.speedAdmin,
      raw_speed: bits ?? null,
      mac: macAddress(cell(interfaces.ifPhysAddress)) ?? null,
      mtu: integer(cell(interfaces.ifMtu)) ?? null,
      stp: states.get(ifindex) ?? "",
      vlan: vlans.get(ifindex) ?? null,
      pvid: vlans.get(ifindex) ?? null,
      lastchange: integer(cell(interfaces.ifLastChange)) ?? null,
      slave_of: master === undefined ? "" : names.name(master),
      is_master: masterPorts.has(ifindex),
      has_subinterfaces: parents.has(ifindex),
      error_disable_cause: shut.get(ifindex) ?? "",
      faststart: edges.has(ifindex),
      pae_authconfig_state: access.state,
      pae_authconfig_port_status: access.status,
      pae_authsess_user: access.user,
      pae_is_authenticator: access.authenticator,
      pae_is_supplicant: access.supplicant,
      bridge_port: bridgePortOf.get(ifindex) ?? null,
    };
  });
  return { part: { rows, ...completeness(tables, about) }, names };
}

/** Interfaces with others on top: `ge-0/0/0` of `ge-0/0/0.10`, and what a VLAN interface is stacked upon. */
function subinterfaceParents(tables: Tables, portName: ReadonlyMap<number, string>): Set<number> {
  const byName = new Map([...portName].map(([ifIndex, name]) => [name, ifIndex]));
  const found = new Set<number>();
  for (const name of byName.keys()) {
    const parent = byName.get(/^(.+)\.\d+$/.exec(name)?.[1] ?? "");
    if (parent !== undefined) found.add(parent);
  }
  for (const [index, status] of tables.rows(interfaces.ifStackStatus)) {
    const [upper = 0, lower = 0] = parts(index);
    const isVlan = integer(tables.value(interfaces.ifType, String(upper))) === l2vlan;
    if (lower > 0 && isVlan && integer(status) === 1 && portName.has(lower)) found.add(lower);
  }
  return found;
}

function completeness(tables: Tables, about: About): Pick<Part<PortFact>, "complete" | "reason" | "unread"> {
  const cut = portsObjects(about).filter((column) => !tables.complete(column));
  const complete = !portNamesObjects.some((column) => cut.includes(column));
  if (cut.length === 0) return { complete };
  const unread = sources(about).flatMap(([columns, fields]) =>
    columns.some((column) => cut.includes(column)) ? fields : [],
  );
  return { complete, reason: completenessOf(tables, cut).reason, unread };
}
