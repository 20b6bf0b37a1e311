/** Evidence of several protocols, from both ends, as one list of neighbours. Pure. */
import type { LinkRow } from "../../store/link.ts";
import { remoteNames } from "../../store/link-list.ts";
import type { DeviceLink, Neighbour } from "./answer.ts";

/**
 * @param own number of the device whose neighbours they are
 * @param devices names of all devices in `links`
 */
export function neighboursOf(
  own: number,
  links: readonly LinkRow[],
  devices: ReadonlyMap<number, DeviceLink>,
): Neighbour[] {
  const found = new Map<string, Neighbour>();
  const nameOf = remoteNames(links);
  // Own words first: they know more of the other end than what is only concluded from its own.
  for (const link of [...links].sort((a, b) => Number(b.device === own) - Number(a.device === own))) {
    const told = link.device === own ? ownEnd(link, devices, nameOf) : otherEnd(link, devices);
    const who = told.device ? `${told.device.id}` : told.label;
    const key = JSON.stringify([told.port, who]);
    const before = found.get(key);
    if (before === undefined) found.set(key, told);
    else join(before, told);
  }
  return [...found.values()];
}

function join(known: Neighbour, told: Neighbour): void {
  if ((told.confidence ?? -1) > (known.confidence ?? -1)) {
    known.confidence = told.confidence;
    known.reason = told.reason;
  }
  for (const name of ["remotePort", "type", "address"] as const) known[name] ||= told[name];
  known.protocols = [...new Set([...known.protocols, ...told.protocols])];
  known.capabilities = [...new Set([...known.capabilities, ...told.capabilities])];
  known.toldByOther &&= told.toldByOther;
  known.since = Math.min(known.since, told.since);
}

function judged({ confidence, reason, protocol, seen_from }: LinkRow) {
  return { confidence, reason, protocols: [protocol], since: seen_from };
}

function ownEnd(link: LinkRow, devices: ReadonlyMap<number, DeviceLink>, nameOf: (link: LinkRow) => string): Neighbour {
  const device = (link.remote_device !== null && devices.get(link.remote_device)) || null;
  return {
    port: link.port,
    device,
    label: device?.name || nameOf(link),
    address: link.remote_ip || device?.address || "",
    remotePort: link.remote_device_port || link.remote_port || link.remote_port_descr,
    type: link.remote_type,
    capabilities: JSON.parse(link.capabilities) as string[],
    toldByOther: false,
    ...judged(link),
  };
}

function otherEnd(link: LinkRow, devices: ReadonlyMap<number, DeviceLink>): Neighbour {
  const device = devices.get(link.device) ?? null;
  return {
    port: link.remote_device_port,
    device,
    label: device?.name || device?.address || String(link.device),
    address: device?.address ?? "",
    remotePort: link.port,
    type: "",
    capabilities: [],
    toldByOther: true,
    ...judged(link),
  };
}
