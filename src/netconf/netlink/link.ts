/** Links as RTM_NEWLINK tells of them: struct ifinfomsg and IFLA_… (linux/if_link.h). */
import { attributesOf } from "../kernel/kinds.ts";
import type { BridgeVlan, Link, LinkData } from "../kernel/state.ts";
import { ipText, macText } from "./ip.ts";
import { type Names, readData } from "./link-data.ts";
import { AF, listAttributes, readAttributes, readText } from "./message.ts";
import { readNumber } from "./number.ts";

export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  TXQLEN: 13,
  OPERSTATE: 16,
  LINKINFO: 18,
  IFALIAS: 20,
  AF_SPEC: 26,
  GROUP: 27,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
  PROP_LIST: 52,
  ALT_IFNAME: 53,
  PERM_ADDRESS: 54,
} as const;
/** What is read of a link; there is much more of it, counters above all. */
const wanted = new Set<number>(Object.values(IFLA));
export const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
export const IFF = {
  UP: 1,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const;
export const IFLA_INET6_ADDR_GEN_MODE = 8;
export const addressGenerations = ["eui64", "none", "stable_secret", "random"];
/** struct ifinfomsg */
export const linkHeader = 16;

const [onlyInet6, onlyGeneration] = [new Set<number>([AF.INET6]), new Set([IFLA_INET6_ADDR_GEN_MODE])];
const IFLA_BRIDGE_VLAN_INFO = 2;
const VLAN_INFO = { PVID: 2, UNTAGGED: 4, RANGE_BEGIN: 8, RANGE_END: 16 };

/** IF_OPER_… (RFC 2863) */
const operstates = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];

/** ARPHRD_… of linux/if_arp.h, by the names of `ip link`. */
const types: Readonly<Record<number, string>> = {
  0: "netrom",
  1: "ether",
  24: "ieee1394",
  32: "infiniband",
  256: "slip",
  280: "can",
  512: "ppp",
  513: "hdlc",
  768: "ipip",
  769: "tunnel6",
  772: "loopback",
  776: "sit",
  778: "gre",
  779: "pimreg",
  801: "ieee802.11",
  803: "ieee802.11/radiotap",
  804: "ieee802.15.4",
  820: "phonet",
  822: "caif",
  823: "gre6",
  824: "netlink",
  825: "6lowpan",
  65534: "none",
  65535: "void",
};
const tunnels = ["ipip", "sit", "gre", "tunnel6", "gre6"];

/** Family and index of a link message; undefined for what is too short to be one. */
export function readLinkHeader(payload: Uint8Array): { family: number; index: number } | undefined {
  if (payload.length < linkHeader) return undefined;
  return { family: readNumber(payload, "u8")!, index: readNumber(payload, "s32", 4)! };
}

/** Payload of a message whose header was read. VLANs come in messages of their own. */
export function readLink(payload: Uint8Array, names: Names): Link {
  const attributes = readAttributes(payload, linkHeader, wanted);
  const number = (type: number) => readNumber(attributes.get(type), "u32") ?? 0;
  const flags = readNumber(payload, "u32", 8)!;
  const hardware = readNumber(payload, "u16", 2)!;
  const type = types[hardware] ?? `[${hardware}]`;
  const info = readAttributes(attributes.get(IFLA.LINKINFO));
  const kind = readText(info.get(INFO.KIND));
  const inet6 = readAttributes(attributes.get(IFLA.AF_SPEC), 0, onlyInet6).get(AF.INET6);
  const generation = readNumber(readAttributes(inet6, 0, onlyGeneration).get(IFLA_INET6_ADDR_GEN_MODE), "u8");
  const address = attributes.get(IFLA.ADDRESS);
  return {
    index: readNumber(payload, "s32", 4)!,
    name: readText(attributes.get(IFLA.IFNAME)),
    kind,
    type,
    up: (flags & IFF.UP) !== 0,
    carrier: (flags & IFF.LOWER_UP) !== 0,
    operstate: operstates[readNumber(attributes.get(IFLA.OPERSTATE), "u8") ?? 0] ?? "UNKNOWN",
    arp: (flags & IFF.NOARP) === 0,
    multicast: (flags & IFF.MULTICAST) !== 0,
    allmulticast: (flags & IFF.ALLMULTI) !== 0,
    promiscuous: (flags & IFF.PROMISC) !== 0,
    mtu: number(IFLA.MTU),
    address: (tunnels.includes(type) && ipText(address)) || macText(address),
    permanentAddress: tunnels.includes(type) ? "" : macText(attributes.get(IFLA.PERM_ADDRESS)),
    txQueueLength: number(IFLA.TXQLEN),
    alias: readText(attributes.get(IFLA.IFALIAS)),
    alternativeNames: listAttributes(attributes.get(IFLA.PROP_LIST))
      .filter(([property]) => property === IFLA.ALT_IFNAME)
      .map(([, name]) => readText(name)),
    master: names.nameOf(number(IFLA.MASTER)),
    lower: attributes.has(IFLA.LINK_NETNSID) ? "" : names.nameOf(number(IFLA.LINK)),
    data: readData(readAttributes(info.get(INFO.DATA)), attributesOf(kind, "data"), names),
    port: readData(
      readAttributes(info.get(INFO.SLAVE_DATA)),
      attributesOf(readText(info.get(INFO.SLAVE_KIND)), "port"),
      names,
    ),
    vlans: [],
    addressGeneration: generation === undefined ? "" : (addressGenerations[generation] ?? String(generation)),
  };
}

/** Data of a bridge's port in a message of the family AF_BRIDGE; undefined: the message does not tell. */
export function readBridgePort(payload: Uint8Array, names: Names): LinkData | undefined {
  const told = readAttributes(readAttributes(payload, linkHeader).get(IFLA.PROTINFO));
  return told.size > 0 ? readData(told, attributesOf("bridge", "port"), names) : undefined;
}

/** VLANs of a message of the family AF_BRIDGE; ranges are taken apart. */
export function readVlans(payload: Uint8Array): BridgeVlan[] {
  const vlans: BridgeVlan[] = [];
  let begin: number | undefined;
  for (const [type, value] of listAttributes(readAttributes(payload, linkHeader).get(IFLA.AF_SPEC))) {
    if (type !== IFLA_BRIDGE_VLAN_INFO) continue;
    const [flags = 0, last = 0] = [readNumber(value, "u16"), readNumber(value, "u16", 2)];
    if (last < 1 || last > 4094) continue;
    if (flags & VLAN_INFO.RANGE_BEGIN) begin = last;
    else {
      const first = flags & VLAN_INFO.RANGE_END ? (begin ?? last) : last;
      const [pvid, untagged] = [(flags & VLAN_INFO.PVID) !== 0, (flags & VLAN_INFO.UNTAGGED) !== 0];
      for (let vlan = first; vlan <= last; vlan++) vlans.push({ vlan, pvid, untagged });
      begin = undefined;
    }
  }
  return vlans;
}
