/**
 * Debian's hooks of dhclient-script(8): fragments of shell that packages (timesyncd, samba, chrony, ddclient …) put beside
 * it. Reeve is the script, so it sources them itself, when the lease is in force or gone. They hear of what a server said by
 * their environment alone, as far as it has passed its check.
 */
import { maskOf, numberOf, textOf } from "./checks.ts";
import type { Lease, LeaseEvent, LeaseReason } from "./lease.ts";

/** Hooks run after one of these. */
const worthTelling: ReadonlySet<LeaseReason> = new Set([
  ...(["bound", "renew", "rebind", "reboot", "timeout", "depref"] as const),
  ...(["expire", "fail", "stop", "release"] as const),
]);

/** Of Debian's packages isc-dhcp-client, resolvconf and systemd-resolved: Reeve does their work itself. */
const ours = new Set(["debug", "rfc3442-classless-routes", "resolvconf", "resolved", "resolved-enter"]);

export function hasHooks({ reason }: LeaseEvent): boolean {
  return worthTelling.has(reason);
}

/** Each by itself, so that one that says `exit` does not take the rest with it; what it might call of the script is there. */
export function hookText(paths: readonly string[]): string {
  const quoted = paths
    .filter((path) => !ours.has(path.slice(path.lastIndexOf("/") + 1)))
    .map((path) => `'${path.replaceAll("'", "'\\''")}'`);
  if (quoted.length === 0) return "";
  const lines = quoted.map((path) => `( . ${path} ) || echo ${path}: exit status $?`);
  return ["make_resolv_conf() { :; }", "set_hostname() { :; }", ...lines, ""].join("\n");
}

/** Variables by dhclient's names. */
export function hookEnvironment({ said, iface, pid, reason, lease, old }: LeaseEvent): Record<string, string> {
  return {
    reason: said,
    interface: iface,
    ...(pid === 0 ? {} : { pid: String(pid) }),
    ...(old ? variables("old_", old) : {}),
    ...(lease ? variables(reason === "depref" ? "cur_" : "new_", lease) : {}),
  };
}

function variables(prefix: string, lease: Lease): Record<string, string> {
  const all = { ...lease.other, ...(lease.family === 4 ? variables4(lease) : variables6(lease)) };
  const told = Object.entries(all).filter(([, value]) => value !== "" && value !== "0");
  return Object.fromEntries(told.map(([name, value]) => [`${prefix}${name}`, value]));
}

const seconds = (time: number | null) => String(time ?? 0xffff_ffff);

function variables4(lease: Lease): Record<string, string> {
  const mask = maskOf(lease.prefix);
  return {
    ip_address: lease.address,
    subnet_mask: textOf(mask),
    network_number: textOf(numberOf(lease.address) & mask),
    broadcast_address: lease.broadcast,
    routers: lease.routers.join(" "),
    interface_mtu: String(lease.mtu),
    host_name: lease.hostName,
    domain_name: lease.domain,
    domain_search: lease.search.join(" "),
    domain_name_servers: lease.dns.join(" "),
    ntp_servers: lease.ntp.join(" "),
    dhcp_server_identifier: lease.server,
    dhcp_lease_time: seconds(lease.lifetime),
    dhcp_renewal_time: String(lease.renewal),
    dhcp_rebinding_time: String(lease.rebinding),
    expiry: lease.lifetime === null ? "" : String(Math.floor(lease.since / 1000) + lease.lifetime),
  };
}

function variables6(lease: Lease): Record<string, string> {
  return {
    ip6_address: lease.address,
    ip6_prefixlen: String(lease.prefix),
    dhcp6_domain_search: lease.search.join(" "),
    dhcp6_name_servers: lease.dns.join(" "),
    dhcp6_sntp_servers: lease.ntp.join(" "),
    max_life: seconds(lease.lifetime),
    preferred_life: seconds(lease.preferred),
    renew: String(lease.renewal),
    rebind: String(lease.rebinding),
    life_starts: String(Math.floor(lease.since / 1000)),
  };
}
