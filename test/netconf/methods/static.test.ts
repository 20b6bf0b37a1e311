import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { one, read } from "./text.ts";

const v4 = (...options: string[]) => one("inet static", ...options);
const v6 = (...options: string[]) => one("inet6 static", ...options);

describe("static IPv4", () => {
  // address, options; prefix, broadcast: what ifup 0.8.41 hands to ip(8).
  const cases: [string, string[], number, string][] = [
    ["1.2.3.4", ["netmask 255.255.255.0", "broadcast 1.2.3.255"], 24, "1.2.3.255"],
    ["1.2.3.4/14", ["broadcast 1.3.255.255"], 14, "1.3.255.255"],
    ["1.2.3.4/14", ["netmask 255.255.255.128"], 25, "1.2.3.127"],
    ["1.2.3.4/24", ["broadcast -"], 24, "1.2.3.0"],
    ["1.2.3.4/30", ["broadcast -"], 30, "1.2.3.4"],
    ["1.2.3.4/31", [], 31, "255.255.255.255"],
    ["1.2.3.4/31", ["broadcast -"], 31, ""],
    ["10.0.0.1/32", ["broadcast +"], 32, "10.0.0.1"],
    ["10.1.2.3", [], 8, "10.255.255.255"],
    ["172.16.2.3", [], 16, "172.16.255.255"],
    ["192.168.2.3", [], 24, "192.168.2.255"],
    ["224.168.2.3", [], 32, "224.168.2.3"],
    ["192.168.2.3", ["netmask 25"], 25, "192.168.2.127"],
    ["192.168.0.1/255.255.255.128", [], 25, "192.168.0.127"],
    ["192.168.0.1/", [], 24, "192.168.0.255"],
  ];
  for (const [address, options, prefix, broadcast] of cases) {
    it(`${address} ${options.join(", ")} → /${prefix} ${broadcast}`, () => {
      const { wanted, said } = v4(`address ${address}`, ...options);
      assert.deepEqual(said, []);
      const [{ is } = assert.fail("no address")] = wanted.addresses;
      assert.deepEqual([is.address, is.prefix, is.broadcast], [address.split("/")[0], prefix, broadcast]);
      assert.equal(wanted.settings.is.up, true);
    });
  }

  it("has the place of every word", () => {
    const { wanted } = v4("address 192.0.2.1/24", "gateway 192.0.2.254", "mtu 1400");
    assert.deepEqual(wanted.addresses[0]?.at, { file: "interfaces", line: 2, column: 3 });
    assert.deepEqual(wanted.routes[0]?.at, { file: "interfaces", line: 3, column: 3 });
    assert.deepEqual(wanted.settings.lines?.mtu, { file: "interfaces", line: 4, column: 3 });
  });

  it("puts the gateway on the link, with its metric", () => {
    const { wanted } = v4("address 192.0.2.1/24", "gateway 198.51.100.1", "metric 7");
    const [{ is } = assert.fail("no route")] = wanted.routes;
    assert.deepEqual([is.family, is.destination, is.prefix, is.table, is.protocol], [4, "0.0.0.0", 0, 254, 4]);
    assert.equal(is.metric, 7);
    assert.deepEqual(is.hops, [{ gateway: "198.51.100.1", device: "x", onlink: true, weight: 1 }]);
  });

  it("what follows # is left out, with a word, where any text is not meant", () => {
    const { wanted, said } = v4("address 10.0.0.1/8 # office", "gateway 10.0.0.2\t#router", "description a # b");
    assert.deepEqual([wanted.addresses[0]?.is.prefix, wanted.routes[0]?.is.hops[0]?.gateway], [8, "10.0.0.2"]);
    assert.deepEqual(said, [
      "warning 2:3 what follows # is left out of address: comments have lines of their own",
      "warning 3:3 what follows # is left out of gateway: comments have lines of their own",
    ]);
  });

  it("takes a peer as one host", () => {
    const { wanted } = v4("address 192.0.2.1/24", "pointopoint 198.51.100.1", "scope link");
    const [{ is } = assert.fail("no address")] = wanted.addresses;
    assert.deepEqual([is.prefix, is.peer, is.scope, is.broadcast], [32, "198.51.100.1", "link", "192.0.2.255"]);
  });

  it("labels the addresses of an alias, and leaves the link to its owner", () => {
    const text =
      "iface eth2.2 inet static\n address 2.3.4.5/24\niface eth2.2:3 inet static\n address 3.4.5.6/23\n mtu 1400";
    const { wanted, said } = read(text, "eth2.2:3");
    assert.deepEqual(said, []);
    assert.deepEqual([wanted.addresses[0]?.is.device, wanted.addresses[0]?.is.label], ["eth2.2", "eth2.2:3"]);
    assert.deepEqual([wanted.link, wanted.settings.is, wanted.requires], [undefined, {}, ["eth2.2"]]);
  });

  // What is wrong, and where.
  const wrong: [string[], string][] = [
    [[], "error 1:1 x has no address: method static needs one, like address 192.0.2.1/24"],
    [["address 10.0.0.300/24"], 'error 2:3 address "10.0.0.300": must be an IPv4 address, like 192.0.2.1'],
    [["address fe80::1/64"], 'error 2:3 address "fe80::1": must be an IPv4 address, like 192.0.2.1'],
    [
      ["address 10.0.0.1/33"],
      'error 2:3 address "33": is no prefix of an IPv4 address, write 10.0.0.1/24 or 10.0.0.1/255.255.255.0',
    ],
    [
      ["address 10.0.0.1", "netmask 255.255.0.255"],
      'error 3:3 netmask "255.255.0.255": is no netmask of an IPv4 address, write 24 or 255.255.255.0',
    ],
    [["address 10.0.0.1/8", "gateway none"], 'error 3:3 gateway "none": must be an IPv4 address, like 192.0.2.1'],
    [["address 10.0.0.1/8", "mtu 70000"], 'error 3:3 mtu "70000": must be a whole number from 68 to 65536'],
    [
      ["address 10.0.0.1/8", "scope planet"],
      'error 3:3 scope "planet": must be one of global, site, link, host, nowhere',
    ],
    [["address 10.0.0.1/8", "address 10.0.0.1/8", "broadcast 10.1.1.1"], ""],
    [
      ["address 10.0.0.1/8", "gateway 10.0.0.2", "gateway 10.0.0.3"],
      "warning 4:3 a route to 0.0.0.0/0 of the same metric stands at interfaces:3:3: that one counts",
    ],
    [
      ["address 10.0.0.1/8", "hwaddress 01:00:5e:00:00:01"],
      "error 3:3 hwaddress 01:00:5e:00:00:01 is a multicast address",
    ],
    [
      ["address 10.0.0.1/8", "hwaddress ether 5e:00"],
      'error 3:3 hwaddress "5e:00": must be six bytes, like 52:54:00:12:34:56',
    ],
  ];
  for (const [options, message] of wrong) {
    it(message || options.join(", "), () => assert.deepEqual(v4(...options).said, message ? [message] : []));
  }
});

describe("static IPv6", () => {
  const cases: [string, string[], number][] = [
    ["2001:db8::1", ["netmask 64"], 64],
    ["2001:db8::1/64", [], 64],
    ["2001:db8::1/64", ["netmask 128"], 128],
    ["2001:db8::1/", [], 128],
    ["2001:db8::1", [], 128],
  ];
  for (const [address, options, prefix] of cases) {
    it(`${address} ${options.join(", ")} → /${prefix}`, () => {
      const { wanted, said } = v6(`address ${address}`, ...options, "dad-attempts 0");
      assert.deepEqual(said, []);
      const [{ is } = assert.fail("no address")] = wanted.addresses;
      assert.deepEqual([is.prefix, is.flags, is.broadcast, wanted.waits.dad], [prefix, ["nodad"], "", 0]);
    });
  }

  const sysctls = (...options: string[]) =>
    v6("address 2001:db8::1/64", ...options).wanted.sysctls.map(({ is }) => `${is.key.join(".")}=${is.value}`);

  it("makes no addresses of advertisements, and with a gateway takes none", () => {
    assert.deepEqual(sysctls(), ["ipv6.conf.x.autoconf=0"]);
    assert.deepEqual(sysctls("gateway fe80::1"), ["ipv6.conf.x.accept_ra=0", "ipv6.conf.x.autoconf=0"]);
    assert.deepEqual(sysctls("gateway fe80::1", "accept_ra 1", "autoconf 1", "privext 2"), [
      "ipv6.conf.x.use_tempaddr=2",
      "ipv6.conf.x.accept_ra=1",
      "ipv6.conf.x.autoconf=1",
    ]);
  });

  it("gives mtu to IPv6 alone, unless it is more than the link has", () => {
    assert.deepEqual(sysctls("mtu 1400"), ["ipv6.conf.x.mtu=1400", "ipv6.conf.x.autoconf=0"]);
    assert.equal(v6("address 2001:db8::1/64", "mtu 1400").wanted.settings.is.mtu, undefined);
    assert.equal(v6("address 2001:db8::1/64", "mtu 9000").wanted.settings.is.mtu, 9000);
    const error = 'error 3:3 mtu "1000": IPv6 needs 1280 or more';
    assert.deepEqual(v6("address 2001:db8::1/64", "mtu 1000").said, [error]);
  });

  it("has lifetimes, the kernel's scope, and waits for duplicates to be found", () => {
    const { wanted } = v6(
      "address fe80::7/64",
      "preferred-lifetime 0",
      "dad-attempts 30",
      "dad-interval 0.2",
      "scope site",
    );
    const [{ is } = assert.fail("no address")] = wanted.addresses;
    assert.deepEqual([is.preferred, is.valid, is.scope, is.flags, wanted.waits.dad], [0, null, "link", [], 6]);
  });
});

describe("hwaddress", () => {
  const address = (value: string) => v4("address 10.0.0.1/8", `hwaddress ${value}`).wanted.settings.is.address;

  it("with and without ether", () => {
    assert.equal(address("ether 00:DE:AD:00:BE:AF"), "00:de:ad:00:be:af");
    assert.equal(address("00:DE:AD:00:BE:AF"), "00:de:ad:00:be:af");
  });

  it("random is local, unicast, and the same as long as the seed is", () => {
    const text = "iface x inet manual\n hwaddress random";
    const of = (seed: string) => read(text, "x", { seed }).wanted.settings.is.address!;
    assert.equal(Number.parseInt(of("a"), 16) & 3, 2);
    assert.match(of("a"), /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.equal(of("a"), of("a"));
    assert.notEqual(of("a"), of("b"));
  });
});
