/** One lease out of a client's variables: DHCPv4 by the names that dhclient and dhcpcd share, DHCPv6 by each one's own. */
import { parsePrefix } from "../../address.ts";
import {
  anyAddress,
  domainName,
  hostName,
  integer,
  leasedAddress,
  maskOf,
  numberOf,
  peerAddress,
  sameNetwork,
  serverAddress,
  textOf,
} from "./checks.ts";
import type { Lease, LeaseRoute } from "./lease.ts";
import { classfulText, classlessBytes, classlessText, classOf, type ReadRoutes, sift } from "./lease-routes.ts";
import type { Variables } from "./variables.ts";

const infinite = 0xffffffff;
/** Less takes hosts off the net (dhclient-script(8) takes no 576 either: a server's mistake more often than a modem). */
const leastMtu = 577;
const mostRouters = 4;
/** Option 121 as dhclient's and dhcpcd's configuration name it, and Microsoft's number for the same. */
const classlessOptions = ["rfc3442_classless_static_routes", "classless_static_routes", "ms_classless_static_routes"];

/**
 * @param since epoch milliseconds; with `stored` the client had it from before, and its own clock says since when
 * @returns address "" when there is none, or none that is fit for use
 */
export function readLease4(variables: Variables, since: number, stored: boolean): Lease {
  const address = variables.one("ip_address", "an address to lease", (text) => leasedAddress(text, 4)) ?? "";
  const prefix = readMask(variables, address);
  const lifetime = readLifetime(variables, "dhcp_lease_time");
  const routers = variables
    .list("routers", "a router", (text) => peerAddress(text, 4))
    .filter((router) => router !== address)
    .slice(0, mostRouters);
  const domains = variables.list("domain_name", "a domain", domainName);
  const [renewal, rebinding] = readTimes(variables, lifetime, "dhcp_renewal_time", "dhcp_rebinding_time");
  const expiry = variables.one("expiry", "a time", (text) => integer(text, 0, infinite));
  for (const name of ["network_number", "subnet_cidr", "dhcp_message_type"]) variables.raw(name);
  return {
    family: 4,
    address,
    prefix,
    broadcast: readBroadcast(variables, address, prefix),
    routes: readRoutes(variables, address, routers),
    routers,
    mtu: variables.one("interface_mtu", `an MTU from ${leastMtu}`, (text) => integer(text, leastMtu, 65_535)) ?? 0,
    hostName: variables.host("host_name"),
    domain: domains[0] ?? "",
    search: [...new Set([...variables.list("domain_search", "a domain", domainName), ...domains.slice(1)])],
    dns: variables.list("domain_name_servers", "a name server", (text) => serverAddress(text, 4)),
    ntp: variables.list("ntp_servers", "a time server", (text) => serverAddress(text, 4)),
    server: variables.one("dhcp_server_identifier", "an address", (text) => anyAddress(text, 4)) ?? "",
    lifetime,
    renewal,
    rebinding,
    preferred: lifetime,
    since: stored ? begun(since, expiry, lifetime) : since,
    other: variables.others(),
    refused: variables.refused,
  };
}

/** What a client calls the fields of a DHCPv6 lease. */
export interface Names6 {
  address: string;
  prefix?: string;
  valid: string;
  preferred: string;
  renewal: string;
  rebinding: string;
  /** Epoch seconds. */
  starts?: string;
  /** Of no use to anybody. */
  dropped: readonly string[];
}

/** As `readLease4`. A lease without an address may bring a prefix or name servers only; it is no fault. */
export function readLease6(variables: Variables, names: Names6, since: number, stored: boolean): Lease {
  const valid = readLifetime(variables, names.valid);
  const preferred = readLifetime(variables, names.preferred);
  const [renewal, rebinding] = readTimes(variables, valid, names.renewal, names.rebinding);
  const prefix = (names.prefix && variables.one(names.prefix, "a length", (text) => integer(text, 1, 128))) || 128;
  const starts = names.starts && variables.one(names.starts, "a time", (text) => integer(text, 0, infinite));
  for (const name of names.dropped) variables.raw(name);
  return {
    family: 6,
    address: variables.one(names.address, "an address to lease", (text) => leasedAddress(text, 6)) ?? "",
    prefix,
    broadcast: "",
    routes: [],
    routers: [],
    mtu: 0,
    hostName: "",
    domain: "",
    search: variables.list("dhcp6_domain_search", "a domain", domainName),
    dns: variables.list("dhcp6_name_servers", "a name server", (text) => serverAddress(text, 6)),
    ntp: [
      ...variables.list("dhcp6_sntp_servers", "a time server", (text) => serverAddress(text, 6)),
      ...variables.list("dhcp6_ntp_servers", "a time server", (text) => serverAddress(text, 6) ?? hostName(text)),
    ],
    server:
      variables.one("dhcp6_server_id", "a DUID", (text) => (/^[\da-f:]{2,400}$/i.test(text) ? text : undefined)) ?? "",
    lifetime: valid,
    renewal,
    rebinding,
    // RFC 8415 §21.6: more than the valid one makes the address unusable; for the kernel, too.
    preferred: preferred === null ? valid : valid === null ? preferred : Math.min(preferred, valid),
    since: stored && starts && starts * 1000 <= since ? starts * 1000 : since,
    other: variables.others(),
    refused: variables.refused,
  };
}

/** Why it cannot be used; "": it can. */
export function unusable(lease: Lease, now: number): string {
  const said = lease.refused.ip_address ?? lease.refused.ip6_address ?? lease.refused.dhcp6_ia_na1_ia_addr1;
  if (lease.address === "" && (lease.family === 4 || said)) return `no address to use (${said ?? "none was given"})`;
  if (lease.lifetime !== null && lease.lifetime * 1000 <= now - lease.since) {
    return lease.lifetime === 0 ? "its lifetime is 0 s" : "it has expired";
  }
  if (lease.family === 6 || lease.prefix > 30) return "";
  const host = numberOf(lease.address) & ~maskOf(lease.prefix);
  const all = ~maskOf(lease.prefix);
  if (host === 0 || host === all) return `${lease.address} is no host's address in a network of /${lease.prefix}`;
  return "";
}

function readMask(variables: Variables, address: string): number {
  const mask = variables.one("subnet_mask", "a netmask", (text) => {
    const length = anyAddress(text, 4) === undefined ? undefined : parsePrefix(text, 4);
    return length === 0 ? undefined : length;
  });
  return mask ?? (address === "" ? 32 : classOf(address));
}

function readBroadcast(variables: Variables, address: string, prefix: number): string {
  const given = variables.one("broadcast_address", "a broadcast address", (text) => {
    const broadcast = anyAddress(text, 4);
    if (broadcast === "255.255.255.255") return broadcast;
    return broadcast && address && sameNetwork(broadcast, address, prefix) ? broadcast : undefined;
  });
  if (address === "" || prefix > 30) return "";
  return given ?? textOf(numberOf(address) | ~maskOf(prefix));
}

/** RFC 3442: with classless routes, routers and the older routes are ignored. */
function readRoutes(variables: Variables, address: string, routers: readonly string[]): LeaseRoute[] {
  const read = (name: string, reader: (text: string) => ReadRoutes | undefined) => {
    const given = variables.one(name, "a list of routes", reader);
    if (given?.refused) variables.refuse(name, given.refused);
    return given?.routes.filter(({ gateway }) => gateway !== address) ?? [];
  };
  const classless = (text: string) => (text.includes("/") ? classlessText(text) : classlessBytes(text));
  const lists = classlessOptions.map((name) => read(name, classless));
  const classful = read("static_routes", classfulText);
  const defaults = routers.map((gateway) => ({ destination: "0.0.0.0", prefix: 0, gateway }));
  return lists.find((routes) => routes.length > 0) ?? sift([...defaults, ...classful]).routes;
}

/** Seconds; null for ever. Absent (BOOTP): for ever. */
function readLifetime(variables: Variables, name: string): number | null {
  const seconds = variables.one(name, "seconds", (text) => integer(text, 0, infinite));
  return seconds === undefined || seconds === infinite ? null : seconds;
}

/** RFC 2131 §4.4.5: half and seven eighths of the lifetime where the server says nothing sensible. */
function readTimes(
  variables: Variables,
  lifetime: number | null,
  renewal: string,
  rebinding: string,
): [number, number] {
  const [first, second] = [renewal, rebinding].map((name) =>
    variables.one(name, "seconds", (text) => integer(text, 0, infinite)),
  );
  if (lifetime === null) return [first ?? 0, second ?? 0];
  const fits = (seconds: number | undefined) => seconds !== undefined && seconds > 0 && seconds <= lifetime;
  return [fits(first) ? first! : Math.floor(lifetime / 2), fits(second) ? second! : Math.floor((lifetime * 7) / 8)];
}

/** When a stored lease began, by when it ends; `now` where that cannot be. */
function begun(now: number, expiry: number | undefined, lifetime: number | null): number {
  if (expiry === undefined || lifetime === null) return now;
  const since = (expiry - lifetime) * 1000;
  return Math.min(since, now);
}
