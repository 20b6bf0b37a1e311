/** All that a namespace's kernel has of what Reeve writes, in words that two hosts of the same configuration share. */
import type { Namespace } from "../lab/netns.ts";

type Json = Record<string, unknown>;

/** Lines, sorted. What the kernel makes or guesses by itself (indexes, link-local addresses, states) is not among them. */
export function pictureOf(namespace: Namespace): string[] {
  const links = namespace.json("link show");
  const lines = [
    ...links.map(linkLine),
    ...namespace.json("addr show").flatMap(addressLines),
    ...["-4", "-6"].flatMap((family) => namespace.json(`${family} route show table all`).flatMap(routeLine)),
    ...["-4", "-6"].flatMap((family) =>
      namespace.json(`${family} rule show`).map((rule) => `rule ${family} ${said(rule)}`),
    ),
    ...bridgeLines(namespace, "vlan"),
    ...bridgeLines(namespace, "fdb"),
    ...sysctlLines(namespace),
  ];
  return lines.sort();
}

/** Those that only one of them has. */
export function unlike(is: readonly string[], wanted: readonly string[]): string[] {
  const [there, right] = [new Set(is), new Set(wanted)];
  return [
    ...is.filter((line) => !right.has(line)).map((line) => `there: ${line}`),
    ...wanted.filter((line) => !there.has(line)).map((line) => `wanted: ${line}`),
  ];
}

function said(value: Json): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** What somebody may set of a link, and of a bridge's port; not what the kernel counts, numbers and learns. */
const settable = [
  ...["forward_delay", "hello_time", "max_age", "ageing_time", "stp_state", "priority", "vlan_filtering"],
  ...["mode", "id", "port", "local", "remote", "group", "learning"],
];
const settableOfPorts = [
  ...["priority", "cost", "learning", "hairpin", "guard", "root_block", "flood", "mcast_flood", "bcast_flood"],
  ...["neigh_suppress", "isolated"],
];

function linkLine(link: Json): string {
  const {
    ifname,
    flags,
    mtu,
    master,
    address,
    link: lower,
    inet6_addr_gen_mode,
    ifalias,
    linkinfo,
  } = link as Json & {
    ifname: string;
    flags: string[];
    linkinfo?: { info_kind?: string; info_data?: Json; info_slave_data?: Json };
  };
  const chosen = (names: readonly string[], all: Json = {}) =>
    Object.fromEntries(names.flatMap((key) => (key in all ? [[key, all[key]]] : [])));
  const { info_kind: kind, info_data: data, info_slave_data: port } = linkinfo ?? {};
  // Addresses of what was just made are random.
  const given = /^(p|q|br|ext)/.test(ifname) ? { address } : {};
  return `link ${ifname} ${said({
    ...{ up: flags.includes("UP"), mtu, master, lower, generation: inet6_addr_gen_mode, ifalias, kind, ...given },
    ...{ data: chosen(settable, data), port: chosen(settableOfPorts, port) },
  })}`;
}

function addressLines(link: Json): string[] {
  const all = (link.addr_info ?? []) as Json[];
  return all
    .filter(({ scope, family }) => !(family === "inet6" && scope === "link"))
    .map((address) => {
      const { tentative: _, ...rest } = address;
      return `address ${String(link.ifname)} ${said(rest)}`;
    });
}

function routeLine(route: Json): string[] {
  const { table, dst, protocol, flags, pref: _pref, expires: _expires, ...rest } = route as Json & { flags: string[] };
  // The kernel's own of IPv6 come with the carrier, whenever that is.
  const fleeting = table === "local" || (protocol === "kernel" && /[:]/.test(String(dst)));
  const lasting = (flags ?? []).filter((flag) => flag !== "linkdown" && flag !== "dead");
  return fleeting
    ? []
    : [`route ${String(dst)} ${said({ table: table ?? "main", protocol, flags: lasting, ...rest })}`];
}

function bridgeLines(namespace: Namespace, what: "vlan" | "fdb"): string[] {
  const all = JSON.parse(namespace.run("bridge", "-json", what, "show") || "[]") as Json[];
  if (what === "vlan") return all.map((one) => `vlan ${said(one)}`);
  return all
    .filter(({ dst }) => dst !== undefined)
    .map(({ ifname, mac, dst, ...rest }) => `fdb ${said({ ifname, mac, dst, flags: rest.flags })}`);
}

const switches = [
  ...["ipv4/conf/*/forwarding", "ipv4/conf/*/rp_filter", "ipv4/conf/*/proxy_arp", "ipv6/conf/*/accept_ra"],
  ...["ipv6/conf/*/use_tempaddr", "ipv6/conf/*/autoconf", "ipv6/conf/*/forwarding"],
];

function sysctlLines(namespace: Namespace): string[] {
  const text = namespace.run("sh", "-c", `cd /proc/sys/net && grep . ${switches.join(" ")}`);
  return text
    .trim()
    .split("\n")
    .map((line) => `sysctl ${line}`);
}
