/** What the netlink kernel is made to do, to be compared with `ip` after each stage: here, and in User-Mode-Linux. */
import type { Forwarding, LinkData, Rule } from "../../../src/netconf/kernel/state.ts";
import type { LinkSettings, Step } from "../../../src/netconf/kernel/step.ts";
import { address, route } from "./objects.ts";

export interface Stage {
  title: string;
  steps: Step[];
}

export function add(
  name: string,
  kind: string,
  data: LinkData = {},
  more: Partial<Step & { do: "link-add" }> = {},
): Step {
  return { do: "link-add", name, kind, data, ...more };
}
export const set = (name: string, settings: LinkSettings): Step => ({ do: "link-set", name, settings });
export const remove = (name: string): Step => ({ do: "link-delete", name });
export const rule = (fields: Partial<Rule>): Rule => ({
  ...{
    family: 4,
    priority: 100,
    from: "",
    to: "",
    iif: "",
    oif: "",
    fwmark: 0,
    fwmask: 0,
    action: "lookup",
    table: 254,
  },
  ...{ l3mdev: false, invert: false, protocol: 4, ...fields },
});
const addressAdd = (...words: Parameters<typeof address>): Step => ({ do: "address-add", address: address(...words) });
const addressDelete = (...words: Parameters<typeof address>): Step => ({
  do: "address-delete",
  address: address(...words),
});
const routeAdd = (...words: Parameters<typeof route>): Step => ({ do: "route-add", route: route(...words) });
const routeDelete = (...words: Parameters<typeof route>): Step => ({ do: "route-delete", route: route(...words) });
const ruleAdd = (fields: Partial<Rule>): Step => ({ do: "rule-add", rule: rule(fields) });
const forwarding = (what: "add" | "delete", entry: Forwarding): Step => ({ do: `forwarding-${what}`, entry });
const hop = (gateway: string, device: string, weight = 1) => ({ gateway, device, weight, onlink: false });

/** Of what every kernel with network namespaces has. */
export const usual: Stage[] = [
  {
    title: "links of what any kernel has",
    steps: [
      set("lo", { up: true }),
      add("v0", "veth", {}, { peer: "v1", settings: { address: "02:00:00:00:00:01", mtu: 1400, up: true } }),
      set("v1", { up: true, alias: "the other end", txQueueLength: 77, multicast: false }),
      add(
        "br0",
        "bridge",
        {
          ...{
            stp_state: true,
            forward_delay: 400,
            hello_time: 300,
            max_age: 1200,
            ageing_time: 10_000,
            priority: 4096,
          },
          ...{ mcast_snooping: 0, mcast_querier: true, group_fwd_mask: 8, mcast_query_intvl: 12_000, mcast_router: 2 },
          ...{ no_linklocal_learn: true, group_addr: "01:80:c2:00:00:05", nf_call_iptables: true },
        },
        { settings: { up: true } },
      ),
      set("v0", { master: "br0" }),
      { do: "port-data", name: "v0", kind: "bridge", data: { cost: 55, priority: 16, hairpin: true, learning: false } },
      add("mv0", "macvlan", { mode: "bridge" }, { lower: "v1", settings: { up: true, address: "02:00:00:00:00:02" } }),
      add("mv1", "macvtap", { mode: "private" }, { lower: "v1" }),
      add("ifb9", "ifb"),
      set("ifb9", { addressGeneration: "none", arp: false, promiscuous: true, allmulticast: true }),
    ],
  },
  {
    title: "vxlan and its far ends",
    steps: [
      add(
        "vx0",
        "vxlan",
        { id: 100, port: 4789, learning: false, ttl: 16, ageing: 77, limit: 10, local: "192.0.2.1", df: "set" },
        { settings: { up: true } },
      ),
      add("vx1", "vxlan", { id: 101, group: "239.1.1.1", port: 4790, proxy: true, l2miss: true, link: "v1", tos: 16 }),
      add("vx2", "vxlan", {
        id: 102,
        remote: "2001:db8::9",
        local: "2001:db8::1",
        port: 4789,
        udp_zero_csum6_tx: true,
      }),
      add("vx3", "vxlan", { id: 103, port: 4791, port_range: "40000-50000", gbp: true }, { lower: "v1" }),
      forwarding("add", { device: "vx0", address: "00:00:00:00:00:00", destination: "192.0.2.7", vlan: 0 }),
      forwarding("add", { device: "vx0", address: "00:00:00:00:00:00", destination: "192.0.2.8", vlan: 0 }),
      forwarding("add", { device: "vx0", address: "02:00:00:00:00:07", destination: "192.0.2.7", vlan: 0 }),
      forwarding("add", { device: "vx0", address: "02:00:00:00:00:07", destination: "192.0.2.8", vlan: 0 }),
      forwarding("add", { device: "v0", address: "02:00:00:00:00:99", destination: "", vlan: 0 }),
    ],
  },
  {
    title: "addresses",
    steps: [
      addressAdd("v1", "192.0.2.1", 24, { broadcast: "192.0.2.255" }),
      addressAdd("v1", "192.0.2.2", 24, { label: "v1:2", valid: 3600, preferred: 1800 }),
      addressAdd("v1", "198.51.100.1", 32, { peer: "198.51.100.2", scope: "link" }),
      addressAdd("v1", "203.0.113.9", 25, { flags: ["noprefixroute"], scope: "site" }),
      addressAdd("v1", "2001:db8::1", 64, { flags: ["nodad"] }),
      addressAdd("v1", "2001:db8::2", 64, { flags: ["nodad", "noprefixroute"], valid: 7200, preferred: 0 }),
      addressAdd("v1", "2001:db8:1::1", 128, { peer: "2001:db8:1::2", flags: ["nodad"] }),
      addressAdd("mv0", "2001:db8:2::1", 64, { flags: ["nodad", "home"] }),
      // Once more, with other lifetimes.
      addressAdd("v1", "192.0.2.2", 24, { label: "v1:2", valid: 600, preferred: 500 }),
    ],
  },
  {
    title: "routes",
    steps: [
      routeAdd({ gateway: "192.0.2.254", device: "v1" }),
      routeAdd({ gateway: "192.0.2.253", device: "v1", metric: 100, mtu: 1300, advmss: 1200, source: "192.0.2.2" }),
      routeAdd({ destination: "10.0.0.0", prefix: 8, gateway: "10.9.9.9", device: "v1", onlink: true, protocol: 16 }),
      routeAdd({ destination: "10.1.0.0", prefix: 16, device: "v1", metric: 7, table: 1000 }),
      routeAdd({
        ...{ destination: "10.2.0.0", prefix: 16, scope: "global" },
        hops: [hop("192.0.2.10", "v1", 3), hop("192.0.2.11", "v1", 256)],
      }),
      ...(["blackhole", "unreachable", "prohibit", "throw"] as const).flatMap((type, at) => [
        routeAdd({ type, destination: `10.${3 + at}.0.0`, prefix: 16, scope: "global" }),
        routeAdd({ type, destination: `2001:db8:${3 + at}::`, prefix: 48 }),
      ]),
      routeAdd({ destination: "::", gateway: "2001:db8::fe", device: "v1" }),
      routeAdd({ destination: "2001:db8:a::", prefix: 48, gateway: "fe80::1", device: "v1", metric: 5, mtu: 1280 }),
      routeAdd({
        ...{ destination: "2001:db8:b::", prefix: 48 },
        hops: [hop("2001:db8::20", "v1", 2), hop("2001:db8::21", "v1", 1)],
      }),
      routeAdd({ destination: "10.7.0.0", prefix: 16, gateway: "2001:db8::22", device: "v1" }),
      // In place of what is there.
      routeAdd({ gateway: "192.0.2.252", device: "v1" }),
    ],
  },
  {
    title: "rules",
    steps: [
      ruleAdd({ from: "192.0.2.0/24", table: 1000 }),
      ruleAdd({ priority: 101, to: "198.51.100.7/32", iif: "v1", table: 254, invert: true }),
      ruleAdd({ priority: 102, fwmark: 0x10, fwmask: 0xff, oif: "br0", table: 77 }),
      ruleAdd({ priority: 103, action: "blackhole", table: 0, from: "10.99.0.0/16" }),
      ruleAdd({ priority: 104, action: "prohibit", table: 0, fwmark: 7, fwmask: 0xffffffff }),
      ruleAdd({ family: 6, priority: 105, from: "2001:db8::/32", table: 70_000 }),
      ruleAdd({ family: 6, priority: 106, action: "unreachable", table: 0, to: "2001:db8:f::/48" }),
    ],
  },
  {
    title: "changes",
    steps: [
      {
        do: "link-data",
        name: "br0",
        kind: "bridge",
        data: { stp_state: false, priority: 8192, mcast_snooping: true },
      },
      { do: "link-data", name: "vx0", kind: "vxlan", data: { ageing: 33, ttl: 3 } },
      { do: "link-data", name: "mv1", kind: "macvtap", data: { mode: "vepa" } },
      { do: "port-data", name: "v0", kind: "bridge", data: { hairpin: false, isolated: true } },
      set("br0", { mtu: 1300, address: "02:00:00:00:00:0b", addressGeneration: "random" }),
      set("ifb9", { name: "ifb8", promiscuous: false, alias: "renamed" }),
      set("v1", { alias: "" }),
      { do: "sysctl", key: ["ipv4", "conf", "v1", "rp_filter"], value: "2" },
      { do: "sysctl", key: ["ipv6", "conf", "mv1", "addr_gen_mode"], value: "1" },
      { do: "sysctl", key: ["ipv6", "conf", "mv0", "disable_ipv6"], value: "1" },
      addressDelete("v1", "192.0.2.2", 24),
      addressDelete("v1", "2001:db8:1::1", 128, { peer: "2001:db8:1::2" }),
      routeDelete({
        destination: "10.2.0.0",
        prefix: 16,
        hops: [hop("192.0.2.10", "v1", 3), hop("192.0.2.11", "v1", 256)],
      }),
      routeDelete({ type: "blackhole", destination: "2001:db8:3::", prefix: 48 }),
      { do: "rule-delete", rule: rule({ from: "192.0.2.0/24", table: 1000 }) },
      forwarding("delete", { device: "vx0", address: "00:00:00:00:00:00", destination: "192.0.2.7", vlan: 0 }),
      forwarding("delete", { device: "v0", address: "02:00:00:00:00:99", destination: "", vlan: 0 }),
    ],
  },
  { title: "a link that goes down takes routes along", steps: [set("v1", { up: false })] },
  {
    title: "and a link that goes takes everything along",
    steps: [set("v1", { up: true }), ...["v1", "br0", "vx0", "vx2", "ifb8"].map(remove)],
  },
];

/** Of kinds that a kernel may lack. */
export const kinds: Stage[] = [
  {
    title: "bond under vlan under a bridge with VLANs, in a vrf",
    steps: [
      set("lo", { up: true }),
      ...["d0", "d1"].map((name) => add(name, "dummy")),
      add("bond0", "bond", {
        ...{ mode: "802.3ad", miimon: 100, updelay: 200, downdelay: 300, xmit_hash_policy: "layer3+4", min_links: 1 },
        ...{ ad_lacp_rate: "fast", ad_select: "count", ad_actor_sys_prio: 77, ad_actor_system: "02:00:00:00:00:aa" },
        ...{ num_peer_notif: 3, resend_igmp: 5, all_slaves_active: 1, lp_interval: 9, ad_user_port_key: 5 },
      }),
      set("d0", { master: "bond0" }),
      set("d1", { master: "bond0" }),
      { do: "port-data", name: "d1", kind: "bond", data: { queue_id: 4 } },
      ...["d0", "d1", "bond0"].map((name) => set(name, { up: true })),
      add("bond0.5", "vlan", { id: 5 }, { lower: "bond0", settings: { up: true } }),
      add(
        "qinq",
        "vlan",
        {
          ...{ id: 7, protocol: "802.1ad", flags: ["REORDER_HDR", "LOOSE_BINDING"] },
          ...{ ingress_qos: ["1:2", "3:4"], egress_qos: ["5:6"] },
        },
        { lower: "bond0" },
      ),
      add("br0", "bridge", { vlan_filtering: true, vlan_default_pvid: 2, vlan_stats_enabled: 1 }),
      set("bond0.5", { master: "br0" }),
      { do: "vlan-add", name: "bond0.5", vlan: { vlan: 100, pvid: false, untagged: false }, self: false },
      { do: "vlan-add", name: "bond0.5", vlan: { vlan: 101, pvid: false, untagged: false }, self: false },
      { do: "vlan-add", name: "bond0.5", vlan: { vlan: 102, pvid: true, untagged: true }, self: false },
      { do: "vlan-add", name: "br0", vlan: { vlan: 100, pvid: false, untagged: false }, self: true },
      { do: "vlan-delete", name: "bond0.5", vlan: 2, self: false },
      { do: "forwarding-add", entry: { device: "bond0.5", address: "02:00:00:00:00:77", destination: "", vlan: 100 } },
      add("red", "vrf", { table: 1010 }, { settings: { up: true } }),
      set("br0", { master: "red", up: true }),
      addressAdd("br0", "192.0.2.1", 24),
      addressAdd("br0", "2001:db8::1", 64, { flags: ["nodad"] }),
      routeAdd({ gateway: "192.0.2.254", device: "br0", table: 1010 }),
    ],
  },
  {
    title: "bonds of other modes",
    steps: [
      add("bond1", "bond", { mode: "active-backup", arp_interval: 500, arp_ip_target: ["192.0.2.9", "192.0.2.10"] }),
      { do: "link-data", name: "bond1", kind: "bond", data: { arp_validate: "active", arp_all_targets: "all" } },
      add("d2", "dummy"),
      set("d2", { master: "bond1" }),
      {
        do: "link-data",
        ...{ name: "bond1", kind: "bond", data: { primary: "d2", primary_reselect: "better" } },
      },
      add("bond2", "bond", { mode: "balance-rr", packets_per_slave: 5, miimon: 100, use_carrier: true }),
      add("bond3", "bond", { mode: "balance-alb", tlb_dynamic_lb: false, peer_notify_delay: 100, miimon: 100 }),
    ],
  },
  {
    title: "tunnels",
    steps: [
      add("t0", "gre", {
        local: "192.0.2.1",
        remote: "192.0.2.2",
        ttl: 64,
        tos: 16,
        ikey: "0.0.0.5",
        okey: "0.0.0.6",
        icsum: true,
      }),
      add("t1", "gretap", { local: "192.0.2.1", remote: "192.0.2.3", pmtudisc: false, ignore_df: true, oseq: true }),
      add("t2", "ipip", { local: "192.0.2.1", remote: "192.0.2.4", ttl: 9, proto: "any", fwmark: 3 }),
      add("t3", "sit", { local: "192.0.2.1", remote: "any", ttl: 64, isatap: true }),
      add("t4", "sit", { local: "192.0.2.7", ttl: 64, proto: "ip6ip" }),
      add("t5", "ip6gre", {
        local: "2001:db8::1",
        remote: "2001:db8::2",
        ikey: "0.0.0.9",
        tclass: 0x12,
        flowlabel: 0x345,
      }),
      add("t6", "ip6gretap", {
        local: "2001:db8::1",
        remote: "2001:db8::3",
        encap_limit: "none",
        ip6_tnl_f_rcv_dscp_copy: 1,
      }),
      add("t7", "ip6tnl", { local: "2001:db8::1", remote: "2001:db8::4", proto: "ipip6", ttl: 5, encap_limit: 9 }),
      add("t8", "gre", { local: "192.0.2.9", remote: "192.0.2.22", ttl: 9 }, { lower: "br0" }),
      ...["t0", "t2", "t7"].map((name) => set(name, { up: true })),
      addressAdd("t0", "10.0.0.1", 30),
    ],
  },
  {
    title: "changes of tunnels keep what they do not mention",
    steps: [
      { do: "link-data", name: "t0", kind: "gre", data: { ttl: 33 } },
      { do: "link-data", name: "t2", kind: "ipip", data: { remote: "192.0.2.44" } },
      { do: "link-data", name: "t6", kind: "ip6gretap", data: { encap_limit: 3, ttl: 12 } },
      { do: "link-data", name: "t7", kind: "ip6tnl", data: { tclass: 8 } },
      { do: "link-data", name: "bond0.5", kind: "vlan", data: { flags: ["REORDER_HDR", "GVRP"] } },
    ],
  },
  {
    title: "ipvlan, macvlan, vxlan, ifb",
    steps: [
      add("d3", "dummy", {}, { settings: { up: true } }),
      add("iv0", "ipvlan", { mode: "l3s", vepa: true }, { lower: "d3" }),
      add("iv1", "ipvlan", { mode: "l3s", vepa: true }, { lower: "d3", settings: { up: true } }),
      add("d4", "dummy"),
      add("mv0", "macvlan", { mode: "passthru", nopromisc: true }, { lower: "d4" }),
      add("vx0", "vxlan", { id: 5, port: 4789, external: false }),
      add("ifb7", "ifb"),
    ],
  },
  {
    title: "all of it goes again",
    steps: [
      "t8",
      "qinq",
      "br0",
      "bond0.5",
      "bond0",
      "bond1",
      "bond2",
      "bond3",
      "d0",
      "d1",
      "iv0",
      "iv1",
      "d3",
      "mv0",
      "d2",
      "vx0",
    ]
      .concat(["ifb7", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "red"])
      .map(remove),
  },
];
