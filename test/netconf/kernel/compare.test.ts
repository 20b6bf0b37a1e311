import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressDifference,
  canonicalRoute,
  dataDifference,
  sameRoute,
  sameRule,
  settingsDifference,
} from "../../../src/netconf/kernel/compare.ts";
import { freshState } from "../../../src/netconf/kernel/simulated.ts";
import type { Address, Link } from "../../../src/netconf/kernel/state.ts";
import { address, route } from "./objects.ts";

describe("addresses", () => {
  const there: Address = { ...address("eth0", "192.0.2.1", 24), label: "eth0", flags: ["permanent"] };

  it("what nobody asked for is not missed: label, broadcast, the kernel's flags", () => {
    assert.equal(addressDifference(address("eth0", "192.0.2.1", 24), there), "none");
    assert.equal(addressDifference(address("eth0", "192.0.2.1", 24), { ...there, broadcast: "192.0.2.255" }), "none");
  });

  it("lifetimes and IPv6 flags can be had for the asking, the rest needs a new address", () => {
    const wanted = address("eth0", "192.0.2.1", 24);
    assert.equal(addressDifference({ ...wanted, valid: 60, preferred: 60 }, there), "renew");
    assert.equal(
      addressDifference({ ...wanted, valid: 60, preferred: 60 }, { ...there, valid: 59, preferred: 58 }),
      "none",
    );
    assert.equal(addressDifference({ ...wanted, broadcast: "192.0.2.255" }, there), "remake");
    assert.equal(addressDifference({ ...wanted, label: "eth0:1" }, there), "remake");
    assert.equal(addressDifference({ ...wanted, scope: "link" }, there), "remake");
    assert.equal(addressDifference({ ...wanted, flags: ["noprefixroute"] }, there), "remake");
    const six = { ...address("eth0", "2001:db8::1", 64), flags: ["permanent"] };
    assert.equal(addressDifference(address("eth0", "2001:DB8:0::1", 64, { scope: "link" }), six), "none");
    assert.equal(addressDifference(address("eth0", "2001:db8::1", 64, { flags: ["noprefixroute"] }), six), "renew");
    assert.equal(addressDifference(address("eth0", "2001:db8::1", 48), six), "remake");
  });
});

describe("routes", () => {
  it("are compared as the kernel keeps them", () => {
    const wanted = route({ destination: "2001:DB8::7", prefix: 32, gateway: "FE80::1", device: "eth0", metric: 0 });
    const { destination, metric, hops } = canonicalRoute(wanted);
    assert.deepEqual([destination, metric, hops[0]?.gateway], ["2001:db8::", 1024, "fe80::1"]);
    assert.ok(sameRoute(wanted, { ...wanted, destination: "2001:db8::", metric: 1024 }));
    assert.ok(!sameRoute(wanted, { ...wanted, metric: 512 }));
  });

  it("a hop without a device has any; hops have no order", () => {
    const there = route({ gateway: "192.0.2.254", device: "eth0" });
    assert.ok(sameRoute(route({ gateway: "192.0.2.254" }), there));
    assert.ok(!sameRoute(route({ gateway: "192.0.2.253" }), there));
    const hops = [
      { gateway: "192.0.2.1", device: "eth0", onlink: false, weight: 1 },
      { gateway: "192.0.2.2", device: "eth1", onlink: false, weight: 2 },
    ];
    assert.ok(sameRoute({ ...there, hops }, { ...there, hops: hops.toReversed() }));
  });
});

describe("links and rules", () => {
  it("values say the same in several spellings", () => {
    const wanted = {
      stp_state: true,
      priority: "32768",
      vlan_protocol: "802.1q",
      group_fwd_mask: "0x8",
      id: 5,
      flags: ["B", "A"],
    };
    const there = {
      stp_state: 1,
      priority: 32768,
      vlan_protocol: "802.1Q",
      group_fwd_mask: 8,
      id: 6,
      flags: ["A", "B"],
    };
    assert.deepEqual(dataDifference(wanted, there), { id: 5 });
    assert.deepEqual(dataDifference({ mode: "active-backup" }, {}), { mode: "active-backup" });
  });

  it("of settings, what the link does not have", () => {
    const link = { ...(freshState().links.get("lo") as Link), address: "02:00:00:00:00:01", mtu: 1500 };
    const wanted = { up: true, mtu: 1500, address: "02:00:00:00:00:01", master: "br0", alias: "" };
    assert.deepEqual(settingsDifference(wanted, link), { up: true, master: "br0" });
  });

  it("rules are what they match and do, whoever made them", () => {
    const [rule] = freshState().rules;
    assert.ok(rule);
    assert.ok(sameRule({ ...rule, from: "2001:DB8::/32" }, { ...rule, from: "2001:db8::/32", protocol: 4 }));
    assert.ok(!sameRule(rule, { ...rule, priority: 5 }));
  });
});
