/** From the sections of an inventory to the columns of a host: what lists show, sort by and search. Pure. */

import { parseAddress, parseMac, parsePrefix } from "../address.ts";
import type { Row, SectionName } from "../inventory/document.ts";
import type { HostAddressTable, HostTable } from "./schema.ts";
import { cleanText } from "./text.ts";

/** The sections that columns come from. */
export const columnSections = ["HARDWARE", "BIOS", "CPUS", "USERS", "NETWORKS"] as const satisfies SectionName[];
export type ColumnSections = Partial<Record<(typeof columnSections)[number], Row[]>>;

export type InventoryColumns = Pick<
  HostTable,
  | "name"
  | "os_name"
  | "os_version"
  | "kernel"
  | "memory_mb"
  | "cpu"
  | "manufacturer"
  | "model"
  | "serial"
  | "uuid"
  | "last_user"
  | "address"
  | "address_hex"
>;

export type AddressRow = Omit<HostAddressTable, "host_id">;

const longest = 255;

function text(row: Row | undefined, ...fields: string[]): string {
  for (const field of fields) {
    const value = row?.[field];
    if (value !== undefined && value !== "") return cleanText(String(value), longest);
  }
  return "";
}

/** @param reporter address the report came from, for a machine that names none of its own */
export function hostColumns(sections: ColumnSections, deviceId: string, reporter: string): InventoryColumns {
  const hardware = sections.HARDWARE?.[0];
  const bios = sections.BIOS?.[0];
  const address = mainAddress(sections) ?? cleanText(reporter, 64);
  const memory = Math.trunc(Number(hardware?.MEMORY ?? Number.NaN));
  return {
    name: text(hardware, "NAME") || deviceId.replace(/-\d{4}(-\d{2}){5}$/, ""),
    os_name: text(hardware, "OSNAME"),
    ...systemVersions(hardware),
    memory_mb: Number.isSafeInteger(memory) && memory >= 0 ? memory : null,
    cpu: text(hardware, "PROCESSORT") || text(sections.CPUS?.[0], "TYPE"),
    manufacturer: text(bios, "SMANUFACTURER", "MMANUFACTURER"),
    model: text(bios, "SMODEL", "MMODEL"),
    serial: text(bios, "SSN"),
    uuid: text(hardware, "UUID"),
    last_user: text(hardware, "LASTLOGGEDUSER", "USERID") || text(sections.USERS?.[0], "LOGIN"),
    address,
    address_hex: parseAddress(address)?.ipHex ?? "",
  };
}

/**
 * Agents put the kernel's release (`uname -r`) into OSVERSION, with the build (`uname -v`) as OSCOMMENTS, or else the
 * distribution's version there. A release has a local part, `6.1.0-18-amd64`; a build begins with `#`.
 */
function systemVersions(hardware: Row | undefined): Pick<InventoryColumns, "os_version" | "kernel"> {
  const version = text(hardware, "OSVERSION");
  const comments = text(hardware, "OSCOMMENTS");
  const release = /^\d+\.\d+\.\d+[-+~]/;
  const isKernel = release.test(version) || (/^\d+\.\d+/.test(version) && comments.startsWith("#"));
  if (!isKernel) return { os_version: version, kernel: release.test(comments) ? comments : "" };
  return { os_version: /\b\d+(\.\d+)*\b/.exec(text(hardware, "OSNAME"))?.[0] ?? "", kernel: version };
}

/** OCS writes several addresses of a machine into one field, with slashes or commas between. */
function mainAddress(sections: ColumnSections): string | undefined {
  const named = String(sections.HARDWARE?.[0]?.IPADDR ?? "").split(/[\s,;/]+/);
  const interfaces = sections.NETWORKS?.map((row) => String(row.IPADDRESS ?? "")) ?? [];
  for (const candidate of [...named, ...interfaces]) {
    const parsed = parseAddress(candidate);
    // Loopback and link-local addresses are the same on every machine.
    if (parsed !== undefined && !/^127\.|^0\.0\.0\.0$|^169\.254\.|^::1?$|^fe[89ab]/.test(parsed.ip)) return parsed.ip;
  }
  return undefined;
}

/** One row for each address of an interface, or for its MAC address alone. */
export function hostAddresses(networks: Row[]): AddressRow[] {
  const rows: AddressRow[] = [];
  for (const network of networks) {
    const mac = parseMac(String(network.MACADDR ?? "")) ?? null;
    const parsed = parseAddress(String(network.IPADDRESS ?? ""));
    if (mac === null && parsed === undefined) continue;
    rows.push({
      position: rows.length,
      interface: text(network, "DESCRIPTION"),
      mac,
      ip: parsed?.ip ?? null,
      ip_hex: parsed?.ipHex ?? null,
      prefix: parsed === undefined ? null : (parsePrefix(String(network.IPMASK ?? ""), parsed.family) ?? null),
    });
  }
  return rows;
}

/** Lower case in one Unicode form: both what is searched and what is searched for. */
export function folded(value: string): string {
  return value.normalize("NFC").toLowerCase();
}

/** What `queryHosts` looks through. */
export function searchText(
  host: InventoryColumns & Pick<HostTable, "device_id" | "tag">,
  addresses: Pick<AddressRow, "mac" | "ip">[],
): string {
  const values = new Set([
    ...[host.name, host.device_id, host.tag, host.last_user, host.os_name, host.os_version, host.kernel, host.cpu],
    ...[host.manufacturer, host.model, host.serial, host.uuid, host.address],
    ...addresses.flatMap(({ mac, ip }) => [mac ?? "", ip ?? ""]),
  ]);
  values.delete("");
  return folded([...values].join("\n"));
}
