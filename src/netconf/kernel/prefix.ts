/** Networks of addresses: numbers, prefixes, which holds which. */
import { addressText, parseAddress } from "../../address.ts";
import type { Family } from "./state.ts";

/** The same few addresses are asked about over and over. */
function remembered<Result>(work: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>();
  return (text) => {
    const former = known.get(text);
    if (former !== undefined) return former;
    if (known.size >= 4096) known.clear();
    const result = work(text);
    known.set(text, result);
    return result;
  };
}

/** 0 for what is no address. */
export const numberOf = remembered((address: string): bigint => {
  const parsed = parseAddress(address);
  if (!parsed) return 0n;
  const number = BigInt(`0x${parsed.ipHex}`);
  return parsed.family === 4 ? number & 0xffff_ffffn : number;
});

export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Of IPv4, in 32 bits. */
const number4 = remembered((address: string): number => Number(BigInt.asUintN(32, numberOf(address))));

function text4(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

/** Bits of the host. */
function free4(prefix: number): number {
  return prefix === 0 ? 0xffff_ffff : 2 ** (32 - prefix) - 1;
}

/** Address of the network: `192.0.2.7`, 24 → `192.0.2.0`. */
export function networkOf(address: string, prefix: number, family: Family): string {
  if (prefix === bitsOf(family)) return address;
  return family === 4 ? text4(number4(address) & ~free4(prefix)) : firstOf(`${address}/${prefix}`);
}

const firstOf = remembered((key: string): string => {
  const [address = "", prefix] = key.split("/");
  const free = BigInt(bitsOf(6) - Number(prefix));
  return addressText((numberOf(address) >> free) << free, 6);
});

/** The last address of the network: where its broadcasts go. */
export function broadcastOf(address: string, prefix: number): string {
  return text4(number4(address) | free4(prefix));
}

export function contains(network: string, prefix: number, address: string, family: Family): boolean {
  if (family === 4) return ((number4(network) ^ number4(address)) & ~free4(prefix)) === 0;
  const free = BigInt(bitsOf(family) - prefix);
  return numberOf(network) >> free === numberOf(address) >> free;
}

/** Whether an IPv6 address is `fe80::/10`. */
export function isLinkLocal(address: string): boolean {
  return contains("fe80::", 10, address, 6);
}
