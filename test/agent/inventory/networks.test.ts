import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network, sameNetwork } from "../../../src/agent/inventory/address.ts";
import {
  networks,
  parseDefaultRoutes,
  parseDhclientLeases,
  parseIpAddress,
  parseNetworkdLease,
} from "../../../src/agent/inventory/networks.ts";
import { type FakeMachine, fakeReader } from "./fake-reader.ts";

const ip = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 192.0.2.10/26 brd 192.0.2.63 scope global dynamic eth0
       valid_lft 85996sec preferred_lft 85996sec
    inet 198.51.100.7/24 scope global secondary eth0:web
    inet6 2001:db8::10/64 scope global
7: eth0.30@eth0: <BROADCAST,MULTICAST> mtu 1400 qdisc noop state DOWN
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
8: tun0: <POINTOPOINT,NOARP,UP> mtu 1420
    link/none
    inet 10.8.0.6 peer 10.8.0.5/32 scope global tun0
9: veth1@if8: <BROADCAST,UP> mtu 1500
`;

const route = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth1\t00000000\tFE0010AC\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t100\tC0FFFFFF\t0\t0\t0
`;
const zeros = "0".repeat(32);
const route6 = `${zeros} 00 ${zeros} 00 20010db8000000000000000000000001 00000400 00000003 00000000 00000003     eth0
${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo
`;

describe("address arithmetic", () => {
  it("makes masks and networks of IPv4 and IPv6", () => {
    assert.deepEqual(network("192.0.2.77", 26), { mask: "255.255.255.192", subnet: "192.0.2.64" });
    assert.deepEqual(network("192.0.2.77", 32), { mask: "255.255.255.255", subnet: "192.0.2.77" });
    assert.deepEqual(network("192.0.2.77", 0), { mask: "0.0.0.0", subnet: "0.0.0.0" });
    assert.deepEqual(network("fd00::2", 64), { mask: "ffff:ffff:ffff:ffff::", subnet: "fd00::" });
    assert.deepEqual(network("2001:db8:0:0:1::ff", 128)?.subnet, "2001:db8::1:0:0:ff");
    assert.deepEqual(network("2001:db8::ff00", 57)?.mask, "ffff:ffff:ffff:ff80::");
    assert.equal(network("::ffff:192.0.2.1", 128)?.subnet, "::ffff:c000:201");
    assert.equal(network("::", 128)?.subnet, "::");
    for (const [bad, prefix] of [
      ["192.0.2", 24],
      ["192.0.2.1", 33],
      ["fe80::1%eth0", 64],
      ["", 0],
    ] as const)
      assert.equal(network(bad, prefix), undefined, bad);
    assert.ok(sameNetwork("192.0.2.1", "192.0.2.62", 26));
    assert.ok(!sameNetwork("192.0.2.1", "2001:db8::1", 26));
  });
});

describe("parseIpAddress", () => {
  it("reads interfaces, labels, peers and what they stand on", () => {
    const found = parseIpAddress(ip);
    assert.deepEqual(
      found.map(({ name, base, up, loopback, addresses }) => [name, base, up, loopback, addresses.length]),
      [
        ["lo", undefined, true, true, 1],
        ["eth0", undefined, true, false, 3],
        ["eth0.30", "eth0", false, false, 0],
        ["tun0", undefined, true, false, 1],
        ["veth1", undefined, true, false, 0],
      ],
    );
    assert.deepEqual(found[1]?.addresses[1], { label: "eth0:web", address: "198.51.100.7", prefix: 24, peer: false });
    assert.equal(found[3]?.addresses[0]?.peer, true);
    assert.equal(found[3]?.mac, undefined);
  });
});

describe("routes and leases", () => {
  it("takes default routes by metric", () => {
    assert.deepEqual(parseDefaultRoutes(route, route6), [
      { device: "eth0", gateway: "192.0.2.1" },
      { device: "eth1", gateway: "172.16.0.254" },
      { device: "eth0", gateway: "2001:db8::1" },
    ]);
    assert.deepEqual(parseDefaultRoutes("", ""), []);
  });

  it("takes the DHCP server of the lease in force", () => {
    assert.equal(parseNetworkdLease("ADDRESS=192.0.2.10\nSERVER_ADDRESS=192.0.2.2\n"), "192.0.2.2");
    const lease = (device: string, server: string, expire: string) =>
      `lease {\n  interface "${device}";\n  option dhcp-server-identifier ${server};\n  expire ${expire};\n}\n`;
    const old = lease("eth0", "192.0.2.3", "1 2024/01/01 10:00:00");
    const now = Date.parse("2024-06-01T00:00:00Z");
    assert.equal(parseDhclientLeases(old, "eth0", now), undefined);
    const file = `${old}${lease("eth0", "192.0.2.2", "6 2024/06/01 10:00:00")}${lease("eth1", "192.0.2.9", "never")}`;
    assert.equal(parseDhclientLeases(file, "eth0", now), "192.0.2.2");
    assert.equal(parseDhclientLeases(lease("eth0", "192.0.2.4", "epoch 1800000000"), "eth0", now), "192.0.2.4");
    assert.equal(parseDhclientLeases("", "eth0", now), undefined);
  });
});

describe("the collector", () => {
  const eth0 = "/sys/class/net/eth0";
  const machine: FakeMachine = {
    files: {
      [`${eth0}/type`]: "1\n",
      [`${eth0}/speed`]: "1000\n",
      [`${eth0}/duplex`]: "full\n",
      [`${eth0}/flags`]: "0x1003\n",
      [`${eth0}/address`]: "02:00:00:00:00:01\n",
      [`${eth0}/mtu`]: "1500\n",
      [`${eth0}/ifindex`]: "2\n",
      "/run/systemd/netif/leases/2": "SERVER_ADDRESS=192.0.2.2\n",
      "/proc/net/route": route,
      "/proc/net/ipv6_route": route6,
      "/etc/resolv.conf": "search example.org\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n",
    },
    links: {
      [eth0]: "../../devices/pci0000:00/0000:00:1c.0/0000:03:00.0/net/eth0",
      [`${eth0}/device/driver`]: "../../../../bus/pci/drivers/e1000e",
    },
  };

  it("gives one row an address, without lo", async () => {
    const raw = await networks.read(fakeReader({ ...machine, programs: { "ip address show": ip } }));
    const { sections, incomplete } = networks.parse(raw);
    assert.equal(incomplete, undefined);
    const rows = sections.NETWORKS ?? [];
    assert.deepEqual(
      rows.map((row) => [row.DESCRIPTION, row.IPADDRESS, row.IPGATEWAY, row.IPDHCP]),
      [
        ["eth0", "192.0.2.10", "192.0.2.1", "192.0.2.2"],
        ["eth0:web", "198.51.100.7", undefined, "192.0.2.2"],
        ["eth0", "2001:db8::10", "2001:db8::1", undefined],
        ["eth0.30", undefined, undefined, undefined],
        ["tun0", "10.8.0.6", undefined, undefined],
        ["veth1", undefined, undefined, undefined],
      ],
    );
    assert.deepEqual(rows[0], {
      DESCRIPTION: "eth0",
      TYPE: "ethernet",
      SPEED: "1000 Mbps",
      MTU: 1500,
      MACADDR: "02:00:00:00:00:01",
      STATUS: "Up",
      DRIVER: "e1000e",
      DUPLEX: "Full",
      PCISLOT: "0000:03:00.0",
      VIRTUALDEV: 0,
      IPADDRESS: "192.0.2.10",
      IPMASK: "255.255.255.192",
      IPSUBNET: "192.0.2.0",
      IPGATEWAY: "192.0.2.1",
      IPDHCP: "192.0.2.2",
    });
    assert.equal(rows[3]?.BASE, "eth0");
    assert.deepEqual(sections.HARDWARE, [
      {
        IPADDR: "192.0.2.10/198.51.100.7/10.8.0.6",
        DEFAULTGATEWAY: "192.0.2.1",
        DNS: "192.0.2.53/2001:db8::53",
        WORKGROUP: "example.org",
      },
    ]);
  });

  it("tells without ip(8) what the kernel shows, and what may be missing", async () => {
    const addresses = [{ device: "eth0", address: "192.0.2.10", prefix: 26 }];
    const { sections, incomplete } = networks.parse(await networks.read(fakeReader({ ...machine, addresses })));
    assert.deepEqual(
      sections.NETWORKS?.map((row) => [row.DESCRIPTION, row.MACADDR, row.STATUS, row.IPADDRESS, row.IPGATEWAY]),
      [["eth0", "02:00:00:00:00:01", "Up", "192.0.2.10", "192.0.2.1"]],
    );
    assert.deepEqual(
      incomplete?.map(({ section }) => section),
      ["NETWORKS"],
    );
  });
});
