/** Which interface is in which VLAN, in each maker's way. All are keyed by ifIndex. */
import { ciscoVlan } from "../../snmp/mib/cisco-vlan.ts";
import { foundryVlan, huaweiVlan, vlan } from "../../snmp/mib/vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { listedPorts, setBits } from "./bitmap.ts";
import { integer, numbered, parts } from "./cells.ts";
import { trunks } from "./native-vlans.ts";

export interface Membership {
  ifIndex: number;
  vlan: number;
  /** Leaves with a tag; undefined where the device does not say. */
  tagged: boolean | undefined;
  /** `static`, `dynamic`, `multiVlan`, `voice`; "" where the device does not say. */
  kind: string;
}

type OfBridgePort = (port: number) => number | undefined;

export const isVlan = (number: number | undefined): number is number =>
  number !== undefined && number >= 1 && number <= 4094;

/**
 * Q-BRIDGE: the current table (what holds now), the static one (what is configured) for VLANs that it has not. Bits of
 * ports that the bridge does not have are passed over: ProCurve sets all bits of ports to come.
 */
export function standardMembership(
  tables: Tables,
  ofBridgePort: OfBridgePort,
  juniperTag: ((index: number) => number) | undefined,
): Membership[] {
  const ports = (value: Value | undefined) => (juniperTag ? listedPorts(value) : undefined) ?? setBits(value, 1);
  const egress = new Map<number, { egress: Value; untagged: Value | undefined }>();
  for (const [number, value] of numbered(tables, vlan.dot1qVlanStaticEgressPorts)) {
    egress.set(number, { egress: value, untagged: tables.value(vlan.dot1qVlanStaticUntaggedPorts, String(number)) });
  }
  for (const [index, value] of tables.rows(vlan.dot1qVlanCurrentEgressPorts)) {
    const number = parts(index)[1] ?? 0;
    egress.set(number, { egress: value, untagged: tables.value(vlan.dot1qVlanCurrentUntaggedPorts, index) });
  }
  const found: Membership[] = [];
  for (const [number, { egress: members, untagged }] of egress) {
    const tag = juniperTag?.(number) ?? number;
    if (!isVlan(tag)) continue;
    const plain = new Set(ports(untagged));
    for (const port of ports(members)) {
      const ifIndex = ofBridgePort(port);
      const tagged = untagged === undefined ? undefined : !plain.has(port);
      if (ifIndex !== undefined) found.push({ ifIndex, vlan: tag, tagged, kind: "" });
    }
  }
  return found;
}

/** FOUNDRY-SN-SWITCH-GROUP-MIB counts members by ifIndex; its Q-BRIDGE bitmaps are lists of numbers, not bits. */
export function foundryMembership(tables: Tables): Membership[] {
  return [...tables.rows(foundryVlan.snVLanByPortMemberTagMode)].map(([index, mode]) => {
    const [number = 0, ifIndex = 0] = parts(index);
    return { ifIndex, vlan: number, tagged: integer(mode) === 1, kind: "" };
  });
}

const access = 2;

/** HUAWEI-L2VLAN-MIB: an access port is untagged, a trunk is but in its PVID; of a hybrid port it does not say. */
export function huaweiMembership(tables: Tables, ofBridgePort: OfBridgePort, natives: ReadonlyMap<number, number>) {
  const found: Membership[] = [];
  for (const [number, list] of numbered(tables, huaweiVlan.hwL2VlanPortList)) {
    for (const port of setBits(list, 0)) {
      const ifIndex = ofBridgePort(port);
      if (ifIndex === undefined) continue;
      const type = integer(tables.value(huaweiVlan.hwL2IfPortType, String(port)));
      const trunk = type === 1 ? natives.get(ifIndex) !== number : undefined;
      found.push({ ifIndex, vlan: number, tagged: type === access ? false : trunk, kind: "" });
    }
  }
  return found;
}

const voiceVlan = (value: Value | undefined) => {
  const number = integer(value);
  return isVlan(number) ? number : undefined;
};

const enabledLists: readonly (readonly [Oid, number])[] = [
  [ciscoVlan.vlanTrunkPortVlansEnabled, 0],
  [ciscoVlan.vlanTrunkPortVlansEnabled2k, 1024],
  [ciscoVlan.vlanTrunkPortVlansEnabled3k, 2048],
  [ciscoVlan.vlanTrunkPortVlansEnabled4k, 3072],
];

/** VLANs that VTP knows: those with a type and a state other than suspended, for trunks carry no others. */
export function vtpVlans(tables: Tables): Map<number, { suspended: boolean; ethernet: boolean }> {
  const found = new Map<number, { suspended: boolean; ethernet: boolean }>();
  for (const [index, state] of tables.rows(ciscoVlan.vtpVlanState)) {
    const number = parts(index)[1];
    const ethernet = (integer(tables.value(ciscoVlan.vtpVlanType, index)) ?? 1) === 1;
    if (isVlan(number)) found.set(number, { suspended: integer(state) === 2, ethernet });
  }
  return found;
}

/** Cisco: an access port its VLAN, a trunk all VLANs that are allowed and exist, a VLAN's interface its own. */
export function ciscoMembership(tables: Tables, natives: ReadonlyMap<number, number>): Membership[] {
  const exists = [...vtpVlans(tables)].filter(([, { ethernet }]) => ethernet).map(([number]) => number);
  const kindOf = (ifIndex: number) =>
    ["static", "dynamic", "multiVlan"][(integer(tables.value(ciscoVlan.vmVlanType, String(ifIndex))) ?? 0) - 1] ?? "";
  const found: Membership[] = [];
  for (const [ifIndex] of numbered(tables, ciscoVlan.vlanTrunkPortDynamicStatus)) {
    if (!trunks(tables, ifIndex)) continue;
    const allowed = new Set(
      enabledLists.flatMap(([column, first]) => setBits(tables.value(column, String(ifIndex)), first)),
    );
    const native = natives.get(ifIndex);
    for (const number of exists) {
      if (!allowed.has(number)) continue;
      found.push({ ifIndex, vlan: number, tagged: number !== native, kind: kindOf(ifIndex) });
    }
  }
  for (const [ifIndex, number] of natives) {
    if (!trunks(tables, ifIndex)) found.push({ ifIndex, vlan: number, tagged: false, kind: kindOf(ifIndex) });
  }
  for (const [ifIndex, value] of numbered(tables, ciscoVlan.vmVoiceVlanId)) {
    const number = voiceVlan(value);
    if (number !== undefined && !trunks(tables, ifIndex))
      found.push({ ifIndex, vlan: number, tagged: true, kind: "voice" });
  }
  return found;
}
