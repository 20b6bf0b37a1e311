/** Masters and their ports: bridge, bond, vrf. */
import type { BridgeVlan, Link } from "../state.ts";
import { changeMtu, fitBridge } from "./inherited.ts";
import { newKinds } from "./kinds.ts";
import { type Namespace, Refusal } from "./namespace.ts";
import { dropRoutesOf } from "./routes.ts";
import { inet6Down, keepsInet6, setUp } from "./updown.ts";

/** "" frees the link from its master. @throws Refusal as the kernel's do_set_master */
export function setMaster(space: Namespace, name: string, masterName: string): void {
  const link = space.link(name);
  if (masterName === "") {
    if (link.master) release(space, link);
    return;
  }
  const master = space.link(masterName);
  if (link.master === master.name) return;
  if (link.master) release(space, link);
  if (master.kind === "bridge") joinBridge(space, space.link(name), master);
  else if (master.kind === "bond") joinBond(space, space.link(name), master);
  else if (master.kind === "vrf") joinVrf(space, space.link(name), master);
  else throw new Refusal("EOPNOTSUPP", "Operation not supported");
}

function checkFree(space: Namespace, link: Link, master: Link): void {
  if (master.kind !== "vrf") checkReceiver(space, link);
  if (link === master || isAbove(space, link, master.name)) throw new Refusal("EBUSY", "Device or resource busy");
}

/** Only one may receive what comes in; a vrf does not want to. */
function checkReceiver(space: Namespace, link: Link): void {
  const taken = space.uppers(link.name).some(({ kind }) => ["macvlan", "macvtap", "ipvlan"].includes(kind));
  if (taken || link.kind === "macvtap") throw new Refusal("EBUSY", "Device is in use and cannot be enslaved.");
}

/** Whether a link stands on that other one. */
function isAbove(space: Namespace, link: Link, other: string): boolean {
  const { kind, lower, data } = link;
  const under = kind === "vxlan" ? String(data.link ?? "") : kind === "veth" ? "" : lower;
  return [under, ...space.ports(link.name).map(({ name }) => name)].some((name) => {
    const one = space.links.get(name);
    return name === other || (one !== undefined && isAbove(space, one, other));
  });
}

function joinBridge(space: Namespace, link: Link, bridge: Link): void {
  const noAddress = link.address === "00:00:00:00:00:00";
  if (link.type !== "ether" || noAddress) throw new Refusal("EINVAL", "Invalid argument");
  if (link.kind === "bridge") throw new Refusal("ELOOP", "Can not enslave a bridge to a bridge.");
  if (link.kind === "vrf") throw new Refusal("EINVAL", "Invalid argument");
  checkFree(space, link, bridge);
  const pvid = Number(bridge.data.vlan_default_pvid ?? 0);
  const vlans: BridgeVlan[] = pvid > 0 ? [{ vlan: pvid, pvid: true, untagged: true }] : [];
  space.putLink({ ...link, master: bridge.name, port: newKinds.bridge?.port ?? {}, vlans });
  fitBridge(space, bridge.name);
}

function joinBond(space: Namespace, link: Link, bond: Link): void {
  if (link.type === "loopback" || link.kind === "vrf") throw new Refusal("EPERM", "Device type cannot be enslaved.");
  checkReceiver(space, link);
  if (link === bond) throw new Refusal("EPERM", "Cannot enslave bond to itself.");
  if (link.up) throw new Refusal("EPERM", "Device can not be enslaved while up.");
  if (isAbove(space, link, bond.name)) {
    // It was opened before somebody looked, and is closed again.
    setUp(space, link.name, true);
    setUp(space, link.name, false);
    throw new Refusal("EBUSY", "Device or resource busy");
  }
  const first = space.ports(bond.name).length === 0 && !space.given.has(`${bond.name} address`);
  if (first) space.putLink({ ...bond, address: link.address });
  const port = { ...newKinds.bond?.port, perm_hwaddr: link.address };
  const { address, mtu } = space.link(bond.name);
  space.putLink({ ...link, master: bond.name, port, address });
  changeMtu(space, space.link(link.name), mtu);
  setUp(space, link.name, true);
}

function joinVrf(space: Namespace, link: Link, vrf: Link): void {
  if (link.type === "loopback") throw new Refusal("EOPNOTSUPP", "Operation not supported");
  if (link.kind === "vrf") throw new Refusal("EINVAL", "Can not enslave an L3 master device to a VRF");
  checkFree(space, link, vrf);
  changeVrf(space, link, vrf.name);
}

/** All its routes go, its IPv6 addresses, too; if it is up, it goes down and up, which makes them anew (cycle_netdev). */
function changeVrf(space: Namespace, link: Link, master: string): void {
  dropRoutesOf(space, link.name, 4, () => true);
  space.dropRoutes(space.routesAt(link.name).filter((route) => route.family === 4 && route.hops.length === 1));
  inet6Down(space, link, keepsInet6(space, link));
  space.putLink({ ...link, master, port: {} });
  if (!link.up) return;
  setUp(space, link.name, false);
  setUp(space, link.name, true);
}

function release(space: Namespace, link: Link): void {
  const master = space.link(link.master);
  if (master.kind === "vrf") {
    changeVrf(space, link, "");
    return;
  }
  const address = master.kind === "bond" ? String(link.port.perm_hwaddr ?? link.address) : link.address;
  if (master.kind === "bond") setUp(space, link.name, false);
  // A bridge's are its own.
  const vlans = link.kind === "bridge" ? link.vlans : [];
  space.putLink({ ...space.link(link.name), master: "", port: {}, vlans, address });
  if (master.kind === "bridge") fitBridge(space, master.name);
}

/** @throws Refusal `EOPNOTSUPP` (no bridge, no port of one), `EINVAL` */
export function addVlan(space: Namespace, name: string, wanted: BridgeVlan, self: boolean): void {
  const link = bridgePart(space, name, self);
  if (!Number.isInteger(wanted.vlan) || wanted.vlan < 1 || wanted.vlan > 4094) {
    throw new Refusal("EINVAL", "Invalid argument");
  }
  // Its address is to be found in each of its VLANs.
  if (self && link.address === "00:00:00:00:00:00" && !link.vlans.some(({ vlan }) => vlan === wanted.vlan)) {
    throw new Refusal("EINVAL", "Invalid argument");
  }
  const others = link.vlans
    .filter(({ vlan }) => vlan !== wanted.vlan)
    .map((one) => (wanted.pvid && one.pvid ? { ...one, pvid: false } : one));
  const { vlan, pvid, untagged } = wanted;
  const vlans = [...others, { vlan, pvid, untagged }].sort((a, b) => a.vlan - b.vlan);
  if (JSON.stringify(vlans) !== JSON.stringify(link.vlans)) space.putLink({ ...link, vlans });
}

/** @throws Refusal `ENOENT`: it does not carry that one. */
export function deleteVlan(space: Namespace, name: string, vlan: number, self: boolean): void {
  const link = bridgePart(space, name, self);
  const vlans = link.vlans.filter((one) => one.vlan !== vlan);
  if (vlans.length === link.vlans.length) throw new Refusal("ENOENT", "No such file or directory");
  space.putLink({ ...link, vlans });
}

function bridgePart(space: Namespace, name: string, self: boolean): Link {
  const link = space.link(name);
  const bridge = self ? link : space.links.get(link.master);
  if (bridge?.kind !== "bridge") throw new Refusal("EOPNOTSUPP", "Operation not supported");
  return link;
}

export function freePorts(space: Namespace, master: Link): void {
  for (const port of space.ports(master.name)) release(space, port);
}
