/** What the module's commands answer: the contract between them and the pages. Times are epoch milliseconds. */
import type { PlaceKind } from "../../network/edge.ts";

export interface DeviceSummary {
  id: number;
  /** Where it is polled, `HOST:PORT` when not at the usual port. */
  address: string;
  /** What it calls itself, else its name in the DNS; "" for none. */
  name: string;
  vendor: string;
  model: string;
  os: string;
  osVersion: string;
  serial: string;
  location: string;
  ports: number;
  portsUp: number;
  created: number;
  lastDiscover: number | null;
  lastMacsuck: number | null;
  lastArpnip: number | null;
}

export interface DeviceList {
  total: number;
  devices: DeviceSummary[];
}

export interface DeviceDetail extends DeviceSummary {
  description: string;
  contact: string;
  dns: string;
  mac: string;
  chassisId: string;
  engineId: string;
  objectId: string;
  /** Which of our vendor files spoke. */
  vendorClass: string;
  /** 1, 2 or 3; 0 where none answered yet. */
  snmpVersion: number;
  /** Milliseconds, at the last discover. */
  uptime: number | null;
  vtpDomain: string;
  fans: string;
  /** Put in by hand: nobody to poll. */
  pseudo: boolean;
  /** Read to the end the last time: null never was. */
  discoverComplete: number | null;
  macsuckComplete: number | null;
  arpnipComplete: number | null;
  merged: { id: number; address: string; name: string; at: number }[];
  counts: { ports: number; neighbours: number; modules: number; addresses: number; vlans: number; nodes: number };
}

/** A device to link to. */
export interface DeviceLink {
  id: number;
  address: string;
  name: string;
}

export interface Neighbour {
  /** Port of this device; "" where the protocol tells none. */
  port: string;
  /** Who it was found to be; null when it is not discovered. */
  device: DeviceLink | null;
  /** What it calls itself, or its id or address. */
  label: string;
  address: string;
  remotePort: string;
  type: string;
  capabilities: string[];
  protocols: string[];
  /** Hundredths; null where nobody judged. */
  confidence: number | null;
  reason: string;
  /** Only the other end tells of it. */
  toldByOther: boolean;
  since: number;
}

export interface PortNode {
  mac: string;
  vlan: number;
  since: number;
  lastSeen: number;
  addresses: string[];
  /** DNS name, NetBIOS name. */
  name: string;
  host: { id: number; name: string } | null;
}

export interface PortSummary {
  port: string;
  ifIndex: number;
  /** What people call it (ifAlias). */
  name: string;
  description: string;
  up: string;
  upAdmin: string;
  /** Nothing on it, and nothing was for a while. */
  free: boolean;
  type: string;
  speed: string;
  duplex: string;
  mac: string;
  mtu: number | null;
  stp: string;
  vlan: number | null;
  pvid: number | null;
  /** Aggregate that it belongs to; its members, where it is one. */
  slaveOf: string;
  members: string[];
  errorDisabled: string;
  power: { status: string; milliwatts: number | null } | null;
  neighbours: Neighbour[];
  /** Different MAC addresses behind it. */
  nodeCount: number;
  /** The first few of them. */
  nodes: PortNode[];
  /** Are machines seen here at home here, and why? */
  place: { edge: boolean; explanation: string };
  /** When a machine was last seen behind it; null never. */
  lastUsed: number | null;
}

export interface PortList {
  total: number;
  /** How many there are of each kind, whatever is asked for. */
  all: number;
  up: number;
  down: number;
  free: number;
  ports: PortSummary[];
}

export interface PortDetail extends PortSummary {
  device: DeviceLink;
  vlans: { vlan: number; native: boolean; tagged: boolean; type: string }[];
  authentication: string;
  nodesCut: boolean;
}

export interface ModuleRow {
  index: number;
  /** Depth in the tree, from 0. */
  depth: number;
  name: string;
  description: string;
  class: string;
  model: string;
  serial: string;
  hardware: string;
  firmware: string;
  software: string;
  replaceable: boolean | null;
}

export interface AddressRow {
  address: string;
  subnet: string;
  port: string;
  vrf: string;
  dns: string;
  firstSeen: number;
  lastSeen: number;
}

export interface VlanRow {
  vlan: number;
  name: string;
  /** Ports that carry it. */
  tagged: string[];
  untagged: string[];
}

export interface HistoryEvent {
  id: number;
  at: number;
  port: string;
  kind: string;
  /** In words. */
  what: string;
}

export interface WriteEntry {
  at: number;
  port: string;
  user: string;
  action: string;
  reason: string;
  log: string;
  outcome: string;
}

export interface History {
  events: HistoryEvent[];
  /** There are older ones, before this event. */
  before: number | null;
  writes: WriteEntry[];
}

export interface Sighted {
  device: DeviceLink;
  port: string;
  vlan: number;
  from: number;
  to: number;
  open: boolean;
  current: boolean;
  kind: PlaceKind;
  edge: boolean;
  explanation: string;
}

/** One MAC address, with the chain from the person to the port. */
export interface Located {
  mac: string;
  people: string[];
  hosts: { id: number; name: string; interface: string }[];
  names: { name: string; domain: string; from: number; to: number; open: boolean }[];
  addresses: {
    ip: string;
    vrf: string;
    dns: string;
    router: DeviceLink;
    port: string;
    from: number;
    to: number;
    open: boolean;
  }[];
  /** The likeliest place first. */
  places: Sighted[];
}

/** Somebody of the directory cache. */
export interface PersonLink {
  uuid: string;
  account: string;
  name: string;
  department: string;
  phone: string;
  /** It was this one who was asked for. */
  asked: boolean;
}

export interface Where {
  /** What was asked for was taken as this. */
  as: "mac" | "ip" | "name";
  asked: string;
  /** A network device that is called so, or has this address. */
  device: DeviceLink | null;
  /** Whom the directory knows of those that were asked for or are at the machines. */
  persons: PersonLink[];
  /** Machines of the inventory none of whose interfaces was seen. */
  unseen: { id: number; name: string }[];
  located: Located[];
  /** There is more than is shown. */
  cut: boolean;
}

export interface JobRow {
  id: number;
  action: string;
  stage: string;
  device: string;
  /** The device at that address. */
  known: DeviceLink | null;
  port: string;
  extra: string;
  status: string;
  message: string;
  user: string;
  reason: string;
  entered: number;
  started: number | null;
  finished: number | null;
  notBefore: number;
  cancelling: boolean;
  /** Why it waits, or where it runs; the first sentence matters most. [] where nobody asked. */
  reasons: string[];
}

export interface JobList {
  total: number;
  jobs: JobRow[];
}

export interface Queue {
  running: number;
  waiting: number;
  delayed: number;
  endedLastHour: number;
  resting: number;
  backends: { host: string; pid: number; alive: boolean; workers: number; running: number; started: number }[];
}
