/**
 * Which IP address has which MAC address, as a device that talks IP knows it: IP-MIB's new table (with state) and its
 * old one, IPV6-MIB, Cisco's forerunner; in each VRF's own context where the device wants that.
 */
import type { AddressBindingFact, Part } from "../../network/facts.ts";
import { isUnicast } from "../../network/mac.ts";
import { ip } from "../../snmp/mib/ip.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { integer, macAddress, parts } from "./cells.ts";
import { completenessOf, portNamesCut } from "./completeness.ts";
import { addressScope, inetAddress, plainAddress } from "./inet-key.ts";
import type { About, PortNames } from "./reader.ts";
import { vrfContexts, vrfObjects, vrfOfInterface } from "./vrfs.ts";

export interface BindingsPart extends Part<AddressBindingFact> {
  /** VRFs whose contexts were not read to their end: what is missing there means nothing. Empty when the part is not complete. */
  incompleteVrfs: readonly string[];
}

/** ipNetToPhysicalState, ipv6IfNetToMediaState and cInetNetToMediaState; "-" is left out as no binding. */
const states = ["reachable", "stale", "delay", "probe", "-", "unknown", "-"];
/** ipNetToMediaType, ipNetToPhysicalType, cInetNetToMediaType. */
const invalidType = 2;

/** What is read in a VRF's context. */
export function bindingContextObjects(about: About): Oid[] {
  const standard = [
    ip.ipNetToPhysicalPhysAddress,
    ip.ipNetToPhysicalType,
    ip.ipNetToPhysicalState,
    ip.ipNetToMediaPhysAddress,
    ip.ipNetToMediaType,
    ip.ipv6NetToMediaPhysAddress,
    ip.ipv6IfNetToMediaState,
    ip.ipv6NetToMediaValid,
  ];
  if (about.enterprise !== 9) return standard;
  return [...standard, ip.cInetNetToMediaPhysAddress, ip.cInetNetToMediaType, ip.cInetNetToMediaState];
}

export function bindingsObjects(about: About): Oid[] {
  return [...bindingContextObjects(about), ...vrfObjects(about)];
}

/** VRFs to ask in contexts of their own. */
export function bindingContexts(tables: Tables, about: About): { kind: "vrf"; name: string }[] {
  return vrfContexts(tables, about);
}

interface Entry {
  ip: string;
  ifIndex: number;
  mac: string | undefined;
  state: string;
}

/** `contexts`: tables of each context that was asked, by VRF. One that is wanted and not there counts as not read. */
export function bindings(
  tables: Tables,
  about: About,
  names: PortNames,
  contexts: ReadonlyMap<string, Tables> = new Map(),
): BindingsPart {
  const vrfs = vrfOfInterface(tables);
  const rows = new Map<string, AddressBindingFact>();
  const take = (source: Tables, vrfOf: (ifIndex: number) => string) => {
    for (const { ip: address, ifIndex, mac, state } of entries(source)) {
      if (mac === undefined || !isUnicast(mac) || state === "-") continue;
      const vrf = vrfOf(ifIndex);
      const key = `${vrf} ${address} ${mac} ${ifIndex}`;
      if (!rows.has(key)) rows.set(key, { ip: address, mac, vrf, port: names.name(ifIndex), state });
    }
  };
  take(tables, (ifIndex) => vrfs.get(ifIndex) ?? "");
  for (const [name, source] of contexts) take(source, () => name);
  const incompleteVrfs = bindingContexts(tables, about)
    .map(({ name }) => name)
    .filter((name) => !contexts.get(name)?.complete(...bindingContextObjects(about)));
  const { complete, reason } = completenessOf(tables, bindingsObjects(about));
  const contextReason =
    incompleteVrfs.length > 0 ? `VRFs that did not answer to their end: ${incompleteVrfs.join(", ")}` : "";
  const reasons = [reason ?? "", contextReason].filter((one) => one !== "").join("; ");
  return {
    rows: [...rows.values()],
    complete,
    reason: reasons || undefined,
    incompleteVrfs: complete ? incompleteVrfs : [],
    ...(portNamesCut(tables) ? { unread: ["port"] } : {}),
  };
}

/** One entry per interface and address: the first table that has it decides, so that the one with states comes first. */
function entries(tables: Tables): Iterable<Entry> {
  const found = new Map<string, Entry>();
  const add = (address: string | undefined, ifIndex: number, value: Value, type: Value | undefined, state = "") => {
    if (address === undefined || ["none", "loopback", "multicast"].includes(addressScope(address))) return;
    const key = `${ifIndex} ${address}`;
    if (found.has(key)) return;
    const dead = integer(type) === invalidType;
    found.set(key, { ip: address, ifIndex, mac: macAddress(value), state: dead ? "-" : state });
  };
  const modern = (mac: Oid, type: Oid, state: Oid) => {
    for (const [index, value] of tables.rows(mac)) {
      const [ifIndex = 0, ...address] = parts(index);
      add(inetAddress(address), ifIndex, value, tables.value(type, index), stateOf(tables.value(state, index)));
    }
  };
  modern(ip.ipNetToPhysicalPhysAddress, ip.ipNetToPhysicalType, ip.ipNetToPhysicalState);
  modern(ip.cInetNetToMediaPhysAddress, ip.cInetNetToMediaType, ip.cInetNetToMediaState);
  for (const [index, value] of tables.rows(ip.ipNetToMediaPhysAddress)) {
    const [ifIndex = 0, ...bytes] = parts(index);
    if (bytes.length === 4) add(plainAddress(bytes), ifIndex, value, tables.value(ip.ipNetToMediaType, index));
  }
  for (const [index, value] of tables.rows(ip.ipv6NetToMediaPhysAddress)) {
    const [ifIndex = 0, ...bytes] = parts(index);
    // TruthValue: 2 is "not valid".
    const valid = tables.value(ip.ipv6NetToMediaValid, index);
    const state = stateOf(tables.value(ip.ipv6IfNetToMediaState, index));
    if (bytes.length === 16) add(plainAddress(bytes), ifIndex, value, valid, state);
  }
  return found.values();
}

function stateOf(value: Value | undefined): string {
  return states[(integer(value) ?? 0) - 1] ?? "";
}
