/** What a new link of each kind is like (Linux 6.1), as far as something depends on it; names as in `kinds`. */
import type { LinkData } from "../state.ts";

export interface NewKind {
  type: string;
  mtu: number;
  /** Of hardware addresses: one of its own, that of the link below, none, or the tunnel's local end. */
  address: "own" | "lower" | "local";
  arp: boolean;
  multicast: boolean;
  txQueueLength: number;
  /** Smallest and largest MTU. */
  mtus: readonly [number, number];
  /** Cannot be without a link below. */
  needsLower?: boolean;
  /** Data it cannot be without. */
  needs?: readonly string[];
  data: LinkData;
  /** What its ports have, when links of this kind are masters. */
  port?: LinkData;
  /** Its operstate stays UNKNOWN while it is up: nothing watches over it. */
  unwatched?: boolean;
}

const ether = {
  type: "ether",
  mtu: 1500,
  address: "own",
  arp: true,
  multicast: true,
  txQueueLength: 1000,
  mtus: [68, 65535],
  data: {},
} as const;

const tunnel = {
  ...ether,
  address: "local",
  arp: false,
  multicast: false,
  mtus: [68, 65535],
  unwatched: true,
} as const;

export const newKinds: Readonly<Record<string, NewKind>> = {
  dummy: { ...ether, arp: false, multicast: false, mtus: [0, 2 ** 31], unwatched: true },
  ifb: { ...ether, arp: false, multicast: false, txQueueLength: 32, mtus: [0, 2 ** 31], unwatched: true },
  veth: ether,
  bridge: {
    ...ether,
    data: {
      forward_delay: 1500,
      hello_time: 200,
      max_age: 2000,
      ageing_time: 30000,
      stp_state: false,
      priority: 32768,
      vlan_filtering: false,
      vlan_protocol: "802.1Q",
      vlan_default_pvid: 1,
      group_fwd_mask: 0,
      mcast_snooping: true,
      mcast_router: 1,
      mcast_querier: false,
      mcast_hash_max: 4096,
    },
    port: {
      priority: 32,
      // Of a link whose speed is not known.
      cost: 100,
      hairpin: false,
      guard: false,
      root_block: false,
      fastleave: false,
      learning: true,
      flood: true,
      mcast_flood: true,
      bcast_flood: true,
      isolated: false,
    },
  },
  bond: {
    ...ether,
    data: {
      mode: "balance-rr",
      miimon: 0,
      updelay: 0,
      downdelay: 0,
      use_carrier: true,
      arp_interval: 0,
      xmit_hash_policy: "layer2",
      ad_lacp_rate: "slow",
      ad_select: "stable",
      min_links: 0,
      all_slaves_active: false,
      num_peer_notif: 1,
      resend_igmp: 1,
      fail_over_mac: "none",
      primary_reselect: "always",
      packets_per_slave: 1,
      lp_interval: 1,
    },
    port: { queue_id: 0, prio: 0 },
  },
  vrf: {
    ...ether,
    mtu: 65575,
    mtus: [1280, 65575],
    arp: false,
    multicast: false,
    needs: ["table"],
    port: {},
  },
  vlan: {
    ...ether,
    address: "lower",
    mtus: [0, 65535],
    needsLower: true,
    needs: ["id"],
    data: { protocol: "802.1Q", flags: ["REORDER_HDR"] },
  },
  macvlan: { ...ether, needsLower: true, data: { mode: "vepa" } },
  macvtap: { ...ether, txQueueLength: 500, needsLower: true, data: { mode: "vepa" } },
  ipvlan: { ...ether, address: "lower", needsLower: true, data: { mode: "l3" } },
  vxlan: {
    ...ether,
    needs: ["id"],
    unwatched: true,
    data: { port: 8472, learning: true, ttl: 0, ageing: 300 },
  },
  gre: { ...tunnel, type: "gre", mtu: 1476, data: { ttl: 0, pmtudisc: true } },
  gretap: { ...ether, mtu: 1462, unwatched: true, data: { ttl: 0, pmtudisc: true } },
  ip6gre: { ...tunnel, type: "gre6", mtu: 1448, data: { ttl: 64, encap_limit: 4 } },
  ip6tnl: { ...tunnel, type: "tunnel6", mtu: 1452, data: { proto: "any", ttl: 64, encap_limit: 4 } },
  ipip: { ...tunnel, type: "ipip", mtu: 1480, data: { proto: "any", ttl: 0, pmtudisc: true } },
  sit: { ...tunnel, type: "sit", mtu: 1480, mtus: [1280, 65555], data: { proto: "any", ttl: 0, pmtudisc: true } },
};
