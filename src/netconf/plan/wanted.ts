/** What an interface shall be like: kernel objects, each with the line that asked for it. Plain data: it is kept as JSON. */
import type { Position } from "../interfaces/configuration.ts";
import type { BridgeVlan, Forwarding, LinkData, Route, Rule } from "../kernel/state.ts";
import type { EthtoolSection, LinkSettings, NewAddress } from "../kernel/step.ts";

/** A wanted thing, and why: the configuration's line, or where else it came from. */
export interface Because<Thing> {
  is: Thing;
  /** The line; absent for what a lease or a default brought. */
  at?: Position;
  /** Lines of its fields by name, where they have lines of their own: `mtu` of settings, `mode` of a bond's data. */
  lines?: Readonly<Record<string, Position>>;
  /** `lease`, `router-advertisement`, `ipv4ll`, `configuration`. */
  from: "configuration" | "lease" | "ipv4ll";
}

/** A link that Reeve makes itself, and deletes when the interface goes down. */
export interface WantedLink {
  kind: string;
  lower: string;
  /** Of a veth. */
  peer: string;
  data: LinkData;
}

/** Something that gives addresses while the interface is up. */
export interface DynamicMethod {
  family: 4 | 6;
  method: "dhcp" | "auto" | "ipv4ll";
  /** Options of the stanza by `optionKey`, last value each. */
  options: Readonly<Record<string, string>>;
  at: Position;
}

export interface WantedDns {
  servers: readonly string[];
  search: readonly string[];
  /** Names of dns-options: `ndots:2`. */
  options: readonly string[];
}

export interface Wanted {
  /** Physical name. */
  name: string;
  /** Present: a virtual link of this kind is made unless it is there. */
  link?: Because<WantedLink>;
  /** `up` is true unless the method says otherwise. `master` of a port is wanted by the port (see `ports`). */
  settings: Because<LinkSettings>;
  /** Data as a port of `settings.master`. */
  port?: Because<{ kind: string; data: LinkData }>;
  /** Of the port, or with `self` of the bridge itself. */
  vlans: Because<BridgeVlan & { self: boolean }>[];
  /** It carries no others: what the kernel gives by itself (VLAN 1) is taken away. */
  vlansOnly: boolean;
  addresses: Because<NewAddress>[];
  routes: Because<Route>[];
  rules: Because<Rule>[];
  forwarding: Because<Forwarding>[];
  sysctls: Because<{ key: readonly string[]; value: string }>[];
  ethtool: Because<{ section: EthtoolSection; words: readonly string[] }>[];
  dynamic: DynamicMethod[];
  dns: WantedDns;
  /** Names of links that must be there and configured before: lower, bond, `requires`, tunnel's device. */
  requires: string[];
  /** The line by which each of them is required. */
  requiresAt: Readonly<Record<string, Position>>;
  /**
   * Links that become ports of this one (`bridge-ports`, `bond-slaves`), resolved names and patterns as written. Those
   * with no stanza of their own are brought up along with this one, and freed when it goes down.
   */
  ports: Because<WantedPort>[];
  /** Ends of waits: seconds to wait for DAD, for ports, for carrier. */
  waits: { dad: number; ports: number; carrier: number };
}

export interface WantedPort {
  name: string;
  /** It has stanzas of its own, which say all but its master, port data and VLANs. */
  own: boolean;
  /** Those stanzas name this one as master (`bond-master`): it comes after, and joins by itself, too. */
  joins: boolean;
  /** Of one without stanzas: made unless it is there (`bridge_ports eth0.5`), and deleted when it was made. */
  link?: WantedLink;
  /** Of one without stanzas, beside `master`; empty else. */
  settings: LinkSettings;
  /** Data as a port, from the master's options (`bridge-portprio eth0 16`). */
  data: LinkData;
  vlans: readonly BridgeVlan[];
  vlansOnly: boolean;
}

/** A Wanted with nothing in it: what an interface that is down shall be like. */
export function nothing(name: string): Wanted {
  return {
    name,
    settings: { is: {}, from: "configuration" },
    vlans: [],
    vlansOnly: false,
    addresses: [],
    routes: [],
    rules: [],
    forwarding: [],
    sysctls: [],
    ethtool: [],
    dynamic: [],
    dns: { servers: [], search: [], options: [] },
    requires: [],
    requiresAt: {},
    ports: [],
    waits: { dad: 0, ports: 0, carrier: 0 },
  };
}

const lists = ["vlans", "addresses", "routes", "rules", "forwarding", "sysctls", "ethtool", "ports"] as const;

export function isNothing(wanted: Wanted): boolean {
  const { link, settings, port } = wanted;
  return !link && !port && Object.keys(settings.is).length === 0 && lists.every((list) => wanted[list].length === 0);
}

/**
 * What there was before Reeve changed it, to be put back when it is wanted no longer. `up` is always false there: what was
 * brought up goes down, also where somebody else had brought it up before.
 */
export interface Former {
  settings: LinkSettings;
  /** By the key's parts joined with `/`. */
  sysctls: Readonly<Record<string, string>>;
  /** Master and settings of ports without a stanza of their own. */
  ports: Readonly<Record<string, LinkSettings>>;
}

/** What Reeve has put into the kernel for an interface: what may be taken away again. */
export interface Owned {
  wanted: Wanted;
  former: Former;
  /** The virtual link was made by us, or adopted: it goes with the interface. */
  made: boolean;
  /** Ports' links that were made because this interface wants them (`WantedPort.link`). */
  madePorts: readonly string[];
}

/** Parts of an interface that are done one after the other, each by an event of its own. */
export type Part = "link" | "address" | "route";
