import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lease } from "../../../src/netconf/dhcp/lease.ts";
import { leaseEvent } from "../../../src/netconf/dhcp/lease-event.ts";
import { dhclient, dhcpcd, given, type Recorded } from "./recorded.ts";

const now = given * 1000;

const event = (environment: Recorded, at = now) => leaseEvent("dhclient", environment, at);

/** BOUND with some variables changed; "" takes one away. */
function bound(changes: Recorded, client: "dhclient" | "dhcpcd" = "dhclient") {
  const base: Recorded = client === "dhclient" ? dhclient.BOUND : dhcpcd.BOUND;
  const renamed = Object.entries(changes).map(([name, value]) => [`new_${name}`, value]);
  return leaseEvent(client, { ...base, ...Object.fromEntries(renamed) }, now);
}

function leaseOf(changes: Recorded, client: "dhclient" | "dhcpcd" = "dhclient"): Lease {
  const { lease, unusable } = bound(changes, client);
  assert.ok(lease, unusable);
  return lease;
}

const wholeLease: Lease = {
  family: 4,
  address: "10.77.0.52",
  prefix: 24,
  broadcast: "10.77.0.255",
  routes: [
    { destination: "10.88.0.0", prefix: 16, gateway: "10.77.0.254" },
    { destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" },
  ],
  routers: ["10.77.0.1"],
  mtu: 1400,
  hostName: "",
  domain: "lab.test",
  search: ["lab.test", "sub.lab.test"],
  dns: ["10.77.0.1", "10.77.0.2"],
  ntp: ["10.77.0.9"],
  server: "10.77.0.1",
  lifetime: 120,
  renewal: 60,
  rebinding: 105,
  preferred: 120,
  since: now,
  other: {
    next_server: "10.77.0.1",
    v4_captive_portal: "https://portal.lab.test/api",
    wpad: "http://192.0.2.80/wpad.dat",
  },
  refused: {},
};

describe("what dhclient tells, by its recorded environments", () => {
  const rows: [keyof typeof dhclient, string, lease: boolean, old: boolean][] = [
    ["PREINIT", "preinit", false, false],
    ["BOUND", "bound", true, false],
    ["RENEW", "renew", true, true],
    ["REBOOT", "reboot", true, false],
    ["RELEASE", "release", false, true],
    ["STOP", "stop", false, true],
    ["EXPIRE", "expire", false, true],
    ["TIMEOUT", "timeout", true, false],
    ["FAIL", "fail", false, false],
    ["PREINIT6", "preinit", false, false],
    ["BOUND6", "bound", true, false],
    ["RENEW6", "renew", true, true],
    ["DEPREF6", "depref", true, false],
    ["RELEASE6", "release", false, true],
  ];
  for (const [said, reason, lease, old] of rows) {
    it(said, () => {
      const told = event(dhclient[said]);
      assert.equal(told.reason, reason);
      assert.equal(told.said, said);
      assert.equal(told.unusable, "");
      assert.equal(told.family, said.endsWith("6") ? 6 : 4);
      assert.equal(told.iface, said.endsWith("6") ? "wc" : "vc");
      assert.equal(told.pid, said.endsWith("6") ? 24883 : 12537);
      assert.deepEqual([told.lease !== undefined, told.old !== undefined], [lease, old]);
    });
  }

  it("a whole lease", () => assert.deepEqual(event(dhclient.BOUND).lease, wholeLease));

  it("RENEW brings the lease until then, with when it began", () => {
    const { old, lease } = event(dhclient.RENEW, now + 52_000);
    assert.deepEqual(old, wholeLease);
    assert.equal(lease?.since, now + 52_000);
    assert.equal(lease?.renewal, 54);
  });

  it("TIMEOUT: a stored lease counts from when it was given, and is none when it has expired", () => {
    assert.equal(event(dhclient.TIMEOUT, now + 60_000).lease?.since, now);
    const late = event(dhclient.TIMEOUT, now + 121_000);
    assert.deepEqual([late.lease, late.unusable], [undefined, "it has expired"]);
  });

  it("NBI is said in capitals, without an interface, which our own variable tells", () => {
    const { reason, iface } = event({ ...dhclient.NBI, REEVE_INTERFACE: "eth0" });
    assert.deepEqual([reason, iface], ["nbi", "eth0"]);
    assert.equal(event(dhclient.NBI).iface, "");
  });

  it("a whole DHCPv6 lease", () => {
    assert.deepEqual(event(dhclient.BOUND6).lease, {
      family: 6,
      address: "fd77::12c",
      prefix: 128,
      broadcast: "",
      routes: [],
      routers: [],
      mtu: 0,
      hostName: "",
      domain: "",
      search: ["lab6.test"],
      dns: ["fd77::1"],
      ntp: [],
      server: "0:3:0:1:f2:cd:f4:51:86:83",
      lifetime: 120,
      renewal: 60,
      rebinding: 105,
      preferred: 120,
      since: now,
      other: {},
      refused: {},
    });
  });

  it("DEPREF6 has its lease in cur_, preferred no longer", () => {
    const { lease } = event(dhclient.DEPREF6, (given + 300) * 1000);
    assert.deepEqual([lease?.address, lease?.preferred, lease?.since], ["fd77::12c", 0, 1795289400_000]);
  });

  it("reasons nobody has a use for, and later ones", () => {
    for (const said of ["MEDIUM", "ARPCHECK", "V6ONLY", "SOMETHING_NEW"]) {
      assert.equal(event({ reason: said, interface: "vc" }).reason, "other");
    }
  });

  it("our variable tells the family where the reason does not", () => {
    assert.equal(event({ ...dhclient.FAIL, REEVE_FAMILY: "6" }).family, 6);
    assert.equal(event({ ...dhclient.EXPIRE, reason: "EXPIRE6" }).family, 6);
  });
});

describe("what dhcpcd tells, by its recorded environments", () => {
  const rows: [keyof typeof dhcpcd, string, lease: boolean, old: boolean][] = [
    ["PREINIT", "preinit", false, false],
    ["NOCARRIER", "no-carrier", false, false],
    ["CARRIER", "carrier", false, false],
    ["BOUND", "bound", true, false],
    ["STOP", "stop", false, true],
    ["STOPPED", "other", false, false],
    ["ROUTERADVERT", "other", false, false],
    ["BOUND6", "bound", true, false],
    ["RELEASE6", "release", false, true],
  ];
  for (const [said, reason, lease, old] of rows) {
    it(said, () => {
      const told = leaseEvent("dhcpcd", dhcpcd[said], now);
      assert.deepEqual([told.reason, told.said, told.iface, told.pid], [reason, said, "vc", 1832]);
      assert.deepEqual([told.lease !== undefined, told.old !== undefined], [lease, old]);
    });
  }

  it("a whole lease, the same as from dhclient", () => {
    const { lease } = leaseEvent("dhcpcd", dhcpcd.BOUND, now);
    assert.deepEqual(lease, { ...wholeLease, address: "10.77.0.55", ntp: [], other: {} });
  });

  it("a whole DHCPv6 lease", () => {
    const { lease } = leaseEvent("dhcpcd", dhcpcd.BOUND6, now);
    const { address, prefix, lifetime, preferred, renewal, rebinding, search, dns, server, other } = lease!;
    assert.deepEqual([address, prefix, lifetime, preferred, renewal, rebinding], ["fd77::1f8", 128, 120, 120, 60, 105]);
    assert.deepEqual([search, dns, server, other], [["lab6.test"], ["fd77::1"], "00030001e6d3d886de2f", {}]);
  });

  it("NAK, and the other address family's words", () => {
    const told = (reason: string) => leaseEvent("dhcpcd", { ...dhcpcd.STOP, reason }, now).reason;
    assert.deepEqual(["NAK", "EXPIRE6", "STOP6", "IPV4LL", "NOCARRIER_ROAMING"].map(told), [
      ...["nak", "expire", "stop", "ipv4ll", "no-carrier"],
    ]);
  });
});

describe("fields with nothing usual in them", () => {
  it("for ever", () => {
    const { lifetime, preferred, renewal } = leaseOf({ dhcp_lease_time: "4294967295" });
    assert.deepEqual([lifetime, preferred, renewal], [null, null, 60]);
    assert.equal(leaseOf({ dhcp_lease_time: "" }).lifetime, null, "BOOTP");
  });

  it("times of renewal that do not fit the lifetime are those of RFC 2131", () => {
    const { renewal, rebinding } = leaseOf({ dhcp_renewal_time: "4000", dhcp_rebinding_time: "0" });
    assert.deepEqual([renewal, rebinding], [60, 105]);
  });

  it("no mask: that of the class", () => {
    const { prefix, broadcast } = leaseOf({ subnet_mask: "", broadcast_address: "" });
    assert.deepEqual([prefix, broadcast], [8, "10.255.255.255"]);
  });

  it("a host route's lease (/32, /31) has no broadcast", () => {
    assert.equal(leaseOf({ subnet_mask: "255.255.255.255" }).broadcast, "");
    assert.equal(leaseOf({ subnet_mask: "255.255.255.254" }).broadcast, "");
  });

  it("several domains in one option, as some servers have it", () => {
    const { domain, search } = leaseOf({ domain_name: "lab.test other.test", domain_search: "" });
    assert.deepEqual([domain, search], ["lab.test", ["other.test"]]);
  });

  it("routers make default routes where no classless routes are given; classful ones go with them", () => {
    const none = { rfc3442_classless_static_routes: "" };
    assert.deepEqual(leaseOf({ ...none, routers: "10.77.0.1 10.77.0.3" }).routes, [
      { destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" },
      { destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.3" },
    ]);
    assert.deepEqual(leaseOf({ ...none, static_routes: "192.168.5.0 10.77.0.9 172.16.1.1 10.77.0.9" }).routes, [
      { destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" },
      { destination: "192.168.5.0", prefix: 24, gateway: "10.77.0.9" },
      { destination: "172.16.1.1", prefix: 32, gateway: "10.77.0.9" },
    ]);
  });

  it("classless routes: on the link, with host bits, of every length", () => {
    const text = "32 10 0 0 1 0 0 0 0 0 10 0 0 1 9 10 255 10 77 0 1 24 192 168 7 10 77 0 1";
    assert.deepEqual(leaseOf({ rfc3442_classless_static_routes: text }).routes, [
      { destination: "10.0.0.1", prefix: 32, gateway: "" },
      { destination: "0.0.0.0", prefix: 0, gateway: "10.0.0.1" },
      { destination: "10.128.0.0", prefix: 9, gateway: "10.77.0.1" },
      { destination: "192.168.7.0", prefix: 24, gateway: "10.77.0.1" },
    ]);
  });

  it("Microsoft's number for them counts when the other is absent", () => {
    const { routes } = leaseOf(
      { classless_static_routes: "", ms_classless_static_routes: "10.9.0.0/16 10.77.0.7" },
      "dhcpcd",
    );
    assert.deepEqual(routes, [{ destination: "10.9.0.0", prefix: 16, gateway: "10.77.0.7" }]);
  });

  it("DHCPv6 with name servers alone, and lifetimes that end it", () => {
    const { new_ip6_address: _, ...stateless } = dhclient.BOUND6 as Recorded;
    const told = event(stateless);
    assert.deepEqual([told.unusable, told.lease?.address, told.lease?.dns], ["", "", ["fd77::1"]]);
    assert.equal(event({ ...dhclient.RENEW6, new_max_life: "0" }).unusable, "its lifetime is 0 s");
    const longer = event({ ...dhclient.BOUND6, new_preferred_life: "999" }).lease;
    assert.deepEqual([longer?.lifetime, longer?.preferred], [120, 120]);
    const endless = event({ ...dhclient.BOUND6, new_max_life: "4294967295" }).lease;
    assert.deepEqual([endless?.lifetime, endless?.preferred], [null, 120]);
  });
});

describe("a hostile server", () => {
  const refusals: [name: string, value: string, got: Partial<Lease>][] = [
    ["domain_name", "$(reboot)", { domain: "" }],
    ["domain_name", "a;rm", { domain: "" }],
    ["domain_name", "lab.test\nnameserver 6.6.6.6", { domain: "" }],
    ["domain_name", `${"a".repeat(64)}.test`, { domain: "" }],
    ["domain_name", "x.".repeat(130), { domain: "" }],
    ["domain_name", "-lab.test", { domain: "" }],
    ["domain_search", "good.test `id`.test", { search: ["good.test"] }],
    ["domain_search", "ä.test", { search: [] }],
    ["host_name", "host'; true", { hostName: "" }],
    ["host_name", "under_score", { hostName: "" }],
    ["host_name", "192.0.2.1", { hostName: "" }],
    ["domain_name_servers", "10.77.0.1 0.0.0.0 224.0.0.251 255.255.255.255 10.77.0.1 x", { dns: ["10.77.0.1"] }],
    ["domain_name_servers", "10.77.0.1;id", { dns: [] }],
    ["domain_name_servers", "fd77::1", { dns: [] }],
    ["ntp_servers", "pool.ntp.org", { ntp: [] }],
    ["interface_mtu", "68", { mtu: 0 }],
    ["interface_mtu", "576", { mtu: 0 }],
    ["interface_mtu", "65536", { mtu: 0 }],
    ["interface_mtu", "1400; reboot", { mtu: 0 }],
    ["interface_mtu", "-1", { mtu: 0 }],
    ["interface_mtu", "99999999999999999999", { mtu: 0 }],
    ["broadcast_address", "10.78.0.255", { broadcast: "10.77.0.255" }],
    ["subnet_mask", "0.0.0.0", { prefix: 8 }],
    ["subnet_mask", "255.0.255.0", { prefix: 8 }],
    ["subnet_mask", "24", { prefix: 8 }],
    ["dhcp_server_identifier", "evil", { server: "" }],
    ["routers", "10.77.0.52", { routers: [] }],
    ["routers", "127.0.0.1", { routers: [] }],
    [
      "rfc3442_classless_static_routes",
      "33 1 2 3 4 5 10 77 0 1",
      { routes: [{ destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" }] },
    ],
    [
      "rfc3442_classless_static_routes",
      "24 10 0",
      { routes: [{ destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" }] },
    ],
    [
      "rfc3442_classless_static_routes",
      "0 10 77 0 256",
      { routes: [{ destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" }] },
    ],
  ];
  for (const [name, value, got] of refusals) {
    it(`${name}=${JSON.stringify(value).slice(0, 50)} costs that field only`, () => {
      const lease = leaseOf({ [name]: value });
      for (const [field, expected] of Object.entries(got)) assert.deepEqual(lease[field as keyof Lease], expected);
      if (!value.includes("10.77.0.52")) assert.ok(lease.refused[name], "it is named");
      assert.equal(lease.address, "10.77.0.52");
    });
  }

  for (const address of [
    "127.0.0.1",
    "127.255.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "169.254.1.1",
    "x",
    "::1",
  ]) {
    it(`the address ${address} is none`, () => {
      const { lease, unusable } = bound({ ip_address: address });
      assert.equal(lease, undefined);
      assert.match(unusable, /^no address to use/);
    });
  }

  it("the network's own address, its broadcast, no address at all", () => {
    assert.match(bound({ ip_address: "10.77.0.0" }).unusable, /no host's address/);
    assert.match(bound({ ip_address: "10.77.0.255" }).unusable, /no host's address/);
    assert.match(bound({ ip_address: "" }).unusable, /none was given/);
    const { new_ip6_address: address, ...rest } = { ...dhclient.BOUND6, new_ip6_address: "fe80::1" };
    assert.match(event({ ...rest, new_ip6_address: address }).unusable, /no address to use/);
  });

  it("a lifetime of 0, or none that is a number", () => {
    assert.equal(bound({ dhcp_lease_time: "0" }).unusable, "its lifetime is 0 s");
    assert.ok(leaseOf({ dhcp_lease_time: "soon" }).refused.dhcp_lease_time);
  });

  it("a storm of default routes, and one of any routes", () => {
    const same = Array(500).fill("0 10 77 0 1").join(" ");
    assert.equal(leaseOf({ rfc3442_classless_static_routes: same }).routes.length, 1);
    const gateways = Array.from({ length: 250 }, (_, number) => `0 10 77 0 ${number + 1}`).join(" ");
    const many = leaseOf({ rfc3442_classless_static_routes: gateways });
    assert.equal(many.routes.length, 4);
    assert.match(many.refused.rfc3442_classless_static_routes ?? "", /too many/);
    const nets = Array.from({ length: 1000 }, (_, n) => `24 10 ${n >> 8} ${n & 255} 10 77 0 1`).join(" ");
    assert.equal(leaseOf({ rfc3442_classless_static_routes: nets }).routes.length, 64);
  });

  it("routes into loopback or multicast, or by an impossible gateway", () => {
    const text = "8 127 10 77 0 1 4 224 10 77 0 1 32 0 0 0 0 10 77 0 1 24 10 1 2 127 0 0 1 0 10 77 0 1";
    const lease = leaseOf({ rfc3442_classless_static_routes: text });
    assert.deepEqual(lease.routes, [{ destination: "0.0.0.0", prefix: 0, gateway: "10.77.0.1" }]);
    assert.match(lease.refused.rfc3442_classless_static_routes ?? "", /^4 to or by/);
  });

  it("lists and options without end", () => {
    const servers = Array.from({ length: 300 }, (_, number) => `10.${number >> 8}.${number & 255}.9`).join(" ");
    assert.equal(leaseOf({ domain_name_servers: servers }).dns.length, 16);
    const options = Object.fromEntries(Array.from({ length: 5000 }, (_, number) => [`unknown_${number}`, "x"]));
    const lease = leaseOf(options);
    assert.equal(Object.keys(lease.other).length, 64);
    assert.ok(Object.keys(lease.refused).length <= 66);
    assert.ok(JSON.stringify(leaseOf({ wpad: "x".repeat(100_000), domain_name: "y".repeat(100_000) })).length < 4000);
  });

  it("other options: nothing that a shell or a terminal would act on", () => {
    for (const value of ["$(id)", "`id`", 'a"b', "a'b", "a\\b", "a\u001b[2J", "a\nb"]) {
      const lease = leaseOf({ wpad: value });
      assert.deepEqual([lease.other.wpad, lease.refused.wpad === undefined], [undefined, false]);
    }
    assert.equal(leaseOf({ wpad: "http://w/?a=b&c=d;e" }).other.wpad, "http://w/?a=b&c=d;e");
    assert.equal(leaseOf({ "BAD-name": "x" }).other["BAD-name"], undefined);
  });

  it("what is refused is shown as it may stand in a log", () => {
    const refused = leaseOf({ domain_name: "\u001b]0;x\u0007\u202e" }).refused.domain_name ?? "";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    assert.doesNotMatch(refused, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("an environment that is none of a client's", () => {
  const wrong: [string, Recorded][] = [
    ["no reason", { interface: "vc" }],
    ["a reason with more than a word", { reason: "BOUND; id", interface: "vc" }],
    ["no interface", { reason: "BOUND" }],
    ["an interface that is a path", { reason: "BOUND", interface: "../etc" }],
    ["another's interface", { reason: "BOUND", interface: "vc", REEVE_INTERFACE: "eth0" }],
  ];
  for (const [what, environment] of wrong) {
    it(what, () => assert.throws(() => event(environment), { name: "Problem", code: "bad-request" }));
  }
});
