/**
 * A device's own addresses with their networks: IP-MIB's new table and its old one, IPV6-MIB, Cisco's forerunner of the
 * new one, and what the device tells its neighbours by LLDP to manage it by (some tell of management ports nowhere else).
 * Left out is what is no name for a device elsewhere: loopback (127.0.0.0/8, ::1), link-local (fe80::/10,
 * 169.254.0.0/16, as Netdisco does: every device has such, some the same ones), unspecified, broadcast, multicast.
 */
import { parsePrefix } from "../../address.ts";
import type { AddressFact, Part } from "../../network/facts.ts";
import { ip } from "../../snmp/mib/ip.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { integer, parts } from "./cells.ts";
import { completenessOf, portNamesCut } from "./completeness.ts";
import { addressScope, inetAddress, plainAddress } from "./inet-key.ts";
import type { About, PortNames } from "./reader.ts";
import { vrfObjects, vrfOfInterface } from "./vrfs.ts";

const broadcast = 3;

export function addressesObjects(about: About): Oid[] {
  const standard = [
    ip.ipAddressIfIndex,
    ip.ipAddressType,
    ip.ipAddressPrefix,
    ip.ipAdEntIfIndex,
    ip.ipAdEntNetMask,
    ip.ipv6AddrPfxLength,
    ip.lldpLocManAddrIfSubtype,
    ip.lldpLocManAddrIfId,
  ];
  const cisco = about.enterprise === 9 ? [ip.cIpAddressIfIndex, ip.cIpAddressPrefix] : [];
  return [...standard, ...cisco, ...vrfObjects(about)];
}

export function addresses(tables: Tables, about: About, names: PortNames): Part<AddressFact> {
  const vrfs = vrfOfInterface(tables);
  const found = new Map<string, AddressFact>();
  const add = (alias: string | undefined, ifIndex: number, prefix: number | null) => {
    if (alias === undefined || addressScope(alias) !== "global") return;
    const vrf = vrfs.get(ifIndex) ?? "";
    const known = found.get(`${vrf} ${alias}`);
    const port = names.name(ifIndex);
    found.set(`${vrf} ${alias}`, {
      alias,
      prefix: known?.prefix ?? prefix,
      port: known?.port || port,
      vrf,
    });
  };
  const modern = (ifIndexes: Oid, prefixes: Oid) => {
    for (const [index, value] of tables.rows(ifIndexes)) {
      if (ifIndexes === ip.ipAddressIfIndex && integer(tables.value(ip.ipAddressType, index)) === broadcast) continue;
      const alias = inetAddress(parts(index));
      if (alias !== undefined) add(alias, integer(value) ?? 0, pointedPrefix(tables.value(prefixes, index), alias));
    }
  };
  modern(ip.ipAddressIfIndex, ip.ipAddressPrefix);
  modern(ip.cIpAddressIfIndex, ip.cIpAddressPrefix);
  for (const [index, value] of tables.rows(ip.ipAdEntIfIndex)) {
    const mask = tables.value(ip.ipAdEntNetMask, index);
    const prefix = typeof mask === "string" ? parsePrefix(mask, 4) : undefined;
    const bytes = parts(index);
    if (bytes.length === 4) add(plainAddress(bytes), integer(value) ?? 0, prefix ?? null);
  }
  for (const [index, value] of tables.rows(ip.ipv6AddrPfxLength)) {
    const [ifIndex = 0, ...bytes] = parts(index);
    const length = integer(value) ?? 0;
    if (bytes.length === 16) add(plainAddress(bytes), ifIndex, length > 0 && length <= 128 ? length : null);
  }
  for (const [index, value] of tables.rows(ip.lldpLocManAddrIfId)) {
    const isIfIndex = integer(tables.value(ip.lldpLocManAddrIfSubtype, index)) === 2;
    add(inetAddress(parts(index)), isIfIndex ? (integer(value) ?? 0) : 0, null);
  }
  const cut = completenessOf(tables, addressesObjects(about));
  const vrfCut = vrfObjects(about).some((column) => !tables.complete(column));
  const unread = [...(vrfCut ? (["vrf"] as const) : []), ...(portNamesCut(tables) ? (["port"] as const) : [])];
  return { rows: [...found.values()], ...cut, ...(unread.length > 0 ? { unread } : {}) };
}

/**
 * ipAddressPrefix points to a row of ipAddressPrefixTable, whose index ends in the length: NX-OS leaves out what stands
 * before it, so that only the end is to be trusted. `0.0` is no row.
 */
function pointedPrefix(pointer: Value | undefined, alias: string): number | null {
  if (typeof pointer !== "string" || parts(pointer).length < 12) return null;
  const length = parts(pointer).at(-1) ?? 0;
  return length > 0 && length <= (alias.includes(":") ? 128 : 32) ? length : null;
}
