/** Requests that make, change and delete links. Links are named in them, not numbered, but where the kernel wants numbers. */
import { Problem } from "../../problem.ts";
import { attributesOf, kinds } from "../kernel/kinds.ts";
import type { BridgeVlan, LinkData } from "../kernel/state.ts";
import type { LinkSettings, Step } from "../kernel/step.ts";
import { ipBytes, macBytes } from "./ip.ts";
import { addressGenerations, IFF, IFLA, IFLA_INET6_ADDR_GEN_MODE, INFO } from "./link.ts";
import { dataAttributes, type Names } from "./link-data.ts";
import { AF, attribute, joined, message, NLM_F, nested, RTM, text } from "./message.ts";
import { numberBytes, s32, u8, u16, u32 } from "./number.ts";

const VETH_INFO_PEER = 1;
const IFLA_BRIDGE = { FLAGS: 0, VLAN_INFO: 2 };
const BRIDGE_FLAGS_SELF = 2;
const VLAN_INFO = { PVID: 2, UNTAGGED: 4 };
/** RTEXT_FILTER_BRVLAN_COMPRESSED */
const compressedVlans = 4;

const asked = NLM_F.REQUEST | NLM_F.ACK;

function header(family: number, index = 0, flags = 0, change = 0): Uint8Array {
  return joined([u8(family), u8(0), u16(0), s32(index), u32(flags), u32(change)]);
}

const named = (name: string) => attribute(IFLA.IFNAME, text(name));

/** @throws Problem `not-found` */
export function needIndex(names: Names, name: string): number {
  const index = names.indexOf(name);
  if (index === undefined) throw new Problem("not-found", `there is no device ${name}`);
  return index;
}

/** Makes it; `linkSet` with what `later` holds is to follow. */
export function linkAdd(step: Step & { do: "link-add" }, names: Names): { request: Uint8Array; later: LinkSettings } {
  const { name, kind, lower, peer, settings = {} } = step;
  const { address, mtu, txQueueLength, ...later } = settings;
  const table = attributesOf(kind, "data");
  // Tunnels and vxlan have the link below in their data.
  const below: LinkData = lower && table.link ? { link: lower } : {};
  const data = { ...kinds[kind]?.assumed, ...below, ...step.data };
  const parts = dataAttributes(data, table, names);
  if (peer) parts.push(attribute(VETH_INFO_PEER, joined([header(AF.UNSPEC), named(peer)])));
  const info = [attribute(INFO.KIND, text(kind)), ...(parts.length > 0 ? [nested(INFO.DATA, ...parts)] : [])];
  const request = message(
    RTM.NEWLINK,
    asked | NLM_F.CREATE | NLM_F.EXCL,
    header(AF.UNSPEC),
    named(name),
    ...(lower && !table.link ? [attribute(IFLA.LINK, u32(needIndex(names, lower)))] : []),
    ...plainSettings({ address, mtu, txQueueLength }),
    nested(IFLA.LINKINFO, ...info),
  );
  return { request, later };
}

export function linkDelete(name: string): Uint8Array {
  return message(RTM.DELLINK, asked, header(AF.UNSPEC), named(name));
}

/** Several at once, as those of a group that nobody else is in: the kernel waits once, not once for each. */
export function groupDelete(group: number): Uint8Array {
  return message(RTM.DELLINK, asked, header(AF.UNSPEC), attribute(IFLA.GROUP, u32(group)));
}

export function groupSet(name: string, group: number): Uint8Array {
  return message(RTM.SETLINK, asked, header(AF.UNSPEC), named(name), attribute(IFLA.GROUP, u32(group)));
}

/** One request, or two where the kernel would do things in the wrong order. */
export function linkSet(name: string, settings: LinkSettings, names: Names): Uint8Array[] {
  const { addressGeneration, master, alias, name: newName } = settings;
  const requests: Uint8Array[] = [];
  if (addressGeneration !== undefined) {
    const mode = addressGenerations.indexOf(addressGeneration);
    if (mode < 0) throw new Problem("bad-request", `no way to make addresses is called "${addressGeneration}"`);
    const inet6 = nested(AF.INET6, attribute(IFLA_INET6_ADDR_GEN_MODE, u8(mode)));
    requests.push(message(RTM.SETLINK, asked, header(AF.UNSPEC), named(name), nested(IFLA.AF_SPEC, inet6)));
  }
  const [flags, change] = flagsOf(settings);
  const parts = [
    ...plainSettings(settings),
    ...(alias === undefined ? [] : [attribute(IFLA.IFALIAS, new TextEncoder().encode(alias))]),
    ...(master === undefined ? [] : [attribute(IFLA.MASTER, u32(master === "" ? 0 : needIndex(names, master)))]),
  ];
  if (parts.length > 0 || change > 0 || newName !== undefined) {
    const index = newName === undefined ? 0 : needIndex(names, name);
    requests.push(
      message(RTM.SETLINK, asked, header(AF.UNSPEC, index, flags, change), named(newName ?? name), ...parts),
    );
  }
  return requests;
}

function flagsOf({ up, arp, multicast, allmulticast, promiscuous }: LinkSettings): [flags: number, change: number] {
  const wanted: [boolean | undefined, number][] = [
    [up, IFF.UP],
    [arp === undefined ? undefined : !arp, IFF.NOARP],
    [multicast, IFF.MULTICAST],
    [allmulticast, IFF.ALLMULTI],
    [promiscuous, IFF.PROMISC],
  ];
  const sum = (want: (on: boolean | undefined) => boolean) =>
    wanted.reduce((bits, [on, bit]) => (want(on) ? bits | bit : bits), 0);
  return [sum((on) => on === true), sum((on) => on !== undefined)];
}

function plainSettings({ address, mtu, txQueueLength }: LinkSettings): Uint8Array[] {
  const size = (type: number, what: string, value: number | undefined) => {
    if (value === undefined) return [];
    const bytes = numberBytes(value, "u32");
    if (!bytes) throw new Problem("bad-request", `${what} ${value} is out of range`);
    return [attribute(type, bytes)];
  };
  const hardware = address && (/^[\da-f]+:[\da-f:]+$/i.test(address) && !address.includes("::") ? macBytes : ipBytes);
  return [
    ...(address && hardware ? [attribute(IFLA.ADDRESS, hardware(address))] : []),
    ...size(IFLA.MTU, "mtu", mtu),
    ...size(IFLA.TXQLEN, "length of the queue", txQueueLength),
  ];
}

/** @param data of a kind that wants everything said again: all of it */
export function linkData(name: string, kind: string, data: LinkData, names: Names): Uint8Array {
  const parts = dataAttributes(data, attributesOf(kind, "data"), names);
  const info = nested(IFLA.LINKINFO, attribute(INFO.KIND, text(kind)), nested(INFO.DATA, ...parts));
  return message(RTM.NEWLINK, asked, header(AF.UNSPEC), named(name), info);
}

export function portData(name: string, kind: string, data: LinkData, names: Names): Uint8Array {
  const parts = dataAttributes(data, attributesOf(kind, "port"), names);
  const info = nested(IFLA.LINKINFO, attribute(INFO.SLAVE_KIND, text(kind)), nested(INFO.SLAVE_DATA, ...parts));
  return message(RTM.NEWLINK, asked, header(AF.UNSPEC), named(name), info);
}

export function vlanChange(
  type: "add" | "delete",
  name: string,
  { vlan, pvid, untagged }: BridgeVlan,
  self: boolean,
  names: Names,
): Uint8Array {
  if (!Number.isInteger(vlan) || vlan < 1 || vlan > 4094) throw new Problem("bad-request", `there is no VLAN ${vlan}`);
  const flags = type === "delete" ? 0 : (pvid ? VLAN_INFO.PVID : 0) | (untagged ? VLAN_INFO.UNTAGGED : 0);
  return message(
    type === "add" ? RTM.SETLINK : RTM.DELLINK,
    asked,
    header(AF.BRIDGE, needIndex(names, name)),
    nested(
      IFLA.AF_SPEC,
      ...(self ? [attribute(IFLA_BRIDGE.FLAGS, u16(BRIDGE_FLAGS_SELF))] : []),
      attribute(IFLA_BRIDGE.VLAN_INFO, joined([u16(flags), u16(vlan)])),
    ),
  );
}

/** One link, by name. */
export function linkGet(name: string): Uint8Array {
  return message(RTM.GETLINK, asked, header(AF.UNSPEC), named(name));
}

export function linksDump(): Uint8Array {
  return message(RTM.GETLINK, NLM_F.REQUEST | NLM_F.DUMP, header(AF.UNSPEC));
}

export function vlansDump(): Uint8Array {
  return message(
    RTM.GETLINK,
    NLM_F.REQUEST | NLM_F.DUMP,
    header(AF.BRIDGE),
    attribute(IFLA.EXT_MASK, u32(compressedVlans)),
  );
}
