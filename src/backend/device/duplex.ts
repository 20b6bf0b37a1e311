/** Duplex and configured speed: EtherLike-MIB, MAU-MIB, Cisco's and Huawei's own. */
import { ciscoPort } from "../../snmp/mib/cisco-vlan.ts";
import { huaweiPort, interfaces } from "../../snmp/mib/interfaces.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { integer, numbered, parts } from "./cells.ts";
import type { About } from "./reader.ts";
import { speedText } from "./speed.ts";

const cisco = 9;
const huawei = 2011;

export interface Duplex {
  duplex: string;
  duplexAdmin: string;
  speedAdmin: string;
}

export function duplexObjects(about: About): Oid[] {
  const standard = [
    interfaces.dot3StatsDuplexStatus,
    interfaces.ifMauType,
    interfaces.ifMauDefaultType,
    interfaces.ifMauAutoNegAdminStatus,
  ];
  if (about.enterprise === cisco) {
    return [...standard, ciscoPort.portAdminSpeed, ciscoPort.portDuplex, ciscoPort.portIfIndex];
  }
  return about.enterprise === huawei ? [...standard, ...Object.values(huaweiPort)] : standard;
}

/** Types of dot3MauType (1.3.6.1.2.1.26.4.N, IANA-MAU-MIB) by speed in megabits; those of 1 to 9 say no duplex. */
const mauSpeeds: readonly (readonly [from: number, to: number, megabits: number])[] = [
  [4, 13, 10],
  [14, 20, 100],
  [21, 30, 1000],
  [31, 41, 10_000],
  [44, 46, 100],
  [47, 53, 1000],
  [54, 55, 10_000],
  [56, 56, 1000],
  [57, 58, 10_000],
];
const halfDuplexTypes = new Set([10, 12, 14, 15, 17, 19, 21, 23, 25, 27, 29]);

function mauNumber(value: Value | undefined): number {
  const match = typeof value === "string" ? /^1\.3\.6\.1\.2\.1\.26\.4\.(\d+)$/.exec(value) : null;
  return Number(match?.[1] ?? 0);
}

function mauDuplex(type: number): string {
  if (type < 10 || type === 42 || type === 43) return "";
  return halfDuplexTypes.has(type) ? "half" : "full";
}

function mauSpeed(type: number): string {
  const megabits = mauSpeeds.find(([from, to]) => type >= from && type <= to)?.[2];
  return megabits === undefined ? "" : speedText(megabits * 1_000_000);
}

/** What is known, by ifIndex. The operating duplex is EtherLike's; the MAU's type stands in where that has no row. */
export function duplexes(tables: Tables): (ifIndex: number) => Duplex {
  const found = new Map<number, Duplex>();
  const of = (ifIndex: number) => {
    const known = found.get(ifIndex) ?? { duplex: "", duplexAdmin: "", speedAdmin: "" };
    found.set(ifIndex, known);
    return known;
  };
  for (const [index, type] of tables.rows(interfaces.ifMauType)) {
    const ifIndex = parts(index)[0] ?? 0;
    const port = of(ifIndex);
    const fallback = tables.value(interfaces.ifMauDefaultType, index);
    const negotiates = integer(tables.value(interfaces.ifMauAutoNegAdminStatus, index)) === 1;
    const configured = mauNumber(fallback);
    const told = tables.rows(interfaces.dot3StatsDuplexStatus).has(String(ifIndex));
    if (!told) port.duplex ||= mauDuplex(mauNumber(type));
    port.duplexAdmin ||= negotiates ? "auto" : mauDuplex(configured);
    port.speedAdmin ||= negotiates ? "auto" : mauSpeed(configured);
  }
  for (const [ifIndex, value] of numbered(tables, interfaces.dot3StatsDuplexStatus)) {
    of(ifIndex).duplex = ["", "half", "full"][(integer(value) ?? 1) - 1] ?? "";
  }
  addCisco(tables, of);
  addHuawei(tables, of);
  return (ifIndex) => found.get(ifIndex) ?? { duplex: "", duplexAdmin: "", speedAdmin: "" };
}

/** CISCO-STACK-MIB: `disagree` is what two ends make of it, not a setting. */
function addCisco(tables: Tables, of: (ifIndex: number) => Duplex): void {
  for (const [index, value] of tables.rows(ciscoPort.portIfIndex)) {
    const ifIndex = integer(value) ?? 0;
    if (ifIndex === 0) continue;
    const port = of(ifIndex);
    const set = ["half", "full", "", "auto"][(integer(tables.value(ciscoPort.portDuplex, index)) ?? 0) - 1];
    const speed = integer(tables.value(ciscoPort.portAdminSpeed, index)) ?? 0;
    port.duplexAdmin = set || port.duplexAdmin;
    if (speed > 0) port.speedAdmin = speed <= 2 ? "auto" : speedText(speed === 10 ? 1e10 : speed);
  }
}

/** HUAWEI-PORT-MIB: negotiation 1 enabled; duplex 1 full, 2 half. */
function addHuawei(tables: Tables, of: (ifIndex: number) => Duplex): void {
  for (const [ifIndex, value] of numbered(tables, huaweiPort.hwEthernetNegotiation)) {
    const set = integer(tables.value(huaweiPort.hwEthernetDuplex, String(ifIndex))) ?? 0;
    const forced = ["full", "half"][set - 1] ?? "";
    of(ifIndex).duplexAdmin = integer(value) === 1 ? "auto" : forced;
  }
}
