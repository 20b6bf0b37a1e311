/** Addresses as bytes. */
import { isIPv4 } from "node:net";
import { ipv6Text, parseAddress } from "../../address.ts";
import { Problem } from "../../problem.ts";

/** IPv4 for 4 bytes, IPv6 for 16; "" for others. */
export function ipText(bytes: Uint8Array | undefined): string {
  if (bytes?.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes?.length !== 16) return "";
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes[at]! * 256 + bytes[at + 1]!);
  return ipv6Text(groups);
}

/** @throws Problem `bad-request` for what is no address of the family */
export function ipBytes(text: string, family?: 4 | 6): Uint8Array {
  if (family !== 6 && isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  const parsed = parseAddress(text);
  if (!parsed || (family && parsed.family !== family) || /[%/\s]/.test(text)) {
    throw new Problem("bad-request", `"${text}" is no ${family ? `IPv${family}` : "IP"} address`);
  }
  const digits = parsed.family === 4 ? parsed.ipHex.slice(24) : parsed.ipHex;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** 224.0.0.0/4, ff00::/8 */
export function isMulticast(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  return bytes.length === 4 ? first >> 4 === 0xe : first === 0xff;
}

export function macText(bytes: Uint8Array | undefined): string {
  let digits = "";
  for (const byte of bytes ?? []) digits += `${digits && ":"}${byte < 16 ? "0" : ""}${byte.toString(16)}`;
  return digits;
}

/** @throws Problem `bad-request` */
export function macBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){0,31}$/i.test(text)) {
    throw new Problem("bad-request", `"${text}" is no hardware address`);
  }
  return Uint8Array.from(text.split(":"), (pair) => Number.parseInt(pair, 16));
}
