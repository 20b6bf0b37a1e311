/** How ifupdown 0.8.41 starts and stops DHCP clients: the first one that is installed. */
import type { Line } from "./method.ts";

const clients: { name: string; up: Line; down: Line }[] = [
  {
    name: "dhclient",
    up: ({ iface, get, given }) =>
      `dhclient -4 -v${get("client") === "no" ? "" : " -i"} -pf /run/dhclient.${iface}.pid -lf /var/lib/dhcp/dhclient.${iface}.leases -I -df /var/lib/dhcp/dhclient6.${iface}.leases ${iface}${given(" -e IF_METRIC=", "metric")}`,
    down: ({ iface, get }) =>
      `dhclient -4 -v${get("client") === "no" ? "" : " -i"} -r -pf /run/dhclient.${iface}.pid -lf /var/lib/dhcp/dhclient.${iface}.leases -I -df /var/lib/dhcp/dhclient6.${iface}.leases ${iface}`,
  },
  {
    name: "udhcpc",
    up: ({ iface, given }) => `udhcpc -n -p /run/udhcpc.${iface}.pid -i ${iface}${given(" -x hostname:", "hostname")}`,
    down: ({ iface }) => `pkill -USR2 -F /run/udhcpc.${iface}.pid; pkill -TERM -F /run/udhcpc.${iface}.pid`,
  },
  {
    name: "dhcpcd",
    up: ({ iface, given }) =>
      `dhcpcd${given(" -h ", "hostname")}${given(" -i ", "vendor")}${given(" -I ", "client")}${given(" -l ", "leasetime")}${given(" -m ", "metric")} ${iface}`,
    down: ({ iface }) => `dhcpcd -k ${iface}`,
  },
];
export const clientLine =
  (which: "up" | "down"): Line =>
  (asked) =>
    (
      clients.find(({ name }) => asked.has(name))?.[which] ?? (() => "echo 'No DHCP client software found!' >&2; false")
    )(asked);
export const dhclient6 =
  (words: string, more = ""): Line =>
  ({ iface, has }) =>
    has("dhclient")
      ? `dhclient -6 ${words} -pf /run/dhclient6.${iface}.pid -lf /var/lib/dhcp/dhclient6.${iface}.leases -I${more} -df /var/lib/dhcp/dhclient.${iface}.leases ${iface}`
      : "echo 'No DHCPv6 client software found!' >&2; false";
