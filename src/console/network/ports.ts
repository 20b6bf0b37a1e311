/** Answers about ports: one row each with neighbours and machines behind it, now or at another time. */
import { placeOf } from "../../network/edge.ts";
import { Problem } from "../../problem.ts";
import type { DeviceRow } from "../../store/device.ts";
import { type DevicePortRow, portsAt } from "../../store/device-port.ts";
import { deviceNames, fewNodes, machinesOf, portActivity, portPowerOf, portVlansOf } from "../../store/device-view.ts";
import { linksAt } from "../../store/link-list.ts";
import { type NodeSighting, nodesAt } from "../../store/node.ts";
import { edgeContext } from "../../store/port-view.ts";
import type { Store } from "../../store/store.ts";
import type { Neighbour, PortDetail, PortList, PortNode, PortSummary } from "./answer.ts";
import type { portSorts } from "./declaration.ts";
import { addressOf, deviceLink, deviceOf } from "./devices.ts";
import { neighboursOf } from "./neighbours.ts";

const nodesOfEach = 3;
const day = 86_400_000;
const collator = new Intl.Collator("en", { numeric: true });
/** Stands for whatever machine may be there: what is said of a port then holds for all of them. */
const anyMachine = "02:00:00:00:00:01";

export async function neighbourList(store: Store, device: DeviceRow, at: number | undefined): Promise<Neighbour[]> {
  const links = await linksAt(store, device.id, at);
  const ids = links.flatMap(({ device: from, remote_device }) =>
    remote_device === null ? [from] : [from, remote_device],
  );
  const names = await deviceNames(store, ids);
  const devices = new Map([...names].map(([asked, name]) => [asked, deviceLink(name)] as const));
  // In the order of ports as people count; what stands on none at the end.
  return neighboursOf(device.id, links, devices).sort(
    (a, b) => Number(a.port === "") - Number(b.port === "") || collator.compare(a.port, b.port),
  );
}

interface PortsQuery {
  device: number;
  at?: number | undefined;
  show: "all" | "up" | "down" | "free";
  unused: number;
  search?: string | undefined;
  sort: (typeof portSorts)[number];
  descending: boolean;
  limit: number;
  offset: number;
}

export async function portList(store: Store, query: PortsQuery, now = Date.now()): Promise<PortList> {
  const { at } = query;
  const device = await deviceOf(store, query.device);
  const rows = await portsAt(store, device.id, at);
  const few = await fewNodes(store, device.id, { each: nodesOfEach, at });
  const ports = await summaries(store, device, rows, few, { at, unusedSince: (at ?? now) - query.unused * day });
  const kinds: Record<PortsQuery["show"], (port: PortSummary) => boolean> = {
    all: () => true,
    up: ({ up }) => up === "up",
    down: ({ up }) => up !== "up",
    free: ({ free }) => free,
  };
  const words = (query.search ?? "").toLowerCase().split(/\s+/).filter(Boolean).slice(0, 16);
  const found = ports.filter(kinds[query.show]).filter((port) => {
    const text = textOf(port);
    return words.every((word) => text.includes(word));
  });
  found.sort(compare(query.sort, query.descending));
  return {
    total: found.length,
    all: ports.length,
    up: ports.filter(kinds.up).length,
    down: ports.filter(kinds.down).length,
    free: ports.filter(kinds.free).length,
    ports: found.slice(query.offset, query.offset + query.limit),
  };
}

function textOf({ port, name, description, slaveOf, vlan, neighbours, nodes }: PortSummary): string {
  const others = neighbours.flatMap(({ label, address, remotePort }) => [label, address, remotePort]);
  const machines = nodes.flatMap((node) => [node.mac, node.name, node.host?.name ?? "", ...node.addresses]);
  return [port, name, description, slaveOf, vlan ?? "", ...others, ...machines].join("\n").toLowerCase();
}

function compare(sort: PortsQuery["sort"], descending: boolean): (a: PortSummary, b: PortSummary) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [one, other] = [a[sort] ?? -1, b[sort] ?? -1];
    const order =
      typeof one === "number" && typeof other === "number" ? one - other : collator.compare(String(one), String(other));
    return sign * order || a.ifIndex - b.ifIndex;
  };
}

interface Then {
  at: number | undefined;
  /** A port on which nothing was seen since then is free. */
  unusedSince: number;
}

async function summaries(
  store: Store,
  device: DeviceRow,
  rows: readonly DevicePortRow[],
  nodes: readonly Omit<NodeSighting, "id">[],
  { at, unusedSince }: Then,
): Promise<PortSummary[]> {
  const neighbours = Map.groupBy(await neighbourList(store, device, at), ({ port }) => port);
  const machines = await portNodes(store, nodes, at);
  const context = await edgeContext(
    store,
    rows.map(({ port }) => ({ device: device.id, port })),
    [],
    at,
  );
  const used = await portActivity(store, device.id);
  const power = new Map((await portPowerOf(store, device.id)).map((row) => [row.port, row]));
  const members = Map.groupBy(rows, ({ slave_of }) => slave_of);
  return rows.map((row): PortSummary => {
    const { port } = row;
    const mine = neighbours.get(port) ?? [];
    const lastUsed = used.get(port) ?? null;
    const { edge, explanation } = placeOf({ mac: anyMachine, device: device.id, port }, context);
    const powered = power.get(port);
    return {
      port,
      ifIndex: row.ifindex,
      name: row.name,
      description: row.descr,
      up: row.up,
      upAdmin: row.up_admin,
      free:
        row.up !== "up" &&
        row.type === "ethernetCsmacd" &&
        row.slave_of === "" &&
        mine.length === 0 &&
        (lastUsed === null || lastUsed < unusedSince),
      type: row.type,
      speed: row.speed,
      duplex: row.duplex,
      mac: row.mac ?? "",
      mtu: row.mtu,
      stp: row.stp,
      vlan: row.vlan,
      pvid: row.pvid,
      slaveOf: row.slave_of,
      members: members.get(port)?.map((member) => member.port) ?? [],
      errorDisabled: row.error_disable_cause,
      power: powered ? { status: powered.status, milliwatts: powered.power } : null,
      neighbours: mine,
      nodeCount: context.port(device.id, port)?.macs ?? 0,
      nodes: machines.get(port) ?? [],
      place: { edge, explanation },
      lastUsed,
    };
  });
}

async function portNodes(
  store: Store,
  nodes: readonly Omit<NodeSighting, "id">[],
  at: number | undefined,
): Promise<Map<string, PortNode[]>> {
  const known = await machinesOf(
    store,
    nodes.map(({ mac }) => mac),
    at,
  );
  const ports = new Map<string, PortNode[]>();
  for (const { port, mac, vlan, seen_from, seen_to } of nodes) {
    const machine = known.get(mac);
    const list = ports.get(port) ?? [];
    ports.set(port, list);
    list.push({
      mac,
      vlan,
      since: seen_from,
      lastSeen: seen_to,
      addresses: machine?.addresses.map(({ ip }) => ip) ?? [],
      name: machine?.addresses.find(({ dns }) => dns !== "")?.dns || machine?.nbname || "",
      host: machine?.host ?? null,
    });
  }
  return ports;
}

/** @throws Problem `not-found` */
export async function portDetail(
  store: Store,
  query: { device: number; port: string; at?: number | undefined; limit: number },
  now = Date.now(),
): Promise<PortDetail> {
  const { port, at, limit } = query;
  const device = await deviceOf(store, query.device);
  const all = await portsAt(store, device.id, at);
  const row = all.find((one) => one.port === port);
  if (row === undefined) {
    const then = at === undefined ? "" : " at that time";
    throw new Problem("not-found", `${device.name || device.ip} has no port ${port}${then}`);
  }
  const nodes = await nodesAt(store, device.id, { port, at, limit: limit + 1 });
  const times = { at, unusedSince: (at ?? now) - 30 * day };
  const beside = all.filter((one) => one === row || one.slave_of === port);
  const found = await summaries(store, device, beside, nodes.slice(0, limit), times);
  const summary = found.find((one) => one.port === port)!;
  const vlans = await portVlansOf(store, device.id, port);
  return {
    ...summary,
    device: { id: device.id, address: addressOf(device), name: device.name || device.dns },
    vlans: vlans.map(({ vlan, native, egress_tag, vlantype }) => ({
      vlan,
      native: native === 1,
      tagged: egress_tag === 1,
      type: vlantype,
    })),
    authentication: [row.pae_authconfig_state, row.pae_authconfig_port_status, row.pae_authsess_user]
      .filter(Boolean)
      .join(", "),
    nodesCut: nodes.length > limit,
  };
}
