/** snmpEngineID (RFC 3411 §5, SnmpEngineID): what it was made from decides whether it tells a device from others. */
import { identifies, macKind } from "./mac.ts";

export type EngineIdKind =
  /** Made from a MAC address: as good as that. */
  | "mac"
  /** Random or chosen bytes, or a text: copied along with a configuration or an image. */
  | "chosen"
  /** Made from an IP address, zeros, a broken one: tells nothing. */
  | "worthless";

/** @param hex the id's bytes in hex */
export function engineIdKind(hex: string): EngineIdKind {
  const plain = hex.toLowerCase().replace(/^0x|[^0-9a-f]/g, "");
  const bytes = plain.length / 2;
  if (bytes < 5 || bytes > 32 || !Number.isInteger(bytes)) return "worthless";
  const conforming = Number.parseInt(plain.slice(0, 2), 16) >= 0x80;
  const format = Number.parseInt(plain.slice(8, 10), 16);
  const rest = plain.slice(conforming ? 10 : 8);
  if (/^(.)\1*$/.test(rest) || rest === "") return "worthless";
  if (conforming && bytes === 9 && format === 1) return "worthless";
  if (conforming && bytes === 21 && format === 2) return "worthless";
  if (conforming && bytes === 11 && format === 3) return macIn(rest) ? "mac" : "worthless";
  // Cisco IOS puts a zero before the MAC address.
  if (conforming && bytes === 12 && format === 3 && rest.startsWith("00"))
    return macIn(rest.slice(2)) ? "mac" : "worthless";
  // Before RFC 3411 it was always twelve bytes: enterprise and eight of the vendor's choice, often port 161 and the address.
  if (!conforming) {
    if (bytes !== 12) return "worthless";
    if (/^0*a1|^00000000|^0000[0-9a-f]{8}0000$/.test(rest)) return "worthless";
    return macIn(rest.slice(4)) ? "mac" : "chosen";
  }
  // Arista: three bytes of its own, the MAC address, and a zero.
  if (bytes === 10 && plain.endsWith("00") && macIn(plain.slice(6, 18))) return "mac";
  return "chosen";
}

function macIn(hex: string): boolean {
  const mac = hex.match(/../g)?.join(":") ?? "";
  return mac.length === 17 && macKind(mac) === "universal" && identifies(mac);
}
