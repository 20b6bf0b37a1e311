/** Devices as far as a neighbour can be recognised in them, and how they are found among many. */
import { parseAddress, parseMac } from "../address.ts";
import type { NeighbourFact } from "./facts.ts";
import { isUnicast, isVirtualRouter, macKind } from "./mac.ts";
import { deviceIdParts, isManagementAddress, nameKey, plainText, serialKey } from "./normalise.ts";

export interface KnownPort {
  /** `PortFact.port`. */
  port: string;
  ifindex: number;
  /** ifAlias, else ifName. */
  name: string;
  descr: string;
  mac: string | null;
  /** dot1dBasePort; null or missing where it has none, or nobody knows. */
  bridge_port?: number | null | undefined;
}

export interface KnownDevice {
  id: number;
  /** For reasons that people read: its name, else its address. */
  label: string;
  /** The address it is managed under, and all its own. */
  addresses: readonly string[];
  /** Base and chassis MAC addresses. MAC addresses of ports stand at the ports. */
  macs: readonly string[];
  /** Ids of LLDP that are not MAC addresses. */
  chassisIds: readonly string[];
  serials: readonly string[];
  /** sysName, lldpLocSysName, DNS names. */
  names: readonly string[];
  ports: readonly KnownPort[];
}

/**
 * Lookups by what a neighbour says of itself, each by the key that `neighbourKeys` and `deviceKeys` make. A store may
 * answer them from its indexes: `neighbourKeys` of a poll's neighbours are a few hundred values, to be fetched in one go.
 */
export interface Directory {
  byAddress(ip: string): readonly KnownDevice[];
  /** Base or chassis MAC address. */
  byMac(mac: string): readonly KnownDevice[];
  /** MAC address of a port. */
  byPortMac(mac: string): readonly KnownDevice[];
  /** Text chassis id, as `idKey` makes it. */
  byChassisId(key: string): readonly KnownDevice[];
  /** `serialKey`. */
  bySerial(key: string): readonly KnownDevice[];
  /** `nameKey`: first label; the caller compares the rest. */
  byName(key: string): readonly KnownDevice[];
}

/** A text chassis id as it compares. */
export function idKey(id: string): string {
  return plainText(id).toLowerCase();
}

export interface Keys {
  addresses: string[];
  macs: string[];
  chassisIds: string[];
  serials: string[];
  names: string[];
}

/** What a neighbour may be looked up by; empty lists where it says nothing of the kind. */
export function neighbourKeys(fact: NeighbourFact): Keys {
  const parts = fact.remote_id_kind === "text" ? deviceIdParts(fact.remote_id) : undefined;
  const macs = [fact.remote_id_kind === "mac" ? fact.remote_id : parts?.mac, parseMac(fact.remote_port)];
  const ips = [fact.remote_ip, fact.remote_id_kind === "ip" ? fact.remote_id : ""];
  const ids = fact.remote_id_kind === "text" ? [idKey(fact.remote_id)] : [];
  return {
    addresses: given(ips.filter((ip) => ip !== "" && isManagementAddress(ip))),
    macs: given(macs.filter((mac) => mac !== undefined && isUnicast(mac) && !isVirtualRouter(mac))),
    chassisIds: given(ids),
    serials: given([fact.remote_serial, parts?.serial].map((serial) => serialKey(serial ?? ""))),
    names: given([fact.remote_name, parts?.name].map((name) => nameKey(name ?? ""))),
  };
}

/** The same keys of a known device; `portMacs` apart, because many devices have many. */
export function deviceKeys(device: KnownDevice): Keys & { portMacs: string[] } {
  const portMacs = device.ports.map(({ mac }) => mac).filter((mac) => mac !== null && macKind(mac) === "universal");
  return {
    addresses: given(device.addresses.filter(isManagementAddress)),
    macs: given(device.macs.filter((mac) => isUnicast(mac) && !isVirtualRouter(mac))),
    portMacs: given(portMacs),
    chassisIds: given(device.chassisIds.map(idKey)),
    serials: given(device.serials.map(serialKey)),
    names: given(device.names.map(nameKey)),
  };
}

function given(values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value): value is string => Boolean(value)))];
}

/** A directory in memory. Adding 50 000 devices with 50 ports costs some seconds and a few hundred megabytes at most. */
export function directoryOf(devices: Iterable<KnownDevice>): Directory {
  const maps = {
    addresses: index(),
    macs: index(),
    portMacs: index(),
    chassisIds: index(),
    serials: index(),
    names: index(),
  };
  for (const device of devices) {
    const keys = deviceKeys(device);
    for (const [kind, map] of Object.entries(maps)) {
      for (const key of keys[kind as keyof typeof maps]) {
        const found = map.get(key);
        if (found) found.push(device);
        else map.set(key, [device]);
      }
    }
  }
  const none: readonly KnownDevice[] = [];
  return {
    byAddress: (ip) => maps.addresses.get(parseAddress(ip)?.ip ?? ip) ?? none,
    byMac: (mac) => maps.macs.get(mac) ?? none,
    byPortMac: (mac) => maps.portMacs.get(mac) ?? none,
    byChassisId: (key) => maps.chassisIds.get(key) ?? none,
    bySerial: (key) => maps.serials.get(key) ?? none,
    byName: (key) => maps.names.get(key) ?? none,
  };
}

const index = () => new Map<string, KnownDevice[]>();
