/** What a MAC address is, by its bits and by the blocks that virtual routers use. All take `parseMac`'s spelling. */

export type MacKind =
  | "zero"
  | "broadcast"
  | "multicast"
  /** VRRP (RFC 5798 §7.3) and CARP. */
  | "vrrp"
  | "hsrp"
  | "glbp"
  /** Bit 2 of the first byte: not given out by a vendor (virtual machines, containers, phones that hide, chassis insides). */
  | "local"
  | "universal";

const virtualRouters: readonly (readonly [prefix: string, kind: MacKind])[] = [
  ["00:00:5e:00:01:", "vrrp"],
  ["00:00:5e:00:02:", "vrrp"],
  ["00:00:0c:07:ac:", "hsrp"],
  ["00:00:0c:9f:f", "hsrp"],
  ["00:05:73:a0:0", "hsrp"],
  ["00:07:b4:00:", "glbp"],
];

export function macKind(mac: string): MacKind {
  if (mac === "00:00:00:00:00:00") return "zero";
  if (mac === "ff:ff:ff:ff:ff:ff") return "broadcast";
  const first = Number.parseInt(mac.slice(0, 2), 16);
  if (first & 1) return "multicast";
  const virtual = virtualRouters.find(([prefix]) => mac.startsWith(prefix));
  if (virtual) return virtual[1];
  return first & 2 ? "local" : "universal";
}

/** Several machines own it in turn: it is a router's address, and nobody's identity. */
export function isVirtualRouter(mac: string): boolean {
  return ["vrrp", "hsrp", "glbp"].includes(macKind(mac));
}

/** Can it be the address of one machine, or of a virtual router? Forwarding tables hold others, too. */
export function isUnicast(mac: string): boolean {
  return !["zero", "broadcast", "multicast"].includes(macKind(mac));
}

/**
 * May it tell one device from all others? Only what a vendor gave out may; and not the values that firmware is born with
 * (00:00:00:…, six equal bytes, 00:11:22:33:44:55 and the like).
 */
export function identifies(mac: string): boolean {
  if (macKind(mac) !== "universal" || mac.startsWith("00:00:00:")) return false;
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const steps = new Set(bytes.slice(1).map((byte, index) => byte - bytes[index]!));
  if (steps.size === 1) return false;
  return !["12:34:56:78:9a:bc", "00:12:34:56:78:9a", "00:12:34:56:78:90"].includes(mac);
}

/** The vendor's block of 24 bits, `00:11:22`; undefined where no vendor gave it out. */
export function oui(mac: string): string | undefined {
  return ["local", "zero", "broadcast"].includes(macKind(mac)) || Number.parseInt(mac.slice(0, 2), 16) & 2
    ? undefined
    : mac.slice(0, 8);
}

/** Its 48 bits as a number, to compare neighbouring addresses of one chassis. */
export function macNumber(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
