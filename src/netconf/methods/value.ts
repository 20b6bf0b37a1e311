/** Values of options: text → what the kernel is told. A reader throws `Unfit`, which says what to write instead. */
import { parseAddress, parseMac, parsePrefix } from "../../address.ts";
import type { Family } from "../kernel/state.ts";

/** Follows on `mtu "99999": `. */
export class Unfit extends Error {}

/** @throws Unfit */
export type Reader<Value> = (text: string) => Value;

/** Words of a value, by blanks. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/).filter(Boolean);
}

/** A whole number, decimal or `0x…`. */
export function integer(from: number, to: number): Reader<number> {
  return (text) => {
    const value = /^(\d{1,10}|0x[\da-f]{1,8})$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) throw new Unfit(`must be a whole number from ${from} to ${to}`);
    return value;
  };
}

/** Seconds, with a fraction where that makes sense. */
export function decimal(from: number, to: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,10}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) throw new Unfit(`must be seconds from ${from} to ${to}, like 2 or 0.5`);
    return value;
  };
}

/** The same as hundredths, as a bridge counts. Bounds are seconds. */
export function hundredths(from: number, to: number): Reader<number> {
  const read = decimal(from, to);
  return (text) => Math.round(read(text) * 100);
}

/** @throws Unfit for anything but the usual words */
export function flag(text: string): boolean {
  if (/^(yes|on|true|1)$/i.test(text)) return true;
  if (/^(no|off|false|0)$/i.test(text)) return false;
  throw new Unfit("must be yes or no (on, off, 1, 0)");
}

/** A switch that the kernel keeps as a number. */
export function flagNumber(text: string): number {
  return flag(text) ? 1 : 0;
}

/** One of these words; with `numbered`, its place in the list is as good (`bond-mode 4`). */
export function oneOf<Word extends string>(list: readonly Word[], numbered = false): Reader<Word> {
  return (text) => {
    const word = text.toLowerCase();
    const found =
      list.find((one) => one.toLowerCase() === word) ?? (numbered && /^\d$/.test(text) && list[Number(text)]);
    if (!found) throw new Unfit(`must be one of ${list.join(", ")}`);
    return found;
  };
}

/** An address without prefix or zone, in one spelling. */
export function address(family?: Family): Reader<string> {
  return (text) => {
    const parsed = /[/%]/.test(text) ? undefined : parseAddress(text);
    if (!parsed || (family && parsed.family !== family))
      throw new Unfit(`must be ${an(family)}, like ${example(family)}`);
    return parsed.ip;
  };
}

export function an(family?: Family): string {
  return family ? `an IPv${family} address` : "an IP address";
}

function example(family?: Family): string {
  return family === 6 ? "2001:db8::1" : "192.0.2.1";
}

export function familyOf(text: string): Family {
  return text.includes(":") ? 6 : 4;
}

export interface Network {
  family: Family;
  address: string;
  prefix: number;
}

/** `ADDRESS/PREFIX`, `ADDRESS/MASK`; alone: of one address. */
export function network(family?: Family): Reader<Network> {
  return (text) => {
    const [host = "", mask, ...more] = text.split("/");
    const ip = address(family)(host);
    const prefix = mask === undefined ? hostPrefix(familyOf(ip)) : parsePrefix(mask, familyOf(ip));
    if (prefix === undefined || more.length > 0)
      throw new Unfit(`must be like ${example(family)}/${family === 6 ? 64 : 24}`);
    return { family: familyOf(ip), address: ip, prefix };
  };
}

export function hostPrefix(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Hardware address in lower case with colons. */
export function mac(text: string): string {
  const parsed = parseMac(text);
  if (!parsed) throw new Unfit("must be six bytes, like 52:54:00:12:34:56");
  return parsed;
}

/** A name that the kernel takes for a device (dev_valid_name). */
export function device(text: string): string {
  if (!/^[^\s/:]{1,15}$/.test(text) || text === "." || text === "..") {
    throw new Unfit("is no name of a device: 1 to 15 characters without blanks, slash and colon");
  }
  return text;
}

/** Any text on one line. */
export function text(limit: number): Reader<string> {
  return (value) => {
    if (new TextEncoder().encode(value).length > limit) throw new Unfit(`is longer than ${limit} bytes`);
    return value;
  };
}
