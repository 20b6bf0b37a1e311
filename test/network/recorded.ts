/** Recordings of real devices as this folder's tests want them: neighbours, identities, and a device to be recognised. */
import { existsSync } from "node:fs";
import { parseMac } from "../../src/address.ts";
import { cdp, cdpObjects } from "../../src/backend/device/cdp.ts";
import { lldp, lldpObjects } from "../../src/backend/device/lldp.ts";
import type { About, PortNames } from "../../src/backend/device/reader.ts";
import { routed, routedObjects } from "../../src/backend/device/routed.ts";
import { stpLinkObjects, stpLinks } from "../../src/backend/device/stp-links.ts";
import type { IdentityFact, NeighbourFact, NeighbourProtocol, Part } from "../../src/network/facts.ts";
import type { KnownDevice, KnownPort } from "../../src/network/known.ts";
import { idOfBytes, macOfBytes, plainText } from "../../src/network/normalise.ts";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import { lldp as lldpMib } from "../../src/snmp/mib/lldp.ts";
import { openRecording } from "../../src/snmp/recording/recording.ts";
import type { Tables } from "../../src/snmp/tables.ts";
import type { Value } from "../../src/snmp/value.ts";

export const corpus = new URL("../../../shared/corpus/", import.meta.url).pathname;
export const haveCorpus = existsSync(`${corpus}snmp`);

const about: About = { objectId: "", enterprise: 0, description: "" };
const basePort = "1.3.6.1.2.1.17.1.4.1.2";
const bridgeAddress = "1.3.6.1.2.1.17.1.1.0";
const engineId = "1.3.6.1.6.3.10.2.1.1.0";
const sysName = "1.3.6.1.2.1.1.5.0";
const addressIndex = "1.3.6.1.2.1.4.20.1.2";
const entityClass = "1.3.6.1.2.1.47.1.1.1.1.5";
const entitySerial = "1.3.6.1.2.1.47.1.1.1.1.11";

export interface Recorded {
  name: string;
  tables: Tables;
  neighbours: Record<NeighbourProtocol, Part<NeighbourFact>>;
  identities: IdentityFact[];
  device: KnownDevice;
}

export async function recorded(name: string, id = 1): Promise<Recorded> {
  const source = await openRecording(`${corpus}snmp/${name}.snmprec.gz`);
  const tables = await source.read([
    ...lldpObjects(about),
    ...cdpObjects(about),
    ...routedObjects(about),
    ...stpLinkObjects(about),
    ...[basePort, bridgeAddress, engineId, sysName, addressIndex, entityClass, entitySerial],
    ...[lldpMib.lldpLocChassisId, lldpMib.lldpLocSysName],
  ]);
  const names: PortNames = {
    name: (ifIndex) => text(tables.value(interfaces.ifDescr, String(ifIndex))),
    ofBridgePort: (port) => {
      const found = tables.value(basePort, String(port));
      return found === undefined ? undefined : Number(found);
    },
  };
  const neighbours = {
    lldp: lldp(tables, about, names),
    cdp: cdp(tables, about, names),
    stp: stpLinks(tables, about, names),
    ...routed(tables, about, names),
  };
  return { name, tables, neighbours, identities: identities(tables), device: device(tables, name, id) };
}

function identities(tables: Tables): IdentityFact[] {
  const facts: IdentityFact[] = [];
  const engine = tables.value(engineId);
  if (engine instanceof Uint8Array) facts.push({ kind: "engine_id", value: hex(engine) });
  const base = tables.value(bridgeAddress);
  if (base instanceof Uint8Array) facts.push({ kind: "base_mac", value: mac(base) ?? "" });
  const chassis = tables.value(lldpMib.lldpLocChassisId);
  if (chassis instanceof Uint8Array) facts.push({ kind: "chassis_id", value: idOfBytes(chassis, "mac").id });
  for (const [index, value] of tables.rows(entitySerial)) {
    if (tables.value(entityClass, index) === 3) facts.push({ kind: "serial", value: text(value) });
  }
  for (const value of tables.rows(interfaces.ifPhysAddress).values()) {
    const address = mac(value);
    if (address !== undefined) facts.push({ kind: "port_mac", value: address });
  }
  return facts;
}

function device(tables: Tables, label: string, id: number): KnownDevice {
  const facts = identities(tables);
  const of = (...kinds: string[]) => facts.filter(({ kind }) => kinds.includes(kind)).map(({ value }) => value);
  const bridgePorts = new Map([...tables.rows(basePort)].map(([port, ifIndex]) => [Number(ifIndex), Number(port)]));
  const ports: KnownPort[] = [...tables.rows(interfaces.ifDescr)].map(([index, value]) => ({
    port: text(value),
    ifindex: Number(index),
    name: text(tables.value(interfaces.ifAlias, index)) || text(tables.value(interfaces.ifName, index)),
    descr: text(value),
    mac: mac(tables.value(interfaces.ifPhysAddress, index)) ?? null,
    bridge_port: bridgePorts.get(Number(index)) ?? null,
  }));
  return {
    id,
    label,
    addresses: [...tables.rows(addressIndex).keys()],
    macs: of("base_mac", "chassis_id").filter((value) => parseMac(value) !== undefined),
    chassisIds: of("chassis_id").filter((value) => parseMac(value) === undefined),
    serials: of("serial"),
    names: [sysName, lldpMib.lldpLocSysName].map((oid) => text(tables.value(oid))).filter((name) => name !== ""),
    ports,
  };
}

function text(value: Value | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" || value instanceof Uint8Array ? plainText(value) : String(value);
}

function mac(value: Value | undefined): string | undefined {
  return value instanceof Uint8Array ? macOfBytes(value) : undefined;
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
