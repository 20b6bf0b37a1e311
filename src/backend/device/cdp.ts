/** Neighbours by CDP (CISCO-CDP-MIB). ProCurve and others mirror their LLDP neighbours there: those are rows as well. */
import type { NeighbourFact, Part } from "../../network/facts.ts";
import {
  deviceIdParts,
  idOfBytes,
  idOfText,
  ipOfBytes,
  isManagementAddress,
  plainText,
} from "../../network/normalise.ts";
import { cdp as mib } from "../../snmp/mib/cdp.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid, Value } from "../../snmp/value.ts";
import { isCut, portNamesCut } from "./completeness.ts";
import type { About, PortNames } from "./reader.ts";

const columns: readonly Oid[] = Object.values(mib);
/** Without one of these a row is another neighbour, or has another's address. */
const identity: readonly Oid[] = [mib.cdpCacheDeviceId, mib.cdpCacheDevicePort, mib.cdpCacheAddress];

export function cdpObjects(_about: About): Oid[] {
  return [...columns];
}

/**
 * One row for each of cdpCacheTable. Its index begins with the ifIndex; other vendors put the bridge port there. Left out
 * are rows of which it was cut off who they are, or at which port.
 */
export function cdp(tables: Tables, _about: About, names: PortNames): Part<NeighbourFact> {
  const rows: NeighbourFact[] = [];
  const indexes = new Set(
    [mib.cdpCacheDeviceId, mib.cdpCacheDevicePort].flatMap((oid) => [...tables.rows(oid).keys()]),
  );
  const namesCut = portNamesCut(tables);
  let nameless = 0;
  for (const index of indexes) {
    if (index.split(".").length !== 2) continue;
    const ifIndex = Number(index.split(".")[0]);
    // While names are missing, a number that has none may be an ifIndex all the same.
    if (namesCut && names.name(ifIndex) === "") nameless++;
    else if (!isCut(tables, identity, index)) rows.push(neighbour(tables, index, names));
  }
  const cut = columns.find((oid) => !tables.complete(oid));
  const lost = nameless > 0 ? `the ports of ${nameless} neighbours were cut off` : undefined;
  const reason = cut === undefined ? lost : tables.column(cut).reason;
  return { rows, complete: cut === undefined && nameless === 0, reason };
}

function neighbour(tables: Tables, index: string, names: PortNames): NeighbourFact {
  const value = (oid: Oid) => tables.value(oid, index);
  const number = Number(index.split(".")[0]);
  const bridgePort = names.ofBridgePort(number);
  const device = value(mib.cdpCacheDeviceId);
  const id = device === undefined ? idOfText("") : idOfBytes(bytesOrText(device), "text");
  const parts = id.kind === "text" ? deviceIdParts(id.id) : { name: "", serial: "", mac: "" };
  const platform = text(value(mib.cdpCachePlatform));
  const version = text(value(mib.cdpCacheVersion));
  return {
    protocol: "cdp",
    local_port: names.name(number) || (bridgePort === undefined ? "" : names.name(bridgePort)),
    remote_ip:
      address(value(mib.cdpCacheAddressType), value(mib.cdpCacheAddress)) ||
      address(value(mib.cdpCachePrimaryMgmtAddrType), value(mib.cdpCachePrimaryMgmtAddr)),
    remote_port: portName(value(mib.cdpCacheDevicePort)),
    remote_port_descr: "",
    remote_id: id.id,
    remote_id_kind: id.kind,
    remote_name: text(value(mib.cdpCacheSysName)) || parts.name,
    remote_type: platform || (isCut(tables, [mib.cdpCachePlatform], index) ? "" : version),
    capabilities: capabilityWords(value(mib.cdpCacheCapabilities), platform),
    remote_vendor: "",
    remote_model: "",
    remote_os_ver: version === platform ? "" : version,
    remote_serial: parts.serial,
  };
}

function bytesOrText(value: Value): Uint8Array | string {
  return value instanceof Uint8Array ? value : String(value);
}

function text(value: Value | undefined): string {
  return value === undefined ? "" : plainText(bytesOrText(value));
}

function portName(value: Value | undefined): string {
  return value === undefined ? "" : idOfBytes(bytesOrText(value), "text").id;
}

/**
 * CiscoNetworkAddress: 4 or 16 bytes; some agents write it as text. Its kind is 1 for IP and 20 for IPv6, 65535 for none;
 * agents that leave the kind out are believed by the length.
 */
function address(kind: Value | undefined, value: Value | undefined): string {
  if (value === undefined || (kind !== undefined && ![1, 20].includes(Number(kind)))) return "";
  const bytes = value instanceof Uint8Array ? ipOfBytes(value) : undefined;
  const told = bytes ?? idOfText(text(value));
  const ip = typeof told === "string" ? told : told.kind === "ip" ? told.id : "";
  return ip !== "" && isManagementAddress(ip) ? ip : "";
}

const capabilityBits: readonly (readonly [bit: number, word: string])[] = [
  [0x01, "router"],
  [0x02, "bridge"],
  [0x04, "bridge"],
  [0x08, "bridge"],
  [0x10, "station"],
  [0x40, "repeater"],
  [0x80, "telephone"],
];

/** Four bytes, highest first; ProCurve writes the number as text. Access points call themselves bridges. */
function capabilityWords(value: Value | undefined, platform: string): string[] {
  const bits = value instanceof Uint8Array ? numberOf(value) : Number(value ?? 0);
  const words = new Set(capabilityBits.filter(([bit]) => bits & bit).map(([, word]) => word));
  if (/\bAIR-(?!CT|WLC)|\bC91\d\dAX/i.test(platform)) words.add("wlanAccessPoint");
  return [...words];
}

function numberOf(bytes: Uint8Array): number {
  const written = plainText(bytes);
  if (bytes.length !== 4 && /^\d+$/.test(written)) return Number(written);
  return bytes.reduce((sum, byte) => ((sum << 8) | byte) >>> 0, 0);
}
