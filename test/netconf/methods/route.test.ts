import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Route, Rule } from "../../../src/netconf/kernel/state.ts";
import { one, read } from "./text.ts";

const usual: Route = {
  family: 4,
  type: "unicast",
  destination: "10.0.0.0",
  prefix: 8,
  table: 254,
  protocol: 4,
  scope: "global",
  metric: 0,
  source: "",
  hops: [{ gateway: "192.0.2.1", device: "x", onlink: false, weight: 1 }],
  mtu: 0,
  advmss: 0,
};
const hop = (rest: Partial<Route["hops"][number]>) => ({ gateway: "", device: "x", onlink: false, weight: 1, ...rest });
const onLink: Partial<Route> = { hops: [hop({})], scope: "link" };

describe("route", () => {
  // Words; what is not as usual.
  const cases: [string, Partial<Route>][] = [
    ["10.0.0.0/8 via 192.0.2.1", {}],
    ["10.0.0.0/255.0.0.0 via 192.0.2.1 metric 100 table 10", { metric: 100, table: 10 }],
    [
      "10.0.0.0/8 via 192.0.2.1 table blue src 192.0.2.9 mtu 1400 advmss 1360",
      { table: 7, source: "192.0.2.9", mtu: 1400, advmss: 1360 },
    ],
    [
      "10.0.0.0/8 via 192.0.2.1 dev eth9 onlink",
      { hops: [hop({ gateway: "192.0.2.1", device: "eth9", onlink: true })] },
    ],
    ["10.0.0.0/8 via 192.0.2.1 proto static table main preference 5", { metric: 5 }],
    ["10.0.0.0/8 via 192.0.2.1 proto 99", { protocol: 99 }],
    ["10.1.2.3", { destination: "10.1.2.3", prefix: 32, ...onLink }],
    ["10.0.0.0/8 scope host", { ...onLink, scope: "host" }],
    ["default via 192.0.2.1", { destination: "0.0.0.0", prefix: 0 }],
    [
      "default via 2001:DB8::1",
      { family: 6, destination: "::", prefix: 0, metric: 1024, hops: [hop({ gateway: "2001:db8::1" })] },
    ],
    ["2001:db8::/32", { family: 6, destination: "2001:db8::", prefix: 32, metric: 1024, hops: [hop({})] }],
    ["blackhole 10.0.0.0/8", { type: "blackhole", hops: [] }],
    [
      "unreachable 2001:db8::/32 metric 9",
      { family: 6, type: "unreachable", destination: "2001:db8::", prefix: 32, metric: 9, hops: [] },
    ],
    [
      "local 10.1.2.3",
      { type: "local", destination: "10.1.2.3", prefix: 32, table: 255, scope: "host", hops: [hop({})] },
    ],
    [
      "default nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.2 dev eth1",
      {
        destination: "0.0.0.0",
        prefix: 0,
        hops: [hop({ gateway: "192.0.2.1", weight: 2 }), hop({ gateway: "192.0.2.2", device: "eth1" })],
      },
    ],
  ];
  for (const [words, rest] of cases) {
    it(words, () => {
      const { wanted, said } = read(`iface x\n route ${words}`, "x", { tables: new Map([["blue", 7]]) });
      assert.deepEqual([said, wanted.routes.map(({ is }) => is)], [[], [{ ...usual, ...rest }]]);
    });
  }

  // Words; what is wrong with them.
  const wrong: [string, string][] = [
    ["blackhole", "must be like 10.0.0.0/8 via 192.0.2.1, or default via 192.0.2.1"],
    ["10.0.0.1/8 via 192.0.2.1", "10.0.0.1/8 has bits behind the prefix: write 10.0.0.0/8"],
    ["10.0.0.0/8 via 192.0.2", "must be an IP address, like 192.0.2.1"],
    ["10.0.0.0/8 via", 'there is nothing after "via"'],
    ["10.0.0.0/8 via 2001:db8::1", "2001:db8::1 is no IPv4 address, as its destination is"],
    [
      "10.0.0.0/8 quickack 1",
      '"quickack" is no word that Reeve knows here: as "up ip route add …" it can stand all the same',
    ],
    ["10.0.0.0/8 table nowhere", "is no routing table: write its number, main, or a name of /etc/iproute2/rt_tables"],
    ["10.0.0.0/8 metric -1", "must be a whole number from 0 to 4294967295"],
    ["blackhole 10.0.0.0/8 via 192.0.2.1", "goes nowhere, so that it has neither via nor dev"],
    ["10.0.0.0/40", "must be like 192.0.2.1/24"],
  ];
  for (const [words, message] of wrong) {
    it(`${words}: ${message}`, () =>
      assert.deepEqual(one("", `route ${words}`).said, [`error 2:3 route "${words}": ${message}`]));
  }

  it("by another device needs that", () => {
    assert.deepEqual(one("", "route 10.0.0.0/8 dev eth7").wanted.requires, ["eth7"]);
  });

  it("default goes by the stanza's family where no address tells", () => {
    assert.equal(one("inet6 manual", "route default").wanted.routes[0]?.is.family, 6);
    assert.equal(one("inet manual", "route default").wanted.routes[0]?.is.family, 4);
  });
});

describe("rule", () => {
  const lookup: Rule = {
    family: 4,
    priority: 32_765,
    ...{ from: "", to: "", iif: "", oif: "", fwmark: 0, fwmask: 0 },
    action: "lookup",
    table: 10,
    l3mdev: false,
    invert: false,
    protocol: 4,
  };
  const cases: [string, Partial<Rule>[]][] = [
    ["from 192.0.2.7/24 lookup 10", [{ from: "192.0.2.0/24" }]],
    ["from 2001:db8::1 to all table 10 priority 77", [{ family: 6, from: "2001:db8::1/128", priority: 77 }]],
    [
      "not to 10.0.0.0/8 iif eth0 oif eth1 pref 5 lookup main",
      [{ to: "10.0.0.0/8", iif: "eth0", oif: "eth1", priority: 5, table: 254, invert: true }],
    ],
    ["-6 fwmark 0x10/0xff table 10", [{ family: 6, fwmark: 16, fwmask: 255 }]],
    [
      "fwmark 1 table 10",
      [
        { fwmark: 1, fwmask: 0xffff_ffff },
        { family: 6, fwmark: 1, fwmask: 0xffff_ffff },
      ],
    ],
    ["from 10.0.0.0/8 prohibit", [{ from: "10.0.0.0/8", action: "prohibit", table: 0 }]],
    ["-4 l3mdev pref 1000", [{ l3mdev: true, table: 0, priority: 1000 }]],
  ];
  for (const [words, rules] of cases) {
    it(words, () => {
      const { wanted, said } = one("", `rule ${words}`);
      assert.deepEqual([said, wanted.rules.map(({ is }) => is)], [[], rules.map((rest) => ({ ...lookup, ...rest }))]);
    });
  }

  const wrong: [string, string][] = [
    ["from 10.0.0.0/8", "must say what to do: lookup TABLE, blackhole, unreachable or prohibit"],
    ["from 10.0.0.0/8 to 2001:db8::/32 table 10", "has addresses of both families"],
    ["from 10.0.0.0/8 table 10 prohibit", "has more than one action"],
    ["from ten table 10", "must be an IP address, like 192.0.2.1"],
    [
      "uidrange 0-100 table 10",
      '"uidrange" is no word that Reeve knows here: as "up ip rule add …" it can stand all the same',
    ],
    ["from 10.0.0.0/8 lookup", 'there is nothing after "lookup"'],
  ];
  for (const [words, message] of wrong) {
    it(`${words}: ${message}`, () =>
      assert.deepEqual(one("", `rule ${words}`).said, [`error 2:3 rule "${words}": ${message}`]));
  }
});
