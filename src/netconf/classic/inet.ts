/** What ifupdown 0.8.41 runs for IPv4. */
import { settleAddress, settleBroadcast, settleHardwareAddress, settleMask4 } from "./address.ts";
import { clientLine } from "./client-lines.ts";
import {
  type Asked,
  flush4,
  gateway,
  hardwareAddress,
  ifGiven,
  linkDown,
  linkUp,
  type Method,
  manual,
  onlink4,
  quietly,
  tunnelGone,
} from "./method.ts";

const address4 = ({ iface, need, given }: Asked) =>
  `${need("address")}${given("/", "netmask")}${given(" broadcast ", "broadcast")}${given(" peer ", "pointopoint")}${given(" scope ", "scope")} dev ${iface} label ${iface}`;

export const inet: Readonly<Record<string, Method>> = {
  loopback: {
    up: [({ iface }) => `ip link set dev ${iface} up`],
    down: [({ iface }) => `ip link set dev ${iface} down`],
  },
  static: {
    defaults: { broadcast: "+" },
    settle: [settleHardwareAddress, settleBroadcast, settleMask4, settleAddress],
    up: [
      (asked) => `ip addr add ${address4(asked)}`,
      ({ iface, given }) => `ip link set dev ${iface}${given(" mtu ", "mtu")}${given(" address ", "hwaddress")} up`,
      onlink4,
    ],
    down: [
      ifGiven("gateway", (asked) => `ip route del ${gateway(asked)} 2>&1 1>/dev/null || true`),
      (asked) => `ip addr del ${address4(asked)}`,
      flush4,
      linkDown,
    ],
  },
  // Going down with all others, it stays up: what hangs on it may be the root file system.
  manual: {
    ...manual(
      flush4,
      ifGiven("mtu", ({ iface, need }) => `ip link set dev ${iface} mtu ${need("mtu")}`),
    ),
    down: [quietly(flush4), quietly((asked) => (asked.all ? "" : linkDown(asked)))],
  },
  dhcp: {
    settle: [settleHardwareAddress],
    up: [hardwareAddress, clientLine("up")],
    down: [clientLine("down"), linkDown],
  },
  bootp: {
    up: [
      ({ iface, given }) =>
        `bootpc${given(" --bootfile ", "bootfile")} --dev ${iface}${given(" --server ", "server")}${given(" --hwaddr ", "hwaddr")} --returniffail --serverbcast`,
    ],
    down: [linkDown],
  },
  tunnel: {
    up: [
      ({ iface, need, given }) =>
        `ip tunnel add ${iface} mode ${need("mode")} remote ${need("endpoint")}${given(" local ", "local")}${given(" ttl ", "ttl")}`,
      linkUp,
      ({ iface, need, given }) =>
        `ip addr add ${need("address")}/${need("netmask")} dev ${iface}${given(" peer ", "dstaddr")}`,
      onlink4,
    ],
    down: [tunnelGone],
  },
  ppp: {
    up: [({ given }) => `pon${given(" ", "provider")}${given(" unit ", "unit")}${given(" ", "options")}`],
    down: [({ given }) => `poff${given(" ", "provider")}`],
  },
  wvdial: {
    up: [
      ({ iface, given }) =>
        `start-stop-daemon --start -x /usr/bin/wvdial -p /run/wvdial.${iface}.pid -b -m --${given(" ", "provider")}`,
    ],
    down: [({ iface }) => `start-stop-daemon --stop -x /usr/bin/wvdial -p /run/wvdial.${iface}.pid -s 2`],
  },
  ipv4ll: {
    up: [({ iface }) => `avahi-autoipd -D ${iface}`],
    down: [({ iface }) => `avahi-autoipd --kill ${iface}`],
  },
};
