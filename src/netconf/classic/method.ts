/** What a method of ifupdown 0.8.41 is, and the lines that several of them have. */
import { settleHardwareAddress } from "./address.ts";
import type { Variables } from "./variables.ts";

/** What a line may ask for. */
export interface Asked {
  iface: string;
  /** The value; where it is absent the line cannot be done, and the name is remembered. */
  need(name: string): string;
  /** `before` with the value behind it; "" where that is absent. */
  given(before: string, name: string): string;
  get(name: string): string | undefined;
  /** Whether the program is there. */
  has(program: string): boolean;
  /** Not a VLAN by its name, and no alias (`eth0:1`). */
  own: boolean;
  /** All interfaces are taken down. */
  all: boolean;
}

/** One command line; "": nothing is to be done. */
export type Line = (asked: Asked) => string;

export interface Method {
  /** What an option is where the stanza does not say. */
  defaults?: Readonly<Record<string, string>>;
  /** Changes and completes the options, in this order. */
  settle?: readonly ((variables: Variables) => void)[];
  up: readonly Line[];
  down: readonly Line[];
}

/** Not of a VLAN or an alias: that is not ours to take down. */
export const unlessBorrowed =
  (line: Line): Line =>
  (asked) =>
    asked.own ? line(asked) : "";
export const ifGiven =
  (name: string, line: Line): Line =>
  (asked) =>
    asked.get(name) ? line(asked) : "";

export const linkDown = unlessBorrowed(({ iface }) => `ip link set dev ${iface} down`);
export const flush4 = unlessBorrowed(({ iface }) => `ip -4 addr flush dev ${iface}`);
export const flush6 = unlessBorrowed(({ iface }) => `ip -6 addr flush dev ${iface}`);
export const quietly =
  (line: Line): Line =>
  (asked) => {
    const text = line(asked);
    return text && `${text} 2>/dev/null || true`;
  };
export const hardwareAddress: Line = (asked) =>
  ifGiven("hwaddress", ({ iface, need }) => `ip link set dev ${iface} address ${need("hwaddress")}`)(asked);

export const gateway = (asked: Asked, destination = "default") =>
  `${destination} via ${asked.need("gateway")}${asked.given(" metric ", "metric")} dev ${asked.iface}`;

export const sit = ({ iface, need, given }: Asked, remote: string) =>
  `ip tunnel add ${iface} mode sit remote ${remote}${remote === "any" ? ` local ${need("local")}` : given(" local ", "local")}${given(" ttl ", "ttl")}`;
export const linkUp: Line = ({ iface, given }) => `ip link set ${iface} up${given(" mtu ", "mtu")}`;
export const tunnelGone: Line = ({ iface }) => `ip tunnel del ${iface}`;
export const onlink4: Line = ifGiven("gateway", (asked) => `ip route add ${gateway(asked)} onlink`);

export const manual = (flush: Line, mtu: Line): Method => ({
  settle: [settleHardwareAddress],
  up: [mtu, hardwareAddress, quietly(({ iface }) => `ip link set dev ${iface} up`)],
  down: [quietly(flush), quietly(linkDown)],
});
