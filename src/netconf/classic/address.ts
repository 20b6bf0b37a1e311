/** How ifupdown 0.8.41 reads addresses and completes what is not said. Black-box compared with it (test/netconf/classic). */
import type { Variables } from "./variables.ts";

/** Strict dotted quad as a number; undefined: it is none. */
function quad(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part < 256) ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function maskOf(bits: number): number {
  return bits > 0 && bits <= 32 ? (-1 << (32 - bits)) >>> 0 : 0;
}

/** The parts of `ADDRESS/MASK`. */
function parts(address: string): [address: string | undefined, mask: string | undefined] {
  const [first, second] = address.split("/").filter((part) => part !== "");
  return [first, second];
}

/** Class A, B or C; all others are one address. */
function classMask(address: number): number {
  const bits = address < 0x80000000 ? 8 : address < 0xc0000000 ? 16 : address < 0xe0000000 ? 24 : 32;
  return maskOf(bits);
}

/** Address and mask of a stanza, where both are to be understood. What has several lines is none, but behind the mask. */
function network(variables: Variables): { address: number; mask: number } | undefined {
  const [, text = "", rest = ""] = /^([^/]*)([^\n]*)/.exec(variables.get("address") ?? "") ?? [];
  const address = quad(text);
  if (address === undefined) return undefined;
  const netmask = variables.get("netmask");
  const [length] = rest.split("/").filter((part) => part !== "");
  let mask: number | undefined;
  if (netmask !== undefined) mask = quad(netmask);
  else if (length === undefined) mask = classMask(address);
  else mask = quad(length) ?? (/^\s*[-+]?\d/.test(length) ? maskOf(Number.parseInt(length, 10)) : undefined);
  return mask === undefined ? undefined : { address, mask };
}

/** `+`: all bits of the host set; `-`: none. Of a network of two there is none. */
export function settleBroadcast(variables: Variables): void {
  const wanted = variables.get("broadcast") ?? "+";
  const known = network(variables);
  if (!known || (wanted !== "+" && wanted !== "-")) variables.set("broadcast", wanted);
  else {
    const { address, mask } = known;
    const ofTwo = mask === maskOf(31);
    if (wanted === "+") variables.set("broadcast", dotted(ofTwo ? 0xffffffff : (address | ~mask) >>> 0));
    else variables.set("broadcast", dotted(ofTwo ? 0 : (address & mask) >>> 0));
  }
}

export function settleMask4(variables: Variables): void {
  const address = variables.get("address");
  if (address === undefined || variables.has("netmask")) return;
  const known = network(variables);
  variables.set("netmask", known ? dotted(known.mask) : address);
}

/** The length of the prefix becomes the netmask, unless that is given. */
export function settleMask6(variables: Variables): void {
  const address = variables.get("address");
  if (address !== undefined && !variables.has("netmask")) variables.set("netmask", parts(address)[1] ?? "");
}

/** Takes the mask away from an address. */
export function settleAddress(variables: Variables): void {
  const address = variables.get("address");
  if (address !== undefined) variables.set("address", parts(address)[0] ?? "");
}

/** `hwaddress ether ADDRESS`, as it was written in former times, and `random`. */
export function settleHardwareAddress(variables: Variables): void {
  const address = variables.get("hwaddress");
  if (address === "random") {
    const bytes = crypto.getRandomValues(new Uint8Array(6));
    // Locally administered, of one station.
    bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 2;
    variables.set("hwaddress", Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":"));
  } else if (address !== undefined)
    variables.set("hwaddress", address.replace(/^(ether|ax25|arcnet|netrom)[ \t]+/i, ""));
}

/** The local IPv4 address as RFC 3056 puts it behind 2002:. */
export function settleHexAddress(variables: Variables): void {
  const local = variables.get("local");
  if (local === undefined) return;
  // Whatever follows, and bytes that are none, are no offence to the model.
  const [, ...bytes] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/.exec(local) ?? [];
  const [a = "", b = "", c = "", d = ""] = bytes.map((byte) => (Number(byte) & 255).toString(16).padStart(2, "0"));
  variables.set("hexaddress", bytes.length === 0 ? local : `${a}${b}:${c}${d}`);
}
