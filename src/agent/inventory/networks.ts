/** NETWORKS, and HARDWARE's addresses: one row for each address of an interface, one for an interface without. */
import type { Row } from "../../inventory/document.ts";
import { network, sameNetwork } from "./address.ts";
import { attribute, type Collector, type Reader, row } from "./collector.ts";

export interface Address {
  /** The interface's name, or the label given to the address (`eth0:1`). */
  label: string;
  address: string;
  prefix: number;
  /** The other end of a point-to-point link; the prefix is its. */
  peer: boolean;
}

export interface Interface {
  name: string;
  /** What a VLAN, macvlan or the like stands on, if it is in this namespace. */
  base: string | undefined;
  up: boolean;
  loopback: boolean;
  mac: string | undefined;
  mtu: number | undefined;
  addresses: Address[];
}

/** What /sys/class/net says of one interface. */
export interface Device {
  /** Where the kernel sees it: `../../devices/pci0000:00/0000:00:03.0/virtio2/net/eth0`. */
  path: string | undefined;
  driver: string | undefined;
  /** ARPHRD number. */
  type: string | undefined;
  /** DEVTYPE of its uevent: `bridge`, `bond`, `vlan`, `wlan` … */
  kind: string | undefined;
  address: string | undefined;
  mtu: string | undefined;
  speed: string | undefined;
  duplex: string | undefined;
  flags: string | undefined;
  slaves: string | undefined;
  index: string | undefined;
  /** DHCP server that gave the lease. */
  dhcp: string | undefined;
}

export interface NetworkSource {
  /** Output of `ip address show`; undefined where it is not installed. */
  ip: string | undefined;
  /** What getifaddrs(3) tells. */
  known: ReturnType<Reader["addresses"]>;
  devices: Map<string, Device>;
  /** /proc/net/route and /proc/net/ipv6_route. */
  route: string;
  route6: string;
  resolv: string;
}

/** `ip address show` of iproute2 or busybox, in the form meant for people: the one form that all versions have. */
export function parseIpAddress(text: string): Interface[] {
  const found: Interface[] = [];
  for (const line of text.split("\n")) {
    const header = /^\d+:\s+([^:@\s]+)(?:@([^:\s]+))?:\s+<([^>]*)>(?:.*\bmtu (\d+))?/.exec(line);
    if (header) {
      const flags = (header[3] ?? "").split(",");
      found.push({
        name: header[1] as string,
        base: header[2] === undefined || /^NONE$|^if\d+$/.test(header[2]) ? undefined : header[2],
        up: flags.includes("UP"),
        loopback: flags.includes("LOOPBACK"),
        mac: undefined,
        mtu: header[4] === undefined ? undefined : Number(header[4]),
        addresses: [],
      });
      continue;
    }
    const current = found.at(-1);
    if (current === undefined) continue;
    const link = /^\s+link\/\S+\s+((?:[0-9a-f]{2}:)+[0-9a-f]{2})\b/.exec(line);
    if (link) current.mac = link[1];
    const [, family, address, peer, prefix, rest] =
      /^\s+(inet6?)\s+([0-9a-f.:]+)(?:\s+peer\s+([0-9a-f.:]+))?(?:\/(\d+))?\s+(.*)$/.exec(line) ?? [];
    if (address === undefined) continue;
    // For IPv4 the last word is the label; IPv6 addresses have none.
    const label = family === "inet" ? rest?.trim().split(/\s+/).at(-1) : undefined;
    current.addresses.push({
      label: label?.startsWith(current.name) ? label : current.name,
      address,
      prefix: prefix === undefined ? (family === "inet" ? 32 : 128) : Number(prefix),
      peer: peer !== undefined,
    });
  }
  return found;
}

function hexAddress(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

/** Gateways of default routes, best metric first, with their interface. Kernel format: Documentation/networking, proc. */
export function parseDefaultRoutes(route: string, route6: string): { device: string; gateway: string }[] {
  const found: { device: string; gateway: string; metric: number }[] = [];
  for (const line of route.split("\n").slice(1)) {
    const [device, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    if (destination !== "00000000" || mask !== "00000000" || (Number.parseInt(flags ?? "0", 16) & 3) !== 3) continue;
    found.push({ device: device as string, gateway: hexAddress(gateway ?? ""), metric: Number(metric) });
  }
  for (const line of route6.split("\n")) {
    const [destination, length, , , gateway, metric, , , flags, device] = line.trim().split(/\s+/);
    // RTF_UP and RTF_GATEWAY.
    if (!/^0+$/.test(destination ?? "x") || length !== "00" || (Number.parseInt(flags ?? "0", 16) & 3) !== 3) continue;
    const address = network((gateway ?? "").replace(/(....)(?=.)/g, "$1:"), 128)?.subnet;
    if (address !== undefined)
      found.push({ device: device as string, gateway: address, metric: 1e6 + Number.parseInt(metric ?? "0", 16) });
  }
  return found.sort((one, other) => one.metric - other.metric).map(({ device, gateway }) => ({ device, gateway }));
}

/** DHCP server of a systemd-networkd lease (/run/systemd/netif/leases). */
export function parseNetworkdLease(text: string): string | undefined {
  return /^SERVER_ADDRESS=(\S+)$/m.exec(text)?.[1];
}

/** DHCP server of the last lease for an interface in a dhclient.leases(5) file, if it has not run out. */
export function parseDhclientLeases(text: string, device: string, now: number): string | undefined {
  const lease = text
    .split(/^lease \{/m)
    .filter((each) => each.includes(`interface "${device}"`))
    .at(-1);
  const server = /option dhcp-server-identifier ([\d.]+);/.exec(lease ?? "")?.[1];
  const [, expiry, epoch] = /expire (?:\d ([\d/]+ [\d:]+)|epoch (\d+))/.exec(lease ?? "") ?? [];
  const until =
    epoch === undefined ? Date.parse(`${expiry?.replaceAll("/", "-").replace(" ", "T")}Z`) : Number(epoch) * 1000;
  return until < now ? undefined : server;
}

function typeOf(device: Device | undefined, loopback: boolean): string | undefined {
  if (loopback) return "loopback";
  if (device?.kind === "wlan") return "wifi";
  if (device?.kind === "bond") return "aggregate";
  if (device?.kind === "bridge") return "bridge";
  switch (device?.type) {
    case "1":
      return "ethernet";
    case "32":
      return "infiniband";
    case "512":
      return "dialup";
    case "24":
      return "firewire";
    case "778":
    case "768":
    case "776":
      return "tunnel";
    default:
      return undefined;
  }
}

function common(each: Interface, device: Device | undefined, isSlaveOf: Map<string, string>): Row {
  const speed = Number(device?.speed);
  const pci = device?.path?.match(/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/g)?.at(-1);
  return row({
    DESCRIPTION: each.name,
    TYPE: typeOf(device, each.loopback),
    SPEED: speed > 0 ? `${speed} Mbps` : undefined,
    MTU: each.mtu,
    MACADDR: each.mac,
    STATUS: each.up ? "Up" : "Down",
    DRIVER: device?.driver,
    DUPLEX: device?.duplex === "full" ? "Full" : device?.duplex === "half" ? "Half" : undefined,
    PCISLOT: pci,
    VIRTUALDEV: device?.path === undefined ? undefined : Number(device.path.includes("/devices/virtual/")),
    SLAVE: device?.slaves?.replaceAll(" ", ","),
    BASE: each.base ?? isSlaveOf.get(each.name),
  });
}

/** Rows of all interfaces. */
export function interfaceRows(
  interfaces: Interface[],
  devices: Map<string, Device>,
  gateways: ReturnType<typeof parseDefaultRoutes>,
): Row[] {
  const isSlaveOf = new Map<string, string>();
  for (const [name, device] of devices) for (const slave of device.slaves?.split(" ") ?? []) isSlaveOf.set(slave, name);
  return interfaces.flatMap((each) => {
    const shared = common(each, devices.get(each.name), isSlaveOf);
    const own = each.addresses.every((address) => address.label !== each.name) ? [shared] : [];
    const rows = each.addresses.map(({ label, address, prefix, peer }) => {
      const known = peer ? undefined : network(address, prefix);
      const via = gateways.find(
        (one) => one.device === each.name && (peer || sameNetwork(one.gateway, address, prefix)),
      );
      return {
        ...shared,
        ...row({
          DESCRIPTION: label,
          IPADDRESS: address,
          IPMASK: known?.mask,
          IPSUBNET: known?.subnet,
          IPGATEWAY: via?.gateway,
          IPDHCP: address.includes(":") ? undefined : devices.get(each.name)?.dhcp,
        }),
      };
    });
    return [...own, ...rows];
  });
}

/** Without ip(8): what /sys shows, with the addresses of what has a carrier. */
function fromDevices({ devices, known }: NetworkSource): Interface[] {
  return [...devices].map(([name, device]) => ({
    name,
    base: undefined,
    up: (Number(device.flags) & 1) === 1,
    loopback: device.type === "772",
    mac: device.address,
    mtu: device.mtu === undefined ? undefined : Number(device.mtu),
    addresses: known
      .filter((each) => each.device.split(":")[0] === name)
      .map((each) => ({ label: each.device, address: each.address, prefix: each.prefix, peer: false })),
  }));
}

async function readDevice(reader: Reader, name: string): Promise<Device> {
  const at = `/sys/class/net/${name}`;
  const names = ["type", "address", "mtu", "speed", "duplex", "flags", "bonding/slaves", "ifindex", "uevent"] as const;
  const [path, driver, type, address, mtu, speed, duplex, flags, slaves, index, uevent] = await Promise.all([
    reader.link(at),
    reader.link(`${at}/device/driver`),
    ...names.map((file) => attribute(reader, `${at}/${file}`)),
  ]);
  const kind = /^DEVTYPE=(\S+)$/m.exec(uevent ?? "")?.[1];
  const networkd = index === undefined ? undefined : await attribute(reader, `/run/systemd/netif/leases/${index}`);
  let dhcp = parseNetworkdLease(networkd ?? "");
  for (const file of [`dhclient.${name}.leases`, "dhclient.leases"])
    dhcp ??= parseDhclientLeases((await attribute(reader, `/var/lib/dhcp/${file}`)) ?? "", name, Date.now());
  return {
    path,
    driver: driver?.split("/").at(-1),
    kind,
    type,
    address,
    mtu,
    speed,
    duplex,
    flags,
    slaves,
    index,
    dhcp,
  };
}

export const networks: Collector<NetworkSource> = {
  sections: ["NETWORKS", "HARDWARE"],
  async read(reader) {
    const devices = new Map<string, Device>();
    const [names, ip] = await Promise.all([reader.list("/sys/class/net"), reader.run(["ip", "address", "show"])]);
    for (const name of names) if (name !== "bonding_masters") devices.set(name, await readDevice(reader, name));
    return {
      ip: ip?.status === 0 ? ip.stdout : undefined,
      known: reader.addresses(),
      devices,
      route: (await attribute(reader, "/proc/net/route")) ?? "",
      route6: (await attribute(reader, "/proc/net/ipv6_route")) ?? "",
      resolv: (await attribute(reader, "/etc/resolv.conf")) ?? "",
    };
  },
  parse(source) {
    const all = source.ip === undefined ? fromDevices(source) : parseIpAddress(source.ip);
    // Every machine has one, with the same addresses: OCS leaves it out, and would take its MAC for a machine's identity.
    const interfaces = all.filter((each) => !each.loopback);
    const gateways = parseDefaultRoutes(source.route, source.route6);
    const addresses = interfaces
      .flatMap((each) => (each.up ? each.addresses : []))
      .map(({ address }) => address)
      .filter((address) => !address.includes(":"));
    const servers = [...source.resolv.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1]);
    const hardware = row({
      IPADDR: [...new Set(addresses)].join("/"),
      DEFAULTGATEWAY: gateways[0]?.gateway,
      DNS: servers.join("/"),
      WORKGROUP: /^\s*(?:domain|search)\s+([^\s.]\S*)/m.exec(source.resolv)?.[1],
    });
    return {
      sections: { NETWORKS: interfaceRows(interfaces, source.devices, gateways), HARDWARE: [hardware] },
      ...(source.ip === undefined
        ? {
            incomplete: [
              {
                section: "NETWORKS",
                reason: "the program ip is missing: addresses of interfaces without carrier are not known",
              },
            ],
          }
        : {}),
    };
  },
};
