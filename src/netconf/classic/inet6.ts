/** What ifupdown 0.8.41 runs for IPv6. */
import { settleAddress, settleHardwareAddress, settleHexAddress, settleMask6 } from "./address.ts";
import { dhclient6 } from "./client-lines.ts";
import {
  type Asked,
  flush6,
  gateway,
  ifGiven,
  type Line,
  linkDown,
  linkUp,
  type Method,
  manual,
  quietly,
  sit,
  tunnelGone,
} from "./method.ts";
import type { Variables } from "./variables.ts";

const address6 = ({ iface, need, given }: Asked) =>
  `${need("address")}${given("/", "netmask")}${given(" scope ", "scope")} dev ${iface}`;
const withIpv6: Line = () => "modprobe -q net-pf-10 > /dev/null 2>&1 || true # ignore failure.";
const sysctl =
  (key: string, name: string): Line =>
  (asked) =>
    asked.get(name)
      ? `sysctl -q -e -w net.ipv6.conf.${asked.iface.replaceAll(".", "/")}.${key}=${asked.get(name)}`
      : "";
const isZero = (value: string | undefined) => !(Number.parseInt(value ?? "", 10) > 0);
/** Addresses that router advertisements brought are not kept where no advertisement is wanted. */
const dropAdvertised: Line = ({ iface, get }) =>
  get("accept_ra") && isZero(get("accept_ra")) ? `ip addr flush dev ${iface} mngtmpaddr` : "";
// The model lets the shell look whether the link's MTU is smaller.
const mtu6: Line = ifGiven("mtu", ({ iface, need }) => `ip link set dev ${iface} mtu ${need("mtu")}`);

/** Of an alias no connection is to come. */
function aliasLifetime(variables: Variables): void {
  if (variables.iface.includes(":")) variables.set("preferred-lifetime", "0");
}
const waitForLinkLocal: Line = () => "/lib/ifupdown/wait-for-ll6.sh";

export const inet6: Readonly<Record<string, Method>> = {
  auto: {
    defaults: { accept_ra: "2", request_prefix: "0", "ll-attempts": "60", "ll-interval": "0.1" },
    up: [
      withIpv6,
      sysctl("use_tempaddr", "privext"),
      sysctl("accept_ra", "accept_ra"),
      ({ iface }) => `sysctl -q -e -w net.ipv6.conf.${iface.replaceAll(".", "/")}.autoconf=1`,
      dropAdvertised,
      ({ iface }) => `ip link set dev ${iface} up`,
      (asked) => (isZero(asked.get("dhcp")) ? "" : waitForLinkLocal(asked)),
      (asked) =>
        isZero(asked.get("dhcp")) ? "" : dhclient6(isZero(asked.get("request_prefix")) ? "-1 -v -S" : "-v -P")(asked),
    ],
    down: [
      (asked) => (isZero(asked.get("dhcp")) ? "" : dhclient6("-v -r")(asked)),
      ({ iface }) => `ip -6 addr flush dev ${iface} scope global`,
      linkDown,
    ],
  },
  loopback: {
    up: [
      ({ iface }) => `ip link set dev ${iface} up 2>/dev/null`,
      ({ iface }) => `ip addr add dev ${iface} ::1 2>/dev/null`,
    ],
    down: [
      ({ iface }) => `ip addr del dev ${iface} ::1 2>/dev/null`,
      ({ iface }) => `ip link set dev ${iface} down 2>/dev/null`,
    ],
  },
  static: {
    defaults: { autoconf: "0", "preferred-lifetime": "", "dad-attempts": "60", "dad-interval": "0.1" },
    settle: [
      settleHardwareAddress,
      aliasLifetime,
      settleMask6,
      settleAddress,
      (variables) => {
        if (variables.get("gateway") && !variables.has("accept_ra")) variables.set("accept_ra", "0");
      },
    ],
    up: [
      withIpv6,
      sysctl("use_tempaddr", "privext"),
      sysctl("accept_ra", "accept_ra"),
      sysctl("autoconf", "autoconf"),
      mtu6,
      dropAdvertised,
      ({ iface, given }) => `ip link set dev ${iface}${given(" address ", "hwaddress")} up`,
      (asked) =>
        `ip -6 addr add ${address6(asked)}${asked.given(" preferred_lft ", "preferred-lifetime")}${isZero(asked.get("dad-attempts")) ? " nodad" : ""}`,
      ifGiven("gateway", (asked) => `ip -6 route replace ${gateway(asked)} onlink`),
    ],
    down: [
      ifGiven("gateway", (asked) => `ip -6 route del ${gateway(asked)}`),
      (asked) => `ip -6 addr del ${address6(asked)}`,
      flush6,
      linkDown,
    ],
  },
  manual: {
    ...manual(flush6, mtu6),
    down: [quietly(flush6), quietly((asked) => (asked.own || !asked.all ? `ip link set dev ${asked.iface} down` : ""))],
  },
  dhcp: {
    defaults: { accept_ra: "1", request_prefix: "0", "ll-attempts": "60", "ll-interval": "0.1" },
    settle: [settleHardwareAddress],
    up: [
      withIpv6,
      sysctl("accept_ra", "accept_ra"),
      sysctl("autoconf", "autoconf"),
      dropAdvertised,
      ({ iface, given }) => `ip link set dev ${iface}${given(" address ", "hwaddress")} up`,
      waitForLinkLocal,
      (asked) => dhclient6("-v", isZero(asked.get("request_prefix")) ? "" : " -P -N")(asked),
    ],
    down: [dhclient6("-v -r"), linkDown],
  },
  tunnel: {
    up: [
      ({ iface, need, given }) =>
        `ip -6 tunnel add ${iface} mode ${need("mode")} remote ${need("endpoint")}${given(" local ", "local")}${given(" ttl ", "ttl")}${given(" encaplimit ", "encaplimit")}`,
      linkUp,
      ({ iface, get, given }) =>
        get("address") && get("netmask")
          ? `ip ${inner(get)} addr add ${get("address")}/${get("netmask")} dev ${iface}${given(" peer ", "dstaddr")}`
          : "",
      ifGiven(
        "gateway",
        (asked) =>
          `ip ${inner(asked.get)} route add ${gateway(asked, inner(asked.get) === "-4" ? "0.0.0.0/0" : "::/0")} onlink`,
      ),
    ],
    down: [({ iface }) => `ip -6 tunnel del ${iface}`],
  },
  v4tunnel: {
    defaults: { "preferred-lifetime": "" },
    settle: [aliasLifetime],
    up: [
      withIpv6,
      (asked) => sit(asked, asked.need("endpoint")),
      linkUp,
      ifGiven(
        "address",
        ({ iface, need, given }) =>
          `ip addr add ${need("address")}${given("/", "netmask")} dev ${iface}${given(" preferred_lft ", "preferred-lifetime")}`,
      ),
      ifGiven("gateway", ({ iface, need }) => `ip route add ${need("gateway")} dev ${iface}`),
      ifGiven("gateway", (asked) => `ip route add ${gateway(asked, "::/0")} onlink`),
    ],
    down: [tunnelGone],
  },
  "6to4": {
    defaults: { "preferred-lifetime": "" },
    settle: [aliasLifetime, settleHexAddress],
    up: [
      withIpv6,
      (asked) => sit(asked, "any"),
      linkUp,
      ({ iface, need, given }) =>
        `ip addr add 2002:${need("hexaddress")}::1/16 dev ${iface}${given(" preferred_lft ", "preferred-lifetime")}`,
      ({ iface, given }) => `ip route add 2000::/3 via ::192.88.99.1${given(" metric ", "metric")} dev ${iface}`,
    ],
    down: [({ iface }) => `ip -6 route flush dev ${iface}`, ({ iface }) => `ip link set dev ${iface} down`, tunnelGone],
  },
};

/** Which addresses go through a tunnel over IPv6. */
function inner(get: Asked["get"]): "-4" | "-6" {
  return get("mode")?.toLowerCase() === "ipip6" ? "-4" : "-6";
}
