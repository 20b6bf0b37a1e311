/** Forwarding entries of bridges and vxlan: struct ndmsg of the family AF_BRIDGE, and NDA_… (linux/neighbour.h). */
import type { Forwarding } from "../kernel/state.ts";
import { ipBytes, ipText, isZero, macBytes, macText } from "./ip.ts";
import type { Names } from "./link-data.ts";
import { needIndex } from "./link-request.ts";
import { AF, attribute, message, NLM_F, RTM, readAttributes } from "./message.ts";
import { readNumber, s32, u8, u16 } from "./number.ts";

const NDA = { DST: 1, LLADDR: 2, VLAN: 5 };
export const NUD = { NOARP: 0x40, PERMANENT: 0x80 };
const NTF = { SELF: 2, MASTER: 4, EXT_LEARNED: 0x10 };
/** struct ndmsg */
const neighbourHeader = 12;

export interface ReadForwarding {
  key: string;
  entry: Forwarding;
  /** Of an address that has one destination: what its key begins with, whichever that is. Otherwise "". */
  place: string;
}

/**
 * Undefined for what was learned (by a routing daemon, too) or stands for the bridge itself, for other families, and for
 * what is malformed.
 */
export function readForwarding(payload: Uint8Array, names: Names): ReadForwarding | undefined {
  if (payload.length < neighbourHeader || payload[0] !== AF.BRIDGE) return undefined;
  const index = readNumber(payload, "s32", 4)!;
  const state = readNumber(payload, "u16", 8)!;
  const told = readAttributes(payload, neighbourHeader);
  const [address, destination] = [macText(told.get(NDA.LLADDR)), ipText(told.get(NDA.DST))];
  const learned = payload[10]! & NTF.EXT_LEARNED;
  const byHand = destination ? state & (NUD.PERMANENT | NUD.NOARP) : state & NUD.NOARP;
  if (!address || !byHand || learned) return undefined;
  const vlan = readNumber(told.get(NDA.VLAN), "u16") ?? 0;
  const entry = { device: names.nameOf(index), address, destination, vlan };
  const place = `${index} ${address} ${vlan} `;
  return { key: place + destination, place: destination && !isMany(told.get(NDA.LLADDR)!) ? place : "", entry };
}

/** An address that is none or many people's has all its destinations; another has the last one that was said. */
export function forwardingAdd(entry: Forwarding, names: Names): Uint8Array {
  const many = entry.destination && isMany(macBytes(entry.address));
  const how = NLM_F.CREATE | (many ? NLM_F.APPEND : NLM_F.REPLACE);
  return message(RTM.NEWNEIGH, NLM_F.REQUEST | NLM_F.ACK | how, ...start(entry, names));
}

function isMany(address: Uint8Array): boolean {
  return isZero(address) || (address[0]! & 1) === 1;
}

export function forwardingDelete(entry: Forwarding, names: Names): Uint8Array {
  return message(RTM.DELNEIGH, NLM_F.REQUEST | NLM_F.ACK, ...start(entry, names));
}

function start({ device, address, destination, vlan }: Forwarding, names: Names): Uint8Array[] {
  // A far end is the device's own matter; an address behind a port is its bridge's.
  const [state, flags] = destination ? [NUD.PERMANENT, NTF.SELF] : [NUD.NOARP, NTF.MASTER];
  return [
    u8(AF.BRIDGE),
    u8(0),
    u16(0),
    s32(needIndex(names, device)),
    u16(state),
    u8(flags),
    u8(0),
    attribute(NDA.LLADDR, macBytes(address)),
    ...(destination ? [attribute(NDA.DST, ipBytes(destination))] : []),
    ...(vlan > 0 ? [attribute(NDA.VLAN, u16(vlan))] : []),
  ];
}

export function forwardingDump(): Uint8Array {
  const header = new Uint8Array(neighbourHeader);
  header[0] = AF.BRIDGE;
  return message(RTM.GETNEIGH, NLM_F.REQUEST | NLM_F.DUMP, header);
}
