/** All names that Reeve knows, in one table: what a MIB-formatted walk calls an object, back to its OID. */
import type { Oid } from "../value.ts";
import { bridge } from "./bridge.ts";
import { cdp } from "./cdp.ts";
import { ciscoPort, ciscoVlan } from "./cisco-vlan.ts";
import { dot1x } from "./dot1x.ts";
import { entity } from "./entity.ts";
import { huaweiPort, interfaces } from "./interfaces.ts";
import { ip } from "./ip.ts";
import { lag } from "./lag.ts";
import { lldp } from "./lldp.ts";
import { mauTypes } from "./mau-types.ts";
import { nodes } from "./nodes.ts";
import { foundryPower, power } from "./power.ts";
import { routing } from "./routing.ts";
import { system } from "./system.ts";
import * as vendor from "./vendor.ts";
import { foundryVlan, huaweiVlan, juniperExVlan, vlan } from "./vlan.ts";

/** Every file of this folder stands here once. A name in two of them has the same OID in both (tested). */
export const mibs: readonly Readonly<Record<string, Oid>>[] = [
  nodes,
  system,
  bridge,
  ciscoPort,
  ciscoVlan,
  dot1x,
  foundryVlan,
  huaweiPort,
  huaweiVlan,
  juniperExVlan,
  interfaces,
  ip,
  lag,
  vlan,
  cdp,
  entity,
  lldp,
  routing,
  power,
  foundryPower,
  ...Object.values(vendor),
  mauTypes,
];

/** Some files name a scalar by its instance (`.0`), as it is read; only two nodes end in 0 themselves. */
const ofObject = (name: string, oid: Oid) =>
  name === "zeroDotZero" || name === "sysUpTimeInstance" ? oid : oid.replace(/\.0$/, "");

const oids = new Map<string, Oid>(
  mibs.flatMap((mib) => Object.entries(mib).map(([name, oid]) => [name, ofObject(name, oid)] as const)),
);

/** The OID of an object, table column or node by its name without module (`ifDescr`); undefined when Reeve has no use for it. */
export function oidOf(name: string): Oid | undefined {
  return oids.get(name);
}

const names = new Map<Oid, string>([...oids].map(([name, oid]) => [oid, name]));

/** `ifDescr.3` for `1.3.6.1.2.1.2.2.1.2.3`, the OID itself where no part of it has a name; for people and traces. */
export function nameOf(oid: Oid): string {
  for (let end = oid.length; end > 0; end = oid.lastIndexOf(".", end - 1)) {
    const name = names.get(oid.slice(0, end));
    if (name !== undefined) return `${name}${oid.slice(end)}`;
  }
  return oid;
}
