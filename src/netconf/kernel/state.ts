/**
 * What the kernel holds of a network namespace: links, addresses, routes, rules. Names are those of `ip -json -details`;
 * devices are named, not numbered, everywhere but in `Link.index`.
 */

/** 4: inet, 6: inet6. */
export type Family = 4 | 6;

/**
 * A value of a link's kind or of a port, in the units of `ip link`: text for words and addresses, numbers as the kernel
 * counts them (a bridge's times in hundredths of a second), true and false for switches.
 */
export type LinkValue = string | number | boolean | readonly string[];
/**
 * By the names of `ip -json -details link` (`linkinfo.info_data`), e.g. `{ id: 10, protocol: "802.1Q" }`; `kinds.ts` has them
 * all. Of vxlan, `remote`, `local` and `group` are of either family; maps of priorities are like `["1:2"]`.
 */
export type LinkData = Readonly<Record<string, LinkValue>>;

export interface Link {
  index: number;
  name: string;
  /** `dummy`, `bridge`, `vlan`, `bond`, `vrf`, `veth` …; "" for hardware and the loopback. */
  kind: string;
  /** `ether`, `loopback`, `none`, `sit`, `gre` … (ARPHRD). */
  type: string;
  /** IFF_UP: administratively up. */
  up: boolean;
  /** IFF_LOWER_UP: there is somebody at the other end. */
  carrier: boolean;
  /** RFC 2863 word: `UP`, `DOWN`, `LOWERLAYERDOWN`, `DORMANT`, `UNKNOWN` … */
  operstate: string;
  arp: boolean;
  multicast: boolean;
  allmulticast: boolean;
  promiscuous: boolean;
  mtu: number;
  /** Hardware address in lower case with colons, or an IP address for tunnels; "": none. */
  address: string;
  /** Hardware address as burnt in; "": not told. */
  permanentAddress: string;
  txQueueLength: number;
  alias: string;
  alternativeNames: readonly string[];
  /** Bridge, bond or vrf it is a port of; "": none. */
  master: string;
  /** Link below (vlan, macvlan, the peer of a veth in this namespace); "": none, or in another namespace. */
  lower: string;
  /** Data of its own kind. */
  data: LinkData;
  /** Data it has as a port of its master (`linkinfo.info_slave_data`). */
  port: LinkData;
  /** VLANs that it carries as a port of a bridge, or as that bridge itself; kernels have one there without filtering, too. */
  vlans: readonly BridgeVlan[];
  /** `eui64`, `none`, `stable_secret`, `random`; "": not told. */
  addressGeneration: string;
}

export interface BridgeVlan {
  vlan: number;
  pvid: boolean;
  untagged: boolean;
}

export type Scope = "global" | "site" | "link" | "host" | "nowhere";

export interface Address {
  device: string;
  family: Family;
  /** Canonical text: RFC 5952 for IPv6. */
  address: string;
  prefix: number;
  /** The other end of a point-to-point link; "": none. */
  peer: string;
  /** IPv4 only; "": none. */
  broadcast: string;
  /** IPv4 only: `eth0:1`; "": none. */
  label: string;
  scope: Scope;
  /** Seconds it is still valid and preferred, from when it was read; null: for ever. */
  valid: number | null;
  preferred: number | null;
  /** IFA_PROTO; 0 where the kernel does not tell. */
  protocol: number;
  /**
   * `permanent`, `tentative`, `deprecated`, `dadfailed`, `temporary`, `nodad`, `mngtmpaddr`, `noprefixroute`, `home`,
   * `optimistic`, `secondary`, `autojoin`, `stable-privacy`. A tentative address that the kernel made itself is told of when
   * it is tentative no longer.
   */
  flags: readonly string[];
}

export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw"
  | "multicast"
  | "anycast";

export interface Hop {
  /** Address of the gateway; "": on the link itself. */
  gateway: string;
  device: string;
  onlink: boolean;
  /** 1 to 256. */
  weight: number;
}

/**
 * Left out are routes that the kernel makes by itself for its own addresses and groups (local, broadcast, multicast …), and
 * those for one type of service or from one source only: nothing of ours makes either. IPv6 tells of several that
 * differ in nothing but their gateways as one with several hops, however they were made.
 */
export interface Route {
  family: Family;
  type: RouteType;
  /** Network address; `0.0.0.0` or `::` with prefix 0 is the default. */
  destination: string;
  prefix: number;
  /** 254 is main, 255 local. */
  table: number;
  /** rt_protos number, see `protocols`. */
  protocol: number;
  scope: Scope;
  /** Metric: 0 is the best; IPv6 has 1024 when none was said. */
  metric: number;
  /** Preferred source address; "": none. */
  source: string;
  /** One, or several of a multipath route; empty for blackhole and the like. */
  hops: readonly Hop[];
  mtu: number;
  advmss: number;
}

/** Rules that look at other things (ports, users, type of service …), or suppress, are left out: nothing of ours makes them. */
export interface Rule {
  family: Family;
  priority: number;
  /** `192.0.2.0/24`, `192.0.2.1/32`; "": all. */
  from: string;
  to: string;
  iif: string;
  oif: string;
  /** 0 with mask 0: any. */
  fwmark: number;
  fwmask: number;
  /** `lookup` or what it does else. */
  action: "lookup" | "blackhole" | "unreachable" | "prohibit" | "goto" | "nop";
  /** Of `lookup`; 0 otherwise. */
  table: number;
  /** True: for devices of a vrf (priority 1000 rule of the kernel). */
  l3mdev: boolean;
  invert: boolean;
  protocol: number;
}

/** A forwarding entry that was set by hand: the far ends of a vxlan. */
export interface Forwarding {
  device: string;
  /** Hardware address. */
  address: string;
  /** IP address of the far end; "": none. */
  destination: string;
  vlan: number;
}

/** All of it at one moment. Never changed in place: who keeps one may compare it with a later one. */
export interface KernelState {
  /** By name. */
  links: ReadonlyMap<string, Link>;
  addresses: readonly Address[];
  routes: readonly Route[];
  rules: readonly Rule[];
  /** Only those with a destination (vxlan) or set as static or permanent by hand. */
  forwarding: readonly Forwarding[];
}

/** Protocol numbers of routes (rtnetlink(7), rt_protos): what the configuration asks for, what a lease or an advertisement brought. */
export const protocols = { kernel: 2, boot: 3, static: 4, ra: 9, dhcp: 16 } as const;

/** What was different: the old one is absent for what came, the new one for what went. */
export type KernelChange =
  | { what: "link"; before?: Link; after?: Link }
  | { what: "address"; before?: Address; after?: Address }
  | { what: "route"; before?: Route; after?: Route }
  | { what: "rule"; before?: Rule; after?: Rule }
  /** Notifications were lost (ENOBUFS); the differences follow as changes of their own. */
  | { what: "overrun" };

/** What makes two addresses the same object to the kernel. */
export function addressKey(address: Pick<Address, "device" | "family" | "address" | "prefix" | "peer">): string {
  const { device, address: text, prefix, peer } = address;
  return `${device} ${text}/${prefix}${peer && peer !== text ? ` peer ${peer}` : ""}`;
}

/** What makes two routes the same object: destination, table, metric, type, and for IPv6 the hop. */
export function routeKey(route: Route): string {
  const hop = route.family === 6 ? (route.hops[0]?.gateway ?? "") + (route.hops[0]?.device ?? "") : "";
  return `${route.family} ${route.table} ${route.destination}/${route.prefix} ${route.metric} ${route.type} ${hop}`;
}

export function ruleKey(rule: Rule): string {
  const { family, priority, from, to, iif, oif, fwmark, fwmask, action, table, l3mdev, invert } = rule;
  return JSON.stringify([family, priority, from, to, iif, oif, fwmark, fwmask, action, table, l3mdev, invert]);
}
