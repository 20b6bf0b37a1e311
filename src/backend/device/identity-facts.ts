/**
 * What may tell this device from all others. Values that tell nothing by themselves (zeros, VRRP, ids made from IP
 * addresses) are left out by network/identity.ts, too; here stand the reasons that only the tables show.
 */
import { engineIdKind } from "../../network/engine-id.ts";
import type { IdentityFact, Part, PortFact, SystemFact } from "../../network/facts.ts";
import { identifies } from "../../network/mac.ts";
import { bridge } from "../../snmp/mib/bridge.ts";
import { ip } from "../../snmp/mib/ip.ts";
import { lldp } from "../../snmp/mib/lldp.ts";
import type { Tables } from "../../snmp/tables.ts";
import { integer, macAddress } from "./cells.ts";
import { chassisOf, isOtherProduct } from "./chassis.ts";

/** As many MAC addresses of ports as are kept; what is known by so many is known. */
const mostPorts = 512;

/**
 * Addresses that look as if a vendor had given them to one device, and that many have: set by a number of the
 * configuration, or by a simulator.
 */
const shared: readonly (readonly [prefix: string, why: string])[] = [
  ["50:00:00:", "made up by a network simulator (EVE-NG): no vendor has this block"],
  ["00:00:cd:37:0", "virtual MAC address of an Allied Telesis stack, made from the stack's number"],
  ["00:09:0f:09:", "virtual MAC address of a FortiGate cluster, made from the group's number"],
  ["00:1b:17:00:01:", "virtual MAC address of a Palo Alto cluster, made from the group's number"],
];

/** Why a MAC address is no identity; undefined for one that may be. */
export function doubtOfMac(mac: string): string | undefined {
  if (!identifies(mac)) return "not given to one device by a vendor";
  return shared.find(([prefix]) => mac.startsWith(prefix))?.[1];
}

/** Subtypes of lldpLocChassisId that name the chassis: component, port component, MAC address, local text. */
const chassisSubtypes = new Set([1, 3, 4, 7]);

export function identities(tables: Tables, system: SystemFact, ports: Part<PortFact> | undefined): IdentityFact[] {
  const found: IdentityFact[] = [];
  const engine = system.snmp_engineid;
  if (engineIdKind(engine) !== "worthless" && !holdsSharedMac(engine) && !holdsOwnAddress(engine, tables)) {
    found.push({ kind: "engine_id", value: engine });
  }
  if (system.serial !== "" && doubtOfSerial(tables, system) === undefined) {
    found.push({ kind: "serial", value: system.serial });
  }
  const chassisMac = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(system.chassis_id);
  const subtype = integer(tables.value(lldp.lldpLocChassisIdSubtype)) ?? 0;
  if (system.chassis_id !== "" && (chassisMac ? !doubtOfMac(system.chassis_id) : chassisSubtypes.has(subtype))) {
    found.push({ kind: "chassis_id", value: system.chassis_id });
  }
  const own = macAddress(tables.value(bridge.dot1dBaseBridgeAddress));
  if (own !== undefined && own === system.mac && !doubtOfMac(own)) found.push({ kind: "base_mac", value: own });
  const macs = new Set((ports?.rows ?? []).map(({ mac }) => mac).filter((mac) => mac !== null && !doubtOfMac(mac)));
  for (const value of [...macs].slice(0, mostPorts)) if (value !== null) found.push({ kind: "port_mac", value });
  return found;
}

/** Why the serial is not to be believed as the chassis's: ENTITY-MIB tells of another product than sysObjectID does. */
export function doubtOfSerial(tables: Tables, system: SystemFact): string | undefined {
  const chassis = chassisOf(tables);
  if (chassis === undefined || chassis.serial !== system.serial) return undefined;
  if (!isOtherProduct(chassis, { objectId: system.object_id, enterprise: 0, description: "" })) return undefined;
  return `ENTITY-MIB speaks of another product: ${chassis.model || chassis.vendorType}`;
}

function holdsSharedMac(engine: string): boolean {
  return shared.some(([prefix]) => {
    const digits = prefix.replaceAll(":", "");
    const at = engine.indexOf(digits, 6);
    return at > 0 && at % 2 === 0 && engine.length - at >= 12;
  });
}

/** Are four of its bytes after the enterprise one of the device's own IPv4 addresses? */
function holdsOwnAddress(engine: string, tables: Tables): boolean {
  const hex = (address: string) =>
    address
      .split(".")
      .map((byte) => Number(byte).toString(16).padStart(2, "0"))
      .join("");
  return [...tables.rows(ip.ipAdEntIfIndex).keys()]
    .filter((address) => address.split(".").length === 4)
    .some((address) => engine.indexOf(hex(address), 8) > 0);
}
