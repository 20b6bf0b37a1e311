/** IP addresses as they stand in indexes (INET-ADDRESS-MIB, RFC 4001) and in older tables' plain four or sixteen numbers. */
import { parseAddress } from "../../address.ts";

/** InetAddressType: ipv4, ipv6, ipv4z, ipv6z; the last two carry a zone of four bytes. */
const kinds: Readonly<Record<number, { bytes: 4 | 16; zone: boolean }>> = {
  1: { bytes: 4, zone: false },
  2: { bytes: 16, zone: false },
  3: { bytes: 4, zone: true },
  4: { bytes: 16, zone: true },
};

/** Kind, length and bytes, and nothing else → canonical text without zone; undefined for what is no address. */
export function inetAddress(index: readonly number[]): string | undefined {
  const [kind = 0, length = 0, ...bytes] = index;
  const known = kinds[kind];
  if (!known || length !== bytes.length || length !== known.bytes + (known.zone ? 4 : 0)) return undefined;
  return plainAddress(bytes.slice(0, known.bytes));
}

/** Four or sixteen bytes → canonical text. */
export function plainAddress(bytes: readonly number[]): string | undefined {
  if (bytes.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) return undefined;
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2]! << 8) | bytes[at * 2 + 1]!).toString(16));
  return parseAddress(groups.join(":"))?.ip;
}

export type AddressScope = "global" | "link-local" | "loopback" | "multicast" | "none";

/** What an address in our spelling can be used for: `none` is no single host (0.0.0.0, broadcast, ::). */
export function addressScope(ip: string): AddressScope {
  if (ip.includes(":")) {
    if (ip === "::") return "none";
    if (ip === "::1") return "loopback";
    if (/^ff/.test(ip)) return "multicast";
    return /^fe[89ab]/.test(ip) ? "link-local" : "global";
  }
  const first = Number(ip.split(".")[0]);
  if (first === 0 || first >= 240) return "none";
  if (first === 127) return "loopback";
  if (first >= 224) return "multicast";
  return ip.startsWith("169.254.") ? "link-local" : "global";
}
