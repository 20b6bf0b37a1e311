/** The VLANs of a device, and which port is in which. */
import type { Part, PortVlanFact, VlanFact } from "../../network/facts.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import { ciscoVlan } from "../../snmp/mib/cisco-vlan.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { foundryVlan, huaweiVlan, vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { numbered, parts, text } from "./cells.ts";
import { completenessOf } from "./completeness.ts";
import { domainAndTag, juniperTags, juniperVlanObjects } from "./juniper-vlans.ts";
import { nativeVlanObjects, nativeVlans } from "./native-vlans.ts";
import type { About, PortNames } from "./reader.ts";
import {
  ciscoMembership,
  foundryMembership,
  huaweiMembership,
  isVlan,
  type Membership,
  standardMembership,
} from "./vlan-membership.ts";

const cisco = 9;
const foundry = 1991;
const huawei = 2011;
const juniper = 2636;

const vtp = [
  ciscoVlan.vtpVlanState,
  ciscoVlan.vtpVlanType,
  ciscoVlan.vtpVlanName,
  ciscoVlan.vlanTrunkPortVlansEnabled,
  ciscoVlan.vlanTrunkPortVlansEnabled2k,
  ciscoVlan.vlanTrunkPortVlansEnabled3k,
  ciscoVlan.vlanTrunkPortVlansEnabled4k,
  ciscoVlan.vmVlanType,
  ciscoVlan.vmVoiceVlanId,
];

export function vlansObjects(about: About): Oid[] {
  const makers = new Map<number, Oid[]>([
    [cisco, vtp],
    [foundry, Object.values(foundryVlan)],
    [huawei, Object.values(huaweiVlan).filter((column) => column !== huaweiVlan.hwDynFdbPort)],
    [juniper, [...juniperVlanObjects]],
  ]);
  const ports = [bridge.dot1dBasePortIfIndex, interfaces.ifDescr, interfaces.ifName];
  const standard = Object.values(vlan).filter((column) => column !== vlan.dot1qVlanFdbId);
  return [...new Set([...ports, ...standard, ...nativeVlanObjects(about), ...(makers.get(about.enterprise) ?? [])])];
}

export function vlans(
  tables: Tables,
  about: About,
  names: PortNames,
): { vlans: Part<VlanFact>; portVlans: Part<PortVlanFact> } {
  const completeness = completenessOf(tables, vlansObjects(about));
  const described = vlanNames(tables, about);
  const natives = nativeVlans(tables, names.ofBridgePort);
  const rows = new Map<string, PortVlanFact>();
  for (const { ifIndex, vlan: number, tagged, kind } of memberships(tables, about, names)) {
    const port = names.name(ifIndex);
    if (port === "") continue;
    const native = natives.get(ifIndex) === number;
    const key = `${number} ${port}`;
    const known = rows.get(key);
    const row = { port, vlan: number, native, egress_tag: tagged ?? !native, vlantype: kind };
    rows.set(key, known ? { ...known, vlantype: known.vlantype || kind } : row);
  }
  return {
    vlans: { rows: [...described].map(([number, description]) => ({ vlan: number, description })), ...completeness },
    portVlans: { rows: [...rows.values()], ...completeness },
  };
}

/** Who is in which VLAN, by ifIndex. */
export function memberships(tables: Tables, about: About, names: PortNames): Membership[] {
  const natives = nativeVlans(tables, names.ofBridgePort);
  if (about.enterprise === foundry) return foundryMembership(tables);
  const juniperTag = about.enterprise === juniper ? juniperTags(tables) : undefined;
  const standard = standardMembership(tables, names.ofBridgePort, juniperTag);
  if (about.enterprise === cisco) return [...standard, ...ciscoMembership(tables, natives)];
  if (about.enterprise !== huawei || standard.length > 0) return standard;
  return huaweiMembership(tables, names.ofBridgePort, natives);
}

/** VLAN → name. VLANs that only the current table has are there, too: nameless. */
function vlanNames(tables: Tables, about: About): Map<number, string> {
  const found = new Map<number, string>();
  const juniperTag = about.enterprise === juniper ? juniperTags(tables) : undefined;
  const add = (number: number | undefined, name: string) => {
    if (isVlan(number)) found.set(number, name || (found.get(number) ?? ""));
  };
  for (const index of tables.rows(vlan.dot1qVlanCurrentEgressPorts).keys()) add(parts(index)[1], "");
  for (const [number, value] of numbered(tables, vlan.dot1qVlanStaticName)) {
    if (juniperTag) add(juniperTag(number), domainAndTag(text(value)).domain);
    else add(number, text(value));
  }
  for (const [index, value] of tables.rows(ciscoVlan.vtpVlanName)) add(parts(index)[1], text(value));
  for (const column of [foundryVlan.snVLanByPortCfgVLanName, huaweiVlan.hwL2VlanDescr, huaweiVlan.hwL2VlanName]) {
    for (const [number, value] of numbered(tables, column)) add(number, text(value));
  }
  return found;
}
