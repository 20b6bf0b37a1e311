/** Links: made, changed, renamed, deleted, with all that hangs on them. */
import { attributesOf } from "../kinds.ts";
import type { Link, LinkData } from "../state.ts";
import type { LinkSettings, Step } from "../step.ts";
import { deleteAddress } from "./addresses.ts";
import { checkHardwareAddress, checkMtu, generations, setHardwareAddress, setMtu } from "./inherited.ts";
import { type NewKind, newKinds } from "./kinds.ts";
import { leastInet6Mtu, type Namespace, Refusal } from "./namespace.ts";
import { freePorts, setMaster } from "./ports.ts";
import { forgetHops } from "./routes.ts";
import { setUp, stacked } from "./updown.ts";

type LinkAdd = Extract<Step, { do: "link-add" }>;

/** Of a new link, what is the same for all. */
export const blankLink: Omit<Link, "index" | "name"> = {
  kind: "",
  type: "ether",
  up: false,
  carrier: false,
  operstate: "DOWN",
  arp: true,
  multicast: true,
  allmulticast: false,
  promiscuous: false,
  mtu: 1500,
  address: "",
  permanentAddress: "",
  txQueueLength: 1000,
  alias: "",
  alternativeNames: [],
  master: "",
  lower: "",
  data: {},
  port: {},
  vlans: [],
  addressGeneration: "eui64",
};

export function addLink(space: Namespace, step: LinkAdd): void {
  // Tunnels and vxlan have the link below in their data, and live without one.
  const inData = attributesOf(step.kind, "data").link !== undefined;
  const said = step.lower || (inData ? String(step.data.link ?? "") : "");
  const macvlans = ["macvlan", "macvtap"];
  const below = said ? space.link(said) : undefined;
  // One macvlan on another stands beside it in the end.
  const beside = below && macvlans.includes(step.kind) && macvlans.includes(below.kind);
  const lower = beside ? space.link(below.lower) : below;
  const named = lower?.name ?? "";
  checkName(space, step.name);
  const kind = newKinds[step.kind];
  if (!kind) throw new Refusal("EOPNOTSUPP", "Unknown device type.");
  if (kind.needsLower && !lower) throw new Refusal("EINVAL", "link not specified");
  if (kind.needs?.some((name) => step.data[name] === undefined)) throw new Refusal("EINVAL", "Invalid argument");
  if (lower) checkLower(space, step, lower);
  checkData(space, step);
  const peer = step.kind === "veth" ? (step.peer ?? freeName(space, "veth")) : "";
  if (peer) checkName(space, peer);
  const { address, mtu, ...later } = step.settings ?? {};
  if (peer) create(space, peer, { step, kind, lower: step.name });
  const made = inData && named ? { ...step, data: { ...step.data, link: named } } : step;
  const told = peer || (step.kind === "vxlan" ? "" : named);
  create(space, step.name, { step: made, kind, lower: told, below: lower, address, mtu });
  if (step.kind === "vrf") vrfRules(space);
  try {
    setLink(space, step.name, later);
  } catch (error) {
    deleteLink(space, step.name);
    throw error;
  }
}

interface Making {
  step: LinkAdd;
  kind: NewKind;
  lower: string;
  below?: Link | undefined;
  address?: string | undefined;
  mtu?: number | undefined;
}

function create(space: Namespace, name: string, making: Making): void {
  const { step, kind, lower, below } = making;
  // A tunnel's is that of its local end, whatever is asked for.
  const said = kind.address === "local" ? { mtu: making.mtu } : { mtu: making.mtu, address: making.address };
  const { type, txQueueLength } = kind;
  const { arp, multicast } = step.kind === "vlan" && below ? below : kind;
  if (said.address !== undefined) checkHardwareAddress(kind.type, said.address);
  if (said.address !== undefined) {
    space.given.add(`${name} address`);
  } else if (kind.address === "lower") space.inheriting.add(name);
  const own = kind.address === "local" ? String(step.data.local ?? "") : space.mac();
  const address = said.address ?? (kind.address === "lower" ? below?.address : undefined) ?? own;
  const room = step.kind === "vxlan" && below ? below.mtu - 50 : stacked.includes(step.kind) ? below?.mtu : undefined;
  const mtu = said.mtu ?? room ?? kind.mtu;
  if (said.mtu !== undefined) checkMtu({ kind: step.kind, type, mtu: room ?? kind.mtu }, mtu, room);
  const pvid = step.kind === "bridge" ? Number(step.data.vlan_default_pvid ?? 1) : 0;
  if (said.address !== undefined || judging(step.data)) space.judged.add(name);
  space.putLink({
    ...blankLink,
    index: space.index(),
    name,
    kind: step.kind,
    ...{ type, arp, multicast, txQueueLength, address, lower, mtu },
    data: { ...kind.data, ...step.data },
    vlans: pvid > 0 ? [{ vlan: pvid, pvid: true, untagged: true }] : [],
    addressGeneration: mtu < leastInet6Mtu ? "" : blankLink.addressGeneration,
  });
  space.sysctls.deviceCame(name);
}

/** What makes a bridge look at its ports, and know its carrier from then on. */
function judging(data: LinkData): boolean {
  return data.priority !== undefined || data.stp_state === true;
}

function checkName(space: Namespace, name: string): void {
  if (!/^[^\s/:]{1,15}$/.test(name) || name === "." || name === "..") throw new Refusal("EINVAL", "Invalid argument");
  const taken = [...space.links.values()].some((link) => link.name === name || link.alternativeNames.includes(name));
  if (taken) throw new Refusal("EEXIST", "File exists");
}

function freeName(space: Namespace, stem: string): string {
  let number = 0;
  while (space.links.has(`${stem}${number}`)) number++;
  return `${stem}${number}`;
}

function checkLower(space: Namespace, { kind }: LinkAdd, lower: Link): void {
  if (kind === "vlan" && (lower.type !== "ether" || lower.kind === "vrf")) {
    throw new Refusal("EOPNOTSUPP", "VLANs not supported on device");
  }
  if (kind === "vlan" || !stacked.includes(kind)) return;
  if (lower.type !== "ether" || lower.kind === "vrf") throw new Refusal("EINVAL", "Invalid argument");
  const busy = lower.master && space.links.get(lower.master)?.kind !== "vrf";
  const family = kind === "ipvlan" ? ["macvlan", "macvtap"] : ["ipvlan"];
  if (busy || space.uppers(lower.name).some((one) => family.includes(one.kind))) {
    throw new Refusal("EBUSY", "Device or resource busy");
  }
}

function checkData(space: Namespace, step: LinkAdd): void {
  const { kind, data, lower = "" } = step;
  const others = [...space.links.values()].filter((link) => link.kind === kind);
  const same = (...names: string[]) =>
    others.some((one) => names.every((name) => (data[name] ?? newKinds[kind]?.data[name]) === one.data[name]));
  if (kind === "vlan") {
    if (Number(data.id) > 4094) throw new Refusal("ERANGE", "Invalid VLAN id");
    const twin = others.some(
      (one) => one.lower === lower && one.data.id === data.id && one.data.protocol === (data.protocol ?? "802.1Q"),
    );
    if (twin) throw new Refusal("EEXIST", "VLAN device already exists");
  }
  if (kind === "vxlan" && same("id", "port", "local", "remote")) {
    throw new Refusal("EEXIST", "A VXLAN device with the specified VNI already exists");
  }
  const tunnels = ["gre", "gretap", "ipip", "sit", "ip6gre", "ip6tnl"];
  if (tunnels.includes(kind) && same("local", "remote", "ikey")) throw new Refusal("EEXIST", "File exists");
}

/** The first vrf brings the rules that look into the tables of vrfs; they stay. */
function vrfRules(space: Namespace): void {
  for (const family of [4, 6] as const) {
    if (space.rules.some((rule) => rule.family === family && rule.l3mdev)) continue;
    space.putRule({ ...blankRule, family, priority: 1000, l3mdev: true });
  }
}

export const blankRule = {
  from: "",
  to: "",
  iif: "",
  oif: "",
  fwmark: 0,
  fwmask: 0,
  action: "lookup",
  table: 0,
  l3mdev: false,
  invert: false,
  protocol: 2,
} as const;

type Switches = "arp" | "multicast" | "allmulticast" | "promiscuous";

/** In the order of do_setlink (net/core/rtnetlink.c), where what was done before a refusal stays done. */
export function setLink(space: Namespace, name: string, settings: LinkSettings): void {
  const { address, mtu, alias, master, up, txQueueLength, addressGeneration } = settings;
  const change = (fields: Partial<Pick<Link, "addressGeneration" | "alias" | "txQueueLength" | Switches>>) => {
    const link = space.link(name);
    const news = Object.entries(fields).some(([key, value]) => link[key as keyof Link] !== value);
    if (news) space.putLink({ ...link, ...fields });
  };
  const generation = generations.indexOf(addressGeneration ?? "eui64");
  space.link(name);
  if (master) space.link(master);
  if (generation < 0) throw new Refusal("EINVAL", "Invalid argument");
  if (addressGeneration !== undefined) {
    change({ addressGeneration });
    space.sysctls.set(["ipv6", "conf", name, "addr_gen_mode"], String(generation));
  }
  if (address !== undefined) setHardwareAddress(space, name, address);
  if (mtu !== undefined) setMtu(space, name, mtu);
  if (settings.name !== undefined) {
    rename(space, space.link(name), settings.name);
    setLink(space, settings.name, without(settings, "address", "mtu", "name", "addressGeneration"));
    return;
  }
  if (alias !== undefined) change({ alias });
  const { arp, multicast, allmulticast, promiscuous } = settings;
  change(defined({ arp, multicast, allmulticast, promiscuous }));
  if (up !== undefined) setUp(space, name, up);
  if (master !== undefined) setMaster(space, name, master);
  if (txQueueLength !== undefined) change({ txQueueLength });
}

function without(settings: LinkSettings, ...names: (keyof LinkSettings)[]): LinkSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name as keyof LinkSettings)));
}

function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function rename(space: Namespace, link: Link, name: string): void {
  // Said before anybody looks whether it is another one.
  if (link.up && !space.liveRename) throw new Refusal("EBUSY", "Device or resource busy");
  if (link.name === name) return;
  checkName(space, name);
  space.renameLink(link, name);
}

/** Data of its kind. @throws Refusal `EOPNOTSUPP`: another kind, or what cannot be changed any more. */
export function setData(space: Namespace, name: string, kind: string, data: LinkData): void {
  const link = space.link(name);
  if (link.kind !== kind) throw new Refusal("EOPNOTSUPP", "Operation not supported");
  const attributes = attributesOf(kind, "data");
  if (Object.keys(data).some((key) => attributes[key]?.once && data[key] !== link.data[key])) {
    throw new Refusal("EOPNOTSUPP", "Operation not supported");
  }
  if (kind === "bond" && data.mode !== undefined && data.mode !== link.data.mode) {
    if (space.ports(name).length > 0)
      throw new Refusal("ENOTEMPTY", "unable to set option because the bond device has slaves");
    if (link.up) throw new Refusal("EBUSY", "unable to set option because the bond device is up");
  }
  if (kind === "can" && link.up) throw new Refusal("EBUSY", "Device or resource busy");
  if (judging(data)) space.judged.add(name);
  space.touched.add(name);
  const after = { ...link, data: { ...link.data, ...data } };
  if (JSON.stringify(after) !== JSON.stringify(link)) space.putLink(after);
}

/** @throws Refusal `EOPNOTSUPP`: it is no port of such a master. */
export function setPortData(space: Namespace, name: string, kind: string, data: LinkData): void {
  const link = space.link(name);
  if (space.links.get(link.master)?.kind !== kind) throw new Refusal("EOPNOTSUPP", "Operation not supported");
  const after = { ...link, port: { ...link.port, ...data } };
  if (JSON.stringify(after) !== JSON.stringify(link)) space.putLink(after);
}

/** @throws Refusal `EOPNOTSUPP`: hardware and the loopback stay. */
export function deleteLink(space: Namespace, name: string): void {
  const link = space.link(name);
  if (link.kind === "") throw new Refusal("EOPNOTSUPP", "Operation not supported");
  removeLink(space, link);
}

/** With all that hangs on it: the other end of a veth, links above, addresses, routes. Its ports are free. */
export function removeLink(space: Namespace, link: Link): void {
  const { name } = link;
  if (!space.links.has(name)) return;
  for (const upper of [...space.links.values()]) {
    const above = stacked.includes(upper.kind) && upper.lower === name;
    if (above || (upper.kind === "vxlan" && upper.data.link === name)) removeLink(space, upper);
  }
  setUp(space, name, false);
  freePorts(space, link);
  if (space.link(name).master) setMaster(space, name, "");
  for (const address of space.addressesAt(name)) {
    if (space.addressesAt(name).includes(address)) deleteAddress(space, address);
  }
  forgetHops(space, name);
  space.forwarding = space.forwarding.filter(({ device }) => device !== name);
  space.forgetLink(space.link(name));
  const peer = link.kind === "veth" ? space.links.get(link.lower) : undefined;
  if (peer) removeLink(space, peer);
}
