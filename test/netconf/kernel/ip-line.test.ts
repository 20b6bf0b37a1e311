import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dryRunKernel } from "../../../src/netconf/kernel/dry-run.ts";
import { answerOf } from "../../../src/netconf/kernel/ip-answer.ts";
import { batchLine, ipText } from "../../../src/netconf/kernel/ip-line.ts";
import { freshState, simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { Rule } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { address, route } from "./objects.ts";

const [someRule] = freshState().rules as [Rule];

const lines: [string, Step][] = [
  ["ip link add name d0 type dummy", { do: "link-add", name: "d0", kind: "dummy", data: {} }],
  [
    "ip link add name d0 address 02:00:00:00:00:01 mtu 9000 type dummy\nip link set dev d0 alias 'an office' master br0 up",
    {
      do: "link-add",
      name: "d0",
      kind: "dummy",
      data: {},
      settings: { up: true, mtu: 9000, address: "02:00:00:00:00:01", master: "br0", alias: "an office" },
    },
  ],
  ["ip link add name v0 type veth peer name v1", { do: "link-add", name: "v0", kind: "veth", data: {}, peer: "v1" }],
  [
    "ip link add link eth0 name eth0.5 type vlan id 5 protocol 802.1ad reorder_hdr on gvrp on mvrp off loose_binding off bridge_binding off",
    {
      do: "link-add",
      name: "eth0.5",
      kind: "vlan",
      lower: "eth0",
      data: { id: 5, protocol: "802.1ad", flags: ["REORDER_HDR", "GVRP"] },
    },
  ],
  [
    "ip link add name vx0 type vxlan dev eth0 id 9 dstport 4789 nolearning",
    { do: "link-add", name: "vx0", kind: "vxlan", lower: "eth0", data: { id: 9, port: 4789, learning: false } },
  ],
  [
    "ip link add name bond0 type bond mode 802.3ad lacp_rate fast miimon 100 arp_ip_target 192.0.2.1,192.0.2.2",
    {
      do: "link-add",
      name: "bond0",
      kind: "bond",
      data: { mode: "802.3ad", ad_lacp_rate: "fast", miimon: 100, arp_ip_target: ["192.0.2.1", "192.0.2.2"] },
    },
  ],
  ["ip link delete dev br0", { do: "link-delete", name: "br0" }],
  [
    "ip link set dev eth0 addrgenmode none\nip link set dev eth0 name wan nomaster arp off promisc on down",
    {
      do: "link-set",
      name: "eth0",
      settings: { name: "wan", up: false, arp: false, promiscuous: true, master: "", addressGeneration: "none" },
    },
  ],
  [
    "ip link set dev br0 type bridge stp_state 1 forward_delay 400",
    { do: "link-data", name: "br0", kind: "bridge", data: { stp_state: true, forward_delay: 400 } },
  ],
  [
    "ip link set dev eth0 type bridge_slave cost 5 hairpin on",
    { do: "port-data", name: "eth0", kind: "bridge", data: { cost: 5, hairpin: true } },
  ],
  [
    "bridge vlan add dev eth0 vid 7 pvid untagged",
    { do: "vlan-add", name: "eth0", vlan: { vlan: 7, pvid: true, untagged: true }, self: false },
  ],
  ["bridge vlan delete dev br0 vid 7 self", { do: "vlan-delete", name: "br0", vlan: 7, self: true }],
  [
    "ip address replace 192.0.2.1/24 dev eth0 broadcast 192.0.2.255 label eth0:1 scope link valid_lft 60 preferred_lft 30",
    {
      do: "address-add",
      address: address("eth0", "192.0.2.1", 24, {
        broadcast: "192.0.2.255",
        label: "eth0:1",
        scope: "link",
        valid: 60,
        preferred: 30,
      }),
    },
  ],
  [
    "ip address replace 2001:db8::1/64 dev eth0 nodad noprefixroute",
    { do: "address-add", address: address("eth0", "2001:db8::1", 64, { flags: ["nodad", "noprefixroute"] }) },
  ],
  [
    "ip address delete 192.0.2.1 peer 192.0.2.2/32 dev ppp0",
    { do: "address-delete", address: address("ppp0", "192.0.2.1", 32, { peer: "192.0.2.2" }) },
  ],
  [
    "ip -4 route replace default via 192.0.2.254 dev eth0 table 254 proto 4 scope global metric 100 src 192.0.2.1 onlink mtu 1400",
    {
      do: "route-add",
      route: route({
        gateway: "192.0.2.254",
        device: "eth0",
        onlink: true,
        metric: 100,
        source: "192.0.2.1",
        mtu: 1400,
      }),
    },
  ],
  [
    "ip link set dev can0 type can bitrate 500000 sample-point 0.875 loopback on listen-only off triple-sampling off one-shot off berr-reporting off",
    {
      ...{ do: "link-data", name: "can0", kind: "can" },
      data: { bitrate: 500_000, sample_point: 0.875, ctrlmode: ["LOOPBACK"] },
    },
  ],
  ...(["before", "behind"] as const).map((beside): [string, Step] => [
    `ip -4 route ${beside === "before" ? "prepend" : "append"} 10.0.0.0/8 dev eth0 table 254 proto 4 scope link`,
    { do: "route-add", route: route({ destination: "10.0.0.0", prefix: 8, device: "eth0" }), beside },
  ]),
  [
    "ip -4 route replace 10.0.0.0/8 table 254 proto 4 scope global nexthop via 192.0.2.1 dev eth0 weight 1 nexthop via 192.0.2.2 dev eth1 weight 3",
    {
      do: "route-add",
      route: {
        ...route({ destination: "10.0.0.0", prefix: 8, scope: "global" }),
        hops: [
          { gateway: "192.0.2.1", device: "eth0", onlink: false, weight: 1 },
          { gateway: "192.0.2.2", device: "eth1", onlink: false, weight: 3 },
        ],
      },
    },
  ],
  [
    "ip -6 route append default via fe80::1 dev eth0 table 254 proto 4 metric 1024",
    { do: "route-add", route: route({ destination: "::", gateway: "fe80::1", device: "eth0" }) },
  ],
  [
    "ip -6 route delete blackhole 2001:db8::/32 dev lo table 254 metric 1024",
    { do: "route-delete", route: route({ destination: "2001:db8::", prefix: 32, type: "blackhole" }) },
  ],
  [
    "ip -4 rule add not from 192.0.2.0/24 iif eth0 fwmark 0x1/0xff priority 100 lookup 77 protocol 4",
    {
      do: "rule-add",
      rule: {
        ...someRule,
        ...{
          invert: true,
          from: "192.0.2.0/24",
          iif: "eth0",
          fwmark: 1,
          fwmask: 255,
          priority: 100,
          table: 77,
          protocol: 4,
        },
      },
    },
  ],
  [
    "ip -6 rule delete from all priority 1000 l3mdev",
    { do: "rule-delete", rule: { ...someRule, family: 6, priority: 1000, table: 0, l3mdev: true } },
  ],
  [
    "bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.9",
    {
      do: "forwarding-add",
      entry: { device: "vx0", address: "00:00:00:00:00:00", destination: "192.0.2.9", vlan: 0 },
    },
  ],
  [
    "bridge fdb delete 02:00:00:00:00:09 dev eth0 master static vlan 5",
    {
      do: "forwarding-delete",
      entry: { device: "eth0", address: "02:00:00:00:00:09", destination: "", vlan: 5 },
    },
  ],
  [
    "sysctl -w net/ipv6/conf/eth0.1/accept_ra=0",
    { do: "sysctl", key: ["ipv6", "conf", "eth0.1", "accept_ra"], value: "0" },
  ],
  ["ethtool --offload eth0 gso off", { do: "ethtool", name: "eth0", section: "offload", words: ["gso", "off"] }],
];

describe("lines", () => {
  for (const [line, step] of lines) it(line.replace("\n", "; "), () => assert.equal(ipText(step), line));

  it("of a batch: quoted as ip knows it, or not at all", () => {
    assert.equal(batchLine(["link", "set", "alias", "an office"]), 'link set alias "an office"');
    assert.equal(batchLine(["alias", 'a "b" c']), "alias 'a \"b\" c'");
    assert.equal(batchLine(["alias", "#1"]), 'alias "#1"');
    assert.equal(batchLine(["alias", ""]), 'alias ""');
    for (const word of ['it\'s "so"', "two\nlines", "back\\slash"]) assert.equal(batchLine(["alias", word]), undefined);
  });
});

describe("answers", () => {
  it("have line, number and words", () => {
    assert.deepEqual(answerOf("RTNETLINK answers: File exists\nCommand failed -:3\n"), {
      line: 3,
      code: "EEXIST",
      message: "File exists",
    });
    assert.equal(answerOf("Error: Nexthop has invalid gateway.\nCommand failed -:1\n").code, "ENETUNREACH");
    assert.deepEqual(answerOf('Error: argument "br0" is wrong: Device does not exist\n\n').line, undefined);
    assert.equal(answerOf('Error: argument "br0" is wrong: Device does not exist\n\n').code, "ENODEV");
    assert.deepEqual(answerOf("Error: something new.\nCommand failed -:1\n"), {
      line: 1,
      code: "EPROGRAM",
      message: "something new.",
    });
  });
});

describe("a dry run", () => {
  it("prints every step, pretends it, and touches nothing", async () => {
    const real = simulatedKernel();
    const printed: string[] = [];
    const kernel = dryRunKernel(real, (line) => printed.push(line));
    const results = await kernel.perform([
      { do: "link-add", name: "br0", kind: "bridge", data: {}, settings: { up: true } },
      { do: "address-add", address: address("br0", "192.0.2.1", 24) },
      { do: "route-add", route: route({ gateway: "198.51.100.1", device: "br0" }) },
    ]);
    assert.deepEqual(results, [{ ok: true }, { ok: true }, { ok: true }]);
    assert.deepEqual(printed, [
      "ip link add name br0 type bridge",
      "ip link set dev br0 up",
      "ip address replace 192.0.2.1/24 dev br0",
      "ip -4 route replace default via 198.51.100.1 dev br0 table 254 proto 4 scope global",
    ]);
    assert.equal(kernel.state.addresses.length, 2);
    assert.equal(kernel.sysctl(["ipv4", "conf", "br0", "rp_filter"]), "0");
    assert.equal(real.world.log.length, 0);
    assert.equal(real.world.state.links.size, 1);
  });
});
