/**
 * Kinds of links: what can be said of each in `Link.data` and `Link.port`. One table for the netlink codec, for the words
 * of `ip link`, for comparison and for checking what a configuration says. Names are those of `ip -json -details link`;
 * numbers are those of linux/if_link.h and linux/if_tunnel.h.
 */

/**
 * How a value stands in its attribute, and what type it has with us.
 *
 * - boolean: `switch` (one byte 0 or 1), `flag` (there or not), `bit` (of a number that several share)
 * - number: `thousandths` (a `u32`), `u8` … `s32`, `be16` and `be32` in network order, `bits` (some bits of a number that several share)
 * - text: `word` (a number with a name), `device` (an index), `mac`, `ipv4`, `ipv6`, `ip` (either), `key` (of GRE, as
 *   dotted quad), `ports` (`1024-65535`), `bridge-id` (`8000.00:16:3e:00:00:01`)
 * - list of text: `ipv4-list`, `ipv6-list`, `vlan-flags` (`REORDER_HDR`), `can-modes` (`LOOPBACK`), `qos-map` (`3:5`)
 */
export type Form =
  | ("switch" | "flag" | "bit")
  | "thousandths"
  | ("u8" | "u16" | "u32" | "u64" | "s32" | "be16" | "be32" | "bits")
  | ("word" | "device" | "mac" | "ipv4" | "ipv6" | "ip" | "key" | "ports")
  | ("ipv4-list" | "ipv6-list" | "vlan-flags" | "can-modes" | "qos-map");

export interface Attribute {
  /** IFLA_… */
  number: number;
  form: Form;
  /** Of `word`: names by number. Of `word`, `bit` and `bits`: how the number stands, `u8` unless said. */
  words?: Readonly<Record<string, number>>;
  as?: "u8" | "u16" | "u32" | "be16" | "be32" | "mask32";
  /** A `u32` of a structure that several share, in bytes; what is not said of it is 0. (`ip -json` names it.) */
  within?: { name: string; at: number; size: number };
  /** Of `bit` and `bits`. */
  mask?: number;
  /** A bit in another attribute that says whether this one counts. */
  present?: { number: number; mask: number };
  /** Of `ip`: IFLA_… of an IPv6 address. (`ip -json` has a name of its own for it, with a 6 at the end.) */
  number6?: number;
  /** A bit in another attribute that makes it `none`. */
  none?: { number: number; mask: number };
  /** `any` for the zero address; otherwise that address is as good as absent. */
  any?: true;
  /** Of several names of one attribute: the one for a multicast address, or for all others. */
  multicast?: boolean;
  /** Told by the kernel, never to be set. */
  readOnly?: true;
  /** Can be said only when the link is made. */
  once?: true;
  /**
   * Word of `ip link` where it is not the name. Of a switch that `ip link` has as two words (`learning`, `nolearning`):
   * both; "": there is no word for it.
   */
  word?: string | readonly [on: string, off: string];
}

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Kind {
  data: Attributes;
  /** Of its ports. */
  port?: Attributes;
  /** A change must say everything again, or what it leaves out is lost. */
  whole?: true;
  /** What `ip link add` says unless told otherwise, and the kernel would not assume. */
  assumed?: Readonly<Record<string, number>>;
}

const of = (form: Form, number: number, more: Omit<Attribute, "form" | "number"> = {}): Attribute => ({
  number,
  form,
  ...more,
});
const numbered = (...words: string[]) => Object.fromEntries(words.map((word, at) => [word, at]));
const told = { readOnly: true } as const;
const pair = (word: string) => ({ word: [word, `no${word}`] as const });

const etherTypes = { "802.1Q": 0x8100, "802.1ad": 0x88a8 };
const portStates = numbered("disabled", "listening", "learning", "forwarding", "blocking");

const bridge: Kind = {
  data: {
    forward_delay: of("u32", 1),
    hello_time: of("u32", 2),
    max_age: of("u32", 3),
    ageing_time: of("u32", 4),
    stp_state: of("switch", 5, { as: "u32" }),
    priority: of("u16", 6),
    vlan_filtering: of("switch", 7),
    vlan_protocol: of("word", 8, { words: etherTypes, as: "be16" }),
    group_fwd_mask: of("u16", 9),
    group_addr: of("mac", 20, { word: "group_address" }),
    mcast_router: of("u8", 22),
    mcast_snooping: of("switch", 23),
    mcast_query_use_ifaddr: of("switch", 24),
    mcast_querier: of("switch", 25),
    mcast_hash_elasticity: of("u32", 26),
    mcast_hash_max: of("u32", 27),
    mcast_last_member_cnt: of("u32", 28, { word: "mcast_last_member_count" }),
    mcast_startup_query_cnt: of("u32", 29, { word: "mcast_startup_query_count" }),
    mcast_last_member_intvl: of("u64", 30, { word: "mcast_last_member_interval" }),
    mcast_membership_intvl: of("u64", 31, { word: "mcast_membership_interval" }),
    mcast_querier_intvl: of("u64", 32, { word: "mcast_querier_interval" }),
    mcast_query_intvl: of("u64", 33, { word: "mcast_query_interval" }),
    mcast_query_response_intvl: of("u64", 34, { word: "mcast_query_response_interval" }),
    mcast_startup_query_intvl: of("u64", 35, { word: "mcast_startup_query_interval" }),
    nf_call_iptables: of("switch", 36),
    nf_call_ip6tables: of("switch", 37),
    nf_call_arptables: of("switch", 38),
    vlan_default_pvid: of("u16", 39),
    vlan_stats_enabled: of("switch", 41),
    mcast_stats_enabled: of("switch", 42),
    mcast_igmp_version: of("u8", 43),
    mcast_mld_version: of("u8", 44),
    vlan_stats_per_port: of("switch", 45),
    no_linklocal_learn: of("bit", 46, { as: "mask32", mask: 1 }),
    mcast_vlan_snooping: of("bit", 46, { as: "mask32", mask: 2 }),
  },
  port: {
    state: of("word", 1, { words: portStates }),
    priority: of("u16", 2),
    cost: of("u32", 3),
    hairpin: of("switch", 4),
    guard: of("switch", 5),
    root_block: of("switch", 6),
    fastleave: of("switch", 7),
    learning: of("switch", 8),
    flood: of("switch", 9),
    proxy_arp: of("switch", 10),
    proxy_arp_wifi: of("switch", 12),
    id: of("u16", 17, told),
    no: of("u16", 18, told),
    multicast_router: of("u8", 25, { word: "mcast_router" }),
    mcast_flood: of("switch", 27),
    mcast_to_unicast: of("switch", 28),
    vlan_tunnel: of("switch", 29),
    bcast_flood: of("switch", 30),
    group_fwd_mask: of("u16", 31),
    neigh_suppress: of("switch", 32),
    isolated: of("switch", 33),
    backup_port: of("device", 34),
    locked: of("switch", 39),
  },
};

const bond: Kind = {
  data: {
    mode: of("word", 1, {
      words: numbered(
        ...["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"],
      ),
    }),
    active_slave: of("device", 2),
    miimon: of("u32", 3),
    updelay: of("u32", 4),
    downdelay: of("u32", 5),
    use_carrier: of("switch", 6),
    arp_interval: of("u32", 7),
    arp_ip_target: of("ipv4-list", 8),
    arp_validate: of("word", 9, {
      words: numbered("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
      as: "u32",
    }),
    arp_all_targets: of("word", 10, { words: numbered("any", "all"), as: "u32" }),
    primary: of("device", 11),
    primary_reselect: of("word", 12, { words: numbered("always", "better", "failure") }),
    fail_over_mac: of("word", 13, { words: numbered("none", "active", "follow") }),
    xmit_hash_policy: of("word", 14, {
      words: numbered("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"),
    }),
    resend_igmp: of("u32", 15),
    num_peer_notif: of("u8", 16, { word: "num_grat_arp" }),
    all_slaves_active: of("switch", 17),
    min_links: of("u32", 18),
    lp_interval: of("u32", 19),
    packets_per_slave: of("u32", 20),
    ad_lacp_rate: of("word", 21, { words: numbered("slow", "fast"), word: "lacp_rate" }),
    ad_select: of("word", 22, { words: numbered("stable", "bandwidth", "count") }),
    ad_actor_sys_prio: of("u16", 24),
    ad_user_port_key: of("u16", 25),
    ad_actor_system: of("mac", 26),
    tlb_dynamic_lb: of("switch", 27),
    peer_notify_delay: of("u32", 28),
    ad_lacp_active: of("word", 29, { words: numbered("off", "on"), word: "lacp_active" }),
    arp_missed_max: of("u8", 30),
    ns_ip6_target: of("ipv6-list", 31),
  },
  port: {
    state: of("word", 1, { words: numbered("ACTIVE", "BACKUP"), ...told }),
    perm_hwaddr: of("mac", 4, told),
    queue_id: of("u16", 5),
    prio: of("s32", 9),
  },
};

const vlan: Kind = {
  data: {
    id: of("u16", 1, { once: true }),
    flags: of("vlan-flags", 2),
    egress_qos: of("qos-map", 3, { word: "egress-qos-map" }),
    ingress_qos: of("qos-map", 4, { word: "ingress-qos-map" }),
    protocol: of("word", 5, { words: etherTypes, as: "be16", once: true }),
  },
};

const vxlan: Kind = {
  data: {
    id: of("u32", 1, { once: true }),
    group: of("ip", 2, { number6: 16, multicast: true }),
    remote: of("ip", 2, { number6: 16, multicast: false }),
    link: of("device", 3, { word: "dev" }),
    local: of("ip", 4, { number6: 17 }),
    ttl: of("u8", 5),
    tos: of("u8", 6),
    learning: of("switch", 7, pair("learning")),
    ageing: of("u32", 8),
    limit: of("u32", 9, { word: "maxaddress" }),
    port_range: of("ports", 10, { word: "srcport", once: true }),
    proxy: of("switch", 11, { ...pair("proxy"), once: true }),
    rsc: of("switch", 12, { ...pair("rsc"), once: true }),
    l2miss: of("switch", 13, { ...pair("l2miss"), once: true }),
    l3miss: of("switch", 14, { ...pair("l3miss"), once: true }),
    port: of("be16", 15, { word: "dstport", once: true }),
    udp_csum: of("switch", 18, { ...pair("udpcsum"), once: true }),
    udp_zero_csum6_tx: of("switch", 19, { ...pair("udp6zerocsumtx"), once: true }),
    udp_zero_csum6_rx: of("switch", 20, { ...pair("udp6zerocsumrx"), once: true }),
    remcsum_tx: of("switch", 21, { ...pair("remcsumtx"), once: true }),
    remcsum_rx: of("switch", 22, { ...pair("remcsumrx"), once: true }),
    gbp: of("flag", 23, { word: ["gbp", ""], once: true }),
    external: of("switch", 25, { ...pair("external"), once: true }),
    label: of("be32", 26, { word: "flowlabel" }),
    gpe: of("flag", 27, { word: ["gpe", ""], once: true }),
    df: of("word", 29, { words: numbered("unset", "set", "inherit") }),
    vnifilter: of("switch", 30, { ...pair("vnifilter"), once: true }),
  },
};

const macvlan: Kind = {
  data: {
    mode: of("word", 1, { words: { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 }, as: "u32" }),
    nopromisc: of("bit", 2, { as: "u16", mask: 1, word: ["nopromisc", ""] }),
    nodst: of("bit", 2, { as: "u16", mask: 2, word: ["nodst", ""] }),
    bcqueuelen: of("u32", 7),
  },
  whole: true,
};

const ipvlan: Kind = {
  data: {
    mode: of("word", 1, { words: numbered("l2", "l3", "l3s"), as: "u16" }),
    private: of("bit", 2, { as: "u16", mask: 1, word: ["private", "bridge"] }),
    vepa: of("bit", 2, { as: "u16", mask: 2, word: ["vepa", "bridge"] }),
  },
  whole: true,
};

const greKeys: Attributes = {
  link: of("device", 1, { word: "dev" }),
  iseq: of("bit", 2, { as: "be16", mask: 0x1000, ...pair("iseq") }),
  icsum: of("bit", 2, { as: "be16", mask: 0x8000, ...pair("icsum") }),
  oseq: of("bit", 3, { as: "be16", mask: 0x1000, ...pair("oseq") }),
  ocsum: of("bit", 3, { as: "be16", mask: 0x8000, ...pair("ocsum") }),
  ikey: of("key", 4, { present: { number: 2, mask: 0x2000 } }),
  okey: of("key", 5, { present: { number: 3, mask: 0x2000 } }),
  external: of("flag", 18, { word: ["external", ""], once: true }),
  fwmark: of("u32", 20),
};

const gre: Kind = {
  data: {
    ...greKeys,
    local: of("ipv4", 6, { any: true }),
    remote: of("ipv4", 7, { any: true }),
    ttl: of("u8", 8),
    tos: of("u8", 9),
    pmtudisc: of("switch", 10, pair("pmtudisc")),
    ignore_df: of("switch", 19, pair("ignore-df")),
  },
  whole: true,
};

/** IP6_TNL_F_…, the limit of layers and the flow information, which stand alike in ip6gre and ip6tnl. */
const inIpv6 = (limit: number, flow: number, flags: number): Attributes => ({
  encap_limit: of("u8", limit, { none: { number: flags, mask: 0x01 }, word: "encaplimit" }),
  tclass: of("bits", flow, { as: "be32", mask: 0x0ff00000 }),
  flowlabel: of("bits", flow, { as: "be32", mask: 0x000fffff }),
  ip6_tnl_f_use_orig_tclass: of("bit", flags, { as: "u32", mask: 0x02, word: ["tclass inherit", ""] }),
  ip6_tnl_f_use_orig_flowlabel: of("bit", flags, { as: "u32", mask: 0x04, word: ["flowlabel inherit", ""] }),
  ip6_tnl_f_rcv_dscp_copy: of("bit", flags, { as: "u32", mask: 0x10, word: ["dscp inherit", ""] }),
  ip6_tnl_f_use_orig_fwmark: of("bit", flags, { as: "u32", mask: 0x20, word: ["fwmark inherit", ""] }),
  ip6_tnl_f_allow_local_remote: of("bit", flags, { as: "u32", mask: 0x40, ...pair("allow-localremote") }),
});

const ip6gre: Kind = {
  data: {
    ...greKeys,
    local: of("ipv6", 6, { any: true }),
    remote: of("ipv6", 7, { any: true }),
    ttl: of("u8", 8, { word: "hoplimit" }),
    ...inIpv6(11, 12, 13),
  },
  whole: true,
  assumed: { ttl: 64, encap_limit: 4 },
};

const ip6tnl: Kind = {
  data: {
    link: of("device", 1, { word: "dev" }),
    local: of("ipv6", 2, { any: true }),
    remote: of("ipv6", 3, { any: true }),
    ttl: of("u8", 4, { word: "hoplimit" }),
    ...inIpv6(6, 7, 8),
    proto: of("word", 9, { words: { any: 0, ipip6: 4, ip6ip6: 41 }, word: "mode" }),
    external: of("flag", 19, { word: ["external", ""], once: true }),
    fwmark: of("u32", 20),
  },
  whole: true,
  assumed: { ttl: 64, encap_limit: 4 },
};

const inIpv4: Attributes = {
  link: of("device", 1, { word: "dev" }),
  local: of("ipv4", 2, { any: true }),
  remote: of("ipv4", 3, { any: true }),
  ttl: of("u8", 4),
  tos: of("u8", 5),
  proto: of("word", 9, { words: { any: 0, ipip: 4, ip6ip: 41, mplsip: 137 }, word: "mode" }),
  pmtudisc: of("switch", 10, pair("pmtudisc")),
  external: of("flag", 19, { word: ["external", ""], once: true }),
  fwmark: of("u32", 20),
};

const sit: Kind = {
  data: {
    ...inIpv4,
    isatap: of("bit", 8, { as: "u16", mask: 1, word: ["isatap", ""] }),
  },
  whole: true,
};

const vrf: Kind = {
  data: { table: of("u32", 1, { once: true }) },
  port: { table: of("u32", 1, told) },
};

/** struct can_bittiming of linux/can/netlink.h: without its other fields the kernel reckons them. */
const bittiming = (at: number) => ({ name: "bittiming", at, size: 32 });

const can: Kind = {
  data: {
    bitrate: of("u32", 1, { within: bittiming(0) }),
    sample_point: of("thousandths", 1, { within: bittiming(4), word: "sample-point" }),
    ctrlmode: of("can-modes", 5),
    restart_ms: of("u32", 6, { word: "restart-ms" }),
  },
  whole: true,
};

const plain: Kind = { data: {} };

/** By `Link.kind`. */
export const kinds: Readonly<Record<string, Kind>> = {
  bridge,
  bond,
  vlan,
  vxlan,
  macvlan,
  macvtap: macvlan,
  ipvlan,
  ipvtap: ipvlan,
  vrf,
  gre,
  gretap: gre,
  ip6gre,
  ip6gretap: ip6gre,
  ip6tnl,
  ipip: { data: inIpv4, whole: true },
  sit,
  can,
  veth: plain,
  dummy: plain,
  ifb: plain,
};

/** Attributes of a kind's own data, or of its ports; none for a kind that is not in the table. */
export function attributesOf(kind: string, part: "data" | "port"): Attributes {
  return (Object.hasOwn(kinds, kind) && kinds[kind]?.[part]) || {};
}
