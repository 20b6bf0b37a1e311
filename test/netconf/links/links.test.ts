import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LinkData } from "../../../src/netconf/kernel/state.ts";
import { link, links, one, read } from "../methods/text.ts";
import { linkOf } from "./said.ts";

/** Name, head of the stanza, options; kind, lower, data; what is said. */
type Case = [
  name: string,
  head: string,
  options: string[],
  expected: [string, string, LinkData] | undefined,
  said?: string[],
];

const cases: Case[] = [
  ["eth0.5", "inet manual", [], ["vlan", "eth0", { id: 5 }]],
  ["eth0.0201", "inet manual", [], ["vlan", "eth0", { id: 201 }]],
  ["eth0.1.2", "", [], ["vlan", "eth0.1", { id: 2 }]],
  ["vlan7", "inet manual", ["vlan-raw-device eth0"], ["vlan", "eth0", { id: 7 }]],
  ["vlan0007", "inet manual", ["vlan_raw_device eth0"], ["vlan", "eth0", { id: 7 }]],
  ["servers", "", ["vlan-raw-device eth0", "vlan_id 8"], ["vlan", "eth0", { id: 8 }]],
  ["br0.2", "inet manual", ["vlan-raw-device br0"], ["vlan", "br0", { id: 2 }]],
  [
    "q.5",
    "",
    ["vlan-raw-device eth0", "vlan-protocol 802.1AD", "vlan-gvrp on"],
    ["vlan", "eth0", { id: 5, protocol: "802.1ad", flags: ["REORDER_HDR", "GVRP"] }],
  ],
  ["vlan7", "inet manual", [], undefined],
  [
    "eth0.5000",
    "inet manual",
    [],
    undefined,
    [
      "error 1:1 VLAN eth0.5000 has the number 5000, and there are 1 to 4094: write vlan-id, or name it like eth0.5 or vlan5",
    ],
  ],
  [
    "servers",
    "",
    ["vlan-raw-device eth0"],
    undefined,
    ["error 2:3 VLAN servers has no number: write vlan-id, or name it like eth0.5 or vlan5"],
  ],
  [
    "servers",
    "",
    ["vlan-id 4095", "vlan-raw-device eth0"],
    undefined,
    ['error 2:3 vlan-id "4095": must be a whole number from 1 to 4094'],
  ],
  ["servers", "", ["vlan-id 5"], undefined, ["error 2:3 servers is a VLAN of no device: write vlan-raw-device eth0"]],

  ["dummy0", "", ["link-type dummy"], ["dummy", "", {}]],
  ["ifb0", "", ["link-type ifb"], ["ifb", "", {}]],
  [
    "d0",
    "",
    ["link-type dumy"],
    undefined,
    [
      'error 2:3 link-type "dumy": must be one of bridge, bond, vxlan, vrf, tunnel, gre, veth, macvlan, macvtap, ipvlan, dummy, ifb, vlan',
    ],
  ],
  ["v0", "", ["link-type veth", "veth-peer-name v1"], ["veth", "", {}]],
  [
    "mv0",
    "",
    ["link-type macvlan", "macvlan-raw-device eth0", "macvlan-mode bridge"],
    ["macvlan", "eth0", { mode: "bridge" }],
  ],
  ["iv0", "", ["link-type ipvlan", "ipvlan-raw-device eth0", "ipvlan-mode l3s"], ["ipvlan", "eth0", { mode: "l3s" }]],
  [
    "mv0",
    "",
    ["link-type macvlan"],
    undefined,
    ["error 1:1 macvlan mv0 stands on no device: write macvlan-raw-device eth0"],
  ],

  ["red", "", ["vrf-table 10"], ["vrf", "", { table: 10 }]],
  ["red", "", ["vrf-table auto"], ["vrf", "", { table: 1001 }]],
  [
    "red",
    "",
    ["vrf-table zero"],
    undefined,
    ['error 2:3 vrf-table "zero": is no routing table: write its number, main, or a name of /etc/iproute2/rt_tables'],
  ],

  [
    "vx",
    "",
    [
      "vxlan-id 42",
      "vxlan-physdev eth0",
      "vxlan-local-tunnelip 192.0.2.1",
      "vxlan-remote-group 239.1.1.1",
      "vxlan-learning no",
      "vxlan-ageing 60",
    ],
    [
      "vxlan",
      "",
      { port: 4789, id: 42, learning: false, ageing: 60, local: "192.0.2.1", link: "eth0", group: "239.1.1.1" },
    ],
  ],
  [
    "vx",
    "",
    ["vxlan-id 42", "vxlan-remoteip 2001:DB8::1", "vxlan-dstport 8472"],
    ["vxlan", "", { id: 42, port: 8472, remote: "2001:db8::1" }],
  ],
  ["vx", "", ["vxlan-id 42", "vxlan-svcnodeip 192.0.2.9"], ["vxlan", "", { id: 42, port: 4789, remote: "192.0.2.9" }]],
  [
    "vx",
    "",
    ["vxlan-id 16777216"],
    ["vxlan", "", { port: 4789 }],
    ['error 2:3 vxlan-id "16777216": must be a whole number from 0 to 16777215'],
  ],
  [
    "vx",
    "",
    ["vxlan-id 1", "vxlan-remote-group 239.1.1.1"],
    ["vxlan", "", { id: 1, port: 4789, group: "239.1.1.1" }],
    ["error 3:3 vxlan-remote-group 239.1.1.1 is a multicast group: it needs vxlan-physdev"],
  ],

  [
    "t",
    "",
    [
      "tunnel-mode gre",
      "tunnel-local 192.0.2.1",
      "tunnel-endpoint 192.0.2.2",
      "tunnel-physdev eth0",
      "tunnel-ttl 255",
      "tunnel-key 258",
    ],
    ["gre", "", { remote: "192.0.2.2", local: "192.0.2.1", link: "eth0", ttl: 255, ikey: "0.0.1.2", okey: "0.0.1.2" }],
  ],
  [
    "t",
    "",
    ["gre-local 192.0.2.1", "gre-remote 192.0.2.2", "gre-flags nopmtudisc ignore-df"],
    ["gre", "", { remote: "192.0.2.2", local: "192.0.2.1", pmtudisc: false, ignore_df: true }],
  ],
  [
    "t",
    "",
    ["mode sit", "endpoint any", "local 192.0.2.1", "ttl inherit"],
    ["sit", "", { local: "192.0.2.1", ttl: 0 }],
  ],
  [
    "t",
    "",
    ["tunnel-mode ip6ip6", "tunnel-remote 2001:db8::1", "tunnel-encaplimit none", "tunnel-tos inherit"],
    ["ip6tnl", "", { proto: "ip6ip6", remote: "2001:db8::1", encap_limit: "none", ip6_tnl_f_use_orig_tclass: true }],
  ],
  [
    "t",
    "inet tunnel",
    ["mode IPIP", "address 10.0.0.1/30", "endpoint 192.0.2.2"],
    ["ipip", "", { remote: "192.0.2.2" }],
  ],
  [
    "t",
    "inet6 v4tunnel",
    ["address 2001:db8::2/64", "endpoint 192.0.2.1", "ttl 64"],
    ["sit", "", { remote: "192.0.2.1", ttl: 64 }],
  ],
  [
    "t",
    "",
    ["tunnel-mode gre", "tunnel-remote 2001:db8::1"],
    ["gre", "", {}],
    ['error 3:3 tunnel-remote "2001:db8::1": must be an IPv4 address, like 192.0.2.1'],
  ],
  [
    "t",
    "inet tunnel",
    ["mode gred", "address 10.0.0.1/30", "endpoint 192.0.2.2"],
    undefined,
    ['error 2:3 mode "gred": must be one of gre, gretap, ip6gre, ip6gretap, ipip, sit, ip6ip6, ipip6, ip6tnl'],
  ],

  [
    "x",
    "",
    ["bridge-ports none", "bond-mode 1"],
    undefined,
    ["error 1:1 x is asked to be bridge and bond at once: one of them, please"],
  ],
];

describe("links", () => {
  for (const [name, head, options, expected, said = []] of cases) {
    it(`${name} ${head}: ${options.join(", ")}`, () => {
      const result = read([`iface ${name} ${head}`, ...options.map((line) => `  ${line}`)].join("\n"), name);
      assert.deepEqual(result.said, said);
      const made = linkOf(result.wanted);
      assert.deepEqual(made && [made.kind, made.lower, made.data], expected);
      if (expected?.[1]) assert.ok(result.wanted.requires.includes(expected[1]));
    });
  }

  it("take a name with a dot for a VLAN only where nothing else is there", () => {
    const text = "iface usb.5 inet manual";
    assert.equal(read(text, "usb.5", { links: links("usb.5") }).wanted.link, undefined);
    assert.equal(read(text, "usb.5", { links: links(link("usb.5", { kind: "vlan" })) }).wanted.link?.is.kind, "vlan");
  });

  it("hold a VLAN to the device of its name, if there is one", () => {
    const text = "iface eth0 inet manual\niface eth0.5 inet manual\n vlan-raw-device eth1";
    const { wanted, said } = read(text, "eth0.5");
    assert.equal(wanted.link?.is.lower, "eth0");
    assert.deepEqual(said, ["warning 3:2 vlan-raw-device eth1 has no effect: eth0.5 is a VLAN of eth0 by its name"]);
  });

  it("warn of an MTU that the link below does not have", () => {
    const text = "iface eth0 inet manual\n mtu 1500\niface eth0.5 inet manual\n mtu 9000";
    assert.deepEqual(read(text, "eth0.5").said, [
      "warning 4:2 mtu 9000 is more than the 1500 of eth0 below it: the kernel will not have it",
    ]);
  });

  it("of veth pairs are made once, by the first that names the other", () => {
    const text = "iface a\n link-type veth\n veth-peer-name b\niface b\n link-type veth\n veth-peer-name a";
    assert.equal(read(text, "a").wanted.link?.is.peer, "b");
    assert.deepEqual([read(text, "b").wanted.link, read(text, "b").wanted.requires], [undefined, ["a"]]);
    assert.deepEqual(read(text, "a").wanted.requires, []);
  });

  it("have several far ends of a vxlan as forwarding entries", () => {
    const { wanted } = one("", "vxlan-id 5", "vxlan-remoteip 192.0.2.1 192.0.2.2", "vxlan-remoteip 192.0.2.3");
    assert.deepEqual(
      wanted.forwarding.map(({ is }) => is.destination),
      ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    );
    assert.deepEqual(wanted.link?.is.data, { id: 5, port: 4789 });
  });

  it("take a tunnel's local end from another interface's stanza", () => {
    const tunnel = "iface t\n tunnel-mode sit\n tunnel-remote 192.0.2.9\n tunnel-local-dev eth0\n";
    const known = read(`${tunnel}iface eth0 inet static\n address 192.0.2.1/24`, "t");
    assert.deepEqual([known.wanted.link?.is.data.local, known.wanted.requires], ["192.0.2.1", ["eth0"]]);
    const unknown = read(`${tunnel}iface eth0 inet dhcp`, "t");
    assert.deepEqual(unknown.said, [
      "error 4:2 tunnel-local-dev: no stanza gives eth0 an IPv4 address, write tunnel-local",
    ]);
  });
});

describe("vrf", () => {
  const text =
    "iface red\n vrf-table auto\niface blue\n vrf-table 1001\niface green\n vrf-table auto\niface eth0\n address 192.0.2.1/24\n gateway 192.0.2.2\n vrf green";

  it("tables are handed out in order, around those that are taken", () => {
    const table = (name: string) => read(text, name).wanted.link?.is.data.table;
    assert.deepEqual(["red", "blue", "green"].map(table), [1002, 1001, 1003]);
  });

  it("members join it, and their routes are its own", () => {
    const { wanted, said } = read(text, "eth0");
    assert.deepEqual(said, []);
    assert.deepEqual([wanted.settings.is.master, wanted.requires], ["green", ["green"]]);
    assert.equal(wanted.routes[0]?.is.table, 1003);
  });

  it("that there is none is said where it is named", () => {
    const lines = "iface eth0 inet static\n address 192.0.2.1/24\n gateway 192.0.2.2\n vrf blue";
    const error = "error 4:2 vrf blue: there is no such vrf, neither with vrf-table in a stanza nor in the kernel";
    assert.deepEqual(read(lines, "eth0").said, [error]);
    const kernel = links(link("blue", { kind: "vrf", data: { table: 7 } }));
    assert.equal(read(lines, "eth0", { links: kernel }).wanted.routes[0]?.is.table, 7);
  });
});
