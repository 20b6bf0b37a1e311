/**
 * Which interface is meant by LLDP's number of a local port? The standard says the bridge port, or the ifIndex where
 * there is no bridge; agents do as they like (Cisco IOS counts from 1, NX-OS, Juniper and ProCurve give the ifIndex). So
 * the port's own id and description decide where they name one interface and no other, and the numbers are believed as far
 * as they agree with those.
 */
import { parseMac } from "../../address.ts";
import { macOfBytes, plainText, portKey } from "../../network/normalise.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { lldp } from "../../snmp/mib/lldp.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import type { PortNames } from "./reader.ts";

export const localPortObjects: readonly Oid[] = [
  lldp.lldpLocPortIdSubtype,
  lldp.lldpLocPortId,
  lldp.lldpLocPortDesc,
  interfaces.ifDescr,
  interfaces.ifName,
  interfaces.ifAlias,
  interfaces.ifPhysAddress,
  interfaces.ifOperStatus,
];

/** lldpLocPortNum → `PortFact.port`; "" where no interface can be told. */
export type LocalPorts = (portNumber: number) => string;

/** What the answer rests on. Where one of them was cut off, a port that has no name may have one. */
const grounds: readonly Oid[] = [...localPortObjects.slice(0, 7), bridge.dot1dBasePortIfIndex];

/** Was any of what ports are told by read, but not to its end? */
export function localPortsCut(tables: Tables): boolean {
  return grounds.some((column) => tables.has(column) && !tables.complete(column));
}

/**
 * Where the grounds were cut off, only what is proved by whole columns is told: that a name fits one interface and no
 * other, or that the numbers agree with it, cannot be said of a part.
 * @param seen the numbers of local ports that have neighbours: such a port is up, which tells wrong guesses
 */
export function localPorts(tables: Tables, names: PortNames, seen: ReadonlySet<number>): LocalPorts {
  const named = new Map<number, number>();
  const find = finder(tables);
  const subtypes = tables.rows(lldp.lldpLocPortIdSubtype);
  const descriptions = tables.rows(lldp.lldpLocPortDesc);
  for (const [index, id] of tables.rows(lldp.lldpLocPortId)) {
    const found = find(Number(subtypes.get(index) ?? 0), id, descriptions.get(index));
    if (found !== undefined) named.set(Number(index), found);
  }
  const known = (ifIndex: number | undefined) =>
    ifIndex !== undefined && names.name(ifIndex) !== "" ? ifIndex : undefined;
  const readings = [known, (number: number) => known(names.ofBridgePort(number))];
  const believed = localPortsCut(tables) ? [] : readings.filter((reading) => agrees(reading, named, tables, seen));
  return (number) => {
    const byName = known(named.get(number));
    if (byName !== undefined) return names.name(byName);
    const guesses = new Set(believed.map((reading) => reading(number)).filter((guess) => guess !== undefined));
    return guesses.size === 1 ? names.name([...guesses][0]!) : "";
  };
}

/** Does a reading of the numbers contradict no port that is known by name, and lead to no port that is down? */
function agrees(
  reading: (number: number) => number | undefined,
  named: ReadonlyMap<number, number>,
  tables: Tables,
  seen: ReadonlySet<number>,
): boolean {
  for (const [number, ifIndex] of named) if (reading(number) !== ifIndex) return false;
  const status = tables.rows(interfaces.ifOperStatus);
  for (const number of seen) {
    const ifIndex = reading(number);
    if (ifIndex === undefined || status.get(String(ifIndex)) === 2) return false;
  }
  return true;
}

type Finder = (subtype: number, id: Value, description: Value | undefined) => number | undefined;

/** Looks an interface up by what LLDP says of it; undefined where none or several fit. */
function finder(tables: Tables): Finder {
  const byName = index(tables, [interfaces.ifName, interfaces.ifDescr], (value) => portKey(textOf(value)));
  const byAlias = index(tables, [interfaces.ifAlias], (value) => textOf(value).toLowerCase());
  const byMac = index(tables, [interfaces.ifPhysAddress], macOf);
  return (subtype, id, description) => {
    const text = textOf(id);
    // LldpPortIdSubtype: interfaceAlias 1, portComponent 2, macAddress 3, networkAddress 4, interfaceName 5, local 7.
    const byId =
      subtype === 3
        ? only(byMac.get(macOf(id)))
        : subtype === 1
          ? (only(byAlias.get(text.toLowerCase())) ?? only(byName.get(portKey(text))))
          : only(byName.get(portKey(text)));
    if (byId !== undefined) return byId;
    const told = textOf(description ?? "");
    return only(byName.get(portKey(told))) ?? only(byAlias.get(told.toLowerCase()));
  };
}

function only(found: ReadonlySet<number> | undefined): number | undefined {
  return found?.size === 1 ? [...found][0] : undefined;
}

function index(tables: Tables, columns: Oid[], key: (value: Value) => string): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const column of columns) {
    if (tables.has(column) && !tables.complete(column)) continue;
    for (const [row, value] of tables.rows(column)) {
      const name = key(value);
      if (name === "") continue;
      const set = found.get(name);
      if (set) set.add(Number(row));
      else found.set(name, new Set([Number(row)]));
    }
  }
  return found;
}

function textOf(value: Value): string {
  return typeof value === "string" || value instanceof Uint8Array ? plainText(value) : String(value);
}

function macOf(value: Value): string {
  if (value instanceof Uint8Array && value.length === 6) return macOfBytes(value) ?? "";
  return parseMac(textOf(value)) ?? "";
}
