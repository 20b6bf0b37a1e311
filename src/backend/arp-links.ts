/** Links concluded from ARP tables (network/arp-links.ts) of all devices, stored as evidence of protocol `arp`. */
import { type ArpPort, arpLinks, arpPorts, type OwnInterface } from "../network/arp-links.ts";
import type { Evidence } from "../network/link.ts";
import { arpDevices, arpTables, interfacesOf } from "../store/arp-table.ts";
import { batches } from "../store/bulk.ts";
import { listLinks } from "../store/link-list.ts";
import type { Store } from "../store/store.ts";
import { certainLinks, writeConcluded } from "./concluded-links.ts";

/** Reads all, writes what has changed, ends what is concluded no more. @throws Problem `cancelled` */
export async function concludeArpLinks(
  store: Store,
  now: number,
  signal: AbortSignal,
): Promise<{ links: number; added: number; gone: number }> {
  const devices = await arpDevices(store, now);
  const told = await certainPorts(store);
  const ports: ArpPort[] = [];
  const current = [...devices.values()].filter((device) => device.current).map(({ id }) => id);
  for await (const tables of arpTables(store, current)) {
    signal.throwIfAborted();
    for (const table of tables) ports.push(...arpPorts({ ...table, told: told.get(table.device) ?? new Set() }));
  }
  const interfaces: OwnInterface[][] = [];
  for (const some of batches(ports.flatMap(({ bindings }) => bindings))) {
    const [macs, ips] = [new Set(some.map(({ mac }) => mac)), new Set(some.map(({ ip }) => ip))];
    interfaces.push(await interfacesOf(store, [...macs], [...ips]));
  }
  // Who stands alone in a table that was not read to its end may have company: what holds goes on, nothing begins.
  const ends = ({ device, port }: Pick<Evidence, "device" | "port">, remote: number | null | undefined) =>
    JSON.stringify([device, port, remote]);
  const before = await listLinks(store, { protocols: ["arp"] });
  const held = new Set(before.map((link) => ends(link, link.remote_device)));
  const found = arpLinks(ports, interfaces.flat()).filter(
    (evidence) => devices.get(evidence.device)?.complete || held.has(ends(evidence, evidence.remoteDevice)),
  );
  return { links: found.length, ...(await writeConcluded(store, "arp", found, devices, new Set(), now, signal)) };
}

/** Device → ports of which is certain from elsewhere where they lead. */
async function certainPorts(store: Store): Promise<Map<number, Set<string>>> {
  const ports = new Map<number, Set<string>>();
  const add = (device: number, port: string) => ports.set(device, (ports.get(device) ?? new Set()).add(port));
  for (const { device, port, remote_device, remote_device_port } of await certainLinks(store)) {
    add(device, port);
    if (remote_device !== null) add(remote_device, remote_device_port);
  }
  return ports;
}
