/** Address families of interfaces(5) and the methods that each has. */
import type { StanzaFamily } from "./configuration.ts";

export const families = {
  inet: ["loopback", "static", "manual", "dhcp", "bootp", "tunnel", "ppp", "wvdial", "ipv4ll"],
  inet6: ["auto", "loopback", "static", "manual", "dhcp", "tunnel", "v4tunnel", "6to4"],
  can: ["static"],
  ipx: ["static", "dynamic"],
} as const satisfies Partial<Record<StanzaFamily, readonly string[]>>;

export type NamedFamily = keyof typeof families;

export function isFamily(word: string): word is NamedFamily {
  return Object.hasOwn(families, word);
}

export function hasMethod(family: NamedFamily, method: string): boolean {
  return (families[family] as readonly string[]).includes(method);
}
