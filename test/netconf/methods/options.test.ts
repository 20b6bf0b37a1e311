import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "../../../src/netconf/methods/known.ts";
import { one, read } from "./text.ts";

describe("stanzas without a family", () => {
  it("have addresses and gateways of both, as ifupdown-ng has them", () => {
    const { wanted, said } = one(
      "",
      "address 203.0.113.2",
      "address 2001:db8::2",
      "gateway 203.0.113.1",
      "gateway 2001:db8::1",
    );
    assert.deepEqual(said, []);
    assert.deepEqual(
      wanted.addresses.map(({ is }) => [is.address, is.prefix, is.broadcast]),
      [
        ["203.0.113.2", 24, ""],
        ["2001:db8::2", 64, ""],
      ],
    );
    assert.deepEqual(
      wanted.routes.map(({ is }) => [is.family, is.metric, is.hops[0]?.onlink]),
      [
        [4, 1, false],
        [6, 1, false],
      ],
    );
  });

  it("have a netmask for addresses without a prefix, of its own family", () => {
    const { wanted, said } = one(
      "",
      "address 203.0.113.2",
      "address 203.0.113.3/30",
      "address 2001:db8::2",
      "netmask 255.255.255.248",
    );
    assert.deepEqual(said, []);
    assert.deepEqual(
      wanted.addresses.map(({ is }) => is.prefix),
      [29, 30, 64],
    );
  });

  it("have a peer for IPv4 alone", () => {
    const { wanted } = one("", "address 203.0.113.2/32", "pointopoint 192.0.2.1", "address 2001:db8::2/64");
    assert.deepEqual(
      wanted.addresses.map(({ is }) => is.peer),
      ["192.0.2.1", ""],
    );
  });

  it("say when nobody does what they use", () => {
    assert.deepEqual(one("", "use batman", "use static").said, [
      "warning 2:3 use batman: Reeve has no such executor, so that commands of the stanza must do its work",
    ]);
  });

  it("require by name, and switch forwarding and advertisements", () => {
    const { wanted } = one(
      "",
      "requires eth0 eth1",
      "use ipv6-ra",
      "forward-ipv4 yes",
      "forward-ipv6 0",
      "mpls-enable yes",
    );
    assert.deepEqual(wanted.requires, ["eth0", "eth1"]);
    assert.deepEqual(
      wanted.sysctls.map(({ is }) => `${is.key.join("/")}=${is.value}`),
      ["ipv4/conf/x/forwarding=1", "ipv6/conf/x/forwarding=0", "mpls/conf/x/input=1", "ipv6/conf/x/accept_ra=1"],
    );
  });
});

describe("loopback", () => {
  it("is up, with further addresses as hosts", () => {
    const { wanted, said } = read("iface lo inet loopback\n address 10.0.0.11\niface lo\n address 2001:db8::1", "lo");
    assert.deepEqual([said, wanted.settings.is], [[], { up: true }]);
    assert.deepEqual(
      wanted.addresses.map(({ is }) => [is.address, is.prefix]),
      [
        ["10.0.0.11", 32],
        ["2001:db8::1", 128],
      ],
    );
  });
});

describe("DNS", () => {
  it("is what all stanzas say together", () => {
    const { wanted, said } = one(
      "inet manual",
      ...["dns-nameservers 192.0.2.53 2001:DB8::53", "dns-nameserver 192.0.2.53", "dns-search b.example c.example"],
      ...["dns-domain A.Example.", "dns-options ndots:2 edns0"],
    );
    assert.deepEqual(said, []);
    assert.deepEqual(wanted.dns, {
      servers: ["192.0.2.53", "2001:db8::53"],
      search: ["a.example", "b.example", "c.example"],
      options: ["ndots:2", "edns0"],
    });
  });

  it("is checked word by word, and what is wrong is left out: no interface stays down for it", () => {
    const options = ["dns-nameservers ns1 192.0.2.1, FE80::1%eth0,", "dns-search a..b", "dns-options x;y"];
    const { wanted, said } = one("inet manual", ...options);
    assert.deepEqual(wanted.dns, { servers: ["192.0.2.1", "fe80::1%eth0"], search: [], options: [] });
    assert.deepEqual(said, [
      'warning 2:3 dns-nameservers "ns1": must be an IP address, like 192.0.2.1; it is left out',
      'warning 3:3 dns-search "a..b": is no domain name, like example.org; it is left out',
      'warning 4:3 dns-options "x;y": is no option of resolv.conf(5), like ndots:2; it is left out',
    ]);
  });
});

describe("ethtool", () => {
  it("is called once a section, whoever's words they are", () => {
    const { wanted, said } = one(
      "inet manual",
      ...[
        "link-speed 1000",
        "link-duplex full",
        "ethernet-autoneg off",
        "ethernet-wol g",
        "offload-gso off",
        "tso-offload off",
      ],
      ...[
        "ethtool-offload-tx on",
        "hardware-dma-ring-rx 4096",
        "ethernet-pause-rx off",
        "hardware-irq-coalesce-rx-usecs 8",
      ],
    );
    assert.deepEqual(said, []);
    assert.deepEqual(
      wanted.ethtool.map(({ is }) => `${is.section}: ${is.words.join(" ")}`),
      [
        "change: speed 1000 duplex full autoneg off wol g",
        "offload: gso off tso off tx on",
        "ring: rx 4096",
        "pause: rx off",
        "coalesce: rx-usecs 8",
      ],
    );
  });

  it("is told nothing that could be an option of its own", () => {
    assert.deepEqual(
      one("inet manual", "offload-gso --help", "link-speed fast", "link-duplex both", "ethernet-wol x").said,
      [
        'error 2:3 offload-gso "--help": is no value for ethtool',
        'error 3:3 link-speed "fast": must be a whole number from 1 to 10000000',
        'error 4:3 link-duplex "both": must be one of half, full',
        'error 5:3 ethernet-wol "x": must be letters of p u m b a g s f d',
      ],
    );
  });

  it("is advertised a mask", () => {
    assert.deepEqual(one("inet manual", "ethernet-autoneg 0x020").wanted.ethtool[0]?.is.words, [
      "autoneg",
      "on",
      "advertise",
      "0x020",
    ]);
  });
});

describe("slips of the pen", () => {
  const slips: [string, string | undefined][] = [
    ["adress", "address"],
    ["gatway", "gateway"],
    ["netmaks", "netmask"],
    ["bridge-port", "bridge-ports"],
    ["bond-slave", "bond-slaves"],
    ["vlan-raw-devise", "vlan-raw-device"],
    ["dns-nameserver", undefined],
    ["postup", "post-up"],
    ["wpa-ssid", undefined],
    ["wireless-essid", undefined],
    ["ethtool-offload-gso", undefined],
    ["mtus", "mtu"],
    ["mt", undefined],
    ["x-any-thing", undefined],
    ["ovs-bridge", undefined],
    ["openvpn", undefined],
    ["vde2-switch", undefined],
    ["hostapd", undefined],
    ["miimon", undefined],
  ];
  for (const [word, meant] of slips) it(`${word} → ${meant ?? "nothing"}`, () => assert.equal(nearest(word), meant));

  it("are warned of where they stand; other options pass", () => {
    assert.deepEqual(one("inet manual", "bridge_prots eth0", "wpa-psk secret").said, [
      "warning 2:3 bridge_prots is no option that Reeve knows: did you mean bridge-ports?",
    ]);
  });
});

describe("an interface", () => {
  it("has a name that the kernel takes", () => {
    assert.deepEqual(read("iface averyveryverylong inet manual", "averyveryverylong").said, [
      'error 1:1 iface "averyveryverylong": is no name of a device: 1 to 15 characters without blanks, slash and colon',
    ]);
  });

  it("is described, and stays down where that is asked", () => {
    const { wanted } = one("inet manual", "description to the attic", "link-down yes", "ipv6-addrgen off");
    assert.deepEqual(wanted.settings.is, { alias: "to the attic", up: false, addressGeneration: "none" });
  });
});

describe("an alias", () => {
  it("has no client of its own, and a label that fits", () => {
    const refused = "error 1:1 eth0:1 is an alias of eth0: method dhcp is for eth0 itself";
    assert.deepEqual(read("iface eth0:1 inet dhcp", "eth0:1").said, [refused]);
    assert.deepEqual(read("iface enp0s31f6:attic1 inet static\n address 192.0.2.1/24", "enp0s31f6:attic1").said, [
      'error 1:1 iface "enp0s31f6:attic1": is longer than 15 bytes',
    ]);
  });
});
