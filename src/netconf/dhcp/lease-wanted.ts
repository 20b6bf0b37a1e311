/** What a lease asks of the kernel and of the resolver. */
import type { Route } from "../kernel/state.ts";
import { protocols } from "../kernel/state.ts";
import type { NewAddress } from "../kernel/step.ts";
import type { Because, WantedDns } from "../plan/wanted.ts";
import { sameNetwork } from "./checks.ts";
import type { Lease, LeaseRoute } from "./lease.ts";

/** The interface that the lease is for. */
export interface LeasePlace {
  iface: string;
  /** Epoch milliseconds: lifetimes count from here. */
  now: number;
  /** Of the first default route; each further gateway of a destination has one more. Default 0. */
  metric?: number;
  /** Default 254 (main); that of its vrf for a port of one. */
  table?: number;
  /** Whether IPv6 is in use there: an MTU below 1280 would take it away (RFC 8200 §5). Default true. */
  ipv6?: boolean;
}

export interface LeaseWanted {
  addresses: Because<NewAddress>[];
  routes: Because<Route>[];
  /** Absent: the server says nothing. */
  mtu?: number;
  dns: WantedDns;
}

const leastMtu6 = 1280;

/**
 * Addresses live as long as the lease, so that they go even without us, and routes with them, for the address is their
 * source. A lease that has expired asks the kernel for nothing; what the resolver was told stays until the client tells of
 * its end, or nobody would know then that there is something to take back.
 */
export function wantedOfLease(lease: Lease, place: LeasePlace): LeaseWanted {
  const spent = Math.max(0, Math.floor((place.now - lease.since) / 1000));
  const left = (seconds: number | null) => (seconds === null ? null : Math.max(0, seconds - spent));
  const valid = left(lease.lifetime);
  const from = lease.address.startsWith("169.254.") ? "ipv4ll" : "lease";
  const dns = dnsOf(lease, place.iface);
  if (valid === 0) return { addresses: [], routes: [], dns };
  const address: NewAddress = {
    device: place.iface,
    family: lease.family,
    address: lease.address,
    prefix: lease.prefix,
    peer: "",
    broadcast: lease.broadcast,
    label: "",
    scope: from === "ipv4ll" ? "link" : "global",
    valid,
    preferred: left(lease.preferred),
    protocol: 0,
    flags: [],
  };
  const { mtu } = lease;
  return {
    addresses: lease.address === "" ? [] : [{ is: address, from }],
    routes: routesOf(lease, place).map((is) => ({ is, from })),
    ...(mtu === 0 ? {} : { mtu: place.ipv6 === false ? mtu : Math.max(mtu, leastMtu6) }),
    dns,
  };
}

function routesOf(lease: Lease, { iface, metric = 0, table = 254 }: LeasePlace): Route[] {
  const before = new Map<string, number>();
  const onLink = lease.routes.filter(({ gateway }) => gateway === "");
  const reached = (gateway: string) =>
    sameNetwork(gateway, lease.address, lease.prefix) ||
    onLink.some(({ destination, prefix }) => sameNetwork(gateway, destination, prefix));
  // Those on the link first: gateways of the others may lie there.
  return [...onLink, ...lease.routes.filter(({ gateway }) => gateway !== "")].map((route: LeaseRoute) => {
    const { destination, prefix, gateway } = route;
    const ways = before.get(`${destination}/${prefix}`) ?? 0;
    before.set(`${destination}/${prefix}`, ways + 1);
    return {
      family: lease.family,
      type: "unicast",
      destination,
      prefix,
      table,
      protocol: protocols.dhcp,
      scope: gateway === "" ? "link" : "global",
      metric: metric + ways,
      source: lease.address,
      // A server may name a gateway outside of the network it gave (/32, as clouds do): it is on the link all the same.
      hops: [{ gateway, device: iface, onlink: gateway !== "" && !reached(gateway), weight: 1 }],
      mtu: 0,
      advmss: 0,
    };
  });
}

function dnsOf(lease: Lease, iface: string): WantedDns {
  const search = lease.search.some((name) => name.toLowerCase() === lease.domain.toLowerCase())
    ? lease.search
    : [lease.domain, ...lease.search].filter((name) => name !== "");
  const servers = lease.dns.map((server) => (/^fe[89ab]/.test(server) ? `${server}%${iface}` : server));
  return { servers, search, options: [] };
}
