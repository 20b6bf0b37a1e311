/** The one table of DHCP clients. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dhclient } from "./dhclient.ts";
import { dhcpcd } from "./dhcpcd.ts";
import type { Client, ClientRecord, Supplier, SupplierName } from "./supplier.ts";

/** Best first: dhclient answers in tens of milliseconds, dhcpcd waits and probes for seconds. */
export const suppliers: readonly Supplier[] = [dhclient, dhcpcd];

/** Those that are installed, best first; of one name: that one. @param wanted `netconf.dhcp.client` */
export function installedSuppliers(wanted: SupplierName | "auto"): Supplier[] {
  return suppliers.filter(({ name, program }) => (wanted === "auto" || name === wanted) && program() !== undefined);
}

export function supplierOf(name: SupplierName): Supplier | undefined {
  return suppliers.find((supplier) => supplier.name === name);
}

/** A living client out of a record; undefined: it has gone. */
export function adopt(record: ClientRecord): Client | undefined {
  return supplierOf(record.supplier)?.adopt(record);
}

/** Where lease and pid files go: a folder of the state folder, or the one that AppArmor leaves to dhclient. */
export function clientFolder(state: string): string {
  return dhclientConfined() ? "/var/lib/dhcp" : join(state, "netconf", "dhcp");
}

/** Whether AppArmor holds dhclient to Debian's profile: files in few places, and scripts of few names. */
export function dhclientConfined(profiles = "/sys/kernel/security/apparmor/profiles"): boolean {
  try {
    return existsSync(profiles) && /^\S*sbin\/dhclient \(enforce\)$/m.test(readFileSync(profiles, "utf8"));
  } catch {
    return false; // not ours to read: nor is it to start clients
  }
}
