/** Which interface is port P of power group G? The standard leaves it open; makers answer in different ways. */
import { entity } from "../../snmp/mib/entity.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { power } from "../../snmp/mib/power.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered, text } from "./cells.ts";
import type { About, PortNames } from "./reader.ts";

const ethernet = new Set([6, 62, 69, 117]);

export function powerPortObjects(about: About): Oid[] {
  const cisco = about.enterprise === 9;
  return [
    interfaces.ifDescr,
    interfaces.ifName,
    interfaces.ifType,
    ...(cisco ? [power.cpeExtPsePortEntPhyIndex, entity.entAliasMappingIdentifier, entity.entPhysicalName] : []),
  ];
}

/**
 * `GROUP.PORT` → ifIndex. In this order: the maker's own map (Cisco); the port's number is an ifIndex (ProCurve,
 * Comware); group and port stand in the interface's name (`Gi2/0/5`, Junos counting from 0); the number of a bridge port,
 * where there is one group. A scheme is taken only when it fits every port, so that none is guessed.
 */
export function powerPorts(tables: Tables, names: PortNames, ports: readonly string[]): Map<string, number> {
  const pairs = ports.map((index) => ({ index, numbers: index.split(".").map(Number) }));
  const groups = new Set(pairs.map(({ numbers }) => numbers[0]));
  const named = namedPorts(tables);
  const byName = (shift: number, single: boolean) => (group: number, port: number) =>
    found(named, (numbers) => (single || numbers[0] === group - shift) && numbers.at(-1) === port - shift);
  const mapped = ciscoMap(tables);
  const schemes: ((group: number, port: number) => number | undefined)[] = [
    (group, port) => mapped.get(`${group}.${port}`),
    (_group, port) => (named.has(port) ? port : undefined),
    byName(0, false),
    byName(1, false),
    byName(0, groups.size === 1),
    (_group, port) => (groups.size === 1 ? names.ofBridgePort(port) : undefined),
  ];
  for (const scheme of schemes) {
    const tried = pairs.map(({ index, numbers: [group = 0, port = 0] }) => [index, scheme(group, port)] as const);
    const hits = tried.filter((pair): pair is [string, number] => pair[1] !== undefined);
    const distinct = new Set(hits.map(([, ifIndex]) => ifIndex));
    const whole = scheme === schemes[0] ? hits.length > 0 : hits.length === pairs.length;
    if (whole && distinct.size === hits.length) return new Map(hits);
  }
  return new Map();
}

/** Ethernet interfaces and the numbers in their names: ifIndex → [2, 0, 5]. */
function namedPorts(tables: Tables): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [ifIndex, type] of numbered(tables, interfaces.ifType)) {
    if (!ethernet.has(integer(type) ?? 0)) continue;
    const name = text(
      tables.value(interfaces.ifName, String(ifIndex)) ?? tables.value(interfaces.ifDescr, String(ifIndex)),
    );
    const place = /(\d+(?:[/.:]\d+)*)$/.exec(name)?.[1];
    found.set(ifIndex, place === undefined ? [] : place.split(/[/.:]/).map(Number));
  }
  return found;
}

/** The one interface that fits; undefined for none and for several. */
function found(named: ReadonlyMap<number, number[]>, fits: (numbers: number[]) => boolean): number | undefined {
  const fitting = [...named].filter(([, numbers]) => numbers.length > 0 && fits(numbers));
  return fitting.length === 1 ? fitting[0]?.[0] : undefined;
}

/** cpeExtPsePortEntPhyIndex, and from the part to its interface by entAliasMapping, else by its name. */
function ciscoMap(tables: Tables): Map<string, number> {
  const map = new Map<string, number>();
  const byName = new Map<string, number>();
  for (const column of [interfaces.ifDescr, interfaces.ifName]) {
    for (const [ifIndex, name] of numbered(tables, column)) byName.set(text(name), ifIndex);
  }
  for (const [index, value] of tables.rows(power.cpeExtPsePortEntPhyIndex)) {
    const part = String(integer(value) ?? 0);
    const alias = text(tables.value(entity.entAliasMappingIdentifier, `${part}.0`));
    const aliased = /^\.?1\.3\.6\.1\.2\.1\.2\.2\.1\.1\.(\d+)$/.exec(alias)?.[1];
    const ifIndex = aliased ? Number(aliased) : byName.get(text(tables.value(entity.entPhysicalName, part)));
    if (ifIndex !== undefined) map.set(index, ifIndex);
  }
  return map;
}
