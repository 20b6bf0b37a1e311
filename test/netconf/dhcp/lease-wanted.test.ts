import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lease } from "../../../src/netconf/dhcp/lease.ts";
import { leaseEvent } from "../../../src/netconf/dhcp/lease-event.ts";
import { wantedOfLease } from "../../../src/netconf/dhcp/lease-wanted.ts";
import { dhclient, given, type Recorded } from "./recorded.ts";

const now = given * 1000;

function lease(changes: Recorded = {}, base: Recorded = dhclient.BOUND): Lease {
  const renamed = Object.entries(changes).map(([name, value]) => [`new_${name}`, value]);
  const { lease, unusable } = leaseEvent("dhclient", { ...base, ...Object.fromEntries(renamed) }, now);
  assert.ok(lease, unusable);
  return lease;
}

const place = { iface: "eth0", now };

describe("what a lease asks of the kernel", () => {
  it("everything of an ordinary one", () => {
    const { addresses, routes, mtu, dns } = wantedOfLease(lease(), place);
    assert.deepEqual(addresses, [
      {
        is: {
          device: "eth0",
          family: 4,
          address: "10.77.0.52",
          prefix: 24,
          peer: "",
          broadcast: "10.77.0.255",
          label: "",
          scope: "global",
          valid: 120,
          preferred: 120,
          protocol: 0,
          flags: [],
        },
        from: "lease",
      },
    ]);
    assert.deepEqual(
      routes.map(({ is: { destination, prefix, protocol, source, metric, hops } }) => [
        ...[destination, prefix, protocol, source, metric, hops[0]?.gateway, hops[0]?.device, hops[0]?.onlink],
      ]),
      [
        ["10.88.0.0", 16, 16, "10.77.0.52", 0, "10.77.0.254", "eth0", false],
        ["0.0.0.0", 0, 16, "10.77.0.52", 0, "10.77.0.1", "eth0", false],
      ],
    );
    assert.equal(mtu, 1400);
    assert.deepEqual(dns, { servers: ["10.77.0.1", "10.77.0.2"], search: ["lab.test", "sub.lab.test"], options: [] });
  });

  it("lifetimes count from when it was given; an expired one asks the kernel for nothing", () => {
    const late = wantedOfLease(lease(), { ...place, now: now + 50_900 });
    assert.deepEqual([late.addresses[0]?.is.valid, late.addresses[0]?.is.preferred], [70, 70]);
    const gone = wantedOfLease(lease(), { ...place, now: now + 120_000 });
    assert.deepEqual([gone.addresses, gone.routes, gone.mtu], [[], [], undefined]);
    assert.deepEqual(gone.dns, late.dns);
    const endless = wantedOfLease(lease({ dhcp_lease_time: "4294967295" }), { ...place, now: now + 1e12 });
    assert.equal(endless.addresses[0]?.is.valid, null);
  });

  it("metric and table; further gateways of a destination come after the first", () => {
    const changes = { rfc3442_classless_static_routes: "", routers: "10.77.0.1 10.77.0.2" };
    const { routes } = wantedOfLease(lease(changes), { ...place, metric: 100, table: 77 });
    assert.deepEqual(
      routes.map(({ is }) => [is.hops[0]?.gateway, is.metric, is.table]),
      [
        ["10.77.0.1", 100, 77],
        ["10.77.0.2", 101, 77],
      ],
    );
  });

  it("a gateway outside of the network is on the link; one that another route reaches is not forced to be", () => {
    const cloud = { subnet_mask: "255.255.255.255", rfc3442_classless_static_routes: "" };
    const alone = wantedOfLease(lease({ ...cloud, routers: "10.0.0.1" }), place).routes;
    assert.deepEqual(
      alone.map(({ is }) => is.hops[0]?.onlink),
      [true],
    );
    const told = wantedOfLease(
      lease({ ...cloud, rfc3442_classless_static_routes: "0 10 0 0 1 32 10 0 0 1 0 0 0 0" }),
      place,
    ).routes;
    assert.deepEqual(
      told.map(({ is }) => [is.destination, is.scope, is.hops[0]?.gateway, is.hops[0]?.onlink]),
      [
        ["10.0.0.1", "link", "", false],
        ["0.0.0.0", "global", "10.0.0.1", false],
      ],
    );
  });

  it("an MTU that would take IPv6 off the link is raised, unless there is none", () => {
    const small = lease({ interface_mtu: "1000" });
    assert.equal(wantedOfLease(small, place).mtu, 1280);
    assert.equal(wantedOfLease(small, { ...place, ipv6: false }).mtu, 1000);
    assert.equal("mtu" in wantedOfLease(lease({ interface_mtu: "" }), place), false);
  });

  it("the domain is searched first; a link-local server gets its zone", () => {
    const domain = wantedOfLease(lease({ domain_name: "own.test" }), place).dns.search;
    assert.deepEqual(domain, ["own.test", "lab.test", "sub.lab.test"]);
    const six = lease({ dhcp6_name_servers: "fe80::1 fd77::1" }, dhclient.BOUND6);
    assert.deepEqual(wantedOfLease(six, place).dns.servers, ["fe80::1%eth0", "fd77::1"]);
  });

  it("DHCPv6: one address, no route; deprecated: preferred for 0 s", () => {
    const six = wantedOfLease(lease({}, dhclient.BOUND6), place);
    assert.deepEqual(
      six.addresses.map(({ is }) => [is.address, is.prefix, is.family, is.valid, is.broadcast]),
      [["fd77::12c", 128, 6, 120, ""]],
    );
    assert.deepEqual([six.routes, six.mtu], [[], undefined]);
    const { lease: old } = leaseEvent("dhclient", dhclient.DEPREF6, now + 200_000);
    const deprecated = wantedOfLease(old!, { ...place, now: now + 200_000 });
    assert.equal(deprecated.addresses[0]?.is.preferred, 0);
    const stateless = wantedOfLease({ ...lease({}, dhclient.BOUND6), address: "" }, place);
    assert.deepEqual([stateless.addresses, stateless.dns.servers], [[], ["fd77::1"]]);
  });

  it("an IPv4LL address is of the link", () => {
    const own: Lease = { ...lease(), address: "169.254.7.7", prefix: 16, routes: [], lifetime: null, preferred: null };
    const { addresses } = wantedOfLease(own, place);
    assert.deepEqual([addresses[0]?.from, addresses[0]?.is.scope, addresses[0]?.is.valid], ["ipv4ll", "link", null]);
  });
});
