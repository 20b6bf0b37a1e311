/** Virtual routing tables: their names, and the interfaces in them. */
import { ip } from "../../snmp/mib/ip.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { parts, text } from "./cells.ts";
import type { About } from "./reader.ts";

const cisco = 9;

export function vrfObjects(about: About): Oid[] {
  const standard = [ip.mplsL3VpnIfVpnClassification];
  return about.enterprise === cisco ? [...standard, ip.cvVrfName, ip.cvVrfInterfaceType] : standard;
}

/** ifIndex → name of its VRF, by MPLS-L3VPN-STD-MIB and CISCO-VRF-MIB; an interface that is in none is not in it. */
export function vrfOfInterface(tables: Tables): Map<number, string> {
  const found = new Map<number, string>();
  for (const index of tables.rows(ip.mplsL3VpnIfVpnClassification).keys()) {
    const [length = 0, ...rest] = parts(index);
    const ifIndex = rest[length];
    if (rest.length !== length + 1 || ifIndex === undefined) continue;
    found.set(ifIndex, text(Uint8Array.from(rest.slice(0, length))));
  }
  for (const index of tables.rows(ip.cvVrfInterfaceType).keys()) {
    const [number, ifIndex] = parts(index);
    const name = text(tables.value(ip.cvVrfName, String(number)));
    if (name !== "" && ifIndex !== undefined) found.set(ifIndex, name);
  }
  return found;
}

/** Names of the VRFs that an agent may keep in contexts of their own: Cisco's, where they have interfaces. */
export function vrfContexts(tables: Tables, about: About): { kind: "vrf"; name: string }[] {
  if (about.enterprise !== cisco) return [];
  const names = new Set(vrfOfInterface(tables).values());
  return [...names].filter((name) => name !== "" && name !== "default").map((name) => ({ kind: "vrf", name }));
}
