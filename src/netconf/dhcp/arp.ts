/** ARP over Ethernet (RFC 826), and what a probe and an announcement are (RFC 5227 §1.1). */
import { numberOf, textOf } from "./checks.ts";

export interface Arp {
  operation: "request" | "reply";
  /** Hardware addresses with colons. */
  sender: string;
  /** 0.0.0.0 in a probe. */
  senderAddress: string;
  target: string;
  targetAddress: string;
}

export const arpBytes = 28;
export const broadcast = "ff:ff:ff:ff:ff:ff";
const nobody = "00:00:00:00:00:00";

export function bytesOfMac(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));
}

export function encodeArp(arp: Arp): Uint8Array {
  const bytes = new Uint8Array(arpBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 1); // Ethernet
  view.setUint16(2, 0x0800);
  bytes.set([6, 4], 4);
  view.setUint16(6, arp.operation === "request" ? 1 : 2);
  bytes.set(bytesOfMac(arp.sender), 8);
  view.setUint32(14, numberOf(arp.senderAddress));
  bytes.set(bytesOfMac(arp.target), 18);
  view.setUint32(24, numberOf(arp.targetAddress));
  return bytes;
}

/** Undefined: another protocol or hardware, or no ARP at all. */
export function decodeArp(bytes: Uint8Array): Arp | undefined {
  if (bytes.length < arpBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(2) !== 0x0800 || bytes[4] !== 6 || bytes[5] !== 4) return undefined;
  const operation = view.getUint16(6);
  if (operation !== 1 && operation !== 2) return undefined;
  const mac = (at: number) =>
    Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, "0")).join(":");
  return {
    operation: operation === 1 ? "request" : "reply",
    sender: mac(8),
    senderAddress: textOf(view.getUint32(14)),
    target: mac(18),
    targetAddress: textOf(view.getUint32(24)),
  };
}

/** Asks who has the address, without saying that we have any. */
export function probe(mac: string, address: string): Arp {
  return { operation: "request", sender: mac, senderAddress: "0.0.0.0", target: nobody, targetAddress: address };
}

/** Says that it is ours. */
export function announcement(mac: string, address: string): Arp {
  return { operation: "request", sender: mac, senderAddress: address, target: nobody, targetAddress: address };
}

/** Whether it shows another host that has this address, or (`probing`) is about to take it (RFC 5227 §2.1.1). */
export function conflicts(arp: Arp, own: ReadonlySet<string>, address: string, probing: boolean): boolean {
  if (own.has(arp.sender)) return false;
  if (arp.senderAddress === address) return true;
  return probing && arp.senderAddress === "0.0.0.0" && arp.operation === "request" && arp.targetAddress === address;
}
