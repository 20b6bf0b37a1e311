/** What a device is: names, vendor, model, serial, operating system, base MAC address, uptime. */
import type { SystemFact } from "../../network/facts.ts";
import { identifies, macKind } from "../../network/mac.ts";
import { idOfBytes, serialKey } from "../../network/normalise.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import { dot1x } from "../../snmp/mib/dot1x.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { lldp } from "../../snmp/mib/lldp.ts";
import { system as mib } from "../../snmp/mib/system.ts";
import { cisco } from "../../snmp/mib/vendor.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { enterprises } from "../vendors/enterprises.ts";
import { modelOf } from "../vendors/models.ts";
import { vendorOf } from "../vendors/vendors.ts";
import { aboutObjects } from "./about.ts";
import { integer, macAddress, numbered, text } from "./cells.ts";
import { chassisObjects, chassisOf, isOtherProduct } from "./chassis.ts";
import type { About } from "./reader.ts";

const ipForwarding = `${mib.ipForwarding}.0`;
const paeEnabled = `${dot1x.dot1xPaeSystemAuthControl}.0`;

export function systemObjects(about: About): Oid[] {
  const vendor = vendorOf(about);
  return [
    ...aboutObjects,
    ...[mib.sysContact, mib.sysLocation, mib.snmpEngineID, mib.snmpEngineTime].map((oid) => `${oid}.0`),
    interfaces.ifNumber,
    interfaces.ifDescr,
    interfaces.ifType,
    interfaces.ifPhysAddress,
    bridge.dot1dBaseBridgeAddress,
    bridge.dot1dBasePortIfIndex,
    ipForwarding,
    lldp.lldpLocChassisIdSubtype,
    lldp.lldpLocChassisId,
    paeEnabled,
    ...chassisObjects,
    ...(about.enterprise === 9
      ? [cisco.cswSwitchRole, cisco.managementDomainName, cisco.managementDomainLocalMode]
      : []),
    ...(vendor?.objects ?? []),
  ];
}

/** Fields that come of what was cut off, where what is left may give another value: not only an empty one. */
export function systemUnread(tables: Tables, about: About): (keyof SystemFact)[] {
  const cut = (...objects: Oid[]) => objects.some((oid) => !tables.complete(oid));
  const lldpChassis = [lldp.lldpLocChassisIdSubtype, lldp.lldpLocChassisId];
  const product: (keyof SystemFact)[] = ["vendor", "model", "serial", "os", "os_ver", "slots", "fan"];
  const supplies: (keyof SystemFact)[] = ["ps1_type", "ps1_status", "ps2_type", "ps2_status"];
  const bridges = [bridge.dot1dBaseBridgeAddress, ...lldpChassis, interfaces.ifPhysAddress, interfaces.ifType];
  return [
    ...(cut(
      ...chassisObjects,
      ...(about.enterprise === 9 ? [cisco.cswSwitchRole] : []),
      ...(vendorOf(about)?.objects ?? []),
    )
      ? [...product, ...supplies]
      : []),
    ...(cut(...bridges) ? (["mac"] as const) : []),
    ...(cut(...lldpChassis) ? (["chassis_id"] as const) : []),
    ...(cut(interfaces.ifDescr) ? (["num_ports"] as const) : []),
    ...(cut(`${mib.sysServices}.0`, bridge.dot1dBasePortIfIndex) ? (["layers"] as const) : []),
  ];
}

export function system(tables: Tables, about: About): SystemFact {
  const scalar = (oid: Oid) => tables.value(`${oid}.0`);
  const vendor = vendorOf(about);
  const told = vendor?.system?.(tables, about) ?? {};
  const chassis = chassisOf(tables);
  const other = chassis !== undefined && isOtherProduct(chassis, about);
  const known = enterprises.get(about.enterprise) ?? (about.enterprise ? `enterprises.${about.enterprise}` : "");
  const engine = scalar(mib.snmpEngineID);
  return {
    name: text(scalar(mib.sysName)),
    description: about.description,
    contact: text(scalar(mib.sysContact)),
    location: text(scalar(mib.sysLocation)),
    uptime: uptime(integer(scalar(mib.sysUpTime)), integer(scalar(mib.snmpEngineTime))),
    object_id: about.objectId,
    layers: layers(tables),
    vendor: told.vendor || known,
    model: (other ? "" : chassis?.model) || told.model || modelOf(about.objectId) || chassis?.model || "",
    os: told.os ?? "",
    os_ver: told.os_ver || (vendor === undefined && !other ? (chassis?.software ?? "") : ""),
    serial: realSerial(told.serial) || realSerial(chassis?.serial),
    mac: baseMac(tables) ?? null,
    chassis_id: chassisId(tables).id,
    snmp_engineid: engine instanceof Uint8Array ? hex(engine) : "",
    num_ports: tables.rows(interfaces.ifDescr).size || (integer(tables.value(interfaces.ifNumber)) ?? null),
    ps1_type: told.ps1_type ?? "",
    ps1_status: told.ps1_status ?? "",
    ps2_type: told.ps2_type ?? "",
    ps2_status: told.ps2_status ?? "",
    fan: told.fan ?? "",
    slots: told.slots ?? null,
    ...vtp(tables),
    pae_is_enabled: paeState(integer(tables.value(paeEnabled))),
    snmp_class: vendor?.name ?? "generic",
  };
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** As printed, but nothing for the words and numbers that stand in a serial's place. */
function realSerial(serial: string | undefined): string {
  return serial !== undefined && serialKey(serial) !== "" ? serial : "";
}

const wrap = 2 ** 32;
/** snmpEngineTime begins when the agent does, sysUpTime may a little earlier. */
const tolerance = 60 * 60 * 100;

/**
 * sysUpTime comes back to 0 after 497 days; snmpEngineTime (seconds) does not. Both must differ by whole rounds, else
 * the engine's clock is another one. An agent that leaves sysUpTime at 0 is known by its engine's.
 */
export function uptime(ticks: number | undefined, engineSeconds: number | undefined): number | null {
  const engine = engineSeconds === undefined ? undefined : engineSeconds * 100;
  if (ticks === undefined || ticks === 0) return engine ?? ticks ?? null;
  if (engine === undefined) return ticks;
  const rounds = Math.round((engine - ticks) / wrap);
  return rounds > 0 && Math.abs(engine - ticks - rounds * wrap) <= tolerance ? ticks + rounds * wrap : ticks;
}

/** sysServices, or what the tables show where an agent leaves it out: bridge ports are layer 2, forwarding is layer 3. */
function layers(tables: Tables): string {
  const services = integer(tables.value(`${mib.sysServices}.0`));
  const digits = (value: number) => value.toString(2).padStart(8, "0");
  if (services !== undefined && services > 0 && services < 256) return digits(services);
  const bridges =
    macAddress(tables.value(bridge.dot1dBaseBridgeAddress)) || tables.rows(bridge.dot1dBasePortIfIndex).size;
  const forwards = tables.value(ipForwarding) === 1;
  return bridges || forwards ? digits((bridges ? 2 : 0) + (forwards ? 4 : 0)) : "";
}

/**
 * The bridge's address, else LLDP's chassis id, else the lowest address of an Ethernet port. Addresses that no vendor
 * gave out come last, and only where the device itself calls one its own.
 */
function baseMac(tables: Tables): string | undefined {
  const bridgeMac = macAddress(tables.value(bridge.dot1dBaseBridgeAddress));
  const chassis = chassisId(tables);
  const named = [bridgeMac, chassis.kind === "mac" ? chassis.id : undefined].filter((mac) => mac !== undefined);
  return named.find(identifies) ?? portMacs(tables)[0] ?? named.find((mac) => macKind(mac) === "local");
}

const ethernet = new Set([6, 62, 69, 117]);

/** Of real Ethernet ports, lowest first. */
function portMacs(tables: Tables): string[] {
  const found: string[] = [];
  for (const [index, value] of numbered(tables, interfaces.ifPhysAddress)) {
    const type = integer(tables.value(interfaces.ifType, String(index)));
    const mac = macAddress(value);
    if (mac !== undefined && identifies(mac) && (type === undefined || ethernet.has(type))) found.push(mac);
  }
  return found.sort();
}

function chassisId(tables: Tables) {
  const subtype = integer(tables.value(lldp.lldpLocChassisIdSubtype));
  const value = tables.value(lldp.lldpLocChassisId);
  if (typeof value !== "string" && !(value instanceof Uint8Array)) return { id: "", kind: "text" as const };
  return idOfBytes(value, subtype === 4 ? "mac" : subtype === 5 ? "address" : "text");
}

const modes = ["", "client", "server", "transparent", "off"];

function vtp(tables: Tables): Pick<SystemFact, "vtp_domain" | "vtp_mode"> {
  const [domain] = tables.rows(cisco.managementDomainName).values();
  const [mode] = tables.rows(cisco.managementDomainLocalMode).values();
  return { vtp_domain: text(domain), vtp_mode: modes[integer(mode) ?? 0] ?? "" };
}

function paeState(value: number | undefined): boolean | null {
  return value === 1 ? true : value === 2 ? false : null;
}
