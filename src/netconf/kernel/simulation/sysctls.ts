/** `/proc/sys/net`: what is settable of IPv4 and IPv6, for all links, for new ones and for each. */
import { Refusal } from "./namespace.ts";

/** Values of a fresh Linux 6.1 (Debian 12). */
const defaults = {
  ipv4: table(`accept_local=0 accept_redirects=1 accept_source_route=1 arp_accept=0 arp_announce=0 arp_filter=0
    arp_ignore=0 arp_notify=0 bc_forwarding=0 bootp_relay=0 disable_policy=0 disable_xfrm=0 forwarding=0
    ignore_routes_with_linkdown=0 log_martians=0 medium_id=0 promote_secondaries=0 proxy_arp=0 proxy_arp_pvlan=0
    route_localnet=0 rp_filter=0 secure_redirects=1 send_redirects=1 shared_media=1 src_valid_mark=0 tag=0`),
  ipv6: table(`accept_dad=1 accept_ra=1 accept_ra_defrtr=1 accept_ra_from_local=0 accept_ra_min_hop_limit=1
    accept_ra_mtu=1 accept_ra_pinfo=1 accept_ra_rt_info_max_plen=0 accept_ra_rt_info_min_plen=0 accept_ra_rtr_pref=1
    accept_redirects=1 accept_source_route=0 addr_gen_mode=0 autoconf=1 dad_transmits=1 disable_ipv6=0
    disable_policy=0 drop_unicast_in_l2_multicast=0 enhanced_dad=1 force_mld_version=0 force_tllao=0 forwarding=0
    hop_limit=64 ignore_routes_with_linkdown=0 keep_addr_on_down=0 max_addresses=16 mtu=1280 ndisc_notify=0
    optimistic_dad=0 proxy_ndp=0 ra_defrtr_metric=1024 regen_max_retry=3 router_solicitation_delay=1
    router_solicitation_interval=4 router_solicitation_max_interval=3600 router_solicitations=-1
    suppress_frag_ndisc=1 temp_prefered_lft=86400 temp_valid_lft=604800 use_oif_addrs_only=0 use_optimistic=0
    use_tempaddr=0`),
};

function table(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(/\s+/).map((pair) => pair.split("=") as [string, string]));
}

/** Whether there is such a device, and this family on it. */
type Exists = (device: string, family: "ipv4" | "ipv6") => boolean;
export type ReadSysctl = (key: readonly string[]) => string | undefined;

export class SysctlTree {
  /** By the key's parts joined with `/`; what is not in it has its default. */
  readonly #set = new Map<string, string>();
  readonly #exists: Exists;
  readonly #read: ReadSysctl;
  /** Devices that came later than what `read` tells of. */
  readonly #fresh = new Set<string>();

  /** @param read what is set already, of this kernel's devices as they were at first */
  constructor(exists: Exists, read: ReadSysctl = () => undefined) {
    this.#exists = exists;
    this.#read = read;
  }

  copy(exists: Exists): SysctlTree {
    const copy = new SysctlTree(exists, this.#read);
    for (const [key, value] of this.#set) copy.#set.set(key, value);
    for (const device of this.#fresh) copy.#fresh.add(device);
    return copy;
  }

  /** Without a check whether there is such a key: the world is as it is. */
  preset(values: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(values)) this.#set.set(key, value);
  }

  get(key: readonly string[]): string | undefined {
    if (key.join("/") === "ipv4/ip_forward") return this.get(["ipv4", "conf", "all", "forwarding"]);
    const [family, conf, device = "", name = "", ...more] = key;
    const own = this.#set.get(key.join("/"));
    if (conf !== "conf" || (family !== "ipv4" && family !== "ipv6")) return own ?? this.#read(key);
    if (more.length > 0 || !(device === "all" || device === "default" || this.#exists(device, family)))
      return undefined;
    return own ?? (this.#fresh.has(device) ? undefined : this.#read(key)) ?? defaults[family].get(name);
  }

  /** @throws Refusal `ENOENT` (no such key), `EINVAL` (not a number) */
  set(key: readonly string[], value: string): void {
    const former = this.get(key);
    if (former === undefined) throw new Refusal("ENOENT", "No such file or directory");
    const text = value.trim();
    if (/^-?\d+$/.test(former) && !/^-?\d+$/.test(text)) throw new Refusal("EINVAL", "Invalid argument");
    const path = key.join("/");
    this.#set.set(path === "ipv4/ip_forward" ? "ipv4/conf/all/forwarding" : path, text);
  }

  /** A new device, or a family that is new on it, starts with what `conf/default` says at that time. */
  deviceCame(device: string, only?: "ipv6"): void {
    this.#fresh.add(device);
    for (const [key, value] of [...this.#set]) {
      const [family, conf, name, leaf] = key.split("/");
      if (only && family !== only) continue;
      if (conf === "conf" && name === "default") this.#set.set(`${family}/conf/${device}/${leaf}`, value);
    }
  }

  deviceWent(device: string, family = ""): void {
    for (const key of [...this.#set.keys()]) {
      if (deviceOf(key) === device && key.startsWith(family)) this.#set.delete(key);
    }
  }

  /** All keys of a device that are known. */
  deviceKeys(device: string): string[][] {
    return (["ipv4", "ipv6"] as const).flatMap((family) =>
      Array.from(defaults[family].keys(), (name) => [family, "conf", device, name]),
    );
  }

  deviceRenamed(from: string, to: string): void {
    for (const key of this.deviceKeys(from)) {
      const [family = "", , , leaf = ""] = key;
      const value = this.#fresh.has(from) ? undefined : this.#read(key);
      if (value !== undefined && !this.#set.has(key.join("/"))) this.#set.set(`${family}/conf/${to}/${leaf}`, value);
    }
    this.#fresh.add(to);
    for (const [key, value] of [...this.#set]) {
      if (deviceOf(key) !== from) continue;
      this.#set.delete(key);
      const [family, , , leaf] = key.split("/");
      this.#set.set(`${family}/conf/${to}/${leaf}`, value);
    }
  }

  /** What was set, for a comparison of all of it. */
  entries(): [string, string][] {
    return [...this.#set].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function deviceOf(key: string): string | undefined {
  const [, conf, device] = key.split("/");
  return conf === "conf" ? device : undefined;
}
